"""What in ``y`` says "no label", and what classes there are."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import DataConversionWarning, UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

import laddernet
from laddernet import LadderClassifier, SemiSupervisedSplit, _labels

pd = pytest.importorskip("pandas")


@pytest.mark.parametrize(
    ("y", "classes", "labels"),
    [
        ([0, 1, -1, 1], [0, 1], [0, 1, -1, 1]),
        ([2.0, 7.0, np.nan, -1.0], [2.0, 7.0], [0, 1, -1, -1]),
        (["a", "b", "", None], ["a", "b"], [0, 1, -1, -1]),
        (["b", "a", float("nan"), "-1"], ["-1", "a", "b"], [2, 1, -1, 0]),
        ([None, True, False, None], [False, True], [-1, 1, 0, -1]),
        ([-2, -1, 1, 1], [-2, -1, 1], [0, 1, 2, 2]),
        ([0.5, 1.0, -1.0], [0.5, 1.0], None),
    ],
)
def test_marks_of_every_kind(y: Any, classes: Any, labels: Any) -> None:
    column = _labels.column(y, "X")
    if labels is None:
        # No whole numbers from 0 on: these are no classes at all.
        with pytest.raises(ValueError, match="Unknown label type"):
            _labels.encode(column, "auto")
        return
    found, names = _labels.encode(column, "auto")
    assert names.tolist() == classes
    assert found.tolist() == labels


@pytest.mark.parametrize(
    "y",
    [
        pd.Series([1, 2, pd.NA, 2], dtype="Int64"),
        pd.Series(pd.Categorical(["1", "2", None, "2"])),
        pd.Series(["1", "2", pd.NA, "2"], dtype="string"),
        pd.Series([1, 2, np.nan, 2]),
    ],
)
def test_series_of_every_type(y: Any) -> None:
    found, names = _labels.encode(_labels.column(y, "X"), "auto")
    assert found.tolist() == [0, 1, -1, 1]
    assert [_labels.name_of(name) for name in names] == ["1", "2"]


@pytest.mark.parametrize(
    "labels",
    [["1", "2"], ["01", "02"], [True, False], [1, 2], [1.5, 2.0], [3.0, 4.0], ["True", "False"], ["a", "b"], ["10", "1_0"]],
    ids=str,
)
def test_classes_come_back_from_a_file_as_they_were(labels: Any, tmp_path: Any) -> None:
    X = np.arange(40.0).reshape(20, 2) % 7
    y = np.array(labels * 10)
    if y.dtype.kind == "f" and not all(float(label).is_integer() for label in labels):
        return  # No classes.
    clf = LadderClassifier(max_iter=1).fit(X, y)
    clf.save(tmp_path / "model.safetensors")
    again = laddernet.load(tmp_path / "model.safetensors")
    assert isinstance(again, LadderClassifier)
    assert again.classes_.tolist() == clf.classes_.tolist()
    assert [type(label) for label in again.classes_.tolist()] == [type(label) for label in clf.classes_.tolist()]
    assert again.score(X, y) == clf.score(X, y)


def test_labels_of_other_libraries() -> None:
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    for y in (pl.Series([1, 2, None]), pa.array([1, 2, None]), pa.chunked_array([[1, 2], [None]]), np.ma.array([1, 2, 3], mask=[False, False, True])):
        found, names = _labels.encode(_labels.column(y, "X"), "auto")
        assert (found.tolist(), names.tolist()) == ([0, 1, -1], [1, 2]), type(y)
        assert names.dtype.kind == "i"
    with pytest.raises(TypeError, match="dates or durations"):
        _labels.column(np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"), "X")
    with pytest.raises(ValueError, match="one value that says"):
        _labels.encode(np.array([1, 2, -1]), [-1, 9])
    with pytest.raises(TypeError, match="unlabeled=-1"):
        _labels.encode(_labels.column(["a", "b", -1], "X"), "auto")


def test_minus_one_is_a_class_beside_one_other() -> None:
    with pytest.warns(DataConversionWarning, match="-1 is taken for a class"):
        found, names = _labels.encode(np.array([-1, 1, -1]), "auto")
    assert (found.tolist(), names.tolist()) == ([0, 1, 0], [-1, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, names = _labels.encode(np.array([-1, 1, -1, 2]), None)
        assert names.tolist() == [-1, 1, 2]
        found, names = _labels.encode(np.array([9, 1, 9, 2]), 9)
        assert (found.tolist(), names.tolist()) == ([-1, 0, -1, 1], [1, 2])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([-1, -1, None, None], "no label in any of 4 rows"),
        ([3, 3, None, -1], "one class only"),
        ([0, "a", None, 1], "of one kind"),
        ([0, 1], "inconsistent numbers of samples"),
        ([[0, 1], [1, 0], [0, 1], [1, 1]], "shape"),
        ([0.1, 0.2, 0.7, 1.3], "Unknown label type"),
        ([0, 1, np.inf, 1], "infinity"),
        (None, "requires y to be passed"),
    ],
)
def test_labels_that_cannot_be_learned_from(y: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        LadderClassifier(max_iter=1, unlabeled=-1).fit(np.eye(4), y)


@pytest.mark.parametrize("word", ["NA", "?", "nan", "None", "unlabeled", "-1"])
def test_words_that_read_like_no_label_are_classes_with_a_warning(word: str, recwarn: pytest.WarningsRecorder) -> None:
    X = np.arange(12.0)[:, None]
    y = np.array(["a", "b", word] * 4)

    def said() -> list[str]:
        return [str(recwarn.pop().message) for _ in range(len(recwarn)) if len(recwarn)]

    clf = LadderClassifier(max_iter=1, hidden_layer_sizes=(4,))
    assert sorted(clf.fit(X, y).classes_) == sorted(["a", "b", word])
    assert any(f"y holds {word!r} in 4 rows" in sentence and f"unlabeled={word!r}" in sentence for sentence in said())
    assert word in clf.set_params(unlabeled=None).fit(X, y).classes_
    assert not any("y holds" in sentence for sentence in said())
    assert clf.set_params(unlabeled=word).fit(X, y).classes_.tolist() == ["a", "b"]
    assert not any("y holds" in sentence for sentence in said())


def test_the_score_takes_no_notice_of_unlabelled_rows(digits: Any, few: Any) -> None:
    X, y = digits
    clf = LadderClassifier(max_iter=20).fit(X, few(y, 20))
    mixed = np.where(np.arange(len(y)) % 2 == 0, y, -1)
    assert clf.score(X, mixed) == pytest.approx(np.mean(clf.predict(X)[::2] == y[::2]))
    words = np.array([str(label) if label >= 0 else "" for label in mixed], dtype=object)
    with pytest.warns(UndefinedMetricWarning):
        assert np.isnan(clf.score(X[:3], [-1, -1, -1]))
    again = LadderClassifier(max_iter=20).fit(X, np.where(few(y, 20) < 0, "", few(y, 20).astype(str)))
    assert again.score(X, words) == clf.score(X, mixed)
    assert (again.predict_proba(X) == clf.predict_proba(X)).all()


def test_cross_validation_with_unlabelled_rows_is_right(digits: Any) -> None:
    X, y = digits
    generator = np.random.default_rng(0)
    hidden = np.where(generator.random(len(y)) < 0.9, -1, y)
    scores = cross_val_score(LadderClassifier(), X, hidden)
    assert scores.mean() >= 0.93, scores
    folds = SemiSupervisedSplit(5)
    assert cross_val_score(LadderClassifier(max_iter=40, hidden_layer_sizes=(50,)), X, hidden, cv=folds).mean() > 0.8
    for train, test in folds.split(X, hidden):
        assert (hidden[test] != -1).all()
        assert set(np.flatnonzero(hidden == -1)) <= set(train)
        assert not set(train) & set(test)
        assert LogisticRegression().fit(X[train[hidden[train] >= 0]], hidden[train[hidden[train] >= 0]])


def test_given_labels_stay_and_the_others_are_filled_in(digits: Any, few: Any) -> None:
    X, y = digits
    hidden = few(y, 10)
    clf = LadderClassifier(max_iter=20).fit(X, hidden)
    assert (clf.transduction_[hidden >= 0] == hidden[hidden >= 0]).all()
    assert (clf.transduction_[hidden < 0] == clf.predict(X)[hidden < 0]).all()
    assert (clf.label_distributions_ == clf.predict_proba(X)).all()
