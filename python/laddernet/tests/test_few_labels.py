"""Rows that are grouped before few labels are learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import laddernet
from laddernet import LadderClassifier


def blobs(words: bool = True) -> tuple[Any, Any, Any]:
    """Three clusters, their classes, and one label of each."""
    generator = np.random.default_rng(0)
    y = np.arange(300) % 3
    X = generator.normal(size=(300, 4)) + 6 * np.eye(3, 4)[y]
    few = np.full(300, -1)
    few[:3] = y[:3]
    return X, np.array(["a", "b", "c"])[y], np.array(["a", "b", "c", ""])[few]


def test_groups_are_said_and_seen(tmp_path: Any) -> None:
    X, y, few = blobs()
    alone = LadderClassifier(max_iter=5).fit(X, few)
    assert alone.few_labels_ is None and "Groups" not in repr(alone.report_)
    clf = LadderClassifier(max_iter=5, few_labels="on").fit(X, few)
    found = clf.few_labels_
    assert found is not None and found["used"] and found["reason"] is None and found["in_doubt"] is None
    assert found["rows"] == 300 and found["anchors"] > 100 and found["contradicted"].tolist() == []
    assert [group["class"] for group in found["groups"]] == ["a", "b", "c"]
    assert all(group["percent"] == pytest.approx(100 / 3, abs=3) for group in found["groups"])
    assert np.mean(clf.predict(X) == y) > 0.97
    assert "3 of 300 rows" in repr(clf.report_) and "Groups that the labels name" in clf.report_._repr_html_()
    same = LadderClassifier(max_iter=5, settings={"model.few_labels": "on"}).fit(X, few)
    assert (same.predict_proba(X) == clf.predict_proba(X)).all()
    clf.save(tmp_path / "model.safetensors")
    read = laddernet.load(tmp_path / "model.safetensors")
    assert isinstance(read, LadderClassifier) and read.few_labels_ is None


def test_classes_are_the_labels_and_doubts_name_rows() -> None:
    X, y, few = blobs()
    numbers = np.array([{"a": 10, "b": 20, "c": 30}.get(label, -1) for label in few])
    # A label in the cluster of another class.
    wrong = np.flatnonzero(y == "b")[5]
    numbers[wrong] = 10
    found = LadderClassifier(max_iter=5, few_labels="on").fit(X, numbers).few_labels_
    assert found is not None and [group["class"] for group in found["groups"]] == [10, 20, 30]
    assert wrong in found["contradicted"] or found["in_doubt"] is not None


@pytest.mark.parametrize("standardize", [True, False])
def test_auto_looks_at_how_many_labels_there_are(standardize: bool) -> None:
    X, y, few = blobs()
    X = (X - X.min()) / (X.max() - X.min())
    kind = LadderClassifier(max_iter=2, few_labels="auto", standardize=standardize, hidden_layer_sizes=(10,))
    assert kind.fit(X, few).few_labels_ is not None
    assert kind.fit(X, y).few_labels_ is None


def test_what_does_not_go_together_is_refused(digits: Any, few: Any) -> None:
    X, y = digits
    with pytest.raises(ValueError, match="few_labels is 'yes': expected off, auto or on"):
        LadderClassifier(few_labels="yes").fit(X, few(y, 1))
    with pytest.raises(ValueError, match="groups no rows"):
        LadderClassifier(model="mlp", few_labels="auto").fit(X, few(y, 1))
    with pytest.raises(ValueError, match="expected one of the two"):
        LadderClassifier(warm_start=True, few_labels="on").fit(X, few(y, 1))
    # Batches are not grouped.
    clf = LadderClassifier(few_labels="on", hidden_layer_sizes=(10,)).partial_fit(X[:200], few(y, 5)[:200], classes=range(10))
    assert not hasattr(clf, "few_labels_")
