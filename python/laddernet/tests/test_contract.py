"""scikit-learn's own checks, all of them, on every estimator."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from laddernet import RBM, Autoencoder, LadderClassifier, PretrainedClassifier

GAUSSIAN = {"model.visible": "gaussian"}
ESTIMATORS = [
    LadderClassifier(max_iter=60),
    LadderClassifier(model="top", hidden_layer_sizes=(30,), max_iter=60),
    PretrainedClassifier(max_iter=60, pretraining_max_iter=5),
    PretrainedClassifier(model="dbn", hidden_layer_sizes=(30,), max_iter=200, pretraining_max_iter=5, settings=GAUSSIAN),
    RBM(8, max_iter=5),
    Autoencoder(8, max_iter=5),
    Autoencoder((8, 3), max_iter=3, settings={"model.pretraining.epochs": 2}),
]


@parametrize_with_checks(ESTIMATORS)  # type: ignore[untyped-decorator]
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_parameters_are_those_of_the_constructor(estimator: Any) -> None:
    assert clone(estimator).get_params().keys() == estimator.get_params().keys()
