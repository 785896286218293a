"""Rows of every kind: the same numbers by every door."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from laddernet import RBM, LadderClassifier

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")


def table(rows: int = 120) -> Any:
    """A column of each kind, with gaps."""
    generator = np.random.default_rng(3)
    y = np.arange(rows) % 2
    frame = pd.DataFrame(
        {
            "age": np.where(generator.random(rows) < 0.1, np.nan, generator.normal(40 + 10 * y, 5)),
            "count": generator.integers(0, 9, rows),
            "town": np.array(["Ulm", "Bonn", "Köln"], dtype=object)[(y + (generator.random(rows) < 0.3)) % 3],
            "member": generator.random(rows) < 0.3 + 0.4 * y,
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 900, rows), unit="D"),
        }
    )
    frame.loc[5, "town"] = None
    labels = np.where(np.arange(rows) % 3 == 0, y, -1)
    return frame, labels


def fitted(X: Any, y: Any, **more: Any) -> LadderClassifier:
    clf = LadderClassifier(max_iter=30, **more)
    clf.fit(X, y)
    return clf


def test_data_frames_of_every_library_give_the_same_bits() -> None:
    frame, y = table()
    of_pandas = fitted(frame, y)
    probabilities = of_pandas.predict_proba(frame)
    arrow = pa.Table.from_pandas(frame)
    for other in (pl.from_pandas(frame), arrow, frame.convert_dtypes(), frame.astype({"town": "string", "count": "float32"})):
        assert (fitted(other, y).predict_proba(other) == probabilities).all(), type(other)
        assert (of_pandas.predict_proba(other) == probabilities).all(), type(other)
    assert of_pandas.score(frame, np.arange(len(frame)) % 2) > 0.8
    assert list(of_pandas.feature_names_in_) == ["age", "count", "town", "member", "since"]
    kinds = {column["name"]: column["kind"] for column in of_pandas.summary_["own"]["columns"]}
    assert kinds == {"age": "numbers", "count": "numbers", "town": "words (3 different)", "member": "truth values", "since": "dates"}


def test_zones_durations_and_categories_are_the_same_in_every_library() -> None:
    frame, y = table()
    moments = pd.date_range("2024-03-01", periods=len(frame), freq="7h", tz="America/New_York")
    frame = frame.assign(when=moments, lasts=pd.to_timedelta(np.arange(len(frame)) % 11, unit="h"))
    clf = fitted(frame, y)
    expected = clf.predict_proba(frame)
    polars_frame = pl.from_pandas(frame)
    for other in (polars_frame, pa.Table.from_pandas(frame), polars_frame.with_columns(pl.col("town").cast(pl.Categorical))):
        assert (clf.predict_proba(other) == expected).all(), type(other)
    enum = polars_frame.with_columns(pl.col("town").cast(pl.Enum(["Ulm", "Bonn", "Köln"])))
    assert (clf.predict_proba(enum) == expected).all()
    with pytest.raises(TypeError, match="collect"):
        clf.predict(polars_frame.lazy())


def test_frames_of_numbers_are_matrices_in_every_library(digits: Any) -> None:
    X = digits[0][:100] / 16
    rbm = RBM(5, max_iter=1).fit(X)
    names = [f"c{place}" for place in range(64)]
    for frame in (pl.DataFrame(X, schema=names), pd.DataFrame(X, columns=names), pa.table({n: X[:, i] for i, n in enumerate(names)})):
        assert (RBM(5, max_iter=1).fit(frame).transform(frame) == rbm.transform(X)).all()


def test_categories_are_words_also_where_they_look_like_numbers() -> None:
    frame, y = table()
    frame["code"] = pd.Categorical((np.arange(len(frame)) % 4).astype(str))
    clf = fitted(frame, y)
    kinds = {column["name"]: column["kind"] for column in clf.summary_["own"]["columns"]}
    assert kinds["code"] == "words (4 different)"
    unseen = frame.assign(code=pd.Categorical(["9"] * len(frame)))
    with pytest.warns(UserWarning, match="code"):
        assert np.isfinite(clf.predict_proba(unseen)).all()


def test_a_frame_of_numbers_is_the_matrix_with_names() -> None:
    generator = np.random.default_rng(1)
    X = generator.normal(size=(60, 3)).astype(np.float32)
    y = np.where(np.arange(60) % 2 == 0, (X[:, 0] > 0).astype(int), -1)
    of_matrix = fitted(X, y)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    of_frame = fitted(frame, y)
    assert (of_matrix.predict_proba(X) == of_frame.predict_proba(frame)).all()
    with pytest.warns(UserWarning, match="feature names, but"):
        assert (of_matrix.predict_proba(frame) == of_frame.predict_proba(frame)).all()
    with pytest.warns(UserWarning, match="valid feature names"):
        assert (of_frame.predict_proba(X) == of_matrix.predict_proba(X)).all()


@pytest.mark.parametrize(
    "change",
    [
        np.asfortranarray,
        lambda X: np.repeat(X, 2, axis=1)[:, ::2],
        lambda X: X.astype(np.float64),
        lambda X: X.tolist(),
        lambda X: np.lib.stride_tricks.as_strided(X, X.shape, X.strides, writeable=False),
    ],
    ids=["fortran", "strided", "float64", "list", "read-only"],
)
def test_how_a_matrix_lies_in_memory_changes_nothing(change: Any, digits: Any, few: Any) -> None:
    X, y = digits
    clf = LadderClassifier(max_iter=3).fit(X[:300], few(y[:300], 5))
    other = LadderClassifier(max_iter=3).fit(change(X[:300]), few(y[:300], 5))
    assert (clf.predict_proba(X[300:400]) == other.predict_proba(change(X[300:400]))).all()


def test_a_row_gets_the_same_bits_alone_and_among_others(digits: Any, few: Any) -> None:
    X, y = digits
    clf = LadderClassifier(max_iter=3).fit(X, few(y, 5))
    together = clf.predict_proba(X)
    alone = np.concatenate([clf.predict_proba(X[row : row + 1]) for row in range(0, 300, 7)])
    assert (together[0:300:7] == alone).all()
    order = np.random.default_rng(0).permutation(len(X))
    assert (clf.predict_proba(X[order]) == together[order]).all()


@pytest.mark.parametrize(
    ("X", "kind", "message"),
    [
        (np.array([["a", "b"]] * 4, dtype=object), ValueError, "could not convert string to float"),
        (np.ones((4, 2)) + 1j, ValueError, "Complex data not supported"),
        (np.array([[1.0, np.inf]] * 4), ValueError, "infinity"),
        (np.array([[1.0, 1e300]] * 4), ValueError, "infinity or a value too large"),
        (np.empty((0, 3)), ValueError, "0 sample"),
        (np.empty((4, 0)), ValueError, "0 feature"),
        (np.ones(4), ValueError, "1D array"),
        (np.ones((4, 2, 2)), ValueError, "dim 3"),
        (pd.DataFrame({"a": [[1], [2], [3], [4]]}), TypeError, "column 'a' holds a list"),
        (pd.DataFrame({"a": [1.0, np.inf, 2.0, 3.0], "b": list("abcd")}), ValueError, "infinity in column 'a'"),
        (pd.DataFrame([[1, 2]] * 4, columns=["a", "a"]), ValueError, "a"),
        (pd.DataFrame({"a": [1] * 4}), ValueError, "one value in all rows"),
    ],
)
def test_rows_that_cannot_be_learned_from(X: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        LadderClassifier(max_iter=1).fit(X, [0, 1, 0, 1][: len(X)])


def test_sparse_rows_are_refused() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="[Ss]parse"):
        LadderClassifier().fit(sparse.csr_array(np.eye(4)), [0, 1, 0, 1])


def test_frames_that_are_not_those_of_the_training() -> None:
    frame, y = table()
    clf = fitted(frame, y)
    with pytest.raises(ValueError, match="feature names should match"):
        clf.predict(frame.drop(columns="age"))
    with pytest.raises(ValueError, match="feature names should match|must be in the same order"):
        clf.predict(frame[["town", "age", "count", "member", "since"]])
    with pytest.raises(ValueError, match="feature names should match"):
        clf.predict(pa.Table.from_pandas(frame.drop(columns="age")))
    with pytest.raises(ValueError, match="expected a data frame"), pytest.warns(UserWarning, match="feature names"):
        clf.predict(np.ones((2, 5)))
    nothing = frame.iloc[:2].astype(object).copy()
    nothing[:] = None
    shares = clf.predict_proba(nothing)
    assert shares == pytest.approx(np.full((2, 2), 0.5), abs=0.05)


def test_missing_values_are_allowed(digits: Any, few: Any) -> None:
    X, y = digits
    holes = X.copy()
    holes[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    clf = LadderClassifier(max_iter=40).fit(holes, few(y, 20))
    assert clf.score(holes, y) > 0.8
