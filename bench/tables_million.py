#!/usr/bin/env python3
"""Seconds and memory on large tables: laddernet beside pandas, and LabelSpreading on the same rows.

    cargo build --release && bench/tables_million.py target/release/laddernet
    bench/tables_million.py target/release/laddernet --only read,train --tables million --anyway
    bench/tables_million.py target/release/laddernet --small        # a tenth of everything: does it run at all?

The tables are made from a seed, into --folder (kept for the next time) or a temporary one:

- million: 1 000 000 rows x 40 columns of numbers and a target of 10 classes, 1000 rows labelled; as CSV and Parquet
- kdd:     500 000 rows x 41 columns of numbers and categories and a target of 23 classes, seven of 2 to 20 rows, all
           labelled; kdd-few is the same with a label in 1 % of the rows, and at least one a class
- wide:    500 rows x 20 000 columns of numbers and a target of 2 classes, 100 labelled

What is measured, each in a process of its own, seconds by the clock and the most memory by getrusage:

- read: `laddernet inspect FILE --json`, the whole command, beside the call of `pandas.read_csv` (C reader) or
  `pandas.read_parquet` alone, by turns, --rounds times, the median
- train: `laddernet train FILE --target y --epochs 1`; the memory also as a multiple of the cells as 32-bit floats
- predict: `laddernet predict RUN FILE`, on the table and on its first tenth: is memory flat in the rows?
- spreading: scikit-learn's LabelSpreading on million, both kernels, with --memory gigabytes and --limit seconds

A measurement during which other programs took more than a fifth of a core is repeated; after the third the script gives
up. With --anyway it counts, and is marked `"quiet": false`. What the program cannot do yet is skipped, with a message.
Written after each measurement: bench/results/tables-million-PROCESSOR.json. Lines of other measurements stay.
"""

import tables_env

if __name__ == "__main__":
    tables_env.enter()

import argparse
import contextlib
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from machine import LIMIT, Others, commit, machine, results

MEASURES = ("read", "train", "predict", "spreading")
LIMIT_SECONDS = 3600  # of anything that has no limit of its own
RARE = (2, 3, 4, 7, 9, 12, 20)  # rows of the rarest classes of kdd, as in the original's ten per cent
KDD_SHARES = (0.57, 0.22, 0.19, 2e-3, 2e-3, 1.5e-3, 2e-3, 2e-3, 1.5e-3, 5e-4, 5e-4, 1e-3, 1e-3, 1e-3, 5e-4, 2e-4)

