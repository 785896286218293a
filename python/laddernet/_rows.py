"""Rows as the core takes them: a matrix of 32-bit floats, or a list of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_array, validate_data

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

#: A column: its name, what it holds, its cells, and the words that it can hold where its type says them.
Column: TypeAlias = "tuple[str, str, Any, list[str] | None]"
Rows: TypeAlias = "np.ndarray[Any, np.dtype[np.float32]] | list[Column]"

DAY = np.timedelta64(1, "D")
EPOCH = np.datetime64("1970-01-01")


def is_frame(x: Any) -> bool:
    """Whether these are named columns: a data frame of pandas or polars, or a table of pyarrow."""
    return library(x) is not None


def library(x: Any) -> str | None:
    """The library of a data frame; nothing for other rows."""
    module = type(x).__module__.split(".")[0]
    if module == "pandas" and hasattr(x, "iloc") and hasattr(x, "columns"):
        return "pandas"
    if module == "polars" and type(x).__name__ == "LazyFrame":
        raise TypeError("X is a LazyFrame: expected a DataFrame; call .collect() first")
    if module == "polars" and hasattr(x, "get_columns"):
        return "polars"
    if module == "pyarrow" and hasattr(x, "column_names"):
        return "pyarrow"
    return None


def array_names(count: int) -> list[str]:
    """What the columns of an array are called, as those of an NPY file are."""
    return [f"x{place}" for place in range(count)]


def countable(x: Any) -> Any:
    """Something of as many entries as there are rows, for scikit-learn's check."""
    return range(x.num_rows) if hasattr(x, "num_rows") else x


def check_rows(estimator: BaseEstimator, x: Any, *, reset: bool) -> tuple[Rows, list[str] | None]:
    """The rows, and the names of their columns where these have some.

    A data frame of numbers alone becomes a matrix, which is copied no more than needed; one that holds words, dates or truth values a
    list of columns. Other rows are checked as scikit-learn does; a missing value is ``NaN``.
    """
    of_library = library(x)
    if of_library is None:
        rows = validate_data(
            estimator, x, reset=reset, dtype=np.float32, order="C", ensure_all_finite="allow-nan", accept_sparse=False
        )
        return rows, None
    if of_library == "pyarrow":
        # scikit-learn knows no names of these.
        names = [str(name) for name in x.column_names]
        _check_names(estimator, names, reset=reset)
    else:
        validate_data(estimator, x, reset=reset, skip_check_array=True)
        names = [str(name) for name in x.columns]
    rows_count = x.num_rows if of_library == "pyarrow" else len(x)
    if rows_count == 0 or not names:
        raise ValueError(
            f"Found array with {rows_count} sample(s) and {len(names)} feature(s) (shape=({rows_count}, {len(names)})) while a "
            f"minimum of 1 is required by {type(estimator).__name__}."
        )
    if of_library == "pandas" and all(_is_plain_number(dtype) for dtype in x.dtypes):
        matrix = x.to_numpy(dtype=np.float32, na_value=np.nan) if _has_extensions(x) else x.to_numpy(dtype=np.float32)
        checked: Rows = check_array(matrix, dtype=np.float32, order="C", ensure_all_finite="allow-nan", input_name="X")
        return checked, names
    of = {"pandas": _of_pandas, "polars": _of_polars, "pyarrow": _of_pyarrow}[of_library]
    columns = of(x, names)
    for name, kind, cells, _ in columns:
        if kind == "number" and np.isinf(cells).any():
            raise ValueError(f"Input X contains infinity in column '{name}': expected finite numbers, or NaN for a missing value")
    if all(kind == "number" for _, kind, _, _ in columns):
        matrix = np.column_stack([cells for _, _, cells, _ in columns])
        numbers: Rows = check_array(matrix, dtype=np.float32, order="C", ensure_all_finite="allow-nan", input_name="X")
        return numbers, names
    return columns, names


def near(matrix: Any) -> Any:
    """The places of columns whose numbers are so near each other, for their size, that 32 bits may not tell them apart."""
    low, high = (np.asarray(reduce(matrix, axis=0), dtype=np.float64) for reduce in (np.fmin.reduce, np.fmax.reduce))
    size = np.maximum(np.abs(low), np.abs(high))
    # As the core looks at them, which decides; a small number in all rows is no such column.
    return np.flatnonzero((high - low < size / 4096) & ((low < high) | (size >= 2**20)))


