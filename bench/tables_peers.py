"""What people use today for tables with few labels: each method, as TABLES.md describes it."""

import numpy as np


def majority(seed):
    """The commonest class of the labelled rows; as they are balanced, mostly one that is drawn."""
    from sklearn.dummy import DummyClassifier

    class Majority(DummyClassifier):
        def fit(self, x, y):
            counts = np.bincount(y)
            constant = np.random.default_rng(seed).choice(np.flatnonzero(counts == counts.max()))
            self.set_params(strategy="constant", constant=constant)
            return super().fit(x, y)

    return Majority()


def logistic(seed):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=2000)


def forest(seed):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=300, random_state=seed)


def lightgbm_defaults(seed):
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_jobs=1, random_state=seed, verbose=-1)


def lightgbm(seed):
    """LightGBM's defaults from 80 rows on. Below, a leaf needs a quarter of the rows in place of 20, and a bin one row
    in place of 3: with 20 a leaf, ten rows make no tree at all. The rows are those of each fit, pseudo-labels included.
    """
    from lightgbm import LGBMClassifier

    class FewRows(LGBMClassifier):
        def fit(self, x, y, **options):
            few = len(x) < 80
            self.set_params(min_child_samples=max(1, len(x) // 4) if few else 20, min_data_in_bin=1 if few else 3)
            return super().fit(x, y, **options)

    return FewRows(n_jobs=1, random_state=seed, verbose=-1)


def neighbours(k):
    def make(seed):
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier(n_neighbors=k)

    return make


def label_spreading(seed):
    """On all training rows: with this kernel memory did not demand fewer on any of the tables."""
    from sklearn.semi_supervised import LabelSpreading

    return LabelSpreading(kernel="knn", n_neighbors=7)


def self_training(base):
    def make(seed):
        from sklearn.semi_supervised import SelfTrainingClassifier

        return SelfTrainingClassifier(base(seed))

    return make


# The name, what makes it, and whether it is given the unlabelled rows.
PEERS = {
    "majority": (majority, False),
    "logistic": (logistic, False),
    "forest": (forest, False),
    "lightgbm": (lightgbm, False),
    "lightgbm-defaults": (lightgbm_defaults, False),
    "1-nn": (neighbours(1), False),
    "5-nn": (neighbours(5), False),
    "label-spreading": (label_spreading, True),
    "self-training-forest": (self_training(forest), True),
    "self-training-lightgbm": (self_training(lightgbm), True),
}
def peer(method, x, y, labelled, x_test, seed):
    """Predicted class numbers of the test rows."""
    make, unlabelled_too = PEERS[method]
    model = make(seed)
    if unlabelled_too:
        hidden = np.full(len(y), -1)
        hidden[labelled] = y[labelled]
        model.fit(x, hidden)
    else:
        model.fit(x[labelled], y[labelled])
    return model.predict(x_test)
