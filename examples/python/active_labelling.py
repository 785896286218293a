"""Which row to label next: the one of which the model is least sure, or any?

For whoever pays for labels. The margin of a row is the difference of its two largest probabilities; the rows with the
smallest margin are labelled next, eight at a time. Beside it, rows are chosen at random. Three draws of everything are
shown, since a single one may be luck. It needs numpy and scikit-learn, and takes some eight seconds.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from laddernet import LadderClassifier

SEEDS, ROUNDS, AT_A_TIME, ROWS = 3, 4, 8, 500


def margins(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much likelier the most probable class of each row is than the second."""
    best = np.sort(probabilities, axis=1)
    return np.asarray(best[:, -1] - best[:, -2])


def errors(seed: int, ask: str) -> list[float]:
    """Percent of held-out digits that are wrong, with the first 20 labels and after each round."""
    X, y = load_digits(return_X_y=True)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(y))
    X, y = X[order] / 16, y[order]
    few = np.full(ROWS, -1)
    for label in range(10):
        few[np.flatnonzero(y[:ROWS] == label)[:2]] = label

    found = []
    for _ in range(ROUNDS + 1):
        clf = LadderClassifier(standardize=False, hidden_layer_sizes=(100, 50), max_iter=30).fit(X[:ROWS], few)
        found.append(100 * (1 - clf.score(X[ROWS:], y[ROWS:])))
        unlabelled = np.flatnonzero(few == -1)
        if ask == "margin":
            # label_distributions_ has the probabilities of every row of the training.
            chosen = unlabelled[np.argsort(margins(clf.label_distributions_[unlabelled]))[:AT_A_TIME]]
        else:
            chosen = generator.choice(unlabelled, AT_A_TIME, replace=False)
        few[chosen] = y[chosen]  # here somebody looks at the rows
    return found


def main() -> None:
    print("labels                " + "".join(f"{20 + AT_A_TIME * done:6d}" for done in range(ROUNDS + 1)))
    last = {}
    for ask in ("margin", "random"):
        runs = np.array([errors(seed, ask) for seed in range(SEEDS)])
        for seed, run in enumerate(runs):
            print(f"{ask}, draw {seed + 1}, error %" + "".join(f"{error:6.1f}" for error in run))
        last[ask] = runs[:, -1]
    better = int(np.sum(last["margin"] < last["random"]))
    print(f"By the margin the error is {last['margin'].mean():.1f} % at the end, at random {last['random'].mean():.1f} %;")
    print(f"the margin was better in {better} of {SEEDS} draws. It need not be so for other data, nor for every draw.")
    assert last["margin"].mean() < last["random"].mean()


if __name__ == "__main__":
    main()
