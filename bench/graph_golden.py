"""Writes the golden file of learning on a graph: weights, Poisson learning and PoissonMBO by the authors' program, PyPI's graphlearning.

`pip install graphlearning==1.7.5`, then `python bench/graph_golden.py`. What laddernet does otherwise is said in its documentation: a
relative tolerance of the equation, labels within the sizes without one more step, an early stop where nothing changes.
"""

import json
from importlib.metadata import version
from pathlib import Path

import graphlearning as gl
import numpy as np
from scipy.sparse.csgraph import connected_components

FILE = Path(__file__).resolve().parent.parent / "crates/laddernet/tests/golden/graph.json"
ROWS, FEATURES, CLASSES, K = 120, 6, 4, 7
SIZES = [42, 36, 24, 18]


def rows():
    """Four clouds that touch, of different sizes, in a shuffled order."""
    random = np.random.default_rng(7)
    labels = random.permutation(np.repeat(np.arange(CLASSES), SIZES))
    centres = 1.7 * random.normal(size=(CLASSES, FEATURES))
    values = centres[labels] + random.normal(size=(ROWS, FEATURES))
    return np.round(values, 3).astype(np.float32), labels


class Recorded(gl.ssl.poisson_mbo):
    """PoissonMBO that keeps the scores before each projection; the last projection is of labels, which it leaves as they are."""

    def volume_label_projection(self):
        self.projected = [*getattr(self, "projected", []), self.prob.copy()]
        return super().volume_label_projection()


def main():
    values, labels = rows()
    exact = gl.weightmatrix.knnsearch(values.astype(np.float64), K + 1, method="brute")
    weights = gl.weightmatrix.knn(values, K, kernel="gaussian", knn_data=exact).tocoo()
    assert connected_components(weights)[0] == 1
    labelled = np.array([np.flatnonzero(labels == c)[i] for c in range(CLASSES) for i in range(1 + c % 2)])
    shares = gl.utils.class_priors(labels)

    poisson = gl.ssl.poisson(weights.tocsr(), tol=1e-12)
    poisson_scores = poisson.fit(labelled, labels[labelled])
    poisson_labels = poisson.predict()
    sized = gl.ssl.poisson(weights.tocsr(), class_priors=shares, tol=1e-12)
    sized_labels = sized.fit_predict(labelled, labels[labelled])
    assert sized.class_priors_error <= 1e-3
    answers = {}
    for name, settings in {"mbo": {}, "short": {"Ns": 3, "T": 2, "mu": 0.5}}.items():
        mbo = Recorded(weights.tocsr(), class_priors=shares, **settings)
        mbo.poisson_model.tol = 1e-12
        found = mbo.fit_predict(labelled, labels[labelled])
        answers[name] = {"labels": found.tolist(), "scores": mbo.projected[-2].ravel().tolist()}
    golden = {
        "program": f"graphlearning {version('graphlearning')}",
        "rows": ROWS,
        "features": FEATURES,
        "classes": CLASSES,
        "k": K,
        "values": [float(f"{v:.3f}") for v in values.ravel()],
        "true_labels": labels.tolist(),
        "labelled": labelled.tolist(),
        "shares": shares.tolist(),
        "neighbours": exact[0][:, 1:].ravel().tolist(),
        "weights": [[int(i), int(j), float(w)] for i, j, w in zip(weights.row, weights.col, weights.data) if i < j],
        "poisson": {"labels": poisson_labels.tolist(), "scores": poisson_scores.ravel().tolist()},
        "sized": {"labels": sized_labels.tolist()},
        **answers,
    }
    FILE.write_text(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"') + "\n")
    print(f"{FILE.name}: {FILE.stat().st_size} bytes; errors of {ROWS}:", *(
        f"{name} {sum(np.array(golden[name]['labels']) != labels)}" for name in ["poisson", "sized", "mbo", "short"]))


if __name__ == "__main__":
    main()
