#!/usr/bin/env python3
"""Error on tables with few labels: laddernet beside what people use, the same labelled rows for everybody.

    LADDERNET_DATA_DIR=... bench/tables.py run                  # goes on where it stopped
    bench/tables.py run --only forest,laddernet-auto --tables adult,letter --labels 5,10 --draws 3 --jobs 2
    bench/tables.py report                                      # results/tables/report.md and ranks.svg
    bench/tables.py write letter 10 1 FOLDER                    # a draw as laddernet gets it: train.csv, test.csv

The tables lie in `tables` of LADDERNET_DATA_DIR, or in --data. The first time the script makes bench/.venv-tables.
One line a draw and method, in results/tables/TABLE.jsonl, as soon as it is known. TABLES.md says how to read it.
"""

import tables_env

if __name__ == "__main__":
    tables_env.enter()

import argparse
import concurrent.futures
import functools
import hashlib
import importlib.metadata
import json
import multiprocessing
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from machine import ROOT, commit, machine
from tables_peers import PEERS, peer

LABELS = (5, 10, 50)  # a class
DRAWS = 10
TEST_SHARE, TEST_MOST = 0.2, 5000
TARGET = "target"
MISSING = ("?", "")
ADULT = (
    "age workclass fnlwgt education education-num marital-status occupation relationship race sex capital-gain "
    "capital-loss hours-per-week native-country target"
).split()
LETTER = (
    "target x-box y-box width high onpix x-bar y-bar x2bar y2bar xybar x2ybr xy2br x-ege xegvy y-ege yegvx"
).split()
OUT = ROOT / "results" / "tables"


# --- The tables, their test parts and the draws -------------------------------------------------------------------


def read(path, **options):
    """Cells as the text that the file has; nothing is missing yet."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True, **options)


def adult(folder):
    train = read(folder / "adult.data.gz", header=None, names=ADULT)
    test = read(folder / "adult.test.gz", header=None, names=ADULT, skiprows=1)
    test[TARGET] = test[TARGET].str.rstrip(".")
    return train, test


def letter(folder):
    return parted("letter", read(folder / "letter-recognition.data.gz", header=None, names=LETTER))


def mushroom(folder):
    """Its columns are kinds of a thing (UCI has letters), which this edition numbers: everybody gets words, as `k3`."""
    table = read(folder / "mushroom.tsv.gz", sep="\t")
    return parted("mushroom", table.assign(**{name: "k" + table[name] for name in table.columns.drop(TARGET)}))


def tsv(name):
    return lambda folder: parted(name, read(folder / f"{name}.tsv.gz", sep="\t"))


def parted(name, table):
    """Training rows and test rows: a fifth of each class, all in all at most 5000."""
    generator = np.random.default_rng([zlib.crc32(name.encode()), 0])
    share = min(TEST_SHARE, TEST_MOST / len(table))
    test = np.zeros(len(table), bool)
    for _, rows in sorted(table.groupby(TARGET).indices.items()):
        test[generator.permutation(rows)[: round(share * len(rows))]] = True
    return table[~test].reset_index(drop=True), table[test].reset_index(drop=True)


TABLES = {
    "adult": adult,
    "letter": letter,
    "mushroom": mushroom,
    "optdigits": tsv("optdigits"),
    "pendigits": tsv("pendigits"),
    "satimage": tsv("satimage"),
}


@functools.lru_cache
def load(name, folder):
    """The two parts as text with the target last, and as everybody's inputs and class numbers."""
    train, test = TABLES[name](Path(folder))
    train, test = (part[[c for c in part if c != TARGET] + [TARGET]] for part in (train, test))
    classes = sorted(set(train[TARGET]))
    number = {c: k for k, c in enumerate(classes)}
    y, y_test = (part[TARGET].map(number).to_numpy() for part in (train, test))
    x, x_test = encode(train, test)
    return train, test, x, y, x_test, y_test


def encode(train, test):
    """The same inputs for every peer, fitted on all training rows, whose labels it does not read.

    A column is numbers if all its cells that are there are; then a missing cell becomes the median, and the column is
    standardised. Every other column is one-hot, a missing cell a category of its own, an unseen one all zeros.
    """
    inputs, inputs_test = [], []
    for name in train.columns.drop(TARGET):
        cells, cells_test = (part[name].mask(part[name].isin(MISSING)) for part in (train, test))
        numbers, numbers_test = (pd.to_numeric(part, errors="coerce") for part in (cells, cells_test))
        if (numbers.isna() == cells.isna()).all():
            median, mean = numbers.median(), numbers.fillna(numbers.median()).mean()
            deviation = numbers.fillna(median).std(ddof=0) or 1.0
            inputs.append((numbers.fillna(median).to_numpy(float)[:, None] - mean) / deviation)
            inputs_test.append((numbers_test.fillna(median).to_numpy(float)[:, None] - mean) / deviation)
        else:
            cells, cells_test = cells.fillna("?"), cells_test.fillna("?")
            words = np.array(sorted(set(cells)))
            inputs.append((cells.to_numpy(str)[:, None] == words).astype(float))
            inputs_test.append((cells_test.to_numpy(str)[:, None] == words).astype(float))
    return np.hstack(inputs), np.hstack(inputs_test)


