"""How the cost of a step and of an epoch grows with the rows, the values a row and the width of the network.

    cargo build --release && bench/growth.py target/release/laddernet        # some ten minutes

Steps are measured by `laddernet bench`; an epoch by `laddernet train` on files of bytes, with the memory that the
process had at most. Each line is measured with one and two threads, in f32 and, where the processor has it, bf16.
A measurement during which other programs took more than a fifth of a core is repeated; after the third the script
gives up and writes nothing.
"""

import argparse
import datetime
import gzip
import json
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import LIMIT, Others, commit, machine, results

HIDDEN = (1000, 500, 250, 250, 250)
FEATURES = (784, 2000, 5000, 10000, 20000)
WIDTHS = (125, 250, 500, 1000, 2000, 4000)
BATCHES = (12, 25, 50, 100, 200, 400, 800)
ROWS = (1000, 10_000, 60_000, 240_000)


def network(features, width):
    return "-".join(map(str, (features, *(max(1, h * width // HIDDEN[0]) for h in HIDDEN), 10)))


def quiet(what, measure):
    """What `measure` gives, once no other program disturbs it."""
    for _ in range(3):
        others = Others()
        found = measure()
        if (load := others.share()) <= LIMIT:
            return found
        print(f"{what}: others took {load:.0%} of a core, again", file=sys.stderr)
    sys.exit("Other programs keep this machine too busy to conclude anything. Nothing was written.")


def step(program, seconds, layers, batch, threads, precision):
    command = [program, "bench", "--json", "--quiet", "--seconds", str(seconds), "--threads", str(threads)]
    command += ["--precision", precision, "--layers", layers]
    command += ["--labelled-batch", str(batch), "--unlabelled-batch", str(batch)]
    document = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found = document["stages"][0]
    return {
        "ms_per_step": round(found["ms_per_step"], 3),
        "product_gflop": round(found["product_gflop_per_step"], 4),
        "share_of_limit": round(found["product_limit_percent"] / 100, 3),
    }


def idx(path, shape, block, times):
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape))
        for _ in range(times):
            file.write(block)


def files(folder, rows):
    """Rows of noise as images of 28 x 28, with labels; the same rows again stand for the test."""
    names = []
    for part, n in (("train", rows), ("test", 1000)):
        block = random.Random(n).randbytes(1000 * 784)
        idx(f"{folder}/{part}-x.gz", (n, 28, 28), block, n // 1000)
        idx(f"{folder}/{part}-y.gz", (n,), bytes(range(10)), n // 10)
        names += [f"{folder}/{part}-x.gz", f"{folder}/{part}-y.gz"]
    return "idx:" + ",".join(names)


def epoch(program, rows, threads, precision):
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "train", "--json", "--quiet", "--data", files(folder, rows), "--labels", "100"]
        command += ["--layers", network(784, 1000), "--epochs", "1", "--no-baseline"]
        command += ["--threads", str(threads), "--precision", precision, "--out", f"{folder}/run"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        megabytes = 0
        while process.poll() is None:
            megabytes = max(megabytes, most_memory(process.pid))
            time.sleep(0.01)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
        summary = json.loads(process.stdout.read())
    return {"seconds_per_epoch": round(summary["seconds"], 3), "megabytes_at_most": megabytes}


def most_memory(process):
    """Megabytes that it held at most so far; what wait4 tells would count this script's own before the other began."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    most = re.search(r"VmHWM:\s*(\d+) kB", status)
    return round(int(most[1]) / 1024) if most else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("--only", choices=("features", "width", "batch", "rows"), help="the other lines stay as they are")
    parser.add_argument("--seconds", type=float, default=2, help="of measuring each kind of step")
    args = parser.parse_args()
    program = args.program.resolve()
    where = machine()
    precisions = ["f32", "bf16"] if {"avx512_bf16", "amx_bf16"} & set(where["flags"]) else ["f32"]

    lines = []
    for threads in (1, 2):
        for precision in precisions:
            common = {"threads": threads, "precision": precision}

            def add(axis, value, measure):
                line = {"axis": axis, "value": value, **common, **quiet(f"{axis} {value}", measure)}
                lines.append(line)
                print(json.dumps(line), file=sys.stderr)

            def of_step(layers, batch):
                return lambda: step(program, args.seconds, layers, batch, threads, precision)

            plan = [("features", f, of_step(network(f, 1000), 100)) for f in FEATURES]
            plan += [("width", w, of_step(network(784, w), 100)) for w in WIDTHS]
            plan += [("batch", b, of_step(network(784, 1000), b)) for b in BATCHES]
            plan += [("rows", n, lambda n=n: epoch(program, n, threads, precision)) for n in ROWS]
            for axis, value, measure in plan:
                if args.only in (None, axis):
                    add(axis, value, measure)

    path = results("growth", where)
    if args.only and path.exists():
        lines += [line for line in json.loads(path.read_text())["lines"] if line["axis"] != args.only]
    document = {
        "machine": where,
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "seconds_each": args.seconds,
        "lines": lines,
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"written: {path} (then: cargo xtask docs)")


if __name__ == "__main__":
    main()
