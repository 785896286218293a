"""What else a step and a prediction are to keep: ratios, each measured in alternation, and times of predictions.

    cargo build --release --examples && bench/promises.py target/release         # two minutes

Top against Full; four threads on two cores against two; a core that another program keeps busy; predictions.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from machine import LIMIT, Others, commit, machine, results

ROUNDS = 7


def said(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def step(programs, precision, *options):
    return said(programs / "examples" / "step_time", "--precision", precision, "--steps", "60", *options)["ms_per_step_median"]


class BusyCore:
    """A program that does nothing but keep the last core busy."""

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        os.sched_setaffinity(self.process.pid, {max(os.sched_getaffinity(0))})

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def ratio(changed, plain):
    """Medians of both, measured by turns, and the median of the ratios of neighbours."""
    pairs = [(plain(), changed()) for _ in range(ROUNDS)]
    return {
        "plain_ms": round(statistics.median(p for p, _ in pairs), 2),
        "changed_ms": round(statistics.median(c for _, c in pairs), 2),
        "ratio": round(statistics.median(c / p for p, c in pairs), 3),
        "ratios": [round(c / p, 3) for p, c in pairs],
    }


def beside_busy_core(programs, precision):
    with BusyCore():
        return step(programs, precision)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=Path, help="the folder of release builds")
    programs = parser.parse_args().programs.resolve()
    where = machine()
    precisions = ["f32", "bf16"] if {"avx512_bf16", "amx_bf16"} & set(where["flags"]) else ["f32"]
    others = Others()
    found = {}
    for precision in precisions:
        full = lambda: step(programs, precision)
        found[precision] = {
            "top_against_full": ratio(lambda: step(programs, precision, "--model", "top"), full),
            "bottom_against_full": ratio(lambda: step(programs, precision, "--model", "bottom"), full),
            "four_threads_against_two": ratio(lambda: step(programs, precision, "--threads", "4"), full),
            "prediction": said(programs / "examples" / "predict_time", "--precision", precision),
        }
        print(json.dumps({precision: found[precision]}), file=sys.stderr)
    if (load := others.share()) > LIMIT:
        sys.exit(f"Other programs took {load:.0%} of a core: this machine is too busy to conclude anything. Nothing was written.")
    # The busy loop is another program, so the load is looked at before it.
    for precision in precisions:
        busy = ratio(lambda: beside_busy_core(programs, precision), lambda: step(programs, precision))
        found[precision]["busy_core_against_quiet"] = busy
        print(json.dumps({precision: busy}), file=sys.stderr)
    path = results("promises", where)
    document = {"machine": where, "commit": commit(), "date": datetime.date.today().isoformat(), "found": found}
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"written: {path} (then: cargo xtask docs)")


if __name__ == "__main__":
    main()
