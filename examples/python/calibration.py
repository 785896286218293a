"""How far the probabilities can be believed, and how to correct them with some further labels.

For whoever uses predict_proba: to decide, to rank, or to leave doubtful rows to a person. It needs numpy and
scikit-learn, and takes some three seconds.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from laddernet import LadderClassifier


def brier(probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> float:
    """Brier score of ten classes: squared distance to what was right, 0 at best, 2 at worst."""
    return float(np.mean(np.sum((probabilities - np.eye(10)[y]) ** 2, axis=1)))


def reliability(name: str, probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> None:
    """A line for each range of probabilities: what was said, and how often it was so."""
    said, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == y
    print(f"{name}: Brier score {brier(probabilities, y):.3f}, {100 * right.mean():.1f} % right")
    for low, high in ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        rows = (said >= low) & (said < high)
        if rows.any():
            print(f"  said {100 * said[rows].mean():3.0f} %, was right {100 * right[rows].mean():3.0f} %, {rows.sum()} rows")


def main() -> None:
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(y))
    X, y = X[order] / 16, y[order]

    # 60 labelled rows and 940 without a label to learn from, 100 labelled ones to calibrate with, the rest to look at.
    few = np.full(1000, -1)
    few[:60] = y[:60]
    ladder = LadderClassifier(standardize=False, hidden_layer_sizes=(100, 50), max_iter=40).fit(X[:1000], few)

    # A frozen estimator is not trained again. Without it CalibratedClassifierCV would take -1 for an eleventh class.
    calibrated = CalibratedClassifierCV(FrozenEstimator(ladder), method="sigmoid").fit(X[1000:1100], y[1000:1100])

    held = slice(1100, None)
    before, after = ladder.predict_proba(X[held]), calibrated.predict_proba(X[held])
    reliability("as the ladder says it", before, y[held])
    reliability("calibrated", after, y[held])
    assert brier(after, y[held]) < brier(before, y[held])
    assert np.allclose(before.sum(axis=1), 1, atol=1e-5)


if __name__ == "__main__":
    main()