# Measures a command from a small process: what a child has at most is counted from its parent's size on.
LAUNCHER = """
import json, os, resource, subprocess, sys, time
limit, memory, log, command = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
def limited():
    os.setsid()
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
start = time.perf_counter()
with open(log, "wb") as file:
    process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, preexec_fn=limited)
    try:
        code = process.wait(limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        code = None
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""

# The seconds of the call alone are printed: the imports are no part of reading.
PANDAS = {
    kind: f"import sys, time, pandas, pyarrow.parquet; t = time.perf_counter(); {call}; print(time.perf_counter() - t)"
    for kind, call in (
        ("csv", "pandas.read_csv(sys.argv[1], engine='c')"),
        ("parquet", "pandas.read_parquet(sys.argv[1], engine='pyarrow')"),
    )
}

SPREADING = """
import sys, numpy, pyarrow.parquet
from sklearn.semi_supervised import LabelSpreading
table = pyarrow.parquet.read_table(sys.argv[1])
y = table["y"].to_pandas().fillna(-1).astype(int).to_numpy()
x = numpy.column_stack([table[name].to_numpy() for name in table.column_names if name != "y"])
del table
options = {"n_neighbors": 7} if sys.argv[2] == "knn" else {}
model = LabelSpreading(kernel=sys.argv[2], n_jobs=-1, **options).fit(x, y)
print(numpy.bincount(model.transduction_))
"""


# --- The tables ---------------------------------------------------------------------------------------------------


def numbers(generator, rows, columns, y, classes):
    """Columns whose means depend on the class; two decimals, as measured values have."""
    means = generator.normal(size=(columns, classes))
    for column in range(columns):
        x = means[column, y] + 2 * generator.standard_normal(rows)
        yield np.round(x * 10 ** (column % 4), 2)


def hidden(generator, y, keep):
    """The classes as numbers, missing where `keep` is false."""
    return pa.array(y, mask=~keep)


def million(generator, scale):
    rows = 1_000_000 // scale
    y = generator.integers(0, 10, rows)
    keep = np.zeros(rows, bool)
    keep[generator.permutation(rows)[:1000]] = True
    columns = {f"x{i}": x for i, x in enumerate(numbers(generator, rows, 40, y, 10))}
    return pa.table(columns | {"y": hidden(generator, y, keep)})


def kdd(generator, scale, few=False):
    """Columns as those of KDD Cup 1999: heavy tails, shares, counts, three categories of 3, 66 and 11 values."""
    rows = 500_000 // scale
    sizes = [round(share * rows) for share in KDD_SHARES]
    sizes[0] += rows - sum(sizes) - sum(RARE)
    y = generator.permutation(np.repeat(np.arange(23), [*sizes, *RARE]))
    columns = {}
    for name, values in (("protocol", 3), ("service", 66), ("flag", 11)):
        weights = generator.dirichlet(np.full(values, 0.3), 23).cumsum(1)
        codes = (generator.random(rows)[:, None] > weights[y]).sum(1).clip(0, values - 1)
        words = pa.array([f"{name}_{i}" for i in range(values)])
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes), words).cast(pa.string())
    for i, x in enumerate(numbers(generator, rows, 38, y, 23)):
        if i < 8:  # bytes and durations
            x = np.floor(np.expm1(np.clip(np.abs(x) / 10 ** (i % 4), 0, 15) * 1.5)).astype("i8")
        elif i < 14:  # rare marks
            x = (x > 3 * 10 ** (i % 4)).astype("i8")
        elif i < 20:  # counts
            x = np.floor(np.abs(x)).clip(0, 511).astype("i8")
        else:  # shares
            x = np.round(1 / (1 + np.exp(-x / 10 ** (i % 4))), 2)
        columns[f"x{i}"] = x
    names = np.array([f"attack_{k}" for k in range(23)])
    keep = np.ones(rows, bool)
    if few:
        keep = generator.random(rows) < 0.01
        keep[np.unique(y, return_index=True)[1]] = True
    return pa.table(columns | {"y": pa.array(names[y], mask=~keep)})


def wide(generator, scale):
    y = generator.integers(0, 2, 500)
    columns = {f"x{i}": x for i, x in enumerate(numbers(generator, 500, 20_000 // scale, y, 2))}
    return pa.table(columns | {"y": hidden(generator, y, np.arange(500) < 100)})


TABLES = {
    "million": million,
    "kdd": kdd,
    "kdd-few": lambda generator, scale: kdd(generator, scale, few=True),
    "wide": wide,
}


def make(name, folder, scale):
    """NAME.csv, NAME.parquet, NAME-tenth.csv and .parquet, and what they hold; not again what is there."""
    known = folder / f"{name}.json"
    if not known.exists():
        print(f"making {folder / name}.csv and .parquet", file=sys.stderr)
        table = TABLES[name](np.random.default_rng(18), scale)
        for part, end in ((table, ""), (table.slice(0, len(table) // 10), "-tenth")):
            pyarrow.parquet.write_table(part, folder / f"{name}{end}.parquet")
            options = pyarrow.csv.WriteOptions(quoting_style="needed")
            pyarrow.csv.write_csv(part, folder / f"{name}{end}.csv", options)
        columns = table.num_columns - 1
        known.write_text(
            json.dumps({"rows": len(table), "columns": columns, "f32_megabytes": len(table) * columns * 4 / 2**20})
        )
    return json.loads(known.read_text())


# --- Measuring ----------------------------------------------------------------------------------------------------


def once(command, limit=LIMIT_SECONDS, memory_gb=0, says_seconds=False):
    """{seconds, cpu_seconds, megabytes, outcome} of a command; the outcome is "ok", "out of memory", "out of time"
    or what was said.

    The seconds are those that the command prints as its last word, if it says any.
    """
    command = [str(word) for word in command]
    with tempfile.NamedTemporaryFile() as log:
        launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(limit), str(memory_gb << 30), log.name, *command]
        threads = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
        done = subprocess.run(launcher, check=True, capture_output=True, text=True, env=threads)
        said = log.read().decode(errors="replace").strip()
    code, seconds, used, megabytes = json.loads(done.stdout)
    outcome = "ok"
    if code == 0 and says_seconds:
        seconds = float(said.split()[-1])
    if code is None:
        outcome = "out of time"
    elif code != 0:
        out_of_memory = "MemoryError" in said or "ArrayMemoryError" in said or code == -9
        outcome = "out of memory" if out_of_memory else f"exit {code}: {said[-300:]}"
    return {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(used, 3),
        "megabytes": round(megabytes),
        "outcome": outcome,
    }


def quiet(what, args, command, **how):
    """Of a run that no other program disturbed; or of any, marked, with --anyway."""
    for _ in range(1 if args.anyway else 3):
        others = Others()
        found = once(command, **how)
        load = others.share()
        found |= {"others": round(load, 2), "quiet": load <= LIMIT}
        if found["quiet"] or args.anyway:
            print(f"{what}: {found}", file=sys.stderr)
            return found
        print(f"{what}: others took {load:.0%} of a core, again", file=sys.stderr)
    sys.exit("Other programs keep this machine too busy to conclude anything. --anyway counts it, marked.")


def median_of(found):
    """One line of several runs: the median of their seconds, the most of everything else."""
    failed = [f["outcome"] for f in found if f["outcome"] != "ok"]
    return {
        "seconds": round(statistics.median(f["seconds"] for f in found), 3),
        "seconds_each": [f["seconds"] for f in found],
        "megabytes": max(f["megabytes"] for f in found),
        "outcome": failed[0] if failed else "ok",
        "others": max(f["others"] for f in found),
        "quiet": all(f["quiet"] for f in found),
    }


def read(args, name, of, folder, add):
    """Laddernet and pandas by turns, and the ratio of their medians."""
    for kind, code in PANDAS.items():
        file = folder / f"{name}.{kind}"
        contenders = {f"pandas {kind}": [sys.executable, "-c", code, file]}
        if can(args.program, "inspect"):
            contenders[f"laddernet inspect {kind}"] = [args.program, "inspect", file, "--json"]
        else:
            print(f"{args.program} has no `inspect` yet: reading alone is not measured", file=sys.stderr)
        found = {who: [] for who in contenders}
        for _ in range(args.rounds):
            for who, command in contenders.items():
                inside = who.startswith("pandas")
                found[who].append(quiet(f"{name}: {who}", args, command, says_seconds=inside))
        medians = {who: median_of(runs) for who, runs in found.items()}
        peer = medians[f"pandas {kind}"]["seconds"]
        for who, line in medians.items():
            add(name, "read", who, line | {"of_pandas": round(line["seconds"] / peer, 3)})


def train_command(args, file, run):
    return [args.program, "train", file, "--target", "y", "--epochs", "1", "--out", run, "--force", "--json", "--quiet"]


def train(args, name, of, folder, add):
    if not can(args.program, "train", "--target"):
        print(f"{args.program} cannot train on a table yet: skipped", file=sys.stderr)
        return
    for kind in PANDAS:
        command = train_command(args, folder / f"{name}.{kind}", folder / f"run-{name}-{kind}")
        line = quiet(f"{name}: train {kind}", args, command)
        add(
            name,
            "train",
            f"laddernet train {kind}",
            line | {"of_f32": round(line["megabytes"] / of["f32_megabytes"], 2)},
        )


def predict(args, name, of, folder, add):
    if not can(args.program, "train", "--target"):
        print(f"{args.program} cannot train on a table yet: predicting is skipped", file=sys.stderr)
        return
    run = folder / f"run-{name}-csv"
    if not run.exists() and once(train_command(args, folder / f"{name}.csv", run))["outcome"] != "ok":
        print(f"{name}: training failed: nothing to predict with", file=sys.stderr)
        return
    for kind in PANDAS:
        for part, end in (("a tenth", "-tenth"), ("all", "")):
            command = [args.program, "predict", run, folder / f"{name}{end}.{kind}", "-o", folder / "predicted.csv"]
            with contextlib.suppress(FileNotFoundError):
                (folder / "predicted.csv").unlink()
            who = f"laddernet predict {kind}, {part}"
            add(name, "predict", who, quiet(f"{name}: {who}", args, command))


def spreading(args, name, of, folder, add):
    """On the table of a million rows only; how it ends is the result."""
    if name != "million":
        return
    for kernel in ("rbf", "knn"):
        command = [sys.executable, "-c", SPREADING, folder / f"{name}.parquet", kernel]
        limits = {"limit": args.limit, "memory_gb": args.memory}
        line = quiet(f"{name}: LabelSpreading {kernel}", args, command, **limits)
        add(
            name,
            "spreading",
            f"LabelSpreading {kernel}",
            line | {"seconds_limit": args.limit, "gigabytes_limit": args.memory},
        )


def can(program, command, flag=""):
    done = subprocess.run([program, command, "--help"], capture_output=True, text=True)
    return done.returncode == 0 and flag in done.stdout


def chosen(known):
    def parse(text):
        if wrong := [word for word in text.split(",") if word not in known]:
            raise argparse.ArgumentTypeError(f"{wrong[0]} is none of {', '.join(known)}")
        return text.split(",")

    return parse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--only", type=chosen(MEASURES), default=list(MEASURES), metavar="MEASURE,...")
    parser.add_argument("--tables", type=chosen(TABLES), default=list(TABLES), metavar="TABLE,...")
    parser.add_argument("--rounds", type=int, default=3, help="of reading")
    parser.add_argument("--folder", type=Path, help="for the tables, some 2 GB; kept")
    parser.add_argument("--limit", type=int, default=600, help="seconds for LabelSpreading")
    parser.add_argument("--memory", type=int, default=16, help="gigabytes of address space for LabelSpreading")
    parser.add_argument("--small", action="store_true", help="a tenth of the rows or columns; nothing is written")
    parser.add_argument("--anyway", action="store_true", help="also while other programs are busy")
    args = parser.parse_args()
    args.program = args.program.resolve()

    path = results("tables-million", machine())
    lines = json.loads(path.read_text())["lines"] if path.exists() and not args.small else []
    stamp = {"commit": commit(), "date": datetime.date.today().isoformat()}

    def add(name, measure, who, line):
        nonlocal lines
        line = {"table": name, **tables[name], "measure": measure, "who": who, **line, **stamp}
        print(json.dumps(line))
        lines = [old for old in lines if (old["table"], old["measure"], old["who"]) != (name, measure, who)] + [line]
        if not args.small:
            write(path, {"machine": machine(), "versions": list(tables_env.PINNED), "lines": lines})

    with contextlib.ExitStack() as stack:
        folder = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = folder / "small" if args.small else folder
        folder.mkdir(parents=True, exist_ok=True)
        tables = {name: make(name, folder, 10 if args.small else 1) for name in args.tables}
        for measure in args.only:
            for name in args.tables:
                globals()[measure](args, name, tables[name], folder, add)
    if not args.small:
        print(f"written: {path}")


def write(path, document):
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document, indent=1) + "\n")
    part.replace(path)


if __name__ == "__main__":
    main()
