"""Columns that were computed, as what the rows came as: an array, or a data frame of the same library with columns of the same types."""

from __future__ import annotations

from typing import Any

import numpy as np

from laddernet._rows import DAY, EPOCH, is_category, library, word_of

MICROSECOND = np.timedelta64(1, "us")


def in_form(x: Any, columns: list[Any], known: Any, *, measures: bool = False) -> Any:
    """Columns in the form of `x`.

    Parameters
    ----------
    x : {array-like, data frame} of shape (n_samples, n_features)
    columns : list
        The cells of each: numbers (dates and durations in days), words, or ``None`` for those of `x`.
    known : ndarray of shape (n_samples, n_features) or None
        Cells that stay those of `x`.
    measures : bool
        Whether these are numbers about the cells, rather than cells.
    """
    of = library(x)
    if of is None:
        given = np.asarray(x, dtype=np.float32)
        made = np.stack([given[:, at] if cells is None else cells for at, cells in enumerate(columns)], axis=1)
        made = np.asarray(made, dtype=np.float64 if measures else np.float32)
        return made if known is None else np.where(known, given, made)
    make = {"pandas": _pandas, "polars": _polars, "pyarrow": _pyarrow}[of]
    return make(x, columns, known, measures)


def _pandas(x: Any, columns: list[Any], known: Any, measures: bool) -> Any:
    import pandas as pd

    def column(series: Any, cells: Any) -> Any:
        dtype, kind = series.dtype, getattr(series.dtype, "kind", "O")
        made: Any
        if measures or cells is None:
            return series if cells is None else pd.Series(cells, index=series.index)
        if is_category(dtype):
            words = {word_of(word): word for word in dtype.categories}
            made = pd.Categorical([words.get(cell) for cell in cells], dtype=dtype)
        elif isinstance(cells, list):
            return pd.Series(cells, index=series.index, dtype=dtype if kind in "OU" else object)
        elif kind == "M":
            zone = getattr(dtype, "tz", None)
            made = pd.Series(_dates(cells))
            made = made if zone is None else made.dt.tz_localize("UTC").dt.tz_convert(zone)
            made = made.astype(dtype).array
        elif kind == "m":
            made = pd.Series(_durations(cells)).astype(dtype).array
        elif kind == "b":
            made = pd.array(cells > 0.5).astype(dtype)
        elif kind == "f":
            made = pd.array(cells).astype(dtype)
        elif kind in "iu":
            # Of whole numbers, the model gives back such between them.
            made = pd.array(cells, dtype="float64" if isinstance(dtype, np.dtype) else "Float64")
        else:
            made = (cells > 0.5) if all(isinstance(cell, (bool, np.bool_)) for cell in series.dropna()) else cells
        return pd.Series(made, index=series.index)

    made = []
    for at, cells in enumerate(columns):
        series = x.iloc[:, at]
        if known is None:
            made.append(column(series, cells))
        else:
            stays = known[:, at]
            made.append(series if stays.all() else series.astype(_wide(series.dtype)).where(stays, column(series, cells)))
    out = pd.concat(made, axis=1)
    out.columns = x.columns
    return out


def _wide(dtype: Any) -> Any:
    """Whole numbers with gaps as floats, that a gap may be filled in by any number."""
    whole = getattr(dtype, "kind", "O") in "iu" and not is_category(dtype)
    return ("float64" if isinstance(dtype, np.dtype) else "Float64") if whole else dtype


def _polars(x: Any, columns: list[Any], known: Any, measures: bool) -> Any:
    import polars as pl

    def column(series: Any, cells: Any) -> Any:
        dtype, name = series.dtype, series.name
        if measures or cells is None:
            return series if cells is None else pl.Series(name, cells)
        if isinstance(cells, list):
            words = pl.Series(name, cells, dtype=pl.String)
            return words if dtype.is_numeric() or dtype.is_temporal() else words.cast(dtype)
        if dtype == pl.Boolean:
            return pl.Series(name, cells > 0.5)
        if dtype == pl.Duration:
            return pl.Series(name, _durations(cells)).cast(dtype)
        if dtype.is_temporal():
            dates = pl.Series(name, _dates(cells))
            zone = getattr(dtype, "time_zone", None)
            dates = dates.dt.replace_time_zone("UTC").dt.convert_time_zone(zone) if zone else dates
            return dates.cast(dtype)
        return pl.Series(name, cells).cast(dtype if dtype.is_float() else pl.Float64)

    made = []
    for at, (series, cells) in enumerate(zip(x.get_columns(), columns, strict=True)):
        stays = None if known is None else known[:, at]
        if stays is None:
            made.append(column(series, cells))
        elif stays.all():
            made.append(series)
        else:
            new = column(series, cells)
            made.append(series.cast(new.dtype).zip_with(pl.Series(stays), new))
    return pl.DataFrame(made)


def _pyarrow(x: Any, columns: list[Any], known: Any, measures: bool) -> Any:
    import pyarrow as pa
    from pyarrow import compute, types

    def column(given: Any, cells: Any) -> Any:
        kind = given.type
        if measures or cells is None:
            return given if cells is None else pa.array(cells)
        if isinstance(cells, list):
            return pa.array(cells, pa.string())
        if types.is_boolean(kind):
            return pa.array(cells > 0.5)
        if types.is_duration(kind):
            return pa.array(_durations(cells)).cast(kind, safe=False)
        if types.is_temporal(kind):
            dates = pa.array(_dates(cells))
            return dates.cast(pa.timestamp("us", kind.tz)).cast(kind, safe=False) if types.is_timestamp(kind) else dates.cast(kind, safe=False)
        return pa.array(cells).cast(kind if types.is_floating(kind) else pa.float64())

    made = []
    for at, (given, cells) in enumerate(zip(x.columns, columns, strict=True)):
        stays = None if known is None else known[:, at]
        if stays is not None and stays.all():
            made.append(given)
            continue
        new = column(given, cells)
        if stays is not None:
            new = compute.if_else(pa.array(stays), given.cast(new.type, safe=False), new)
        made.append(new.dictionary_encode() if types.is_dictionary(given.type) and not types.is_dictionary(new.type) and not measures else new)
    return pa.table(dict(zip(x.column_names, made, strict=True)))


def _dates(days: Any) -> Any:
    return EPOCH.astype("datetime64[us]") + _durations(days)


def _durations(days: Any) -> Any:
    return np.round(days * (DAY / MICROSECOND)).astype("timedelta64[us]")
