#!/usr/bin/env python3
"""Which rows are worth a label: what `suggest` names beside rows drawn at random, and rows that a model is unsure of.

    pip install .                                                   # in an environment with scikit-learn
    bench/suggest.py --labels 1 --rows 10 > results/suggest.jsonl   # some minutes on two cores
    bench/suggest.py --labels 4 --rows 20 --draws 1,2,3 >> results/suggest.jsonl

The digits of scikit-learn, 359 of them held out. A ladder learns from some labels a class, rows are chosen, get their true labels, and a
ladder begins again. A line of JSON a draw: the error in percent on the held rows before, and after each choice.
"""

import argparse
import json
import warnings

import numpy as np
from sklearn.datasets import load_digits

import laddernet
from laddernet import LadderClassifier

HELD = 359


def gradients(model, rows, open_rows, count, generator):
    """BADGE: k-means++ on the gradients of the last layer, if each row had the predicted class (Ash et al., ICLR 2020)."""
    errors, codes = model.predict_proba(rows).astype(float), model.encode(rows).astype(float)
    errors[np.arange(len(rows)), errors.argmax(axis=1)] -= 1
    norms = (errors**2).sum(axis=1) * (codes**2).sum(axis=1)
    nearest = np.where(open_rows, norms, -1.0)
    picked = [int(nearest.argmax())]
    nearest = np.full(len(rows), np.inf)
    while True:
        row = picked[-1]
        products = (errors @ errors[row]) * (codes @ codes[row])
        nearest = np.minimum(nearest, np.maximum(norms + norms[row] - 2 * products, 0))
        if len(picked) == count:
            return picked
        weights = np.where(open_rows, nearest, 0.0)
        weights[picked] = 0.0
        picked.append(int(generator.choice(len(rows), p=weights / weights.sum())))


def margins(model, rows, open_rows, count, generator):
    """The least difference of the two most probable classes."""
    ordered = np.sort(model.predict_proba(rows), axis=1)
    return np.argsort(np.where(open_rows, ordered[:, -1] - ordered[:, -2], np.inf))[:count]


def at_random(model, rows, open_rows, count, generator):
    return generator.choice(np.flatnonzero(open_rows), count, replace=False)


def suggested(model, rows, open_rows, count, generator):
    return model.suggest(rows, np.where(open_rows, -1, 0), n_rows=count)


CHOICES = {"suggest": suggested, "random": at_random, "margin": margins, "BADGE": gradients}


def measure(draw, labels, count, epochs):
    rows, classes = load_digits(return_X_y=True)
    order = np.random.default_rng([5, draw]).permutation(len(classes))
    held, train = order[:HELD], order[HELD:]
    rows, truth, held_rows, held_truth = rows[train] / 16, classes[train], rows[held] / 16, classes[held]
    known = np.full(len(train), -1)
    for label in range(10):
        known[np.flatnonzero(truth == label)[:labels]] = label

    def trained(known):
        model = LadderClassifier(random_state=draw, standardize=False, max_iter=epochs).fit(rows, known)
        return model, round(100 * float(np.mean(model.predict(held_rows) != held_truth)), 2)

    model, before = trained(known)
    line = {"draw": draw, "labels_a_class": labels, "rows": count, "epochs": epochs, "laddernet": laddernet.__version__, "before": before}
    for name, choose in CHOICES.items():
        picked = np.asarray(choose(model, rows, known < 0, count, np.random.default_rng([9, draw])))
        line[name] = trained(np.where(np.isin(np.arange(len(known)), picked), truth, known))[1]
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=int, default=1, help="a class, before")
    parser.add_argument("--rows", type=int, default=10, help="to label")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--draws", default="1,2,3,4,5,6,7,8,9,10")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    for draw in args.draws.split(","):
        print(json.dumps(measure(int(draw), args.labels, args.rows, args.epochs)), flush=True)


if __name__ == "__main__":
    main()
