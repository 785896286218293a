#!/usr/bin/env python3
"""Trains every draw of the table "The lineage on MNIST" (results/README.md), each by its recipe.

    cargo build --release
    python3 bench/lineage.py --out runs/lineage [--jobs 2] [--rows dbn-all,gsn-plain] [--laddernet target/release/laddernet]

A draw that is finished is kept, one that was interrupted is gone on with. Stacks are pre-trained once: the trainings with few
labels begin with the layers that the one with all labels and seed 1 keeps, which gives the same bits as training them again
(`laddernet train --help`, --layers-of). Machines and generative stochastic networks get their likelihood in RUN.likelihood.json.
Then: cargo xtask record OUT/ROW-seedN [--likelihood FILE].
"""

import argparse
import concurrent.futures
import pathlib
import subprocess
import sys

STACKS = ["dbn", "sae", "sdae"]
FEW = ["100", "1000", "40"]
# Row, number of draws: where all rows of the training part learn the draws differ less than where few labels do.
ROWS = (
    [("gsn-walkback", 3), ("gsn-plain", 3)]
    + [(f"{kind}-all", 3) for kind in STACKS + ["net"]]
    + [("deep-autoencoder", 3), ("deep-autoencoder-random", 3)]
    + [(f"{kind}-{labels}", 10) for labels in FEW for kind in STACKS + ["net"]]
    + [(f"{kind}-{labels}-no-dropout", 10) for labels in ["100", "1000"] for kind in ["dbn", "net"]]
    + [("rbm-500-2min", 3), ("rbm-500-5min", 3)]
)


def draw(options, row, seed, stack=None):
    """Trains one draw, or goes on with it, and asks for its likelihood where that is its figure."""
    if stack is not None:
        stack.result()
    run = options.out / f"{row}-seed{seed}"
    kind, _, labels = row.partition("-")
    command = [options.laddernet, "train", "--recipe", row, "--seed", str(seed), "--out", str(run)]
    if kind in STACKS and labels != "all":
        command += ["--layers-of", str(options.out / f"{kind}-all-seed1")]
    if not (run / "summary.json").exists():
        partial = run.with_name(run.name + ".partial")
        if partial.exists():
            command = [options.laddernet, "resume", str(run)]
        command += ["--quiet", "--threads", str(options.threads)]
        # What was said of an older training is not of this one.
        run.with_name(run.name + ".likelihood.json").unlink(missing_ok=True)
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            return f"{run.name}: {done.stderr.strip()}"
    said = run.with_name(run.name + ".likelihood.json")
    if kind in ("rbm", "gsn") and not said.exists():
        command = [options.laddernet, "likelihood", str(run), "--json", "--threads", str(options.threads)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{run.name}: {done.stderr.strip()}"
        half = said.with_suffix(".half")
        half.write_text(done.stdout)
        half.replace(said)
    return f"{run.name}: done"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the run folders")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at the same time (default 1)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each training (default 2)")
    parser.add_argument("--rows", help="only these, as dbn-all,gsn-plain")
    parser.add_argument("--laddernet", default="target/release/laddernet", help="the program")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    known = [row for row, _ in ROWS]
    wanted = options.rows.split(",") if options.rows else known
    unknown = [row for row in wanted if row not in known]
    if unknown:
        sys.exit(f"no row {unknown[0]}: there are {', '.join(known)}")
    # A stack comes before the trainings that begin with its layers; no worker waits for one that has not begun.
    wanted.sort(key=lambda row: row.partition("-")[0] in STACKS and not row.endswith("-all"))
    stacks = {}
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for row in wanted:
            for seed in range(1, dict(ROWS)[row] + 1):
                kind, _, labels = row.partition("-")
                stack = None if labels == "all" else stacks.get(kind)
                future = pool.submit(draw, options, row, seed, stack)
                if labels == "all" and seed == 1:
                    stacks[kind] = future
                future.add_done_callback(lambda future: print(future.result(), flush=True))
                results.append(future)
    sys.exit(any(not future.result().endswith(": done") for future in results))


if __name__ == "__main__":
    main()
