"""A splitter for cross-validation that leaves unlabelled rows where they help: in the training folds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold
from sklearn.model_selection._split import BaseCrossValidator

from laddernet import _labels


class SemiSupervisedSplit(BaseCrossValidator):  # type: ignore[misc]
    """Folds of the labelled rows; every unlabelled row is in every training part and in no test part.

    Parameters
    ----------
    n_splits : int, default=5
        Folds.
    shuffle : bool, default=True
    random_state : int, RandomState or None, default=0
    unlabeled : object, default="auto"
        As of `LadderClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from laddernet import SemiSupervisedSplit
    >>> y = np.array([0, 1, 0, 1, -1, -1])
    >>> [test.tolist() for _, test in SemiSupervisedSplit(2, shuffle=False).split(y, y)]
    [[0, 1], [2, 3]]
    """

    def __init__(self, n_splits: int = 5, *, shuffle: bool = True, random_state: Any = 0, unlabeled: Any = "auto") -> None:
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state
        self.unlabeled = unlabeled

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Rows of each training and test part.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Classes, with entries that say "no label".
        groups : ignored

        Yields
        ------
        train, test : ndarray
        """
        values = _labels.column(y, type(self).__name__)
        labels, _ = _labels.encode(values, self.unlabeled)
        labelled, rest = np.flatnonzero(labels >= 0), np.flatnonzero(labels < 0)
        folds = StratifiedKFold(self.n_splits, shuffle=self.shuffle, random_state=self.random_state if self.shuffle else None)
        for train, test in folds.split(labelled, labels[labelled]):
            yield np.sort(np.concatenate([labelled[train], rest])), labelled[test]

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """The number of folds."""
        return int(self.n_splits)
