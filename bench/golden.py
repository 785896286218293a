"""Checks the PyTorch ladders against the golden files: costs and every gradient, in float64."""

import json
import struct
from pathlib import Path

import torch

from ladder_torch import Ladder, costs_plain, costs_tuned, total

FOLDER = Path(__file__).resolve().parent.parent / "crates/laddernet/tests/golden"
CASES = ["full", "gamma", "bottom", "init", "unequal", "adam"]
TOLERANCE = 1e-9
DTYPES = {"F64": torch.float64, "F32": torch.float32, "I64": torch.int64, "I32": torch.int32}


def read_safetensors(path):
    """A file of tensors, by name."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    body = bytearray(data[8 + length :])
    out = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(body[begin:end], dtype=DTYPES[entry["dtype"]])
            out[name] = flat.reshape(entry["shape"]).clone()
    return out


def named_parameters(net):
    """Our parameters under the names of the golden files."""
    top = len(net.encoder)
    for l in range(1, top + 1):
        yield f"encoder.{l}.weight", net.encoder[l - 1]
        yield f"encoder.{l}.bias", net.bias[l - 1]
    yield f"encoder.{top}.scale", net.scale
    for l in range(top):
        yield f"decoder.{l}.weight", net.decoder[l]
    for l in range(top + 1):
        yield f"combinator.{l}", net.combinator[l]


def distance(a, b):
    """Norm of the difference over the norm; NaN where either is."""
    difference = float(torch.linalg.vector_norm(a.detach() - b))
    return difference / max(float(torch.linalg.vector_norm(b)), 1e-300) if difference != 0 else 0.0


def check_case(name, costs_of):
    """The relative difference of every cost and every gradient."""
    case = json.loads((FOLDER / f"{name}.json").read_text())
    tensors = read_safetensors(FOLDER / f"{name}.safetensors")
    net = Ladder(case["sizes"], case["denoising_weights"], case["noise_std"]).double()
    with torch.no_grad():
        for key, parameter in named_parameters(net):
            if f"param.{key}" in tensors:
                parameter.copy_(tensors[f"param.{key}"])
    batch = (tensors["step0.x_labelled"], tensors["step0.y"].long(), tensors["step0.x_unlabelled"])
    noise = [tensors[f"step0.noise.{l}"] for l in range(len(case["sizes"]))]
    costs = costs_of(net, *batch, noise)
    cost = total(net, costs)
    cost.backward()
    number = lambda x: torch.tensor(x, dtype=torch.float64)
    pairs = [(costs[0], number(case["step0.supervised_cost"])), (cost, number(case["step0.total_cost"]))]
    pairs += [(c, number(w)) for c, w in zip(costs[1], case["step0.denoising_costs"]) if c is not None]
    ours = {f"grad.{key}": parameter for key, parameter in named_parameters(net)}
    for key, expected in tensors.items():
        if key.startswith("grad."):
            gradient = ours[key].grad
            pairs.append((gradient if gradient is not None else torch.zeros_like(expected), expected))
    return [distance(a, b) for a, b in pairs]


def check():
    """Prints one line a case and implementation; True when all agree."""
    good = True
    for name in CASES:
        for label, costs_of in [("plain", costs_plain), ("tuned", costs_tuned)]:
            differences = check_case(name, costs_of)
            same = all(d <= TOLERANCE for d in differences)  # false for NaN
            good &= same
            print(
                f"{name:8} {label:6} {len(differences):3} costs and gradients, largest relative difference "
                f"{max(differences):.1e}: {'ok' if same else f'DIFFERS by more than {TOLERANCE:g}'}"
            )
    return good
