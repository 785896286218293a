"""A variational autoencoder in NumPy, with a backward pass of its own: the reference of ours on the digits.

Kingma and Welling (2014), one hidden layer of rectified units each way, Bernoulli outputs, one sample a row and step; Adam, whose
rate falls to zero over the last third of the steps. Trains on four fifths of scikit-learn's digits and prints the bound on the
log-likelihood of the other fifth, mean nats a row, for each seed:

    python bench/vae_numpy.py --seeds 5
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits


def begin(rng, sizes):
    """Weights and biases: up, mean, log variance, down, output."""
    inputs, hidden, code = sizes
    around = lambda a, b, gain: rng.normal(0, gain * np.sqrt(2 / (a + b)), (a, b))
    weights = [
        around(inputs, hidden, np.sqrt(2)),
        around(hidden, code, 1),
        np.zeros((hidden, code)),
        around(code, hidden, np.sqrt(2)),
        around(hidden, inputs, 1),
    ]
    return [x for w in weights for x in (w, np.zeros(w.shape[1]))]


def pass_through(p, x, epsilon):
    """The costs of each row, and what the backward pass needs."""
    w1, b1, wm, bm, wv, bv, w2, b2, w3, b3 = p
    h = np.maximum(x @ w1 + b1, 0)
    mean, log_var = h @ wm + bm, h @ wv + bv
    sigma = np.exp(log_var / 2)
    z = mean + sigma * epsilon
    g = np.maximum(z @ w2 + b2, 0)
    y = g @ w3 + b3
    reconstruction = (np.logaddexp(0, y) - x * y).sum(1)
    divergence = 0.5 * (mean**2 + sigma**2 - 1 - log_var).sum(1)
    return reconstruction, divergence, (h, mean, sigma, z, g, y)


def gradients(p, x, epsilon):
    """Of the mean cost of the rows."""
    _, _, (h, mean, sigma, z, g, y) = pass_through(p, x, epsilon)
    _, _, wm, _, wv, _, w2, _, w3, _ = p
    n = len(x)
    dy = (1 / (1 + np.exp(-y)) - x) / n
    dg = dy @ w3.T * (g > 0)
    dz = dg @ w2.T
    dm = dz + mean / n
    dv = 0.5 * (dz * sigma * epsilon + (sigma**2 - 1) / n)
    dh = (dm @ wm.T + dv @ wv.T) * (h > 0)
    pairs = [(x, dh), (h, dm), (h, dv), (z, dg), (g, dy)]
    return [d for below, above in pairs for d in (below.T @ above, above.sum(0))]


def trained(x, sizes, epochs, batch, rng):
    """The parameters at the end."""
    p = begin(rng, sizes)
    m, v = [np.zeros_like(a) for a in p], [np.zeros_like(a) for a in p]
    step = 0
    for epoch in range(epochs):
        rate = 0.001 * min(1, (epochs - epoch) / (epochs * (1 - 0.67)))
        order = rng.permutation(len(x))
        for begin_at in range(0, len(x), batch):
            rows = x[order[begin_at : begin_at + batch]]
            step += 1
            for i, d in enumerate(gradients(p, rows, rng.normal(size=(len(rows), sizes[2])))):
                m[i] += 0.1 * (d - m[i])
                v[i] += 0.001 * (d * d - v[i])
                p[i] -= rate * (m[i] / (1 - 0.9**step)) / (np.sqrt(v[i] / (1 - 0.999**step)) + 1e-8)
    return p


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--layers", default="64-100-8")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=32)
    args = parser.parse_args()
    sizes = [int(n) for n in args.layers.split("-")]
    digits = load_digits().data / 16
    found = []
    for seed in range(1, args.seeds + 1):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(digits))
        test, training = digits[order[:359]], digits[order[359:]]
        p = trained(training, sizes, args.epochs, args.batch, rng)
        costs = [sum(pass_through(p, test, rng.normal(size=(len(test), sizes[2])))[:2]).mean() for _ in range(10)]
        found.append(-np.mean(costs))
        print(f"seed {seed}: {found[-1]:.3f} nats a test row")
    print(f"mean {np.mean(found):.3f}, standard deviation {np.std(found, ddof=1):.3f}")


if __name__ == "__main__":
    main()
