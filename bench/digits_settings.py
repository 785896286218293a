"""Chooses the settings of `laddernet train` on the embedded digits, by validation rows alone.

Each variant differs from the default in what its line says. Seeds 101 and up are kept apart from the seeds 1 to 10
that the results report, and the error is that of 300 training rows held for validation; the held-out fifth is not
read. Prints one line a variant: mean, median and worst over the seeds, and the seconds of one training.

    cargo build --release && python3 bench/digits_settings.py [--seeds 10] [VARIANT ...]
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def train(binary, options, seed):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        command = [binary, "train", "--no-baseline", "--validation", "300", "--seed", str(seed), "--out", str(out)]
        subprocess.run([*command, *options, "--quiet", "--json"], check=True, stdout=subprocess.DEVNULL)
        lines = (out / "metrics.jsonl").read_text().splitlines()
        last = json.loads(lines[-1])
        return last["validation_error_percent"], last["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--binary", default=str(ROOT / "target/release/laddernet"))
    parser.add_argument("variants", nargs="*", help="options of `laddernet train`, one string each", default=[""])
    arguments = parser.parse_args()
    for variant in arguments.variants:
        runs = [train(arguments.binary, variant.split(), 101 + i) for i in range(arguments.seeds)]
        errors = [error for error, _ in runs]
        seconds = statistics.median(seconds for _, seconds in runs)
        print(
            f"{statistics.mean(errors):5.2f} mean {statistics.median(errors):5.2f} median {max(errors):5.2f} worst "
            f"{seconds:5.1f} s | {variant or 'default'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
