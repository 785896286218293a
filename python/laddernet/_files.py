"""Model files: those of the command line and those of `save` are the same."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from laddernet import _core, _labels
from laddernet._classifier import _Classifier
from laddernet._ladder import LadderClassifier
from laddernet._pretrained import PretrainedClassifier
from laddernet._rows import array_names
from laddernet._transformers import RBM, Autoencoder, _Transformer


def load(path: str | os.PathLike[str]) -> LadderClassifier | PretrainedClassifier | RBM | Autoencoder:
    """Read a model file, or the run folder that holds it, as a fitted estimator.

    Parameters
    ----------
    path : str or path-like
        ``model.safetensors``, or a run folder of the command line.

    Returns
    -------
    LadderClassifier, PretrainedClassifier, RBM or Autoencoder
        Ready to predict or transform. What only a training knows (`transduction_`, `loss_curve_`) is not there, and `summary_` only of a run folder.

    Raises
    ------
    FileNotFoundError
        When there is nothing.
    ValueError
        When it is no model file, a damaged one, one of a newer format, or a model that no estimator stands for.
    """
    path = Path(path)
    model = _core.Model.open(path)
    card: dict[str, Any] = json.loads(model.card)
    kind = model.kind
    estimator: LadderClassifier | PretrainedClassifier | RBM | Autoencoder
    hidden = tuple(model.layers[1:-1])
    if kind in LadderClassifier.KINDS:
        weights = card["model"].get("denoising_weights")
        noise = card["model"].get("noise")
        own = card["model"].get("input_noise")
        estimator = LadderClassifier(
            model=kind,
            hidden_layer_sizes=hidden,
            denoising_weights=weights,
            noise=noise,
            standardize=model.columns is not None,
            settings=None if own == noise else {"model.input_noise": own},
        )
    elif kind in PretrainedClassifier.KINDS:
        estimator = PretrainedClassifier(model=kind, hidden_layer_sizes=hidden, standardize=model.columns is not None)
    elif kind == "rbm":
        estimator = RBM(model.layers[-1])
    elif kind in ("autoencoder", "deep-autoencoder"):
        estimator = Autoencoder(tuple(model.layers[1:]) if kind == "deep-autoencoder" else model.layers[1])
    else:
        raise ValueError(f"{path}: no estimator stands for a model '{kind}': use the command line")
    estimator._model = model
    estimator.random_state = card["trained"]["seed"]
    columns = model.columns
    estimator.n_features_in_ = model.layers[0] if columns is None else len(columns)
    if columns is not None and columns != array_names(len(columns)):
        estimator.feature_names_in_ = np.array(columns, dtype=object)
    if isinstance(estimator, _Classifier):
        estimator.classes_ = _labels.from_names(model.class_names, card.get("label_kind"))
    if isinstance(estimator, _Transformer):
        estimator._n_features_out = model.layers[-1]
    estimator.n_iter_ = max(1, int(card["trained"]["epochs"]))
    estimator.loss_curve_ = []
    estimator._terms = []
    summary = path / "summary.json"
    estimator.summary_ = json.loads(summary.read_text()) if summary.is_file() else {}
    if isinstance(estimator, RBM):
        estimator.components_ = model.weights()[0].T
    if isinstance(estimator, LadderClassifier):
        compared = estimator.summary_.get("estimate")
        estimator.few_labels_ = estimator._grouped()
        estimator.supervised_error_ = None if compared is None else float(compared["models"][1]["error"]["percent"])
    return estimator