def draw_rows(name, y, labels, draw):
    """The labelled rows: so many of each class, drawn at random; all of a class that has fewer."""
    generator = np.random.default_rng([zlib.crc32(name.encode()), labels, draw])
    return np.sort(np.concatenate([generator.permutation(np.flatnonzero(y == k))[:labels] for k in np.unique(y)]))


def write_draw(train, test, labelled, folder):
    """What a user has: a file whose target is empty in most rows, and a file to test on."""
    hidden = train.copy()
    hidden.loc[~hidden.index.isin(labelled), TARGET] = ""
    hidden.to_csv(Path(folder) / "train.csv", index=False)
    test.to_csv(Path(folder) / "test.csv", index=False)


# --- Our program --------------------------------------------------------------------------------------------------

OURS = {f"laddernet-{model}": model for model in ("mlp", "top", "full", "auto")}
METHODS = (*PEERS, *OURS)


def laddernet(program, model, folder, seed, threads):
    """The one call of our program, as a user has it; what its JSON says."""
    command = [program, "train", f"{folder}/train.csv", "--target", TARGET, "--test", f"{folder}/test.csv"]
    command += ["--model", model, "--seed", str(seed), "--threads", str(threads), "--json", "--quiet"]
    if model in ("full", "top"):
        command.append("--no-baseline")  # the labels-alone net is measured by itself
    command += ["--out", f"{folder}/run"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def error_of(summary):
    """Percent of the test rows."""
    for key in ("error_percent", "test_error_percent"):
        if summary.get(key) is not None:
            return summary[key]
    raise RuntimeError(f"the program's JSON has neither error_percent nor test_error_percent: {sorted(summary)}")


def takes_tables(program):
    """Whether this program knows the road from a table."""
    try:
        done = subprocess.run([program, "train", "--help"], capture_output=True, text=True)
    except OSError:
        return False
    return done.returncode == 0 and "--target" in done.stdout and "--test" in done.stdout


# --- A run --------------------------------------------------------------------------------------------------------


def measure(task, data, program, threads):
    """The line of one draw and method."""
    name, labels, draw, method = task
    warnings.simplefilter("ignore")
    if method in PEERS:
        PEERS[method][0](draw)  # imports what it needs, which is no part of the time
    train, test, x, y, x_test, y_test = load(name, data)
    labelled = draw_rows(name, y, labels, draw)
    more = {}
    with tempfile.TemporaryDirectory() as folder:
        if method in OURS:
            write_draw(train, test, labelled, folder)
        start, cpu = time.perf_counter(), used()
        if method in OURS:
            summary = laddernet(program, OURS[method], folder, draw, threads)
            error = error_of(summary)
            more = {key: summary[key] for key in ("chosen", "model", "baseline_error_percent") if summary.get(key)}
        else:
            error = 100 * float(np.mean(peer(method, x, y, labelled, x_test, draw) != y_test))
        seconds, cpu = time.perf_counter() - start, used() - cpu
    return {
        "table": name,
        "labels": labels,
        "draw": draw,
        "method": method,
        "error_percent": round(error, 4),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 3),
        "labelled_rows": len(labelled),
        "rows_sha256": hashlib.sha256(labelled.astype("<u4").tobytes()).hexdigest()[:16],
        **more,
    }


def used():
    """Processor seconds of this process and its ended children."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def versions(method, program, built_of):
    if method in OURS:
        said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
        return {"laddernet": said, "commit": built_of or commit()}
    names = ["numpy", "scikit-learn"] + ["lightgbm"] * ("lightgbm" in method)
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in names}


def lines_of(folder):
    """Every line that is there; of lines for the same thing the last."""
    found = {}
    for path in sorted(Path(folder).glob("*.jsonl")):
        for text in path.read_text().splitlines():
            line = json.loads(text)
            found[line["table"], line["labels"], line["draw"], line["method"]] = line
    return found


def append(folder, line):
    """In one write, so that two runs at once do not mix their lines."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{line['table']}.jsonl", "ab", buffering=0) as file:
        file.write((json.dumps(line) + "\n").encode())


