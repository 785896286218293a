"""Features from a restricted Boltzmann machine in front of a linear model, in a Pipeline.

For whoever has a simple classifier and rows whose raw values it cannot use well. Digits that are moved by up to a pixel
are such: a linear model looks for the same pixel in the same place. It needs numpy and scikit-learn, and takes some five
seconds.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from laddernet import RBM


def moved(pictures: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """The pictures, each of them moved by up to a pixel; what is moved out of the picture is lost."""
    wide = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    places = generator.integers(0, 3, (len(pictures), 2))
    return np.array([picture[row : row + 8, column : column + 8] for picture, (row, column) in zip(wide, places, strict=True)])


def main() -> None:
    generator = np.random.default_rng(0)
    digits = load_digits()
    order = generator.permutation(len(digits.target))
    y = digits.target[order]
    X = moved(digits.images[order] / 16, generator).reshape(-1, 64)  # Bernoulli units take values from 0 to 1
    labelled, learned, held = slice(0, 300), slice(0, 1300), slice(1300, None)

    def machine() -> RBM:
        return RBM(150, learning_rate_init=0.5, batch_size=10, max_iter=30)

    pixels = LogisticRegression(max_iter=1000).fit(X[labelled], y[labelled])
    # In a pipeline, the machine sees the rows that the classifier sees: those with a label.
    pipeline = make_pipeline(machine(), LogisticRegression(C=10, max_iter=1000)).fit(X[labelled], y[labelled])
    # It needs no labels. Fitted before on all rows and frozen, it learns from the others as well.
    on_all = make_pipeline(FrozenEstimator(machine().fit(X[learned])), LogisticRegression(C=10, max_iter=1000))
    on_all.fit(X[labelled], y[labelled])

    right = {}
    for name, model in {"pixels": pixels, "RBM of the labelled rows": pipeline, "RBM of all rows": on_all}.items():
        right[name] = 100 * float(model.score(X[held], y[held]))
        print(f"300 labels, {name:<25} {right[name]:.1f} % of {len(y[held])} new digits right")

    rbm = on_all[0].estimator
    print("weights:", rbm.components_.shape, "features:", rbm.transform(X[held]).shape)
    # Minus the free energy is the log-likelihood but for a constant, which a difference does not need.
    likelier = float(np.mean(rbm.score_samples(X[held]) - rbm.score_samples(generator.permuted(X[held], axis=1))))
    print(f"a digit is likelier to it than the same pixels in another order, by {likelier:.0f} nats")
    assert right["RBM of all rows"] > right["pixels"]
    assert likelier > 0


if __name__ == "__main__":
    main()
