"""scikit-learn's callbacks see a training epoch by epoch, and the estimator as it stands where they ask for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from laddernet import RBM, Autoencoder, LadderClassifier, PretrainedClassifier, _core

callback = pytest.importorskip("sklearn.callback")


def scores(estimator: Any, scoring: Any, *rows: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The fitted estimator, and a row for each epoch and then for the whole training."""
    monitor = callback.ScoringMonitor(scoring=scoring)
    fitted = estimator.set_callbacks(monitor).fit(*rows)
    data = monitor.get_logs().data
    assert data[0]["task_name"] == "fit"
    return fitted, [*data[1:], data[0]]


@pytest.mark.parametrize("standardize", [True, False])
def test_a_scoring_monitor_scores_every_epoch(standardize: bool, digits: Any, few: Any) -> None:
    X, y = digits
    X, hidden = X / 16, few(y, 20)
    clf = LadderClassifier(max_iter=4, hidden_layer_sizes=(30,), standardize=standardize)
    fitted, found = scores(clf, ["accuracy", "neg_log_loss"], X, hidden)
    assert [row["task_id"] for row in found] == [0, 1, 2, 3, 0]
    # Those of rows with a label alone.
    assert found[-1]["accuracy"] == fitted.score(X, hidden)
    assert found[0]["neg_log_loss"] < found[1]["neg_log_loss"] < found[3]["neg_log_loss"] == found[4]["neg_log_loss"]
    # Looking on changes nothing, and an epoch's score is that of a training of so many epochs.
    plain = LadderClassifier(max_iter=4, hidden_layer_sizes=(30,), standardize=standardize).fit(X, hidden)
    assert (plain.predict_proba(X) == fitted.predict_proba(X)).all()
    shorter, of_shorter = scores(clf.set_params(early_stopping=True, n_iter_no_change=1, tol=1e9), "accuracy", X, hidden)
    assert shorter.n_iter_ == 2 and of_shorter[-1]["accuracy"] == found[1]["accuracy"]


def test_labels_of_any_kind_and_frames_are_scored(few: Any, digits: Any) -> None:
    X, y = digits
    pd, pl, pa = (pytest.importorskip(name) for name in ("pandas", "polars", "pyarrow"))
    words = np.array([None if label < 0 else f"n{label}" for label in few(y, 5)], dtype=object)
    frame = pd.DataFrame(X, columns=[f"c{i}" for i in range(64)])
    ends = []
    for rows, labels in (
        (X, words),
        (frame, pd.Series(words)),
        (pl.from_pandas(frame), pl.Series(words.tolist())),
        (pa.Table.from_pandas(frame), pa.array(words.tolist())),
    ):
        _, found = scores(LadderClassifier(max_iter=2, hidden_layer_sizes=(20,)), "balanced_accuracy", rows, labels)
        ends.append([row["balanced_accuracy"] for row in found])
    assert ends[1:] == ends[:1] * 3 and len(ends[0]) == 3


def test_stages_before_the_last_have_no_score(digits: Any, few: Any) -> None:
    X, y = digits
    clf = PretrainedClassifier(max_iter=3, pretraining_max_iter=2, hidden_layer_sizes=(20, 10), settings={"model.pretraining.top_epochs": 0})
    fitted, found = scores(clf, "accuracy", X, few(y, 20))
    assert [row["task_id"] for row in found] == [4, 5, 6, 0] and found[-1]["accuracy"] == fitted.score(X, few(y, 20))
    deep = Autoencoder((10, 3), max_iter=2, settings={"model.pretraining.epochs": 1})

    def error(estimator: Any, X: Any, y: Any) -> float:
        return float(np.square(estimator.inverse_transform(estimator.transform(X)) - X).mean())

    _, found = scores(deep, {"score": error}, X / 16, y)
    assert [row["task_id"] for row in found] == [2, 3, 0] and found[1]["score"] < found[0]["score"]


def test_transformers_are_scored(digits: Any) -> None:
    X, y = digits

    def likelihood(rbm: Any, X: Any, y: Any) -> float:
        assert rbm.components_.shape == (6, 64)
        return float(rbm.score_samples(X).mean())

    fitted, found = scores(RBM(6, max_iter=3, learning_rate_init=0.05), {"score": likelihood}, X / 16, y)
    assert len(found) == 4 and found[0]["score"] != found[1]["score"]
    assert found[-1]["score"] == found[-2]["score"] == fitted.score_samples(X / 16).mean()


def test_the_model_is_copied_only_where_a_callback_asks(digits: Any, few: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = digits
    asked: list[Any] = []
    of = LadderClassifier._fitted_with

    def counted(self: Any, model: Any) -> Any:
        asked.append(model)
        return of(self, model)

    monkeypatch.setattr(LadderClassifier, "_fitted_with", counted)

    class Looking:
        """Asks for nothing, or in every other epoch."""

        def __init__(self, moments: list[Any]) -> None:
            self.moments = moments

        def setup(self, estimator: Any, context: Any) -> None: ...

        def on_fit_task_begin(self, estimator: Any, context: Any) -> None: ...

        def on_fit_task_end(self, estimator: Any, context: Any) -> None: ...

        def teardown(self, estimator: Any, context: Any) -> None: ...

    LadderClassifier(max_iter=3).set_callbacks(Looking([])).fit(X, few(y, 5))
    assert asked == []
    kept: list[Any] = []

    class Keeping(Looking):
        """Keeps the estimators."""

        def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any = None) -> None:
            kept.append(fitted_estimator)

    LadderClassifier(max_iter=3).set_callbacks(Keeping([])).fit(X, few(y, 5))
    # Each stays what it was.
    assert [clf.n_iter_ for clf in kept] == [1, 2, 3, 3] and [len(clf.loss_curve_) for clf in kept] == [1, 2, 3, 3]
    first, *_, last, end = (clf.predict_proba(X) for clf in kept)
    assert (first != last).any() and (last == end).all()


def test_a_moment_is_over_when_the_training_goes_on(digits: Any, few: Any) -> None:
    X, y = digits
    moments: list[_core.Moment] = []

    def on_epoch(*told: Any) -> bool:
        moments.append(told[-1])
        return False

    settings = {"model.kind": "full", "training.epochs": 2, "data.labels": "all", "data.test": "none", "model.hidden": [5]}
    labels = few(y, 5).astype(np.int64)
    names = [f"x{i}" for i in range(64)]
    _core.fit(settings, X, names, labels, [str(i) for i in range(10)], None, False, 1, None, on_epoch)
    assert len(moments) == 2
    with pytest.raises(RuntimeError, match="gone on"):
        moments[0].model()
