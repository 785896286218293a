"""Rows reconstructed, and encoded: the command line's numbers, in the form in which the rows came."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import laddernet
from laddernet import RBM, Autoencoder, LadderClassifier, PretrainedClassifier
from laddernet.tests.test_doors import command
from laddernet.tests.test_rows import table


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open() as file:
        head, *rows = csv.reader(file)
    return head, rows


def numbers(cells: list[str]) -> Any:
    return np.array([float(cell) if cell else np.nan for cell in cells])


def test_a_table_is_reconstructed_as_by_the_command_line(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame, y = table()
    clf = LadderClassifier(max_iter=30, hidden_layer_sizes=(20,)).fit(frame, y)
    clf.save(tmp_path / "model.safetensors")
    frame.to_csv(tmp_path / "t.csv", index=False)
    for flags, gaps_only in (([], True), (["--all-cells"], False)):
        command("reconstruct", tmp_path / "model.safetensors", tmp_path / "t.csv", *flags, "--out", tmp_path / "out.csv")
        head, rows = read(tmp_path / "out.csv")
        found = clf.reconstruct(frame, gaps_only=gaps_only)
        surprise = clf.surprise(frame)
        assert list(found.columns) == list(surprise.columns) == list(frame.columns) == head[: len(frame.columns)]
        for at, name in enumerate(frame.columns):
            theirs = [row[at] for row in rows]
            column = found[name]
            if pd.api.types.is_bool_dtype(column.dtype):
                assert [str(cell) == "True" for cell in column] == [cell.lower() == "true" for cell in theirs], name
            elif pd.api.types.is_numeric_dtype(column.dtype):
                assert column.to_numpy() == pytest.approx(numbers(theirs), rel=6e-6, nan_ok=True), name
            elif pd.api.types.is_datetime64_any_dtype(column.dtype):
                days = abs(column - pd.to_datetime(pd.Series(theirs), format="ISO8601"))
                assert days.max() < pd.Timedelta(minutes=2), name
            else:
                assert ["" if pd.isna(cell) else str(cell) for cell in column] == theirs, name
            assert surprise[name].to_numpy() == pytest.approx(numbers([row[head.index(f"surprise_{name}")] for row in rows]), abs=6e-5, nan_ok=True)
        means = numbers([row[head.index("surprise")] for row in rows])
        assert surprise.mean(axis=1).to_numpy() == pytest.approx(means, abs=6e-5)
    assert found.isna().sum().sum() == 0
    known = frame.notna().to_numpy()
    filled = clf.reconstruct(frame, gaps_only=True)
    assert not known.all() and (filled.where(known).astype(object).fillna("") == frame.astype(object).fillna("")).all(axis=None)


def test_rows_come_back_in_the_form_in_which_they_came() -> None:
    pd, pl, pa = (pytest.importorskip(name) for name in ("pandas", "polars", "pyarrow"))
    frame, y = table()
    frame["kind"] = pd.Categorical(frame["plan"].fillna("none") if "plan" in frame else ["u", "v"] * (len(frame) // 2))
    frame["count"] = pd.array([None if i % 7 == 0 else i % 5 for i in range(len(frame))], dtype="Int64")
    frame["zoned"] = pd.Timestamp("2024-05-01 10:00", tz="Europe/Berlin") + pd.to_timedelta(np.arange(len(frame)) * 0.3, unit="h")
    frame["took"] = pd.to_timedelta(np.arange(len(frame)) % 50, unit="min")
    frame["constant"] = 3
    clf = LadderClassifier(max_iter=3, hidden_layer_sizes=(20,)).fit(frame, y)
    for gaps_only in (False, True):
        found = clf.reconstruct(frame, gaps_only=gaps_only)
        assert found.index.equals(frame.index)
        kinds = {name: str(dtype) for name, dtype in frame.dtypes.items()}
        assert {name: str(dtype) for name, dtype in found.dtypes.items()} == {**kinds, "count": "Float64"}
        assert (found["constant"] == 3).all()
        libraries: list[tuple[Any, str]] = [(pl.from_pandas, "columns"), (pa.Table.from_pandas, "column_names")]
        for make, names in libraries:
            other = make(frame)
            same = clf.reconstruct(other, gaps_only=gaps_only)
            assert type(same) is type(other) and list(getattr(same, names)) == list(frame.columns)
            back = same.to_pandas()
            for name in frame.columns:
                if frame[name].dtype.kind == "f":
                    assert back[name].to_numpy(float) == pytest.approx(found[name].to_numpy(float), nan_ok=True), name
                elif name not in ("count", "zoned", "took", "since"):
                    assert [str(cell) for cell in back[name]] == [str(cell) for cell in found[name]], name
                elif name == "took":
                    assert abs(back[name] - found[name]).max() < pd.Timedelta(seconds=1)
            if make is pl.from_pandas:
                changed = {"count": pl.Float64}
                assert dict(same.schema) == {name: changed.get(name, dtype) for name, dtype in other.schema.items()}
            assert clf.surprise(other).to_pandas()["took"].to_numpy() == pytest.approx(clf.surprise(frame)["took"].to_numpy())
    empty = frame.copy()
    empty["kind"] = None
    assert set(clf.reconstruct(empty)["kind"]) <= set(frame["kind"])


def test_arrays_are_reconstructed_and_gaps_filled_in() -> None:
    generator = np.random.default_rng(1)
    X = generator.normal(size=(400, 1)) * [3.0, -2.0, 1.0] + 100 + generator.normal(size=(400, 3)) * 0.1
    y = (X[:, 0] > 100).astype(int)
    y[40:] = -1
    gaps = X.copy()
    gaps[::5, 1] = np.nan
    clf = LadderClassifier(max_iter=300, hidden_layer_sizes=(20,)).fit(gaps, y)
    filled = clf.reconstruct(gaps, gaps_only=True)
    assert filled.dtype == np.float32 and not np.isnan(filled).any() and (filled[1] == gaps[1].astype(np.float32)).all()
    # The other columns say what is missing, better than the mean does.
    assert np.abs(filled[::5, 1] - X[::5, 1]).mean() < 0.8 * np.abs(X[:, 1] - X[:, 1].mean()).mean()
    odd = X.copy()
    odd[7, 2] += 20
    surprise = clf.surprise(odd)
    assert surprise.shape == X.shape and np.nanargmax(surprise[:, 2]) == 7 and np.isnan(clf.surprise(gaps)[0, 1])
    assert (clf.reconstruct(X)[3:4] == clf.reconstruct(X[3:4])).all()


@pytest.mark.parametrize(
    "estimator",
    [
        LadderClassifier(max_iter=3, standardize=False, hidden_layer_sizes=(30, 20)),
        PretrainedClassifier(max_iter=2, pretraining_max_iter=1, hidden_layer_sizes=(20, 10), standardize=False),
        RBM(10, max_iter=2),
        Autoencoder((10, 3), max_iter=2, settings={"model.pretraining.epochs": 1}),
        Autoencoder(10, max_iter=2, visible="gaussian"),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_codes_are_those_of_the_command_line(estimator: Any, tmp_path: Path, digits: Any, few: Any) -> None:
    X, y = digits
    X = X[:500] / 16
    fitted = estimator.fit(X, few(y[:500], 10))
    fitted.save(tmp_path / "model.safetensors")
    np.savetxt(tmp_path / "X.csv", X, fmt="%.9g", delimiter=",")
    again = laddernet.load(tmp_path / "model.safetensors")
    last = len(fitted._model.layers) - (2 if hasattr(fitted, "classes_") else 1)
    for layer in (None, *range(1, last + 1)):
        flags = [] if layer is None else ["--layer", layer]
        command("codes", tmp_path / "model.safetensors", tmp_path / "X.csv", *flags, "--out", tmp_path / "out.csv")
        theirs = np.array(read(tmp_path / "out.csv")[1], dtype=np.float32)[:, 1:]
        codes = fitted.encode(X, layer=layer)
        assert codes.dtype == np.float32 and (codes == theirs).all() and (again.encode(X, layer=layer) == codes).all()
    assert fitted.encode(X, layer=0).shape == (500, fitted._model.layers[0])
    with pytest.raises(ValueError, match=f"layer is {last + 1}: expected 0, the inputs, to {last}"):
        fitted.encode(X, layer=last + 1)
    if isinstance(fitted, Autoencoder):
        command("codes", tmp_path / "model.safetensors", tmp_path / "X.csv", "--squared-error", "--out", tmp_path / "out.csv")
        theirs = np.array(read(tmp_path / "out.csv")[1], dtype=float)[:, 1]
        assert fitted.surprise(X).sum(axis=1) == pytest.approx(theirs, rel=1e-5)
    if not isinstance(fitted, PretrainedClassifier):
        assert fitted.reconstruct(X).shape == X.shape


def test_models_that_give_no_rows_back_say_so(digits: Any, few: Any) -> None:
    X, y = digits
    clf = LadderClassifier(model="mlp", max_iter=1).fit(X, few(y, 5))
    with pytest.raises(ValueError, match="reconstruct"):
        clf.reconstruct(X)
    assert clf.encode(X).shape == (len(X), 100)