def in_64_bits(x: Any, names: list[str]) -> list[Column]:
    """Rows of numbers as columns under these names, none of them rounded."""
    of = library(x)
    if of is None:
        matrix = np.asarray(x, dtype=np.float64)
        return [(name, "number", np.ascontiguousarray(matrix[:, place]), None) for place, name in enumerate(names)]
    read = {"pandas": _of_pandas, "polars": _of_polars, "pyarrow": _of_pyarrow}[of]
    columns = read(x, [str(name) for name in (x.column_names if of == "pyarrow" else x.columns)])
    return [(name, *column[1:]) for name, column in zip(names, columns, strict=True)]


def take(rows: Rows, places: Any) -> Rows:
    """The rows at these places."""
    if not isinstance(rows, list):
        taken: Rows = rows[places]
        return taken
    texts = {"words"}
    return [
        (name, kind, [cells[place] for place in places] if kind in texts else cells[places], words)
        for name, kind, cells, words in rows
    ]


def labelled_rows(x: Any, y: Any, labelled: Any) -> tuple[Any, Any]:
    """The rows with a label and their labels, for scorers, which count a row without one as wrong, or refuse it."""
    places = np.flatnonzero(labelled)
    rows = x.take(places) if library(x) == "pyarrow" else _safe_indexing(x, places)
    labels = y[places]
    # Words among gaps were objects for the sake of the gaps.
    return rows, np.array(labels.tolist()) if labels.dtype.kind == "O" else labels


def concatenate(first: Rows, second: Rows, names: list[str] | None) -> Rows:
    """Rows of the same columns under each other."""
    if not isinstance(first, list) and not isinstance(second, list):
        return np.concatenate([first, second])
    columns: list[Column] = []
    for (name, kind, before, words), (_, other, after, _) in zip(
        as_columns(first, names), as_columns(second, names), strict=True
    ):
        # A part without any value holds no kind of its own.
        if kind != other and _is_blank(after):
            after, other = _blanks(kind, len(after)), kind
        elif kind != other and _is_blank(before):
            before, kind = _blanks(other, len(before)), other
        if kind == other and kind != "words":
            columns.append((name, kind, np.concatenate([before, after]), words))
        else:
            columns.append((name, "words", [*_texts(before), *_texts(after)], words))
    return columns


def _is_blank(cells: Any) -> bool:
    return not any(cells) if isinstance(cells, list) else bool(np.isnan(cells).all())


def _blanks(kind: str, count: int) -> Any:
    return [""] * count if kind == "words" else np.full(count, np.nan)


def as_columns(rows: Rows, names: list[str] | None) -> list[Column]:
    """A matrix as columns of numbers; columns as they are."""
    if isinstance(rows, list):
        return rows
    named = names or array_names(rows.shape[1])
    return [(name, "number", rows[:, place].astype(np.float64), None) for place, name in enumerate(named)]


def _texts(cells: Any) -> list[str]:
    if isinstance(cells, list):
        return cells
    return ["" if np.isnan(cell) else word_of(float(cell)) for cell in cells]


def _check_names(estimator: BaseEstimator, names: list[str], *, reset: bool) -> None:
    if reset:
        estimator.feature_names_in_ = np.array(names, dtype=object)
        estimator.n_features_in_ = len(names)
        return
    fitted = list(getattr(estimator, "feature_names_in_", names))
    if names != fitted:
        lacking = [name for name in fitted if name not in names]
        more = f": lacking {', '.join(lacking)}" if lacking else " and their order"
        raise ValueError(f"The feature names should match those that were passed during fit{more}.")


