"""Rows of numbers as an encoder gives them: without a unit, of different sizes, and few of them with a label.

For whoever has embeddings of pictures, texts or sounds. The encoder here is a small one, made on the spot: principal
components of patches of digits, pooled over the corners of the picture. It needs numpy and scikit-learn, and takes
some five seconds.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from laddernet import LadderClassifier

LABELS = 60


def embed(pictures: NDArray[np.float64], patterns: int = 12) -> NDArray[np.float32]:
    """Pictures of 8 by 8 pixels as 96 numbers each: how strongly each pattern and its negative occur in each corner."""
    patches = np.lib.stride_tricks.sliding_window_view(pictures, (4, 4), axis=(1, 2))  # [n, 5, 5, 4, 4]
    found = PCA(patterns, random_state=0).fit_transform(patches.reshape(-1, 16)).reshape(len(pictures), 5, 5, -1)
    both = np.maximum(np.concatenate([found, -found], axis=-1), 0)
    corners = [both[:, row : row + 3, column : column + 3].mean(axis=(1, 2)) for row in (0, 2) for column in (0, 2)]
    return np.concatenate(corners, axis=1).astype(np.float32)


def main() -> None:
    digits = load_digits()
    X, y = embed(digits.images), digits.target
    deviations = X.std(axis=0)
    print(f"{len(X)} rows of {X.shape[1]} numbers, of deviations from {deviations.min():.2f} to {deviations.max():.2f}")

    few = np.full(len(y), -1)
    chosen = np.random.default_rng(0).choice(len(y), LABELS, replace=False)
    few[chosen] = y[chosen]
    rest = few == -1

    # A linear model on the embeddings is what one would take without the rows that have no label.
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(X[~rest], few[~rest])
    # The ladder standardises each column itself, by all rows: standardize=True, the default.
    ladder = LadderClassifier(max_iter=60).fit(X, few)

    errors = [100 * (1 - model.score(X[rest], y[rest])) for model in (linear, ladder)]
    print(f"{LABELS} labels, a linear model:        {errors[0]:.1f} % of the other rows wrong")
    print(f"{LABELS} labels and all rows, ladder:   {errors[1]:.1f} %")
    assert errors[1] < errors[0]
    assert np.isfinite(ladder.predict_proba(X)).all()


if __name__ == "__main__":
    main()
