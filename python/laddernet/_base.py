"""What all estimators have in common: settings by their paths, the trained model in the core, and how both are kept."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.utils.validation import check_is_fitted

from laddernet import _core
from laddernet._callbacks import CallbackSupport, Given, Watch
from laddernet._parameters import int_of, plain, threads_of
from laddernet._report import Report
from laddernet._rows import Rows, array_names, as_columns, check_rows, in_64_bits
from laddernet._warnings import warn


class CoreEstimator(CallbackSupport, BaseEstimator):  # type: ignore[misc]
    """An estimator whose fitted part is a model of the core."""

    n_features_in_: int
    feature_names_in_: np.ndarray[Any, np.dtype[Any]]
    n_jobs: Any
    _model: _core.Model

    # --- What subclasses say -------------------------------------------------------------------------------------

    def _settings(self) -> dict[str, Any]:
        """Settings of the core by their paths; what is ``None`` is left to its defaults."""
        raise NotImplementedError

    # --- Fitting -------------------------------------------------------------------------------------------------

    def _train(
        self,
        rows: Rows,
        names: list[str] | None,
        labels: np.ndarray[Any, np.dtype[np.int64]] | None,
        classes: list[str],
        *,
        target: str | None = None,
        given: Given,
        estimate: bool = False,
        begin: _core.Model | None = None,
    ) -> None:
        settings = self._all_settings()
        self.loss_curve_: list[float] = []
        self._terms: list[list[tuple[str, int | None, float]]] = []
        watch = Watch(self, settings, given)

        def on_epoch(
            stage: str | None,
            epoch: int,
            epochs: int,
            cost: float,
            terms: list[tuple[str, int | None, float]],
            validation_error: float | None,
            moment: _core.Moment | None,
        ) -> bool:
            self.loss_curve_.append(cost)
            self._terms.append(terms)
            return watch.on_epoch(stage, epoch, epochs, cost, validation_error, moment)

        threads = threads_of(self.n_jobs)
        # One that was trained before does not go with the new classes and columns.
        self.__dict__.pop("_model", None)
        model, summary, trouble = _core.fit(
            settings, rows, names, labels, classes, target, estimate, threads, begin, on_epoch
        )
        self.summary_: dict[str, Any] = json.loads(summary)
        if trouble is not None and (not isinstance(trouble, KeyboardInterrupt) or self.summary_["epochs"] == 0):
            raise trouble
        self._model = model
        self.n_iter_ = max(1, int(self.summary_["epochs"]))
        if trouble is not None:
            warn(f"Training interrupted by user: what was learned so far is kept, {self.summary_['epochs']} epochs.", UserWarning)
        elif self.summary_["status"] == "diverged":
            if self.summary_["epochs"] == 0:
                self.__dict__.pop("_model", None)
                raise ValueError(f"nothing was learned: {self.summary_['message']}")
            warn(str(self.summary_["message"]), ConvergenceWarning)
        elif self.summary_["status"] == "interrupted":
            # By early stopping or a callback: as wanted.
            self.summary_ |= {"status": "stopped", "message": None}
        watch.end(model)
        if self.summary_.get("warning"):
            warn(f"the trained model may be wrong: {self.summary_['warning']}", ConvergenceWarning)

    def _all_settings(self) -> dict[str, Any]:
        own = getattr(self, "settings", None)
        if own is not None and not isinstance(own, Mapping):
            raise TypeError(f"settings is {own!r}: expected a dictionary of paths and values, such as {{'model.noise': 0.2}}")
        said = {**self._settings(), **{str(path): plain(value) for path, value in (own or {}).items()}}
        if "data.source" in said:
            raise ValueError("settings say data.source: expected nothing, the rows are those that are passed")
        said.setdefault("data.test", "none")
        return said

    def _fitted_with(self, model: _core.Model) -> dict[str, Any]:
        """What an estimator needs besides what is known before a training, to be fitted with this model."""
        curve = list(self.loss_curve_)
        return {"_model": model, "n_iter_": max(1, len(curve)), "loss_curve_": curve, "_terms": list(self._terms)}

    def _costs(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The costs of this name: a row an epoch, a column a layer."""
        return np.array([[value for term, _, value in terms if term == name] for terms in self._terms])

    # --- Using ---------------------------------------------------------------------------------------------------

    def _check_rows(self, X: Any) -> tuple[Rows, list[str] | None]:
        check_is_fitted(self)
        rows, names = check_rows(self, X, reset=False)
        fitted = self._model.columns
        if fitted is None:
            return rows, None
        if names is None:
            if not self._model.has_only_numbers:
                raise ValueError(
                    f"{type(self).__name__} was fitted on a data frame that holds more than numbers: expected a data frame with the "
                    f"columns {', '.join(fitted[:20])}"
                )
            names = fitted
        elif fitted == array_names(len(fitted)) and not isinstance(rows, list):
            # Fitted on an array, asked with a frame: scikit-learn has warned, the places count.
            names = fitted
        if not isinstance(rows, list) and self._model.needs_columns:
            rows = in_64_bits(X, names)
        elif not isinstance(rows, list) and not self._model.has_only_numbers:
            # A frame of which this part holds numbers alone.
            rows = as_columns(rows, names)
        return rows, names

    def _inputs(self, X: Any) -> tuple[Rows, list[str] | None]:
        """Rows for the model, and the names of their columns."""
        return self._check_rows(X)

    def encode(self, X: Any, *, layer: int | None = None) -> np.ndarray[Any, np.dtype[np.float32]]:
        """The values of a hidden layer for each row.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
        layer : int, optional
            1 is the lowest layer; 0 are the inputs, as columns have become such. The default is the last one: of a classifier that below the
            classes, of an autoencoder the code.

        Returns
        -------
        ndarray of shape (n_samples, n_units), dtype float32
            What a row gets does not depend, to the bit, on the rows beside it.
        """
        rows, names = self._inputs(X)
        codes, found = self._model.codes(rows, names, int_of("layer", layer), threads_of(self.n_jobs))
        self._say(found)
        return codes

    def _say(self, found: list[str]) -> None:
        for sentence in found:
            warn(sentence, DataConversionWarning)

    @property
    def report_(self) -> Report:
        """What was trained and how it went, as a page; in a notebook it shows itself."""
        check_is_fitted(self)
        return Report(getattr(self, "summary_", {}), getattr(self, "loss_curve_", []), getattr(self, "_terms", []))

    # --- Keeping -------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file, which the command line reads, too.

        Parameters
        ----------
        path : str or path-like
            The file, usually ``model.safetensors``. One that is there is replaced, once the new one is whole.

        Raises
        ------
        OSError
            When it cannot be written.
        """
        check_is_fitted(self)
        self._model.save(Path(path))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        if "_model" in state:
            state["_model"] = state["_model"].to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        if "_model" in state:
            state["_model"] = _core.Model.from_bytes(state["_model"])
        super().__setstate__(state)
