"""Classifiers that learn from rows with and without a label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils.validation import check_consistent_length

from laddernet import _core, _labels
from laddernet._base import CoreEstimator
from laddernet._parameters import threads_of
from laddernet._rows import Rows, array_names, check_rows, countable, in_64_bits, labelled_rows, near
from laddernet._warnings import warn


class _Classifier(ClassifierMixin, CoreEstimator):  # type: ignore[misc]
    """Labels in, classes out."""

    unlabeled: Any
    standardize: bool

    def _columns(self, X: Any, rows: Rows, names: list[str] | None) -> tuple[Rows, list[str] | None]:
        """Rows and names of the columns where the rows are a table; no names where values are inputs as they are, which have to be such."""
        if self.standardize:
            names = array_names(self.n_features_in_) if names is None else names
            return (in_64_bits(X, names) if not isinstance(rows, list) and len(near(rows)) else rows), names
        if isinstance(rows, list) or not (np.nanmin(rows) >= 0 and np.nanmax(rows) <= 1):
            raise ValueError("standardize is false, but X holds other values than numbers from 0 to 1: bring them there, or leave it true")
        return rows, None

    def _fit(self, X: Any, y: Any, *, estimate: bool, begin: Any = None) -> None:
        values = _labels.column(y, type(self).__name__)
        rows, names = check_rows(self, X, reset=True)
        check_consistent_length(countable(X), values)
        labels, classes = _labels.encode(values, self.unlabeled)
        _labels.check_words(values, classes, self.unlabeled)
        self._labelled = int((labels >= 0).sum())
        if len(classes) < 2:
            raise ValueError(
                f"y has one class only, {classes.tolist()[0]!r}, in {self._labelled} labelled rows: expected labels of at least 2 classes"
            )
        if len(values) < 2:
            raise ValueError(f"Found array with {len(values)} sample(s): expected at least 2")
        if begin is not None and not np.array_equal(self.classes_, classes):
            raise ValueError(f"warm_start goes on with the classes {self.classes_.tolist()}: found {classes.tolist()}")
        self.classes_: NDArray[Any] = classes
        rows, names = self._columns(X, rows, names)
        self._train(
            rows,
            names,
            labels,
            [_labels.name_of(label) for label in classes],
            target=_labels.column_name(y),
            given=lambda: labelled_rows(X, values, labels >= 0),
            estimate=estimate,
            begin=begin,
        )
        self._model = self._with_kind(self._model)
        probabilities, _ = self._model.probabilities(rows, names, threads_of(self.n_jobs))
        self.label_distributions_: NDArray[np.float32] = probabilities
        predicted = probabilities.argmax(axis=1)
        self.transduction_: NDArray[Any] = classes[np.where(labels >= 0, labels, predicted)]

    def _with_kind(self, model: _core.Model) -> _core.Model:
        """The model, whose file says what labels are where their names would be read as something else."""
        kind = _labels.kind_of(self.classes_)
        read = _labels.from_names(model.class_names, None)
        return model if _labels.kind_of(read) == kind else model.with_label_kind(kind)

    def _fitted_with(self, model: _core.Model) -> dict[str, Any]:
        return super()._fitted_with(self._with_kind(model))

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Probabilities of the classes.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            The rows; a missing value is ``NaN``. A row without any value gets the shares of the classes among the labels.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), dtype float32
            In the order of ``classes_``. What a row gets does not depend, to the bit, on the rows beside it.
        """
        rows, names = self._check_rows(X)
        probabilities, found = self._model.probabilities(rows, names, threads_of(self.n_jobs))
        self._say(found)
        return probabilities

    def predict_log_proba(self, X: Any) -> NDArray[np.float32]:
        """Logarithms of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each row.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
            Of the type that the labels had.
        """
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of the labelled rows that are predicted right; unlabelled rows take no part.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Classes; entries that say "no label" are left out.
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        float
            ``nan``, with a warning, where no row has a label.
        """
        values = _labels.column(y, type(self).__name__)
        check_consistent_length(countable(X), values, sample_weight)
        predicted = self.predict(X)
        known = _labels.known(values, self.classes_, self.unlabeled)
        if not known.any():
            warn("no row has a label: the score is not defined", UndefinedMetricWarning)
            return float("nan")
        right = np.array([a == b for a, b in zip(predicted[known], values[known], strict=True)], dtype=float)
        weights = None if sample_weight is None else np.asarray(sample_weight)[known]
        return float(np.average(right, weights=weights))

    def suggest(self, X: Any, y: Any = None, *, n_rows: int = 10, random_state: int = 1) -> NDArray[np.int64]:
        """Rows to label next: typical ones of what no label stands for yet.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            Rows to choose from; best all rows there are, with and without a label.
        y : array-like of shape (n_samples,), optional
            Their labels so far, as for `fit`; rows that have one are not suggested, and what they stand for comes last.
        n_rows : int, default=10
            How many.
        random_state : int, default=1
            Of the clusters, and of the sample that is looked at where there are more than 10 000 rows.

        Returns
        -------
        ndarray of shape (n_rows,), dtype int64
            Places in `X`, the one to begin with first; fewer where fewer rows have no label.

        Notes
        -----
        TypiClust [1]_ on the inputs of short rows, and on the last codes of others. Ten such rows of the digits, added to
        one label a class, leave 6.7 % error; rows drawn at random leave 13.7 %, those of which the model is least sure 16.2 %.

        References
        ----------
        .. [1] G. Hacohen, A. Dekel, D. Weinshall, "Active Learning on a Budget: Opposite Strategies Suit High and Low Budgets", ICML 2022.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_digits
        >>> from laddernet import LadderClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> known = np.where(np.arange(len(y)) < 40, y, -1)
        >>> clf = LadderClassifier(max_iter=2).fit(X, known)
        >>> clf.suggest(X, known, n_rows=3).shape
        (3,)
        """
        if n_rows < 1:
            raise ValueError(f"n_rows is {n_rows}: expected at least 1")
        rows, names = self._check_rows(X)
        has_label = np.zeros(len(rows[0][2]) if isinstance(rows, list) else len(rows), dtype=bool)
        if y is not None:
            values = _labels.column(y, type(self).__name__)
            check_consistent_length(countable(X), values)
            has_label = _labels.known(values, self.classes_, self.unlabeled)
        found, _, said = _core.suggest(self._model, rows, names, has_label, n_rows, random_state, threads_of(self.n_jobs))
        self._say(said)
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
