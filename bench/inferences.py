"""What the survey infers, as small trainings on MNIST: without lateral connections, with less noise, labels alone.

    bench/inferences.py target/release/laddernet results/inferences.jsonl --seeds 1..3 --commit abc1234

Every condition is trained with 100 labels and with all, with the settings of the preset `fast` but fewer epochs. The
test error is that of the last epoch's parameters; nothing is chosen by it. A line a training, written as soon as it is
known; trainings that the file holds are not repeated, so it may be stopped. All conditions of a seed come before the
next seed.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

FAST = "--learning-rate 0.003 --unlabelled-batch 200"
CONDITIONS = {
    "as published": "",
    "no lateral connections": "--no-lateral",
    "noise at the input alone": "--noise 0",
    "no noise": "--noise 0 --input-noise 0",
    "no reconstruction": "--model mlp --noise 0.3 --input-noise 0.3",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", default="1..3")
    parser.add_argument("--labels", default="100,all")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--commit", required=True, help="of the program; written into each line")
    args = parser.parse_args()
    first, last = (int(seed) for seed in args.seeds.split(".."))

    lines = [json.loads(line) for line in args.out.read_text().splitlines()] if args.out.exists() else []
    known = {(line["condition"], line["labels"], line["seed"], line["epochs"]) for line in lines}
    for seed in range(first, last + 1):
        for labels in args.labels.split(","):
            for condition in CONDITIONS:
                if (condition, labels, seed, args.epochs) not in known:
                    line = train(args, condition, labels, seed)
                    with args.out.open("a") as file:
                        file.write(json.dumps(line) + "\n")
                    print(json.dumps(line), flush=True)


def train(args, condition, labels, seed):
    settings = f"--epochs {args.epochs} {FAST} {CONDITIONS[condition]}".strip()
    with tempfile.TemporaryDirectory() as folder:
        command = [args.program.resolve(), "train", "--data", "mnist", "--labels", labels, "--seed", str(seed)]
        command += ["--no-baseline", *settings.split(), "--out", f"{folder}/run"]
        subprocess.run([*command, "--json", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        summary = json.loads((Path(folder) / "run" / "summary.json").read_text())
    return {
        "condition": condition,
        "settings": settings,
        "labels": labels,
        "seed": seed,
        "epochs": args.epochs,
        "test_error_percent": summary["test_error_percent"],
        "seconds": round(summary["seconds"], 1),
        "commit": args.commit,
    }


if __name__ == "__main__":
    main()
