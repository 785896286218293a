"""Trains the authors' six-layer ladder on MNIST in PyTorch, by the clock: the curve beside ours in the README's picture.

    LADDERNET_DATA_DIR=... bench/.venv/bin/python bench/train_pytorch.py --labels 100 --state /tmp/state.pt

The algorithm is that of ladder_torch.py with its tuned costs, compiled; batches, schedule and initial values are the
authors'. Predictions use statistics of the clean path over the unlabelled rows, as ours do. The minutes are those of the
training steps alone: the test error that is looked at every ten epochs chooses nothing, and its time does not count.
May be stopped: it goes on from --state, which is written with every point. The result goes to bench/results/ when done.
"""

import argparse
import datetime
import gzip
import json
import os
import time
from pathlib import Path

import torch

from ladder_torch import EPSILON, Ladder, costs_tuned, total
from machine import commit, machine, results

SIZES = [784, 1000, 500, 250, 250, 250, 10]
DENOISING_WEIGHTS = {40: [2000, 20, 0.1, 0.1, 0.1, 0.1, 0.1], 100: [1000, 10, 0.1, 0.1, 0.1, 0.1, 0.1]}
BATCH, RATE, DECAY_START, EVERY = 100, 0.002, 0.67, 10


def idx(folder, name, header):
    """The bytes of an IDX file, packed or not, behind its header."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            data = path.read_bytes()
            data = gzip.decompress(data) if path.suffix == ".gz" else data
            return torch.frombuffer(bytearray(data[header:]), dtype=torch.uint8)
    raise SystemExit(f"there is no {name} in {folder}: set LADDERNET_DATA_DIR to the folder of MNIST's four files")


def mnist():
    folder = Path(os.environ.get("LADDERNET_DATA_DIR", "."))
    folder = folder / "mnist" if (folder / "mnist").is_dir() else folder
    part = lambda name: (
        idx(folder, f"{name}-images-idx3-ubyte", 16).view(-1, 784).float() / 255,
        idx(folder, f"{name}-labels-idx1-ubyte", 8).long(),
    )
    return part("train"), part("t10k")


def rate(epoch, epochs):
    """The authors' schedule: constant, then linear to zero."""
    start = epochs * DECAY_START
    return RATE if epoch <= start else RATE * (epochs - epoch) / (epochs - start)


@torch.no_grad()
def test_error(net, x, test_x, test_y):
    """Statistics layer by layer from all unlabelled rows, then the share of wrong predictions in percent."""
    h, t = x, test_x
    for l, weight in enumerate(net.encoder):
        z, s = h @ weight, t @ weight
        mean, scale = z.mean(0), torch.rsqrt(z.var(0, unbiased=False) + EPSILON)
        h, t = ((v - mean) * scale + net.bias[l] for v in (z, s))
        h, t = (torch.relu(v) if l + 1 < len(net.encoder) else net.scale * v for v in (h, t))
    return 100 * (t.argmax(1) != test_y).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, choices=DENOISING_WEIGHTS, default=100)
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=Path, required=True)
    args = parser.parse_args()

    (x, y), (test_x, test_y) = mnist()
    torch.manual_seed(args.seed)
    torch.set_float32_matmul_precision("medium")  # bf16 products where the processor has them: PyTorch's fastest
    of_class = [torch.nonzero(y == c)[:, 0] for c in range(10)]
    labelled = torch.cat([rows[torch.randperm(len(rows))[: args.labels // 10]] for rows in of_class])
    net = Ladder(SIZES, DENOISING_WEIGHTS[args.labels])
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE, fused=True)
    points, seconds, begun = [], 0.0, 0
    if args.state.exists():
        state = torch.load(args.state, weights_only=True)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        labelled, points, seconds, begun = (state[key] for key in ("labelled", "points", "seconds", "epoch"))

    def cost_of(noise, *batch):
        return total(net, costs_tuned(net, *batch, noise))

    cost_of = torch.compile(cost_of, fullgraph=True, dynamic=False, mode="max-autotune-no-cudagraphs")
    picked = lambda rows: (x[rows], y[rows])
    if begun < args.epochs:  # compiling costs no minutes: a step whose gradients nobody takes
        random = torch.get_rng_state()
        cost_of(net.noise(2 * BATCH), *picked(labelled[torch.arange(BATCH) % args.labels]), x[:BATCH]).backward()
        torch.set_rng_state(random)
    for epoch in range(begun, args.epochs):
        started = time.monotonic()
        for group in optimiser.param_groups:
            group["lr"] = rate(epoch, args.epochs)
        order = torch.randperm(len(x))
        for i in range(len(x) // BATCH):
            if i * BATCH % args.labels == 0 or args.labels < BATCH:
                repeats = -(-BATCH // args.labels)
                rows = torch.cat([labelled[torch.randperm(args.labels)] for _ in range(repeats)])[:BATCH]
            optimiser.zero_grad(set_to_none=True)
            cost_of(net.noise(2 * BATCH), *picked(rows), x[order[i * BATCH : (i + 1) * BATCH]]).backward()
            optimiser.step()
        seconds += time.monotonic() - started
        if (epoch + 1) % EVERY == 0 or epoch + 1 == args.epochs:
            error = round(test_error(net, x, test_x, test_y), 2)
            points.append({"epoch": epoch + 1, "minutes": round(seconds / 60, 2), "test_error_percent": error})
            print(json.dumps(points[-1]), flush=True)
            state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "random": torch.get_rng_state()}
            state |= {"labelled": labelled, "points": points, "seconds": seconds, "epoch": epoch + 1}
            new = args.state.with_suffix(".new")
            torch.save(state, new)
            new.replace(args.state)

    where = machine()
    result = {
        "contender": "PyTorch compiled, tuned, bf16 products",
        "labels": args.labels,
        "seed": args.seed,
        "epochs": args.epochs,
        "torch": torch.__version__,
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "machine": where,
        "points": points,
    }
    path = results(f"pytorch-{args.labels}", where)
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
