#!/usr/bin/env python3
"""The Python package beside what people use in Python: errors on the digits, seconds, memory, size.

    bench/python.py                      # everything; makes bench/.venv-python and builds the wheel the first time
    bench/python.py --only digits,import
    bench/python.py --wheel target/wheels/laddernet-0.1.0-cp310-abi3-linux_x86_64.whl

What is measured, each written to bench/results/python-PROCESSOR.json as soon as it is known, every draw kept:

- digits:  40 labels of scikit-learn's digits (4 a class), ten draws, 359 held rows, the same for all: LabelSpreading (rbf, knn),
           SelfTraining over an SVC, the labels alone, LadderClassifier as a table and with values from 0 to 1
- fit:     seconds of a fit on the digits: LabelSpreading + a ladder written by hand in PyTorch, beside ours (by turns)
- rbm:     an epoch of an RBM of 500 units on MNIST beside sklearn.neural_network.BernoulliRBM (needs LADDERNET_DATA_DIR)
- predict: predict_proba of 10 000 MNIST rows beside an MLPClassifier of the same size (needs LADDERNET_DATA_DIR)
- large:   700 000 rows x 15 columns, 100 labels: seconds and the most memory of our fit, and how LabelSpreading ends
- import:  seconds of `import laddernet` beyond numpy and scikit-learn, and the size of the wheel

Seconds are medians of runs by turns in one process each, with as many threads as the machine has cores for all.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "bench" / ".venv-python"
PACKAGES = ["numpy==2.4.6", "scikit-learn==1.9.1", "scipy==1.17.1", "maturin>=1.10,<2"]
TORCH = "torch==2.11.0"
MEASURES = ("digits", "fit", "rbm", "predict", "large", "import")
DRAWS, HELD = 10, 359


def enter(wheel):
    """Starts this program again inside an environment with the wheel, unless it runs there."""
    python = FOLDER / "bin/python"
    if Path(sys.prefix).resolve() == FOLDER:
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    if wheel is None:
        out = ROOT / "target" / "wheels"
        subprocess.run([FOLDER / "bin/maturin", "build", "--release", "--out", out], check=True, cwd=ROOT)
        wheel = max(out.glob("laddernet-*.whl"), key=lambda path: path.stat().st_mtime)
    install = [python, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", wheel]
    subprocess.run(install, check=True)
    os.execve(python, [str(python), "-B", *sys.argv], {**os.environ, "LADDERNET_WHEEL": str(wheel)})


# --- Measures -----------------------------------------------------------------------------------------------------


def digits_draw(draw):
    """Rows to learn from, their labels of which 4 a class are left, and 359 held rows."""
    import numpy as np
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    generator = np.random.default_rng([17, draw])
    order = generator.permutation(len(y))
    held, train = order[:HELD], order[HELD:]
    few = np.full(len(train), -1)
    for label in range(10):
        rows = np.flatnonzero(y[train] == label)[:4]
        few[rows] = label
    return X[train], few, X[held], y[held]


def contenders(draw):
    """Name, estimator, and by what the rows are divided; the labels alone see no other row."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
    from sklearn.svm import SVC

    from laddernet import LadderClassifier

    return [
        ("LabelSpreading, rbf, gamma 0.25 of unit values", LabelSpreading(gamma=0.25, max_iter=100), 16),
        ("LabelSpreading, knn", LabelSpreading(kernel="knn", n_neighbors=7, max_iter=100), 16),
        ("SelfTraining, SVC", SelfTrainingClassifier(SVC(probability=True, random_state=draw)), 16),
        ("SVC, labels alone", make_pipeline(StandardScaler(), SVC()), 16),
        ("laddernet, labels alone", LadderClassifier(model="mlp", random_state=draw), 16),
        ("laddernet, as a table", LadderClassifier(random_state=draw), 16),
        ("laddernet, values from 0 to 1", LadderClassifier(random_state=draw, standardize=False), 16),
    ]


