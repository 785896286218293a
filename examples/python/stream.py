"""Rows that arrive in batches, a few of each with a label, and a model that learns from each batch as it comes.

For whoever cannot keep all rows, or does not want to wait for the last of them. It needs numpy and scikit-learn, and
takes some five seconds.
"""

import numpy as np
from sklearn.datasets import load_digits

from laddernet import LadderClassifier

BATCH, BATCHES = 60, 24


def main() -> None:
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    X, y = X[order] / 16, y[order]
    held = slice(BATCH * BATCHES, None)

    clf = LadderClassifier(standardize=False, hidden_layer_sizes=(250, 100), learning_rate_init=0.005, batch_size=30)
    few = np.full(BATCH * BATCHES, -1)
    errors = []
    for batch in range(BATCHES):
        rows = slice(batch * BATCH, (batch + 1) * BATCH)
        # The first batch brings 20 labels, each later one 5.
        labelled = rows.start + np.arange(20 if batch == 0 else 5)
        few[labelled] = y[labelled]
        # The first call says which classes will come, since a batch need not have all of them. Labelled rows are kept
        # and learned from in every later call; rows without a label are forgotten.
        clf.partial_fit(X[rows], few[rows], classes=range(10) if batch == 0 else None)
        errors.append(100 * (1 - clf.score(X[held], y[held])))
        if batch % 4 == 3 or batch == 0:
            seen = f"{batch + 1:2d} batches and {np.sum(few >= 0):3d} labels"
            print(f"after {seen}: {errors[-1]:4.1f} % of {len(y[held])} other digits wrong")

    # Where all rows can be kept, learning from them many times is better than seeing each of them once.
    kept = LadderClassifier(standardize=False, hidden_layer_sizes=(250, 100), max_iter=40).fit(X[: BATCH * BATCHES], few)
    print(f"all rows at once, 40 times over: {100 * (1 - kept.score(X[held], y[held])):.1f} %")
    assert errors[-1] < 25, "chance is 90"
    assert errors[-1] < errors[0] - 20


if __name__ == "__main__":
    main()
