"""Rows to label next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from laddernet import LadderClassifier
from laddernet.tests.test_doors import command


def blobs() -> tuple[Any, Any]:
    """Four heaps of 60, 50, 40 and 30 rows; a row of the first and one of the third have a label."""
    generator = np.random.default_rng(3)
    sizes, centres = (60, 50, 40, 30), ((0, 0, 0), (9, 0, 0), (0, 9, 0), (0, 0, 9))
    X = np.concatenate([generator.normal(centre, 0.3, (size, 3)) for size, centre in zip(sizes, centres, strict=True)])
    y = np.full(len(X), -1)
    y[5], y[115] = 0, 1
    return X, y


def heap(row: int) -> int:
    return int(np.searchsorted([60, 110, 150, 180], row, side="right"))


def test_heaps_without_a_label_come_first() -> None:
    X, y = blobs()
    clf = LadderClassifier(max_iter=3, hidden_layer_sizes=(8,)).fit(X, y)
    found = clf.suggest(X, y, n_rows=2)
    assert found.dtype == np.int64
    assert [heap(row) for row in found] == [1, 3]
    more = clf.suggest(X, y, n_rows=1000)
    assert sorted(more) == [row for row in range(180) if row not in (5, 115)]
    assert {heap(row) for row in clf.suggest(X, n_rows=4)} == {0, 1, 2, 3}


def test_a_data_frame_has_the_suggestions_of_the_command_line(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    X, y = blobs()
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(d=np.where(X[:, 0] > 4, "far", "near"))
    labels = pd.Series([None if label < 0 else ("no", "yes")[label] for label in y], name="y")
    clf = LadderClassifier(max_iter=3, hidden_layer_sizes=(8,)).fit(frame, labels)
    clf.save(tmp_path / "model.safetensors")
    frame.assign(y=labels).to_csv(tmp_path / "t.csv", index=False)
    command("suggest", tmp_path / "model.safetensors", tmp_path / "t.csv", "--rows", "5", "--out", tmp_path / "out.csv")
    rows = pd.read_csv(tmp_path / "out.csv")["row"].tolist()
    assert clf.suggest(frame, labels, n_rows=5).tolist() == rows


def test_what_cannot_be_suggested_is_said() -> None:
    X, y = blobs()
    clf = LadderClassifier(max_iter=2, hidden_layer_sizes=(8,)).fit(X, y)
    with pytest.raises(ValueError, match="n_rows is 0"):
        clf.suggest(X, y, n_rows=0)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clf.suggest(X, y[:-1])
    with pytest.raises(ValueError, match="two rows"):
        clf.suggest(X[:1])
