"""Choosing parameters by cross-validation when most rows have no label.

For whoever knows GridSearchCV. Its own folds would put rows without a label into the test parts, where nothing can be
said of them. SemiSupervisedSplit makes folds of the labelled rows alone, and every row without a label is learned from
in each of them. It needs numpy and scikit-learn, and takes some six seconds.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from laddernet import LadderClassifier, SemiSupervisedSplit


def main() -> None:
    X, y = load_digits(return_X_y=True)
    X, y = X[:800] / 16, y[:800]
    few = np.full(len(y), -1)
    chosen = np.random.default_rng(0).choice(len(y), 100, replace=False)
    few[chosen] = y[chosen]

    folds = SemiSupervisedSplit(3)
    for number, (train, test) in enumerate(folds.split(X, few), start=1):
        labelled = np.sum(few[train] >= 0)
        print(f"fold {number}: {labelled} labelled and {len(train) - labelled} other rows to learn from, {len(test)} to test")
        assert (few[test] >= 0).all(), "what is tested has a label"

    grid = GridSearchCV(
        LadderClassifier(standardize=False, hidden_layer_sizes=(100, 50), max_iter=30),
        {"noise": [0.2, 0.3, 0.4], "model": ["full", "mlp"]},
        cv=folds,
    )
    grid.fit(X, few)
    results = grid.cv_results_
    columns = (results[name] for name in ("params", "mean_test_score", "std_test_score"))
    for parameters, mean, spread in zip(*columns, strict=True):
        print(f"{parameters!s:<36} {100 * mean:.1f} % right, plus or minus {100 * spread:.1f}")
    # The best is the luckiest of six as well: rows that took no part say how good it is.
    rest = few < 0
    right = float(grid.score(X[rest], y[rest]))
    print(f"best: {grid.best_params_}; of the rows without a label it has {100 * right:.1f} % right")
    assert grid.best_score_ == max(results["mean_test_score"])
    assert right > 0.8


if __name__ == "__main__":
    main()
