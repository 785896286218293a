"""Times an epoch of PCD-1 on MNIST, 784 x 500 units in batches of 100, here and in scikit-learn, by turns in one run.

    python3 -m venv bench/.venv && bench/.venv/bin/pip install scikit-learn
    LADDERNET_DATA_DIR=... bench/.venv/bin/python bench/compare_rbm.py target/release/laddernet

scikit-learn's BernoulliRBM does PCD-1 and nothing else; ours, by default, is centred and draws its rows anew each epoch, which
costs us and not it. Ours takes the milliseconds of a step from the run's summary, what is watched at the end of an epoch
included. The result goes to bench/results/.
"""

import argparse
import datetime
import gzip
import json
import os
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.neural_network import BernoulliRBM

from machine import LIMIT, Others, commit, machine, results

UNITS, BATCH, ROWS, RATE = 500, 100, 60_000, 0.05


def pictures():
    folder = Path(os.environ.get("LADDERNET_DATA_DIR", "."))
    folder = folder / "mnist" if (folder / "mnist").is_dir() else folder
    for name in ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"):
        if (folder / name).exists():
            data = (folder / name).read_bytes()
            data = gzip.decompress(data) if name.endswith(".gz") else data
            return np.frombuffer(data, np.uint8)[16:].reshape(ROWS, -1).astype(np.float32) / 255
    raise SystemExit(f"there are no training pictures of MNIST in {folder}: set LADDERNET_DATA_DIR")


def theirs(x):
    rbm = BernoulliRBM(n_components=UNITS, batch_size=BATCH, n_iter=1, learning_rate=RATE, random_state=1)
    start = time.perf_counter()
    rbm.fit(x)
    return time.perf_counter() - start


def ours(program, precision, epochs=3):
    with tempfile.TemporaryDirectory() as folder:
        run = f"{folder}/run"
        command = [program.resolve(), "train", "--data", "mnist", "--model", "rbm", "--layers", f"784-{UNITS}"]
        command += ["--epochs", str(epochs), "--batch", str(BATCH), "--chains", str(BATCH), "--sweeps", "1"]
        command += ["--learning-rate", str(RATE), "--precision", precision, "--out", run, "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        summary = json.loads((Path(run) / "summary.json").read_text())
    return summary["ms_per_step"] / 1000 * ROWS / BATCH


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    x = pictures()
    contenders = {
        "scikit-learn BernoulliRBM": lambda: theirs(x),
        "laddernet f32": lambda: ours(args.program, "f32"),
        "laddernet auto": lambda: ours(args.program, "auto"),
    }
    seconds = {name: [] for name in contenders}
    others = Others()
    for _ in range(args.rounds):
        for name, epoch in contenders.items():
            seconds[name].append(epoch())
            print(f"{name}: {seconds[name][-1]:.2f} s", flush=True)
    quiet = others.share() < LIMIT
    base = seconds["scikit-learn BernoulliRBM"]
    where = machine()
    found = {
        "machine": where,
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "quiet": quiet,
        "epochs": [
            {
                "name": name,
                "median_seconds": round(float(np.median(times)), 3),
                "seconds": [round(t, 3) for t in times],
                "median_ratio": round(float(np.median([t / b for t, b in zip(times, base)])), 3),
            }
            for name, times in seconds.items()
        ],
    }
    path = results("rbm", where)
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(f"written to {path}")


if __name__ == "__main__":
    main()
