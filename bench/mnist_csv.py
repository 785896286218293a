#!/usr/bin/env python3
"""MNIST as a table: train.csv with labels in some rows alone, and test.csv with all of them.

    laddernet train --data mnist --labels 1000 -o RUN ...          # draws the labelled rows
    LADDERNET_DATA_DIR=... bench/mnist_csv.py RUN FOLDER           # the same rows have a label in FOLDER/train.csv
    laddernet train FOLDER/train.csv --target label --test FOLDER/test.csv --model full ...

Needs nothing beside Python.
"""

import gzip
import json
import os
import sys
from pathlib import Path

PIXELS = 784


def content(name, header):
    path = next(Path(os.environ["LADDERNET_DATA_DIR"]).rglob(f"{name}*"))
    raw = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    return raw[header:]


def write(path, part, kept=None):
    images, labels = content(f"{part}-images", 16), content(f"{part}-labels", 8)
    with open(path, "w") as file:
        file.write("label," + ",".join(f"pixel{i}" for i in range(PIXELS)) + "\n")
        for row, label in enumerate(labels):
            label = str(label) if kept is None or row in kept else ""
            file.write(label + "," + ",".join(map(str, images[row * PIXELS : (row + 1) * PIXELS])) + "\n")


def main():
    if len(sys.argv) != 3 or "LADDERNET_DATA_DIR" not in os.environ:
        sys.exit(__doc__)
    run, folder = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "train.csv", "train", set(json.loads((run / "labelled_rows.json").read_text())["rows"]))
    write(folder / "test.csv", "t10k")


if __name__ == "__main__":
    main()
