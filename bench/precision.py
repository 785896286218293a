"""Error of f32 and of bf16 training, pair by pair: the same labelled rows, initial values, order and noise.

    bench/precision.py target/release/laddernet results/precision-mnist-100.jsonl --data mnist --labels 100 --epochs 20

One line a run, written as soon as it is known; runs that the file holds are not repeated, so it may be stopped.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--commit", help="of the program; written into each line")
    args, settings = parser.parse_known_args()

    lines = [json.loads(line) for line in args.out.read_text().splitlines()] if args.out.exists() else []
    known = {(line["seed"], line["precision"]) for line in lines}
    for seed in range(1, args.seeds + 1):
        for precision in ("f32", "bf16"):
            if (seed, precision) in known:
                continue
            with tempfile.TemporaryDirectory() as folder:
                command = [args.program.resolve(), "train", *settings, "--no-baseline", "--seed", str(seed)]
                command += ["--precision", precision, "--out", f"{folder}/run", "--json", "--quiet"]
                run = subprocess.run(command, check=True, capture_output=True, text=True)
            summary = json.loads(run.stdout)
            line = {
                "settings": " ".join(settings),
                "seed": seed,
                "precision": summary["precision"],
                "test_error_percent": summary["test_error_percent"],
                "epochs": summary["epochs"],
                "ms_per_step": summary["ms_per_step"],
                "commit": args.commit,
            }
            lines.append(line)
            with args.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(json.dumps(line), file=sys.stderr)

    errors = {p: {l["seed"]: l["test_error_percent"] for l in lines if l["precision"] == p} for p in ("f32", "bf16")}
    seeds = sorted(errors["f32"].keys() & errors["bf16"].keys())
    for precision, of in errors.items():
        values = [of[seed] for seed in seeds]
        print(f"{precision:5} mean {statistics.mean(values):.3f} %, standard deviation {statistics.stdev(values):.3f}")
    differences = [errors["bf16"][seed] - errors["f32"][seed] for seed in seeds]
    error = statistics.stdev(differences) / math.sqrt(len(seeds))
    print(f"bf16 - f32: mean {statistics.mean(differences):+.3f}, standard error {error:.3f}, over {len(seeds)} pairs")


if __name__ == "__main__":
    main()