def run(args):
    data = data_folder(args)
    methods = [m for m in METHODS if m in args.only]
    if (ours := [m for m in methods if m in OURS]) and not takes_tables(args.program):
        print(f"{args.program} is not there or cannot train on a table yet: {', '.join(ours)} skipped", file=sys.stderr)
        methods = [m for m in methods if m not in OURS]
    known = {} if args.again else lines_of(args.out)
    # A method with all its draws before the next, cheap ones first; a draw of all tables before the next draw.
    tasks = [
        task
        for method in methods
        for draw in range(1, args.draws + 1)
        for labels in args.labels
        for name in args.tables
        if (task := (name, labels, draw, method)) not in known
    ]
    common = {method: {"versions": versions(method, args.program, args.commit), "processor": machine()["cpu"]} for method in methods}
    failed = 0
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop())
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        started = {pool.submit(measure, task, str(data), args.program, args.threads): task for task in tasks}
        for number, done in enumerate(concurrent.futures.as_completed(started), 1):
            name, labels, draw, method = started[done]
            what = f"{number}/{len(tasks)} {name}, {labels} labels a class, draw {draw}, {method}"
            try:
                line = done.result() | common[method]
            except Exception as error:
                failed += 1
                print(f"{what}: {error}", file=sys.stderr, flush=True)
                continue
            append(args.out, line)
            print(f"{what}: {line['error_percent']:.2f} %, {line['seconds']:.1f} s", file=sys.stderr, flush=True)
    if failed:
        sys.exit(f"{failed} of {len(tasks)} failed; the next run tries them again")


def stop():
    """At once, the workers too; what is known is written."""
    for worker in multiprocessing.active_children():
        worker.kill()
    os._exit(128 + signal.SIGTERM)


def data_folder(args):
    if args.data is None and "LADDERNET_DATA_DIR" not in os.environ:
        sys.exit("Where are the tables? Set LADDERNET_DATA_DIR to the folder that holds `tables`, or give --data")
    folder = (args.data or Path(os.environ["LADDERNET_DATA_DIR"]) / "tables").resolve()
    if not (folder / "adult.data.gz").exists():
        sys.exit(f"{folder} holds no adult.data.gz")
    return folder


def write(args):
    train, test, _, y, _, _ = load(args.table, str(data_folder(args)))
    args.folder.mkdir(parents=True, exist_ok=True)
    write_draw(train, test, draw_rows(args.table, y, args.labels, args.draw), args.folder)
    print(f"written: {args.folder}/train.csv, {args.folder}/test.csv")


def among(known, kind=str):
    """Reads a list with commas, each of a known set."""

    def parse(text):
        wanted = [kind(word) for word in text.split(",")]
        if wrong := [word for word in wanted if known and word not in known]:
            raise argparse.ArgumentTypeError(f"{wrong[0]} is none of {', '.join(map(str, known))}")
        return wanted

    return parse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    parser_of = {}
    for name, function in (("run", run), ("report", report), ("write", write)):
        parser_of[name] = commands.add_parser(name)
        parser_of[name].set_defaults(function=function)
        parser_of[name].add_argument("--data", type=Path, help="the folder of the tables")
        parser_of[name].add_argument("--out", type=Path, default=OUT, help="the folder of the results")
    of_run = parser_of["run"]
    of_run.add_argument("--only", type=among(METHODS), default=list(METHODS), metavar="METHOD,...")
    of_run.add_argument("--tables", type=among(TABLES), default=list(TABLES), metavar="TABLE,...")
    of_run.add_argument("--labels", type=among((), int), default=list(LABELS), metavar="N,...", help="a class")
    of_run.add_argument("--draws", type=int, default=DRAWS)
    of_run.add_argument("--jobs", type=int, default=1)
    of_run.add_argument("--threads", type=int, default=1, help="of laddernet; every peer has one")
    of_run.add_argument("--again", action="store_true", help="measure also what is known; the last line counts")
    program = ROOT / "target" / "release" / "laddernet"
    of_run.add_argument("--program", type=Path, default=program)
    of_run.add_argument("--commit", metavar="ID", help="of what another program was built; of the usual one it is the tree's")
    of_report = parser_of["report"]
    of_report.add_argument(
        "--against", choices=METHODS, default="laddernet-mlp", help="whom the others are paired with"
    )
    of_write = parser_of["write"]
    of_write.add_argument("table", choices=TABLES)
    of_write.add_argument("labels", type=int, help="a class")
    of_write.add_argument("draw", type=int)
    of_write.add_argument("folder", type=Path)
    args = parser.parse_args()
    if args.function is run and args.program != program and args.commit is None:
        parser.error("--program names a copy: which --commit was it built of?")
    args.function(args)


def report(args):
    from tables_report import write_report

    write_report(lines_of(args.out), METHODS, list(TABLES), args.out, args.against)


if __name__ == "__main__":
    main()
