#!/usr/bin/env python3
"""How many steps an RBM of few rows needs: where the least number of steps in its defaults comes from.

    pip install .                                       # in an environment with scikit-learn
    bench/rbm_rows.py > results/rbm-rows.jsonl          # a minute

The digits of scikit-learn. The RBM learns from some rows; its log-likelihood in nats is the mean of 359 other rows, and a logistic regression on its
codes learns from the same rows with their labels and is asked about the other ones. A line of JSON for each number of rows and epochs;
`null` are the epochs of the defaults.
"""

import json
import statistics
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from laddernet import RBM

HELD = 359
SEEDS = (1, 2, 3)


def measure(count, epochs, seed):
    rows, classes = load_digits(return_X_y=True)
    order = np.random.default_rng([21, seed]).permutation(len(classes))
    held, train = order[:HELD], order[HELD : HELD + count]
    rows = rows / 16
    model = RBM(max_iter=epochs, random_state=seed).fit(rows[train])
    nats = float(np.mean(model.log_likelihood(rows[held])))
    after = LogisticRegression(max_iter=2000).fit(model.transform(rows[train]), classes[train])
    return nats, 100 * after.score(model.transform(rows[held]), classes[held])


def main():
    warnings.simplefilter("ignore")
    for count in (50, 100, 300, 1300):
        for epochs in (100, None):
            found = [measure(count, epochs, seed) for seed in SEEDS]
            line = {"rows": count, "epochs": epochs, "seeds": len(SEEDS)}
            line["log_likelihood"] = round(statistics.mean(nats for nats, _ in found), 2)
            line["right_percent"] = round(statistics.mean(right for _, right in found), 1)
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
