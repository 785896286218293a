"""Numbers that are large and near each other, as times in seconds are: 32 bits would not tell them apart."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import DataConversionWarning

import laddernet
from laddernet import RBM, LadderClassifier
from laddernet.tests.test_doors import command

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")


def seconds() -> tuple[Any, Any, Any]:
    """A column of seconds that say the class, one of noise, and one that is always the same."""
    generator = np.random.default_rng(2)
    y = np.arange(240) % 2
    times = 1.7e9 + np.round(20 * y + generator.normal(0, 3, 240), 2)
    X = np.column_stack([times, np.round(generator.normal(size=240), 3), np.full(240, 1.5e9)])
    few = np.where(np.arange(240) < 30, y, -1)
    return X, y, few


def test_every_door_tells_them_apart_and_gives_the_same_bits(tmp_path: Path) -> None:
    X, y, few = seconds()
    assert len(np.unique(X[:, 0].astype(np.float32))) == 1
    names = ["x0", "x1", "x2"]
    frame = pd.DataFrame(X, columns=names)
    clf = LadderClassifier(max_iter=80, hidden_layer_sizes=(20,)).fit(X, few)
    expected = clf.predict_proba(X)
    assert clf.score(X, y) > 0.97
    for rows in (np.asfortranarray(X), X.tolist(), frame, pl.from_pandas(frame), pa.Table.from_pandas(frame), frame.convert_dtypes()):
        other = LadderClassifier(max_iter=80, hidden_layer_sizes=(20,)).fit(rows, few)
        assert (other.predict_proba(rows) == expected).all(), type(rows)
    for again in (pickle.loads(pickle.dumps(clf)), clf):
        assert (again.predict_proba(X[7:8]) == expected[7:8]).all()
    frame.assign(y=np.where(few < 0, "", few.astype(str))).to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", few)
    more = ["--model", "full", "--epochs", 80, "--hidden", 20, "--test", "none", "--quiet"]
    for file, labels in (("t.csv", ["--target", "y"]), ("X.npy", ["--y", tmp_path / "y.npy"])):
        command("train", tmp_path / file, *labels, *more, "--out", tmp_path / f"run-{file}")
        theirs = laddernet.load(tmp_path / f"run-{file}")
        assert isinstance(theirs, LadderClassifier) and (theirs.predict_proba(X) == expected).all(), file
    clf.save(tmp_path / "model.safetensors")
    command("predict", tmp_path / "model.safetensors", tmp_path / "t.csv", "--out", tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv")["class"].tolist() == clf.predict(X).tolist()


def test_they_come_back_in_their_units(tmp_path: Path) -> None:
    X, _, few = seconds()
    gaps = pd.DataFrame(X, columns=["a", "b", "c"])
    gaps.loc[::9, "a"] = np.nan
    clf = LadderClassifier(max_iter=40, hidden_layer_sizes=(20,)).fit(gaps, few)
    filled = clf.reconstruct(gaps, gaps_only=True)
    assert (filled["a"][1:9] == gaps["a"][1:9]).all() and filled["a"].between(1.7e9 - 20, 1.7e9 + 40).all()
    assert np.std(clf.reconstruct(gaps)["a"]) > 3
    clf.save(tmp_path / "model.safetensors")
    gaps.to_csv(tmp_path / "t.csv", index=False)
    command("reconstruct", tmp_path / "model.safetensors", tmp_path / "t.csv", "--out", tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv")["a"].to_numpy() == pytest.approx(filled["a"].to_numpy(), abs=1e-3)


def test_other_columns_keep_their_bits_and_streams_go_on() -> None:
    X, y, few = seconds()
    plain = LadderClassifier(max_iter=3, hidden_layer_sizes=(20,)).fit(X[:, 1:2], few)
    assert not plain._model.needs_columns
    constant = LadderClassifier(max_iter=3, hidden_layer_sizes=(20,)).fit(X[:, 1:], few)
    # A large number in all rows is dropped as any is.
    assert not constant._model.needs_columns and (constant.predict_proba(X[:, 1:]) == plain.predict_proba(X[:, 1:2])).all()
    stream = LadderClassifier(hidden_layer_sizes=(20,), batch_size=20)
    for _ in range(20):
        for rows in (slice(0, 120), slice(120, None)):
            stream.partial_fit(X[rows], few[rows], classes=[0, 1])
    assert stream.score(X, y) > 0.97


def test_transformers_warn_of_them(recwarn: pytest.WarningsRecorder) -> None:
    X, _, _ = seconds()
    with pytest.warns(DataConversionWarning, match=r"numbers of 1 columns \(x0\)"):
        RBM(3, max_iter=1).fit(X)
    recwarn.clear()
    RBM(3, max_iter=1).fit(X[:, 1:])
    assert not [warning for warning in recwarn if issubclass(warning.category, DataConversionWarning)]
