"""Models that learn from rows without labels: restricted Boltzmann machines and autoencoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.validation import check_array, check_is_fitted

from laddernet import _core
from laddernet._callbacks import with_callbacks
from laddernet._parameters import float_of, int_of, seed_of, sizes_of, threads_of
from laddernet._rebuilt import Reconstructs
from laddernet._rows import Rows, array_names, check_rows, in_64_bits, near
from laddernet._warnings import warn


class _Transformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Reconstructs):  # type: ignore[misc]
    """Rows in, codes out."""

    def _is_unit(self, rows: NDArray[np.float32]) -> bool:
        return bool(rows.min(initial=0.0) >= 0.0 and rows.max(initial=0.0) <= 1.0)

    def _numbers(self, X: Any, *, reset: bool) -> NDArray[np.float32]:
        rows, _ = check_rows(self, X, reset=reset)
        if isinstance(rows, list):
            raise ValueError(f"{type(self).__name__} takes numbers alone: encode words, dates and truth values first")
        if np.isnan(rows).any():
            raise ValueError(f"Input X contains NaN: {type(self).__name__} takes no missing values; fill them in first")
        return rows

    def _fit(self, X: Any, y: Any) -> None:
        rows = self._numbers(X, reset=True)
        if len(rows) < 2:
            raise ValueError(f"Found array with {len(rows)} sample(s) while a minimum of 2 is required by {type(self).__name__}.")
        self._unit = self._is_unit(rows)
        self._check_near(X, rows)
        self._train(rows, None, None, [], given=lambda: (X, y))
        self._n_features_out = self._model.layers[-1]

    def _check_near(self, X: Any, rows: NDArray[np.float32]) -> None:
        """Warn of columns of which rounding to 32 bits leaves too little."""
        names = array_names(rows.shape[1])
        columns = in_64_bits(X, names) if len(near(rows)) else []
        lost = [columns[place][0] for place in near(rows) if columns and np.ptp(columns[place][2]) > 0]
        if lost:
            warn(
                f"{type(self).__name__} computes with 32 bits, which hardly tell apart the numbers of {len(lost)} columns ({', '.join(lost[:5])}): "
                "subtract a constant from each before, as StandardScaler does",
                DataConversionWarning,
            )

    def _fitted_with(self, model: _core.Model) -> dict[str, Any]:
        return {**super()._fitted_with(model), "_n_features_out": model.layers[-1]}

    def _matrix(self, X: Any) -> NDArray[np.float32]:
        check_is_fitted(self)
        return self._numbers(X, reset=False)

    def _inputs(self, X: Any) -> tuple[Rows, list[str] | None]:
        return self._matrix(X), None

    def transform(self, X: Any) -> NDArray[np.float32]:
        """The code of each row: means or probabilities of the last hidden layer's units.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components), dtype float32
        """
        codes, _ = self._model.codes(self._matrix(X), None, None, threads_of(self.n_jobs))
        return codes

    def inverse_transform(self, H: Any) -> NDArray[np.float32]:
        """Rows from their codes: of an RBM the means of the visible units, given states or probabilities of the hidden ones.

        Parameters
        ----------
        H : array-like of shape (n_samples, n_components)

        Returns
        -------
        ndarray of shape (n_samples, n_features), dtype float32
            In the units of the training's rows.
        """
        check_is_fitted(self)
        codes = check_array(H, dtype=np.float32, order="C")
        return self._in_units(self._model.decode(codes, threads_of(self.n_jobs)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


class RBM(_Transformer):
    """Restricted Boltzmann machine, trained by (persistent) contrastive divergence.

    Parameters
    ----------
    n_components : int, default=256
        Hidden units.
    visible : {"auto", "bernoulli", "gaussian"}, default="auto"
        Units of the rows: Bernoulli for values from 0 to 1, Gaussian for values of any size, which are standardised. "auto" looks at the values.
    learning_rate_init : float, optional
    max_iter : int, optional
        Epochs.
    batch_size : int, optional
    sweeps : int, optional
        Gibbs sweeps in a step: the k of CD-k and PCD-k.
    chains : int, optional
        Persistent chains; 0: chains begin at the rows.
    random_state : int, RandomState or Generator, optional
    n_jobs : int, optional
    verbose : bool, default=False
    settings : dict, optional
        Any setting of the core by its path.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        Weights.
    n_features_in_ : int
    n_iter_ : int
    loss_curve_ : list of float

    References
    ----------
    .. [1] G. E. Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", Neural Computation 14, 2002.
    .. [2] T. Tieleman, "Training Restricted Boltzmann Machines using Approximations to the Likelihood Gradient", ICML 2008.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from laddernet import RBM
    >>> X = load_digits().data / 16
    >>> RBM(n_components=30, max_iter=3).fit_transform(X).shape
    (1797, 30)
    """

    def __init__(
        self,
        n_components: int = 256,
        *,
        visible: str = "auto",
        learning_rate_init: float | None = None,
        max_iter: int | None = None,
        batch_size: int | None = None,
        sweeps: int | None = None,
        chains: int | None = None,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_components = n_components
        self.visible = visible
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.sweeps = sweeps
        self.chains = chains
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.settings = settings

    def _settings(self) -> dict[str, Any]:
        return {
            "model.kind": "rbm",
            "model.hidden": [int_of("n_components", self.n_components)],
            "model.visible": _visible(self.visible, self._unit),
            "model.rbm.sweeps": int_of("sweeps", self.sweeps),
            "model.rbm.chains": int_of("chains", self.chains),
            "training.learning_rate": float_of("learning_rate_init", self.learning_rate_init),
            "training.epochs": int_of("max_iter", self.max_iter),
            "training.unlabelled_batch": int_of("batch_size", self.batch_size),
            "training.seed": seed_of(self.random_state),
        }

    @with_callbacks
    def fit(self, X: Any, y: Any = None) -> RBM:
        """Learn the density of the rows.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self
        """
        self._fit(X, y)
        self.components_: NDArray[np.float32] = self._model.weights()[0].T
        return self

    def _fitted_with(self, model: _core.Model) -> dict[str, Any]:
        return {**super()._fitted_with(model), "components_": model.weights()[0].T}

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """Minus the free energy of each row in nats: its log-likelihood but for a constant, exactly.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            Of Bernoulli units, values between 0 and 1 enter as they are.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return np.asarray(-self._model.free_energies(self._matrix(X), None, threads_of(self.n_jobs)))

    def log_likelihood(self, X: Any, *, chains: int = 100, temperatures: int = 10_000) -> NDArray[np.float64]:
        """The log-likelihood of each row in nats.

        The partition function is summed where a side has few enough units, else estimated by annealed importance sampling from the base rates
        of the rows, which is too low on average, and so flatters.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
        chains, temperatures : int
            Of annealed importance sampling.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        rows = self._matrix(X)
        threads = threads_of(self.n_jobs)
        seed = seed_of(self.random_state)
        ln_z, _ = self._model.ln_partition(rows, None, chains, temperatures, seed, threads)
        # Of standardised rows; a density of the rows as they are is thinner by the product of their deviations.
        return np.asarray(-self._model.free_energies(rows, None, threads) - ln_z - self._model.ln_deviations)

    def gibbs(self, V: Any, *, steps: int = 1) -> NDArray[np.float32]:
        """What visible units are likely to be after so many Gibbs sweeps from these rows.

        Parameters
        ----------
        V : array-like of shape (n_samples, n_features)
        steps : int, default=1

        Returns
        -------
        ndarray of shape (n_samples, n_features), dtype float32
        """
        states = self._model.walk(self._matrix(V), 0, _steps(steps), seed_of(self.random_state), threads_of(self.n_jobs))
        return self._in_units(states)

    def sample(self, n_samples: int = 1, *, steps: int = 1000) -> NDArray[np.float32]:
        """Rows drawn by Gibbs sampling from random states.

        Parameters
        ----------
        n_samples : int, default=1
        steps : int, default=1000
            Sweeps of each chain.

        Returns
        -------
        ndarray of shape (n_samples, n_features), dtype float32
            What each value is likely to be, given the last hidden state.
        """
        check_is_fitted(self)
        states = self._model.walk(None, _steps(n_samples), _steps(steps), seed_of(self.random_state), threads_of(self.n_jobs))
        return self._in_units(states)


class Autoencoder(_Transformer):
    """Autoencoder: plain, denoising or deep.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=100
        Units of the hidden layers up to the code. One layer makes an autoencoder; several a deep one: stacked RBMs, unrolled and
        fine-tuned [1]_.
    corruption : str, optional
        Noise on the input of an autoencoder of one layer: "none", "masking 0.25", "salt-and-pepper 0.4" or "gaussian 0.3".
    visible : {"auto", "bernoulli", "gaussian"}, default="auto"
        Values from 0 to 1, or values of any size, which are standardised.
    learning_rate_init : float, optional
    max_iter : int, optional
        Epochs.
    batch_size : int, optional
    random_state : int, RandomState or Generator, optional
    n_jobs : int, optional
    verbose : bool, default=False
    settings : dict, optional
        Any setting of the core by its path.

    References
    ----------
    .. [1] G. E. Hinton, R. R. Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", Science 313, 2006.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from laddernet import Autoencoder
    >>> X = load_digits().data / 16
    >>> Autoencoder(20, corruption="masking 0.25", max_iter=3).fit_transform(X).shape
    (1797, 20)
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = 100,
        *,
        corruption: str | None = None,
        visible: str = "auto",
        learning_rate_init: float | None = None,
        max_iter: int | None = None,
        batch_size: int | None = None,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.corruption = corruption
        self.visible = visible
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.settings = settings

    def _in_stages(self) -> bool:
        return len(sizes_of(self.hidden_layer_sizes) or []) > 1

    def _settings(self) -> dict[str, Any]:
        sizes = sizes_of(self.hidden_layer_sizes) or []
        deep = len(sizes) > 1
        if deep and self.corruption is not None:
            raise ValueError(f"corruption is {self.corruption!r}: expected None for an autoencoder of several layers")
        return {
            "model.kind": "deep-autoencoder" if deep else "autoencoder",
            "model.hidden": sizes,
            "model.visible": _visible(self.visible, self._unit),
            "model.autoencoder.corruption": self.corruption,
            "training.learning_rate": float_of("learning_rate_init", self.learning_rate_init),
            "training.epochs": int_of("max_iter", self.max_iter),
            "training.unlabelled_batch": int_of("batch_size", self.batch_size),
            "training.seed": seed_of(self.random_state),
        }

    @with_callbacks
    def fit(self, X: Any, y: Any = None) -> Autoencoder:
        """Learn to reconstruct the rows.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self
        """
        self._fit(X, y)
        return self


def _visible(visible: Any, unit: bool) -> str:
    if visible == "auto":
        return "bernoulli" if unit else "gaussian"
    if visible not in ("bernoulli", "gaussian"):
        raise ValueError(f"visible is {visible!r}: expected auto, bernoulli or gaussian")
    return str(visible)


def _steps(steps: Any) -> int:
    if int(steps) != steps or steps < 1:
        raise ValueError(f"expected a whole number from 1 on, found {steps}")
    return int(steps)
