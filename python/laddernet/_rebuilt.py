"""Rows as a model reconstructs them, in the form and the units in which they came."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from laddernet import _core
from laddernet._base import CoreEstimator
from laddernet._frames import in_form
from laddernet._parameters import threads_of

#: The cells of a column: numbers (dates as days since 1970), words, or nothing where the model takes no notice of it.
Cells: TypeAlias = "NDArray[np.floating[Any]] | list[str] | None"


class Reconstructs(CoreEstimator):
    """A model that gives rows back from what it makes of them."""

    def reconstruct(self, X: Any, *, gaps_only: bool = False) -> Any:
        """Rows as the model gives them back, without noise.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            Of a table, missing cells are filled in from the others first.
        gaps_only : bool, default=False
            Whether missing cells alone are filled in, and all others stay as they are.

        Returns
        -------
        {ndarray, data frame} of shape (n_samples, n_features)
            In the units of `X`: a data frame where `X` is one, with words, truth values and dates in their columns; numbers are floats. Of an
            array float32. A column that the model takes no notice of stays as it is.

        Raises
        ------
        ValueError
            When the model cannot reconstruct rows, as one of the labels alone.
        """
        cells, known, _ = self._rebuilt(X)
        return in_form(X, cells, known if gaps_only else None)

    def surprise(self, X: Any) -> Any:
        """How surprising each cell is to the model: the squared error of its reconstruction, in standard deviations of the column.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)

        Returns
        -------
        {ndarray, data frame} of shape (n_samples, n_features)
            A data frame where `X` is one. ``NaN`` where a cell is missing, or the model takes no notice of the column. The mean over the columns
            of a row (``nanmean``) says how surprising the row is. Of words, the mean over the inputs that stand for them.
        """
        _, _, surprise = self._rebuilt(X)
        return in_form(X, list(surprise.T), None, measures=True)

    def _rebuilt(self, X: Any) -> tuple[list[Cells], NDArray[np.bool_], NDArray[np.float64]]:
        """The cells of each column reconstructed, which are known, and how surprising each is."""
        rows, names = self._inputs(X)
        threads = threads_of(self.n_jobs)
        if self._model.columns is None:
            matrix = np.asarray(rows)
            inputs, _ = self._model.reconstruct(matrix, None, 0.0, 1, threads)
            own, _ = self._model.codes(matrix, None, 0, threads)
            rebuilt = self._in_units(inputs)
            return list(rebuilt.T), np.ones(rebuilt.shape, dtype=bool), np.square(own.astype(np.float64) - inputs)
        if isinstance(rows, list):
            as_text = [kind == "words" for _, kind, _, _ in rows]
        else:
            as_text = [False] * rows.shape[1]
        cells, known, surprise, found = _core.rebuilt(self._model, rows, names, as_text, threads)
        self._say(found)
        return list(cells), known, surprise

    def _in_units(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Inputs in the units of the rows; of rows that are no table."""
        standards = self._model.standards
        if standards is None:
            return inputs
        means, deviations = standards
        return np.asarray(inputs * deviations + means, dtype=np.float32)
