"""Milliseconds a training step of the survey's six-layer ladder: PyTorch beside laddernet, in alternation, in one run.

Start it through bench/run, which makes the environment and builds laddernet. See NOTES.md for how to read it.
"""

import argparse
import datetime
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

import golden
from ladder_torch import Ladder, costs_plain, costs_tuned, total
from machine import LIMIT, ROOT, Others, commit, machine, output, results as results_file

SIZES = [784, 1000, 500, 250, 250, 250, 10]
DENOISING_WEIGHTS = [1000, 10, 0.1, 0.1, 0.1, 0.1, 0.1]
LABELLED = UNLABELLED = 100
OURS = {"laddernet f32": "f32", "laddernet bf16": "bf16"}
WRITTEN = "PyTorch eager, as people write it"


def torch_contender(costs_of, fused, compile_options=None, autocast=False, bf16_products=False):
    """A function that takes one training step: noise, costs, gradients, Adam. Like ours, on one batch that lies ready.

    `autocast` casts the operands and results of products to bf16, as torch.autocast does; the rest stays f32.
    `bf16_products` leaves every tensor in f32 and lets oneDNN round the operands inside the product.
    """
    torch.manual_seed(1)
    net = Ladder(SIZES, DENOISING_WEIGHTS)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.002, fused=fused)
    batch = torch.rand(LABELLED, SIZES[0]), torch.arange(LABELLED) % SIZES[-1], torch.rand(UNLABELLED, SIZES[0])

    def cost_of(noise, *batch):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
            costs = costs_of(net, *batch, noise)
        return total(net, costs)

    if compile_options is not None:
        cost_of = torch.compile(cost_of, fullgraph=True, dynamic=False, **compile_options)

    def step():
        # The setting is global, and the contenders take turns; the compiler also looks at it.
        torch.set_float32_matmul_precision("medium" if bf16_products else "highest")
        optimiser.zero_grad(set_to_none=True)
        # Drawn here even for the compiled ladder: the compiler's own generator takes some 10 ms longer.
        noise = net.noise(LABELLED + UNLABELLED) if costs_of is costs_tuned else None
        cost = cost_of(noise, *batch)
        cost.backward()
        optimiser.step()
        return cost.item()

    return step


COMPILED = {"mode": "max-autotune-no-cudagraphs"}


def tuned(**options):
    return lambda: torch_contender(costs_tuned, fused=True, **options)


CONTENDERS = {
    WRITTEN: lambda: torch_contender(costs_plain, fused=False),
    "PyTorch eager, tuned": tuned(),
    "PyTorch compiled, tuned": tuned(compile_options=COMPILED),
    "PyTorch eager, tuned, bf16 autocast": tuned(autocast=True),
    "PyTorch compiled, tuned, bf16 autocast": tuned(autocast=True, compile_options=COMPILED),
    "PyTorch compiled, tuned, bf16 products": tuned(bf16_products=True, compile_options=COMPILED),
}


def torch_round(step, steps):
    """Times of `steps` steps, in milliseconds, after two to warm the caches."""
    step(), step()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), min(times)


def our_round(program, steps, threads, precision, limit=False):
    """What laddernet, which times its own steps, says of them; None where the processor has no such precision."""
    command = [str(program), "--steps", str(steps), "--threads", str(threads), "--precision", precision]
    done = subprocess.run(command + ["--limit"] * limit, capture_output=True, text=True)
    if done.returncode == 2 and precision != "f32":
        print(f"laddernet {precision} does not run here: {done.stderr.strip()}", file=sys.stderr)
        return None
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    line = json.loads(done.stdout.strip().splitlines()[-1])
    if line["precision"] != precision:
        sys.exit(f"asked for {precision}, {program} ran {line['precision']}")
    return line


def measure(program, rounds, steps, threads, anyway):
    """{name: [(median, min) of each round]}, laddernet's lines of the counted rounds by name, the largest load by
    others in them, and how many loaded rounds were dropped.

    A round counts when other programs took little; whether it does is decided by their load alone, never by the times.
    """
    steppers = {name: make() for name, make in CONTENDERS.items()}
    for name, step in steppers.items():
        print(f"warming up: {name}", file=sys.stderr)
        torch_round(step, 3)
    ours = {name: p for name, p in OURS.items() if our_round(program, steps, threads, p) is not None}
    out = {name: [] for name in [*steppers, *ours]}
    said = {name: [] for name in ours}
    worst, dropped = 0.0, 0
    while len(out[WRITTEN]) < rounds and dropped <= 2 * rounds:
        others = Others()
        results = {name: torch_round(step, steps) for name, step in steppers.items()}
        time.sleep(0.5)  # PyTorch's threads spin for a while before they sleep
        lines = {name: our_round(program, steps, threads, p, limit=True) for name, p in ours.items()}
        results |= {name: (line["ms_per_step_median"], line["ms_per_step_min"]) for name, line in lines.items()}
        load = others.share()
        counts = load <= LIMIT or anyway
        line = ", ".join(f"{name} {median:.1f}" for name, (median, _) in results.items())
        print(f"{line} ms; others took {load:.0%} of a core{'' if counts else ': dropped'}", file=sys.stderr)
        if counts:
            worst = max(worst, load)
            for name, result in results.items():
                out[name].append(result)
            for name, line in lines.items():
                said[name].append(line)
        else:
            dropped += 1
    return out, said, worst, dropped


