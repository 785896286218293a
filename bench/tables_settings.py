#!/usr/bin/env python3
"""Settings of the ladder on tables, tried on draws that no result is given for: where the defaults in TABLES.md come from.

    pip install .                                                # in an environment with pandas
    LADDERNET_DATA_DIR=... bench/tables_settings.py              # some 20 minutes a draw on one core
    bench/tables_settings.py --tables optdigits,adult --draws 1,2 --only light,heavy
    bench/tables_settings.py --tables digits,cancer,wine,iris --labels 4,10 --draws 0,1,2     # scikit-learn's; no data needed

Errors are of the hidden labels of training rows, at most 3000 of them; the test parts are not touched. The draws are 100 and the given
number, while tables.py has 1 to 10. A line of JSON each, on standard output.
"""

import argparse
import json
import os
import sys
import types
import warnings

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from laddernet import LadderClassifier

# tables.py would begin again in an environment of its own, which has no laddernet.
sys.modules["tables_env"] = types.SimpleNamespace(enter=lambda: None, PINNED=())
import tables

EMBEDDED = {"digits": load_digits, "cancer": load_breast_cancer, "wine": load_wine, "iris": load_iris}


def full(weights, input_noise, noise, hidden=(250, 100)):
    weights = [*weights[:2], *[weights[2]] * len(hidden)]
    settings = {"model.input_noise": input_noise, "model.noise": noise}
    return {"hidden_layer_sizes": hidden, "denoising_weights": weights, "settings": settings}


VARIANTS = {
    "light": full((10, 1, 0.1), 0.3, 0.3),
    "w100": full((100, 1, 0.1), 0.3, 0.3),
    "w100, noise 0.5": full((100, 1, 0.1), 0.5, 0.3),
    "heavy": full((100, 1, 0.01), 0.5, 0.2),
    "heavy, 500-250-100": full((100, 1, 0.01), 0.5, 0.2, (500, 250, 100)),
    "mid": full((30, 1, 0.03), 0.4, 0.2),
    "default": {},
    "groups": {"settings": {"model.few_labels": "on"}},
    "groups if they fit": {"settings": {"model.few_labels": "auto"}},
    "top": {"model": "top"},
    "mlp": {"model": "mlp"},
    "clipped": {},
}
# What is done to the rows before, for everybody's rows are otherwise the same.
ROWS = {"clipped": lambda x: clipped(x)}


def clipped(x):
    """Columns of numbers without their outliers: within three quartile ranges of the quartiles; where half of a column is one value, within
    its hundredths."""
    x = x.copy()
    for column in x.select_dtypes("number"):
        low, q1, q3, high = x[column].quantile([0.01, 0.25, 0.75, 0.99])
        x[column] = x[column].clip(q1 - 3 * (q3 - q1), q3 + 3 * (q3 - q1)) if q3 > q1 else x[column].clip(low, high)
    return x


def rows_of(name, labels, draw):
    """Rows, true classes, and the places of the labelled rows."""
    if name in EMBEDDED:
        x, y = EMBEDDED[name](return_X_y=True)
        generator = np.random.default_rng(draw)
        return x, y, np.concatenate([generator.permutation(np.flatnonzero(y == k))[:labels] for k in np.unique(y)])
    folder = os.path.join(os.environ["LADDERNET_DATA_DIR"], "tables")
    train, _, _, y, _, _ = tables.load(name, folder)
    x = train.drop(columns=tables.TARGET)
    x = x.mask(x.isin(tables.MISSING))
    for column in x:
        numbers = pd.to_numeric(x[column], errors="coerce")
        if (numbers.isna() == x[column].isna()).all():
            x[column] = numbers.astype("float32")
    return x, y, tables.draw_rows(name, y, labels, 100 + draw)


def main():
    words = lambda text: text.split(",")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=words, default=list(tables.TABLES))
    parser.add_argument("--labels", type=lambda text: [int(n) for n in text.split(",")], default=[5], help="a class")
    parser.add_argument("--draws", type=lambda text: [int(n) for n in text.split(",")], default=[1])
    parser.add_argument("--only", type=words, default=list(VARIANTS))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in args.tables:
        for labels in args.labels:
            for draw in args.draws:
                x, y, labelled = rows_of(name, labels, draw)
                few = np.full(len(y), -1)
                few[labelled] = y[labelled]
                seen = np.random.default_rng(draw).permutation(np.flatnonzero(few < 0))[:3000]
                for variant in args.only:
                    rows = ROWS.get(variant, lambda x: x)(x)
                    model = LadderClassifier(random_state=draw, n_jobs=1, **VARIANTS[variant]).fit(rows, few)
                    error = 100 * float(np.mean(model.transduction_[seen] != y[seen]))
                    line = {"table": name, "labels": labels, "draw": draw, "variant": variant, "error_percent": round(error, 2)}
                    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
