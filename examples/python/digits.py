"""Fifty labelled digits and 1747 without a label: the ladder, scikit-learn's LabelSpreading, and the labels alone.

For whoever has few labels and many rows without one, and wonders what these rows are worth. One draw of fifty labels is
one draw: change SEED and see. It needs numpy and scikit-learn, and takes some seven seconds.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.semi_supervised import LabelSpreading

from laddernet import LadderClassifier

PER_CLASS, SEED = 5, 1


def hide(y: NDArray[np.int64], per_class: int) -> NDArray[np.int64]:
    """The labels, so many of each class; -1 says that a row has none."""
    generator = np.random.default_rng(SEED)
    few = np.full(len(y), -1)
    for label in np.unique(y):
        chosen = generator.choice(np.flatnonzero(y == label), per_class, replace=False)
        few[chosen] = label
    return few


def main() -> None:
    X, y = load_digits(return_X_y=True)
    few = hide(y, PER_CLASS)
    unlabelled = few == -1
    print(f"{len(y)} digits of 64 pixels, {np.sum(~unlabelled)} of them with a label")

    ladder = LadderClassifier(max_iter=80)
    contenders = {
        "ladder": ladder,
        "label spreading": LabelSpreading(kernel="knn"),
        "the ladder's network, labels alone": LadderClassifier(model="mlp", max_iter=80),
    }
    errors: dict[str, float] = {}
    for name, model in contenders.items():
        model.fit(X, few)
        # transduction_ has the label of every row of the training: the given one, or else the predicted one.
        errors[name] = 100 * float(np.mean(model.transduction_[unlabelled] != y[unlabelled]))
        print(f"{name:<36} {errors[name]:5.1f} % of the unlabelled rows wrong")

    print("\nWhat the ladder says of its training:")
    print(ladder.report_)
    assert errors["ladder"] < errors["the ladder's network, labels alone"]
    assert (ladder.transduction_[~unlabelled] == y[~unlabelled]).all(), "given labels stay as they are"


if __name__ == "__main__":
    main()