def digits(add):
    import warnings

    import numpy as np

    warnings.simplefilter("ignore")
    errors = {}
    for draw in range(1, DRAWS + 1):
        X, few, X_held, y_held = digits_draw(draw)
        for name, model, scale in contenders(draw):
            alone = name.endswith("SVC, labels alone")
            rows = few >= 0 if alone else slice(None)
            began = time.perf_counter()
            model.fit(X[rows] / scale, few[rows])
            seconds = time.perf_counter() - began
            error = 100 * float(np.mean(model.predict(X_held / scale) != y_held))
            errors.setdefault(name, []).append((round(error, 3), round(seconds, 3)))
    for name, found in errors.items():
        of_draws = [error for error, _ in found]
        add(
            name,
            mean=round(statistics.mean(of_draws), 3),
            deviation=round(statistics.stdev(of_draws), 3),
            worst=max(of_draws),
            errors=of_draws,
            seconds=statistics.median(seconds for _, seconds in found),
        )


def by_turns(calls, rounds=3):
    """Median seconds of each call, and all of them."""
    found = {name: [] for name, _ in calls}
    for _ in range(rounds):
        for name, call in calls:
            began = time.perf_counter()
            call()
            found[name].append(round(time.perf_counter() - began, 4))
    return {name: (statistics.median(seconds), seconds) for name, seconds in found.items()}


def fit(add):
    import warnings

    from sklearn.semi_supervised import LabelSpreading

    from laddernet import LadderClassifier

    warnings.simplefilter("ignore")
    try:
        import torch  # noqa: F401
    except ImportError:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", TORCH], check=True)
    from python_torch import fit_ladder

    X, few, _, _ = digits_draw(1)
    X = X / 16
    layers, epochs = [64, 500, 250, 100, 10], 30
    ours = LadderClassifier(standardize=False, hidden_layer_sizes=tuple(layers[1:-1]), max_iter=epochs)
    calls = [
        ("LabelSpreading", lambda: LabelSpreading(gamma=0.25, max_iter=100).fit(X, few)),
        ("PyTorch, ladder by hand", lambda: fit_ladder(X, few, layers, epochs)),
        ("laddernet", lambda: ours.fit(X, few)),
    ]
    found = by_turns(calls)
    for name, (seconds, each) in found.items():
        add(name, seconds=seconds, seconds_each=each, epochs=epochs, of_pytorch=round(seconds / found["PyTorch, ladder by hand"][0], 3))


def mnist():
    """Training and test images as values from 0 to 1, or None."""
    import gzip

    import numpy as np

    folder = os.environ.get("LADDERNET_DATA_DIR")
    if folder is None:
        return None

    def images(name):
        path = next(Path(folder).rglob(f"{name}*"))
        raw = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
        return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / 255

    return images("train-images"), images("t10k-images")


def rbm(add):
    from sklearn.neural_network import BernoulliRBM

    from laddernet import RBM

    data = mnist()
    if data is None:
        return print("rbm: skipped, LADDERNET_DATA_DIR is not set")
    X = data[0]
    calls = [
        ("BernoulliRBM", lambda: BernoulliRBM(500, batch_size=100, n_iter=1, learning_rate=0.05).fit(X)),
        ("laddernet.RBM", lambda: RBM(500, batch_size=100, max_iter=1, sweeps=1).fit(X)),
    ]
    found = by_turns(calls)
    for name, (seconds, each) in found.items():
        add(name, seconds=seconds, seconds_each=each, of_scikit_learn=round(seconds / found["BernoulliRBM"][0], 3))


def predict(add):
    import warnings

    import numpy as np
    from sklearn.neural_network import MLPClassifier

    from laddernet import LadderClassifier

    warnings.simplefilter("ignore")
    data = mnist()
    if data is None:
        return print("predict: skipped, LADDERNET_DATA_DIR is not set")
    X, X_test = data
    y = np.arange(1000) % 10
    hidden = (1000, 500, 250, 250, 250)
    theirs = MLPClassifier(hidden, max_iter=1).fit(X[:1000], y)
    ours = LadderClassifier(hidden_layer_sizes=hidden, max_iter=1, standardize=False).fit(X[:1000], y)
    calls = [("MLPClassifier", lambda: theirs.predict_proba(X_test)), ("laddernet", lambda: ours.predict_proba(X_test))]
    found = by_turns(calls, 7)
    for name, (seconds, each) in found.items():
        add(name, seconds=seconds, seconds_each=each, of_scikit_learn=round(seconds / found["MLPClassifier"][0], 3))


