"""Classifiers whose layers are pretrained without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from laddernet._callbacks import with_callbacks
from laddernet._classifier import _Classifier
from laddernet._parameters import float_of, int_of, seed_of, sizes_of


class PretrainedClassifier(_Classifier):
    """Layers pretrained without labels, then fine-tuned as a classifier on the labels.

    Parameters
    ----------
    model : {"sdae", "sae", "dbn"}, default="sdae"
        Stacked denoising autoencoders [1]_, stacked autoencoders, or a deep belief network: stacked RBMs [2]_.
    hidden_layer_sizes : sequence of int, optional
        Units of the hidden layers; the default depends on the rows.
    dropout : float, optional
        Share of hidden units that are left out in a step of fine-tuning.
    pretraining_max_iter : int, optional
        Epochs in which each layer is pretrained.
    pretraining_learning_rate_init : float, optional
    learning_rate_init : float, optional
    max_iter : int, optional
        Epochs of fine-tuning.
    batch_size : int, optional
        Labelled rows in a step of fine-tuning.
    standardize : bool, default=True
        Whether columns are prepared as those of a table. If false, values are inputs as they are and must lie between 0 and 1.
    unlabeled : object, default="auto"
        As of `LadderClassifier`.
    random_state : int, RandomState or Generator, optional
    n_jobs : int, optional
    verbose : bool, default=False
    settings : dict, optional
        Any setting of the core by its path.

    References
    ----------
    .. [1] P. Vincent et al., "Stacked Denoising Autoencoders", JMLR 11, 2010.
    .. [2] G. E. Hinton, R. R. Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", Science 313, 2006.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from laddernet import PretrainedClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> few = y.copy()
    >>> few[200:] = -1
    >>> PretrainedClassifier().fit(X, few).score(X[200:], y[200:]) > 0.8
    True
    """

    KINDS = ("sdae", "sae", "dbn")

    def __init__(
        self,
        *,
        model: str = "sdae",
        hidden_layer_sizes: Sequence[int] | None = None,
        dropout: float | None = None,
        pretraining_max_iter: int | None = None,
        pretraining_learning_rate_init: float | None = None,
        learning_rate_init: float | None = None,
        max_iter: int | None = None,
        batch_size: int | None = None,
        standardize: bool = True,
        unlabeled: Any = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.hidden_layer_sizes = hidden_layer_sizes
        self.dropout = dropout
        self.pretraining_max_iter = pretraining_max_iter
        self.pretraining_learning_rate_init = pretraining_learning_rate_init
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.standardize = standardize
        self.unlabeled = unlabeled
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.settings = settings

    def _in_stages(self) -> bool:
        return True

    def _settings(self) -> dict[str, Any]:
        if self.model not in self.KINDS:
            raise ValueError(f"model is {self.model!r}: expected one of {', '.join(self.KINDS)}")
        return {
            "model.kind": self.model,
            "model.hidden": sizes_of(self.hidden_layer_sizes),
            "model.classifier.dropout": float_of("dropout", self.dropout),
            "model.pretraining.epochs": int_of("pretraining_max_iter", self.pretraining_max_iter),
            "model.pretraining.learning_rate": float_of("pretraining_learning_rate_init", self.pretraining_learning_rate_init),
            "training.learning_rate": float_of("learning_rate_init", self.learning_rate_init),
            "training.epochs": int_of("max_iter", self.max_iter),
            "training.labelled_batch": int_of("batch_size", self.batch_size),
            "training.seed": seed_of(self.random_state),
            "data.labels": "all",
        }

    @with_callbacks
    def fit(self, X: Any, y: Any) -> PretrainedClassifier:
        """Pretrain on all rows and fine-tune on those with a label.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            As of `LadderClassifier.fit`.

        Returns
        -------
        self
        """
        self._fit(X, y, estimate=False)
        return self
