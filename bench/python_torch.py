"""A fit of the ladder in PyTorch, as people write it: the peer of bench/python.py. The costs are those of ladder_torch.py."""

import numpy as np
import torch

from ladder_torch import Ladder, costs_plain, total

WEIGHTS = (1000, 10)  # of the two lowest layers; 0.1 of all others
BATCH, RATE, DECAY_START = 100, 0.002, 0.67


def fit_ladder(x, few, layers, epochs):
    """Trains on rows of which some have a label, the others -1; 100 labelled and 100 unlabelled rows a step."""
    torch.manual_seed(1)
    x = torch.as_tensor(np.asarray(x, np.float32))
    labelled = torch.as_tensor(np.flatnonzero(few >= 0))
    y = torch.as_tensor(few)
    net = Ladder(layers, [WEIGHTS[l] if l < len(WEIGHTS) else 0.1 for l in range(len(layers))])
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    for epoch in range(epochs):
        start = epochs * DECAY_START
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (epochs - epoch) / (epochs - start))
        order = torch.randperm(len(x))
        for i in range(0, len(x), BATCH):
            rows = labelled[torch.randint(len(labelled), (BATCH,))]
            optimiser.zero_grad(set_to_none=True)
            total(net, costs_plain(net, x[rows], y[rows], x[order[i : i + BATCH]])).backward()
            optimiser.step()
    return net