# Made in a process of their own, whose memory the most memory of a fit would otherwise not get above.
ROWS = """
import sys
import numpy as np
rows = 700_000
generator = np.random.default_rng(5)
y = generator.integers(0, 5, rows)
X = (generator.standard_normal((rows, 15)) + generator.standard_normal((5, 15))[y]).astype(np.float32)
np.save(sys.argv[1] + "/X.npy", X)
np.save(sys.argv[1] + "/y.npy", y)
"""

LARGE = """
import resource, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
X, y = np.load(sys.argv[2] + "/X.npy"), np.load(sys.argv[2] + "/y.npy")
few = np.full(len(y), -1)
few[:100] = y[:100]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
if sys.argv[1] == "laddernet":
    from laddernet import LadderClassifier
    model = LadderClassifier().fit(X, few)
else:
    from sklearn.semi_supervised import LabelSpreading
    model = LabelSpreading(kernel=sys.argv[1], n_neighbors=7).fit(X, few)
seconds = time.perf_counter() - began
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(seconds, used / 1024, X.nbytes / 2**20, 100 * np.mean(model.transduction_ != y))
"""


def large(add, limit=900, gigabytes=16):
    import resource

    folder = tempfile.TemporaryDirectory()
    subprocess.run([sys.executable, "-c", ROWS, folder.name], check=True)
    for name in ("laddernet", "rbf", "knn"):
        began = time.perf_counter()
        bounds = (gigabytes << 30, gigabytes << 30)
        try:
            done = subprocess.run(
                [sys.executable, "-c", LARGE, name, folder.name],
                capture_output=True,
                text=True,
                timeout=limit,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, bounds),
            )
        except subprocess.TimeoutExpired:
            add(f"LabelSpreading {name}", outcome=f"no end in {limit} s")
            continue
        who = name if name == "laddernet" else f"LabelSpreading {name}"
        if done.returncode == 0:
            seconds, megabytes, of_x, error = map(float, done.stdout.split())
            add(who, outcome="ok", seconds=round(seconds, 1), megabytes=round(megabytes), of_x=round(megabytes / of_x, 2), error_percent=round(error, 2))
        else:
            last = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"signal {-done.returncode}"
            add(who, outcome=last[:200], seconds=round(time.perf_counter() - began, 1))


def imports(add):
    program = "import time, numpy, sklearn.semi_supervised, joblib; t = time.perf_counter(); import laddernet; print(time.perf_counter() - t)"
    each = [float(subprocess.check_output([sys.executable, "-c", program])) for _ in range(7)]
    add("import laddernet", seconds=round(statistics.median(each), 4), seconds_each=[round(s, 4) for s in each])
    wheel = os.environ.get("LADDERNET_WHEEL")
    if wheel:
        add("wheel", megabytes=round(Path(wheel).stat().st_size / 1e6, 2))


# --- A run --------------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(MEASURES), metavar="MEASURE,...")
    parser.add_argument("--wheel", type=Path, help="instead of one that is built now")
    args = parser.parse_args()
    if unknown := set(args.only) - set(MEASURES):
        parser.error(f"no measure {', '.join(unknown)}: expected some of {', '.join(MEASURES)}")
    enter(args.wheel and args.wheel.resolve())
    sys.path.insert(0, str(ROOT / "bench"))
    from machine import Others, commit, machine, results

    path = results("python", machine())
    lines = json.loads(path.read_text())["lines"] if path.exists() else []
    stamp = {"commit": commit(), "date": datetime.date.today().isoformat()}
    for measure in args.only:
        others = Others()
        fresh = []

        def add(who, measure=measure, fresh=fresh, **found):
            fresh.append({"measure": measure, "who": who, **found, **stamp})
            print(json.dumps(fresh[-1]), flush=True)

        (imports if measure == "import" else globals()[measure])(add)
        share = round(others.share(), 2)
        fresh = [{**line, "others": share} for line in fresh]
        known = {(line["measure"], line["who"]) for line in fresh}
        lines = [line for line in lines if (line["measure"], line["who"]) not in known] + fresh
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"machine": machine(), "lines": lines}, indent=1) + "\n")
        part.replace(path)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
