"""From the command line to Python and back: one trains, the other opens what was trained.

For whoever trains on a server by commands and looks at the model in a notebook, or the other way round. It needs numpy
and scikit-learn, takes some seven seconds, and writes into the folder that is its first argument, or else into a
temporary one.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import laddernet

LEARNED = 1000


def command(*arguments: str | Path) -> str:
    """What a command prints. `laddernet ...` in a shell is the same program."""
    call = [sys.executable, "-m", "laddernet", *map(str, arguments)]
    return subprocess.run(call, check=True, capture_output=True, text=True).stdout


def train_and_open(folder: Path) -> None:
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    X, y = X[order], y[order]
    few = np.where(np.arange(len(y)) < 100, y, -1)
    np.save(folder / "X.npy", X[:LEARNED])
    np.save(folder / "y.npy", few[:LEARNED])
    np.save(folder / "new.npy", X[LEARNED:])

    run = folder / "run"
    options = ["--model", "full", "--hidden", "100-50", "--epochs", "25", "--test", "none", "--force", "--quiet"]
    command("train", folder / "X.npy", "--y", folder / "y.npy", "--out", run, *options)
    print("the command line has written", ", ".join(sorted(path.name for path in run.iterdir())))

    clf = laddernet.load(run)
    assert isinstance(clf, laddernet.LadderClassifier)
    summary = clf.summary_
    print(f"opened: {summary['model']}, layers {summary['layers']}, {summary['labelled_rows']} labels, {summary['epochs']} epochs")
    full, alone = (model["error"]["percent"] for model in summary["estimate"]["models"])
    print(f"cross-validation by the command line: {full:.0f} % wrong with all rows, {alone:.0f} % from the labels alone")
    right = 100 * clf.score(X[LEARNED:], y[LEARNED:])
    print(f"of {len(y) - LEARNED} new digits, {right:.1f} % are right")

    # The way back: a model of Python, for the command line.
    clf.save(folder / "model.safetensors")
    command("predict", folder / "model.safetensors", folder / "new.npy", "--out", folder / "out.csv")
    lines = (folder / "out.csv").read_text().splitlines()
    print("the command line predicts:", lines[0], "/", lines[1])
    theirs = [int(line.split(",")[1]) for line in lines[1:]]
    assert theirs == clf.predict(X[LEARNED:]).tolist(), "both say the same of every row"
    assert right > 80


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        folder.mkdir(parents=True, exist_ok=True)
        train_and_open(folder)


if __name__ == "__main__":
    main()
