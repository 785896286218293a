"""The ladder network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_consistent_length

from laddernet import _core, _labels
from laddernet._callbacks import with_callbacks
from laddernet._classifier import _Classifier
from laddernet._parameters import float_of, floats_of, int_of, number_of, seed_of, sizes_of, threads_of, whole_of
from laddernet._rebuilt import Reconstructs
from laddernet._rows import check_rows, concatenate, countable, take


class LadderClassifier(_Classifier, Reconstructs):
    """Ladder network: a classifier that learns from labelled and unlabelled rows at once.

    An autoencoder with lateral connections is trained in one go on a supervised cost and a denoising cost at every layer [1]_.
    Every column is standardised or one-hot encoded, fitted on all rows; missing values are allowed.

    Parameters
    ----------
    model : {"full", "top", "bottom", "mlp", "auto"}, default="full"
        Denoising costs at every layer, at the top alone, at the input alone, or at none, which learns from the labels alone. "auto" takes
        "full" unless cross-validation over the labelled rows says that the labels alone are better by more than chance; that takes some
        eleven trainings.
    hidden_layer_sizes : sequence of int, optional
        Units of the hidden layers. The default depends on the rows: (250, 100) for tables.
    denoising_weights : sequence of float, optional
        Weight of each layer's denoising cost, the input first, the top layer last.
    noise : float, optional
        Standard deviation of the noise, on the (standardised) input and on the layers above.
    learning_rate_init : float, optional
        Initial step of Adam.
    max_iter : int, optional
        Epochs: passes over the unlabelled rows. The default makes some 3000 steps of a table.
    batch_size : int, optional
        Labelled rows in a step, and as many unlabelled ones.
    few_labels : {"off", "auto", "on"}, default="off"
        Whether rows are grouped before the labels are learned: labels name the groups, and sure rows of each group are labelled besides. For a
        handful of labels a class, where classes are clusters of rows. "auto" does so where labels are few, and passes over groups that do not
        fit; "on" in any case, and refuses rows that make no groups. What they said is in `few_labels_`.
    standardize : bool, default=True
        Whether columns are prepared as those of a table. If false, values are inputs as they are and must lie between 0 and 1, as those of
        pictures; the default network then is a larger one.
    unlabeled : object, default="auto"
        What in ``y`` says "no label" besides ``None``, ``NaN``, ``pandas.NA`` and ``""``. "auto": -1, where all other labels are whole numbers
        from 0 on and of at least two classes. ``None``: nothing else. Any other value: that value.
    estimate : bool, default=False
        Whether cross-validation over the labelled rows compares the model with the same network on the labels alone; see `report_`.
    early_stopping : bool, default=False
        Whether training ends when the error on held-out labelled rows (`validation_fraction`; without any, the cost) has not fallen by `tol` for
        `n_iter_no_change` epochs.
    validation_fraction : float, default=0.0
        Share of the labelled rows that is kept apart to watch the error by.
    n_iter_no_change : int, default=10
    tol : float, default=1e-4
    warm_start : bool, default=False
        Whether `fit` goes on from the parameters of the last one.
    random_state : int, RandomState or Generator, optional
        Seed of every random number. ``None`` is 1: two fits give the same bits.
    n_jobs : int, optional
        Threads. ``None``: one for each core. The result does not depend on it, to the bit.
    verbose : bool, default=False
        Whether a line an epoch is printed.
    settings : dict, optional
        Any setting of the core by its path in ``config.toml``, such as ``{"model.statistics": "labelled"}``; it wins over the parameters.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Where `X` has names of columns.
    n_iter_ : int
        Epochs done; of `partial_fit`, calls since the last `fit`.
    loss_curve_ : list of float
        Mean cost of each epoch.
    denoising_curves_ : ndarray of shape (n_iter_, n_layers)
        Mean denoising cost of each epoch and layer, the input first, before weighting.
    transduction_ : ndarray of shape (n_samples,)
        The label of each row of the training: the given one, else the predicted one.
    label_distributions_ : ndarray of shape (n_samples, n_classes)
        Probabilities of the classes for each row of the training.
    supervised_error_ : float or None
        Error of the same network on the labels alone, where `estimate` or `model="auto"` has asked for it.
    few_labels_ : dict or None
        Where rows were grouped: whether that was ``used`` and, if not, the ``reason``; how many ``rows`` were grouped and how many of them labelled
        besides (``anchors``); ``groups``, a dict for each class with ``percent`` of the rows, ``edges_out_percent`` of its graph and
        ``predicted_so_percent`` of its rows by the model; ``graphs_agree_percent`` of the rows by graphs of fewer and of more neighbours;
        ``contradicted``, places of labelled rows in the group of another class; and ``in_doubt``, ``None`` or the ``classes`` whose groups the
        labels hardly tell apart, and the ``row`` to label next. Where they were not and labels are few, `fit` compares the model with groups at its
        end, and warns of a class that seems lost: ``summary_["contradicted_group"]`` then says which, as text, and the ``row`` whose label would show
        whether it is; ``summary_["groups_unfit"]`` says why that could not be looked for.
    report_ : Report
        What was trained and how it went; in a notebook it shows itself.

    References
    ----------
    .. [1] A. Rasmus, H. Valpola, M. Honkala, M. Berglund, T. Raiko, "Semi-Supervised Learning with Ladder Networks", NIPS 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from laddernet import LadderClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> few = y.copy()
    >>> few[100:] = -1
    >>> clf = LadderClassifier(max_iter=60).fit(X, few)
    >>> clf.score(X[100:], y[100:]) > 0.85
    True
    """

    KINDS = ("full", "top", "bottom", "mlp")

    def __init__(
        self,
        *,
        model: str = "full",
        hidden_layer_sizes: Sequence[int] | None = None,
        denoising_weights: Sequence[float] | None = None,
        noise: float | None = None,
        learning_rate_init: float | None = None,
        max_iter: int | None = None,
        batch_size: int | None = None,
        few_labels: str = "off",
        standardize: bool = True,
        unlabeled: Any = "auto",
        estimate: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.0,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.hidden_layer_sizes = hidden_layer_sizes
        self.denoising_weights = denoising_weights
        self.noise = noise
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.few_labels = few_labels
        self.standardize = standardize
        self.unlabeled = unlabeled
        self.estimate = estimate
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.settings = settings

    def _settings(self) -> dict[str, Any]:
        known = (*self.KINDS, "auto")
        number_of("tol", self.tol)
        whole_of("n_iter_no_change", self.n_iter_no_change)
        if self.model not in known:
            raise ValueError(f"model is {self.model!r}: expected one of {', '.join(known)}")
        if self.few_labels not in ("off", "auto", "on"):
            raise ValueError(f"few_labels is {self.few_labels!r}: expected off, auto or on")
        if not 0.0 <= number_of("validation_fraction", self.validation_fraction) < 1.0:
            raise ValueError(f"validation_fraction is {self.validation_fraction}: expected a share from 0 to below 1")
        return {
            "model.kind": self.model,
            "model.hidden": sizes_of(self.hidden_layer_sizes),
            "model.denoising_weights": floats_of("denoising_weights", self.denoising_weights),
            "model.noise": float_of("noise", self.noise),
            "model.input_noise": float_of("noise", self.noise),
            # Not even the word where it is off, so that a section of the settings says it.
            "model.few_labels": None if self.few_labels == "off" else self.few_labels,
            "training.learning_rate": float_of("learning_rate_init", self.learning_rate_init),
            "training.epochs": int_of("max_iter", self.max_iter),
            "training.labelled_batch": int_of("batch_size", self.batch_size),
            "training.unlabelled_batch": int_of("batch_size", self.batch_size),
            "training.seed": seed_of(self.random_state),
            "data.labels": "all",
            "data.validation": round(self.validation_fraction * self._labelled) or None,
            # It would be trained for a comparison that nobody reads; models of the labels alone have none.
            "baseline.train": None if self.model == "mlp" else False,
        }

    def _in_stages(self) -> bool:
        # Codes of rows are learned before their labels.
        return self.few_labels != "off" or any(str(path).startswith("model.few_labels") for path in self.settings or {})

    @with_callbacks
    def fit(self, X: Any, y: Any) -> LadderClassifier:
        """Learn from labelled and unlabelled rows.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            Rows, a missing value as ``NaN``. A data frame of pandas, polars or pyarrow may hold words, dates and truth values, too.
        y : array-like of shape (n_samples,)
            Classes. ``None``, ``NaN``, ``pandas.NA``, ``""`` and, see `unlabeled`, -1 say that a row has no label.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            When no row has a label, all labels are of one class, or a parameter makes no training.

        Notes
        -----
        Ctrl-C ends the training and keeps what was learned so far, with a warning.
        """
        self.__dict__.pop("_stream", None)
        self.__dict__.pop("_kept", None)
        if self.warm_start and self._in_stages():
            raise ValueError("warm_start goes on with a model, few_labels begins with groups of the rows: expected one of the two")
        begin = self._model if self.warm_start and hasattr(self, "_model") else None
        self._fit(X, y, estimate=self.estimate or self.model == "auto", begin=begin)
        self.denoising_curves_: NDArray[np.float64] = self._costs("denoising")
        compared = self.summary_.get("estimate")
        self.few_labels_: dict[str, Any] | None = self._grouped()
        self.supervised_error_: float | None = None if compared is None else float(compared["models"][1]["error"]["percent"])
        return self

    def _grouped(self) -> dict[str, Any] | None:
        """What the summary says of groups, with classes as labels."""
        said = self.summary_.get("few_labels")
        if said is None:
            return None
        label = {_labels.name_of(found): found for found in self.classes_.tolist()}
        doubt = said.get("in_doubt")
        return {
            "reason": None,
            **said,
            "contradicted": np.array(said["contradicted"], dtype=np.intp),
            "groups": [{**group, "class": label[group["class"]]} for group in said["groups"]],
            "in_doubt": doubt and {**doubt, "classes": [label[name] for name in doubt["classes"]]},
        }

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> LadderClassifier:
        """Learn from further rows, for an epoch: the model and the state of its optimiser go on from the last call.

        Parameters
        ----------
        X : {array-like, data frame} of shape (n_samples, n_features)
            Some rows, labelled or not. Those of the first call decide how columns become inputs.
        y : array-like of shape (n_samples,)
            As of `fit`. Labelled rows are kept, and take part in every later call; those of a `fit` before it are not.
        classes : array-like of shape (n_classes,), optional
            All classes that will come. Needed in the first call, unless `fit` came before it.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            When no row so far has a label, or one is none of `classes`.

        Notes
        -----
        Rows are not grouped, whatever `few_labels` says: groups are of all rows. After pickling, and after `fit`, the state of the optimiser begins anew.
        """
        values = _labels.column(y, type(self).__name__)
        first = not hasattr(self, "_model")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if classes is not None:
            named = _labels.column(classes, type(self).__name__)
            # Those of all entries of a y have its mark among them.
            given = np.unique(named[~_labels.unlabelled(named, self.unlabeled)])
            if not first and not np.array_equal(given, self.classes_):
                raise ValueError(f"classes are {given.tolist()}: those of the first call were {self.classes_.tolist()}")
        else:
            given = self.classes_
        rows, names = check_rows(self, X, reset=True) if first else self._check_rows(X)
        check_consistent_length(countable(X), values)
        labels = _labels.places(values, given, self.unlabeled)
        rows, names = self._columns(X, rows, names)
        kept = getattr(self, "_kept", None)
        if kept is not None:
            rows, labels = concatenate(kept[0], rows, names), np.concatenate([kept[1], labels])
        labelled = np.flatnonzero(labels >= 0)
        if len(labelled) == 0:
            raise ValueError("no row of the calls so far has a label: expected some of each class in the first call of partial_fit")
        self._labelled = len(labelled)
        stream = getattr(self, "_stream", None)
        if stream is None:
            settings = {**self._all_settings(), "data.validation": None}
            settings = {path: said for path, said in settings.items() if not path.startswith("model.few_labels")}
            if settings["model.kind"] == "auto":
                settings["model.kind"] = "full"
            stream = _core.Stream(settings, None if first else self._model.to_bytes())
        class_names = [_labels.name_of(label) for label in given]
        bytes_, batches, found = stream.learn(
            rows, names, labels, class_names, _labels.column_name(y), threads_of(self.n_jobs)
        )
        self.classes_ = given
        self._stream, self._kept = stream, (take(rows, labelled), labels[labelled])
        self._model = self._with_kind(_core.Model.from_bytes(bytes_))
        self._say(found)
        self.n_iter_ = batches
        # What only a whole training knows.
        for name in ("summary_", "transduction_", "label_distributions_", "denoising_curves_", "supervised_error_", "few_labels_"):
            self.__dict__.pop(name, None)
        self.loss_curve_, self._terms = [], []
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_stream", None)
        return state
