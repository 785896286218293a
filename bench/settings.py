"""Chooses settings of a training on MNIST by validation rows alone, for the preset `fast` and the like.

    bench/settings.py target/release/laddernet results/fast-settings.jsonl --seeds 101..103 --labels 100,40 \
        "--epochs 50" "--epochs 50 --decay-start 0.5"

Each variant differs from `laddernet train --data mnist` in what its line says. 10 000 training rows are held for
validation, the test rows are not looked at by anybody, and seeds 101 and up are kept apart from the seeds 1 to 10 that
the results report. One line a run, written as soon as it is known; runs that the file holds are not repeated, so it may
be stopped. All variants of a seed come before the next seed.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("variants", nargs="*", help="options of `laddernet train`, one string each")
    parser.add_argument("--seeds", default="101..103")
    parser.add_argument("--labels", default="100,40", help="numbers, or all")
    parser.add_argument("--commit", help="of the program; written into each line")
    args = parser.parse_intermixed_args()
    first, last = (int(seed) for seed in args.seeds.split(".."))

    lines = [json.loads(line) for line in args.out.read_text().splitlines()] if args.out.exists() else []
    known = {(line["settings"], line["labels"], line["seed"]) for line in lines}
    for seed in range(first, last + 1):
        for labels in args.labels.split(","):
            for variant in args.variants:
                if (variant, labels, seed) in known:
                    continue
                line = train(args, variant, labels, seed)
                lines.append(line)
                with args.out.open("a") as file:
                    file.write(json.dumps(line) + "\n")

    for variant in dict.fromkeys(line["settings"] for line in lines):
        for labels in dict.fromkeys(line["labels"] for line in lines):
            of = [line for line in lines if (line["settings"], line["labels"]) == (variant, labels)]
            errors = [line["validation_error_percent"] for line in of]
            if errors:
                print(
                    f"{labels:>5} labels {statistics.mean(errors):6.3f} mean {statistics.median(errors):6.3f} median "
                    f"{max(errors):6.2f} worst of {len(of):2} {min(line['seconds'] for line in of):5.0f} s | {variant}"
                )


def train(args, variant, labels, seed):
    with tempfile.TemporaryDirectory() as folder:
        command = [args.program.resolve(), "train", "--data", "mnist", "--labels", labels, "--seed", str(seed)]
        command += ["--no-baseline", "--validation", "10000", *variant.split(), "--out", f"{folder}/run"]
        subprocess.run([*command, "--json", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        lines = (Path(folder) / "run" / "metrics.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    return {
        "settings": variant,
        "labels": labels,
        "seed": seed,
        "validation_error_percent": last["validation_error_percent"],
        "seconds": round(last["seconds"], 1),
        "commit": args.commit,
    }


if __name__ == "__main__":
    main()