def _is_plain_number(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") in "iuf" and not is_category(dtype)


def is_category(dtype: Any) -> bool:
    """Whether a type of pandas says which words there are."""
    return hasattr(dtype, "categories")


def _has_extensions(x: Any) -> bool:
    return any(not isinstance(dtype, np.dtype) for dtype in x.dtypes)


def _of_pandas(x: Any, names: list[str]) -> list[Column]:
    columns: list[Column] = []
    for place, name in enumerate(names):
        series = x.iloc[:, place]
        dtype = series.dtype
        kind = getattr(dtype, "kind", "O")
        gaps = series.isna().to_numpy()
        if is_category(dtype):
            words = [word_of(word) for word in dtype.categories]
            codes = series.cat.codes.to_numpy()
            columns.append((name, "words", [words[code] if code >= 0 else "" for code in codes], words))
        elif kind == "b":
            columns.append((name, "boolean", series.to_numpy(dtype=np.float64, na_value=np.nan), None))
        elif kind in "iuf":
            columns.append((name, "number", series.to_numpy(dtype=np.float64, na_value=np.nan), None))
        elif kind == "M":
            # Of a time zone, the time in UTC, as every library stores it.
            zoned = getattr(dtype, "tz", None) is not None or "tz=" in str(dtype)
            naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else series
            columns.append((name, "date", _days(naive.to_numpy(dtype="datetime64[us]")), None))
        elif kind == "m":
            days = series.to_numpy(dtype="timedelta64[us]") / DAY
            columns.append((name, "number", days, None))
        else:
            columns.append(_of_objects(name, series.to_numpy(dtype=object), gaps))
    return columns


def _of_objects(name: str, cells: Any, gaps: Any) -> Column:
    """Words as they are; truth values as such; numbers as the text that a file would have of them."""
    present = cells[~gaps]
    if len(present) and all(isinstance(cell, (bool, np.bool_)) for cell in present):
        values = np.array([np.nan if gap else float(cell) for cell, gap in zip(cells, gaps, strict=True)])
        return name, "boolean", values, None
    if len(present) and all(isinstance(cell, (int, float, np.integer, np.floating)) for cell in present):
        values = np.array([np.nan if gap else float(cell) for cell, gap in zip(cells, gaps, strict=True)])
        return name, "number", values, None
    for cell in present:
        if isinstance(cell, (list, tuple, dict, set, np.ndarray, complex)):
            raise TypeError(
                f"column '{name}' holds a {type(cell).__name__}: argument must be a string or a number in each cell"
            )
    return name, "words", ["" if gap else word_of(cell) for cell, gap in zip(cells, gaps, strict=True)], None


def _of_polars(x: Any, names: list[str]) -> list[Column]:
    import polars

    columns: list[Column] = []
    for name, series in zip(names, x.get_columns(), strict=True):
        dtype = series.dtype
        if dtype == polars.Boolean:
            columns.append((name, "boolean", series.cast(polars.Float64).fill_null(np.nan).to_numpy(), None))
        elif dtype.is_numeric():
            columns.append((name, "number", series.cast(polars.Float64).fill_null(np.nan).to_numpy(), None))
        elif dtype in (polars.Date, polars.Datetime):
            stamps = series.cast(polars.Datetime("us")).to_numpy()
            columns.append((name, "date", _days(stamps), None))
        elif isinstance(dtype, polars.Duration):
            columns.append((name, "number", series.cast(polars.Duration("us")).to_numpy() / DAY, None))
        elif dtype in (polars.Categorical, polars.Enum):
            own: Any = dtype.categories if dtype == polars.Enum else series.cast(polars.String).unique(maintain_order=True)
            words = [word for word in own.to_list() if word is not None]
            columns.append((name, "words", [cell or "" for cell in series.cast(polars.String).to_list()], words))
        else:
            cells = np.array([*series.to_list(), None], dtype=object)[:-1]
            columns.append(_of_objects(name, cells, series.is_null().to_numpy()))
    return columns


def _of_pyarrow(x: Any, names: list[str]) -> list[Column]:
    import pyarrow
    from pyarrow import compute, types

    columns: list[Column] = []
    for name, column in zip(names, x.columns, strict=True):
        kind = column.type
        words = None
        if types.is_dictionary(kind):
            words = [word_of(word) for word in column.combine_chunks().dictionary.to_pylist()]
            column = column.cast(kind.value_type)
        if words is None and (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)):
            numbers = compute.fill_null(column.cast(pyarrow.float64(), safe=False), np.nan)
            columns.append((name, "number", numbers.to_numpy(), None))
        elif types.is_boolean(kind):
            truths = [np.nan if cell is None else float(cell) for cell in column.to_pylist()]
            columns.append((name, "boolean", np.array(truths), None))
        elif types.is_date(kind) or types.is_timestamp(kind):
            stamps = column.cast(pyarrow.timestamp("us"), safe=False).to_numpy().astype("datetime64[us]")
            columns.append((name, "date", _days(stamps), None))
        elif types.is_duration(kind):
            columns.append((name, "number", column.cast(pyarrow.duration("us")).to_numpy() / DAY, None))
        elif words is not None:
            columns.append((name, "words", ["" if cell is None else word_of(cell) for cell in column.to_pylist()], words))
        else:
            cells = np.array([*column.to_pylist(), None], dtype=object)[:-1]
            columns.append(_of_objects(name, cells, np.array([cell is None for cell in cells])))
    return columns


def _days(stamps: Any) -> Any:
    """Days since 1970, the time of day as a fraction; NaN where there is no date."""
    return np.where(np.isnat(stamps), np.nan, (stamps - EPOCH) / DAY)


def word_of(cell: Any) -> str:
    """A cell as a file would have it."""
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell)