def share_of_limit(lines, median):
    """How the products would do alone, from operands in the cache, and what share of that the whole step reaches.

    The limit is the largest of the rounds, so that a slow measurement of it cannot flatter us.
    """
    limit = max(line["product_limit_gflops"] for line in lines)
    gflop = lines[0]["product_gflop"]
    return {
        "isa": lines[0]["isa"],
        "product_gflop": gflop,
        "product_limit_gflops": limit,
        "share_of_limit": round(gflop / limit / (median / 1e3), 3),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only check the PyTorch ladders against the golden files")
    parser.add_argument("--ours", type=Path, help="the built step_time program (bench/run gives it)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40, help="steps of each contender in a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--anyway", action="store_true", help="count the rounds of a loaded machine too; the result is marked")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit(0 if golden.check() else 1)
    if arguments.ours is None or not arguments.ours.exists():
        sys.exit(f"no program to measure at {arguments.ours}: start this through bench/run")
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)

    where = machine()
    print(f"{where['cpu']} ({where['model']}), {where['cores']} cores, PyTorch {torch.__version__}", file=sys.stderr)
    rounds, said, load, dropped = measure(
        arguments.ours, arguments.rounds, arguments.steps, arguments.threads, arguments.anyway
    )
    if len(rounds[WRITTEN]) < arguments.rounds:
        sys.exit(
            f"Other programs took more than {LIMIT:.0%} of a core in {dropped} rounds: this machine is too busy to conclude "
            "anything. Nothing was written."
        )
    milliseconds = []
    for name, results in rounds.items():
        medians = [median for median, _ in results]
        milliseconds.append(
            {
                "name": name,
                "median": round(statistics.median(medians), 3),
                "min": round(min(minimum for _, minimum in results), 3),
                "spread": round(max(medians) - min(medians), 3),
                "rounds": [round(m, 3) for m in medians],
            }
        )
    medians = {line["name"]: line["median"] for line in milliseconds}
    best = min(CONTENDERS, key=medians.get)
    print(f"{'a training step, 100 + 100 rows':40} {'median':>8} {'min':>8} {'spread':>8}")
    for line in milliseconds:
        print(f"{line['name']:40} {line['median']:8.1f} {line['min']:8.1f} {line['spread']:8.1f}")
    ours = {}
    for name, lines in said.items():
        ours[name] = {
            "over": {other: round(medians[name] / medians[other], 3) for other in CONTENDERS},
            "over_as_written": round(medians[name] / medians[WRITTEN], 3),
            "over_best": round(medians[name] / medians[best], 3),
            **share_of_limit(lines, medians[name]),
        }
        print(
            f"{name} ({ours[name]['isa']}): {ours[name]['over_as_written']:.2f} of the time of {WRITTEN}, "
            f"{ours[name]['over_best']:.2f} of {best}; {ours[name]['share_of_limit']:.0%} of the limit of "
            f"{ours[name]['product_limit_gflops']:.0f} GFLOP/s"
        )
    for name in OURS.keys() - said.keys():
        print(f"{name}: not run, this processor has no such path")

    result = {
        "machine": where,
        "threads": arguments.threads,
        "torch": torch.__version__,
        "rustc": output("rustc", "--version"),
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "quiet": load <= LIMIT,
        "load_by_others": round(load, 3),
        "rounds_dropped": dropped,
        "layers": SIZES,
        "labelled_rows": LABELLED,
        "unlabelled_rows": UNLABELLED,
        "steps_a_round": arguments.steps,
        "milliseconds": milliseconds,
        "pytorch_best": best,
        "ours": ours,
        "not_run": sorted(OURS.keys() - said.keys()),
    }
    path = results_file("step", where)
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written: {path.relative_to(ROOT)} (then: cargo xtask docs)")


if __name__ == "__main__":
    main()
