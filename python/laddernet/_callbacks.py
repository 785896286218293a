"""What looks on while a model is trained: a line on the screen, early stopping, and scikit-learn's callbacks where it has them (1.9)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from laddernet import _core

if TYPE_CHECKING:
    from typing_extensions import Self

    from laddernet._base import CoreEstimator

    class CallbackSupport:
        """scikit-learn's mixin, or nothing."""

        def set_callbacks(self, *callbacks: Any) -> Self: ...

        def _init_callback_context(self, *, max_subtasks: int | None) -> Any: ...

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]: ...

else:
    try:
        from sklearn.callback import CallbackSupportMixin as CallbackSupport
        from sklearn.callback import with_callbacks
    except ImportError:

        class CallbackSupport:
            """scikit-learn has no callbacks before 1.9."""

        def with_callbacks(method):
            """The method itself."""
            return method


#: Rows and labels for a callback that asks for them.
Given = Callable[[], "tuple[Any, Any]"]


class Watch:
    """Follows one training.

    Rows, and the estimator as it stands, are made for those callbacks alone that ask for them, at the end of the epochs where they do.
    """

    def __init__(self, estimator: CoreEstimator, settings: dict[str, Any], given: Given) -> None:
        self.estimator = estimator
        self.given = given
        self.verbose = bool(getattr(estimator, "verbose", False))
        self.early = bool(getattr(estimator, "early_stopping", False))
        self.tol = getattr(estimator, "tol", 1e-4)
        self.patience = getattr(estimator, "n_iter_no_change", 10)
        self.best = float("inf")
        self.idle = 0
        self.began = time.monotonic()
        self.context: Any = None
        if getattr(estimator, "_skl_callbacks", None) or hasattr(estimator, "_parent_callback_ctx"):
            # A training in stages has more epochs than are said for its last stage.
            stages = getattr(estimator, "_in_stages", lambda: False)()
            epochs = None if stages else settings.get("training.epochs")
            self.context = estimator._init_callback_context(max_subtasks=epochs)
            self.context.call_on_fit_task_begin(estimator=estimator, X=lambda: given()[0], y=lambda: given()[1])

    def on_epoch(
        self,
        stage: str | None,
        epoch: int,
        epochs: int,
        cost: float,
        validation_error: float | None,
        moment: _core.Moment | None,
    ) -> bool:
        """Look at an epoch that has ended; true where the training is to stop."""
        stop = False
        if self.context is not None:
            task = self.context.subcontext(task_name="epoch")
            task.call_on_fit_task_begin(estimator=self.estimator)
            # Before its last stage, a model cannot do what it is for.
            stop = self._ended(task, None if moment is None else moment.model)
        if self.verbose:
            of = f"{stage}, " if stage else ""
            error = "" if validation_error is None else f", validation error {validation_error:.2f} %"
            print(f"[{type(self.estimator).__name__}] {of}epoch {epoch}/{epochs}, cost {cost:.4f}{error}, {time.monotonic() - self.began:.1f} s")
        if self.early:
            measured = cost if validation_error is None else validation_error
            self.idle = 0 if measured < self.best - self.tol else self.idle + 1
            self.best = min(self.best, measured)
            stop = stop or self.idle >= self.patience
        return stop

    def end(self, model: _core.Model) -> None:
        """The training has ended, with this model."""
        if self.context is not None:
            self._ended(self.context, lambda: model)

    def _ended(self, task: Any, model: Callable[[], _core.Model] | None) -> bool:
        estimator, given = self.estimator, self.given
        stop = task.call_on_fit_task_end(
            estimator=estimator,
            X=lambda: given()[0],
            y=lambda: given()[1],
            reconstruction_attributes=None if model is None else lambda: estimator._fitted_with(model()),
        )
        return bool(stop)
