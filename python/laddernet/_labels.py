"""Labels, some of which are missing: which entries of ``y`` say "no label", and what number each class has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from laddernet import _core
from laddernet._warnings import warn

AUTO = "auto"
NO_LABEL = -1


def column(y: Any, name: str, *, warn: bool = True) -> NDArray[Any]:
    """``y`` as a one-dimensional array, in which a missing entry of whatever kind is ``None`` or ``NaN``."""
    if y is None:
        raise ValueError(f"This {name} estimator requires y to be passed, but the target y is None.")
    if hasattr(y, "to_pylist"):
        y = np.array([*y.to_pylist(), None], dtype=object)[:-1]
    elif type(y).__module__.startswith("polars") and hasattr(y, "to_list"):
        y = np.array([*y.to_list(), None], dtype=object)[:-1]
    elif hasattr(y, "to_numpy") and not hasattr(y, "columns"):
        # Whole numbers with gaps stay such.
        plain = isinstance(getattr(y, "dtype", None), np.dtype)
        y = y.to_numpy() if plain else y.to_numpy(dtype=object, na_value=None)
    elif isinstance(y, np.ma.MaskedArray):
        y = np.array([*y.tolist(), None], dtype=object)[:-1]
    if not isinstance(y, np.ndarray):
        as_given = np.asarray(y)
        # A list of words and None would become words alone; one of numbers and None an array of objects.
        mixed = as_given.dtype.kind in "US" and any(not isinstance(item, str) for item in np.ravel(np.array(y, dtype=object)))
        y = np.array(y, dtype=object) if mixed else as_given
    if y.dtype.kind == "c":
        raise ValueError("Complex data not supported\nlabels: found complex numbers, expected classes")
    if y.dtype.kind in "mM":
        raise TypeError("Unknown label type: y holds dates or durations: expected numbers or words; call .astype(str) first")
    labels: NDArray[Any] = column_or_1d(y, warn=warn)
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        raise ValueError("Input y contains infinity or a value too large for dtype('float64').")
    return labels


def column_name(y: Any) -> str | None:
    """What the labels are called, where they are a series with a name."""
    name = getattr(y, "name", None)
    return None if name is None else str(name)


def missing(y: NDArray[Any]) -> NDArray[np.bool_]:
    """Where an entry is ``None``, ``NaN``, ``NA``, ``NaT`` or an empty text."""
    if y.dtype.kind == "f":
        return np.asarray(np.isnan(y), dtype=bool)
    if y.dtype.kind in "US":
        return np.asarray(y == "", dtype=bool)
    if y.dtype.kind != "O":
        return np.zeros(len(y), dtype=bool)

    def is_missing(item: Any) -> bool:
        if item is None or (isinstance(item, str) and item == ""):
            return True
        if isinstance(item, (float, np.floating)):
            return bool(np.isnan(item))
        # pandas.NA and NaT, without pandas.
        return type(item).__name__ in ("NAType", "NaTType")

    return np.fromiter((is_missing(item) for item in y), dtype=bool, count=len(y))


def is_minus_one(y: NDArray[Any]) -> NDArray[np.bool_]:
    """Where an entry is the number -1."""
    if y.dtype.kind in "if":
        return np.asarray(y == -1, dtype=bool)
    if y.dtype.kind != "O":
        return np.zeros(len(y), dtype=bool)
    number = (int, float, np.integer, np.floating)
    each = (isinstance(item, number) and not isinstance(item, bool) and item == -1 for item in y)
    return np.fromiter(each, dtype=bool, count=len(y))


def unlabelled(y: NDArray[Any], mark: Any, classes: NDArray[Any] | None = None) -> NDArray[np.bool_]:
    """Where an entry says "no label".

    With ``mark="auto"`` a missing entry does, and -1 where all other labels are whole numbers from 0 on; where ``classes``
    are known, -1 is one of them or says that there is none. With any other ``mark`` that entry alone does, and missing ones.
    """
    gaps = missing(y)
    if isinstance(mark, (list, tuple, set, dict, np.ndarray)):
        raise ValueError(f"unlabeled is {mark!r}: expected 'auto', None, or one value that says 'no label'")
    if not (isinstance(mark, str) and mark == AUTO):
        if mark is None or (isinstance(mark, (float, np.floating)) and np.isnan(mark)):
            return gaps
        marked = np.fromiter((bool(item == mark) for item in y), dtype=bool, count=len(y))
        return np.asarray(gaps | marked)
    minus = is_minus_one(y) & ~gaps
    if not minus.any():
        return gaps
    if classes is not None:
        known = is_minus_one(np.asarray(classes)).any()
        return gaps if known else gaps | minus
    rest = y[~gaps & ~minus]
    if not all(_is_class_number(item) for item in _unique(rest)):
        return gaps
    if len(_unique(rest)) == 1:
        warn(
            "y holds -1 and one other class: -1 is taken for a class, not for rows without a label. Say "
            "unlabeled=None if that is meant, or unlabeled=-1 where -1 stands for no label.",
            DataConversionWarning,
        )
        return gaps
    return gaps | minus


def _is_class_number(item: Any) -> bool:
    return isinstance(item, (int, float, np.integer, np.floating)) and bool(item >= 0) and float(item).is_integer()


def _unique(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind != "O":
        return np.unique(values)
    try:
        return np.array(sorted(set(values)), dtype=object)
    except TypeError as e:
        kinds = sorted({type(item).__name__ for item in values})
        raise TypeError(
            f"Labels in y should be of one kind, found {', '.join(kinds)}: expected numbers alone, or each argument a "
            "string. Where a number among words says 'no label', name it, as unlabeled=-1"
        ) from e


def encode(y: NDArray[Any], mark: Any) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The place of each entry among the classes, -1 for "no label"; and the classes in their order."""
    none = unlabelled(y, mark)
    given = y[~none]
    if len(given) == 0:
        raise ValueError(f"y has no label in any of {len(y)} rows: expected some rows of each class with one")
    if given.dtype.kind == "O":
        classes = _unique(given)
        kinds = {type(item) for item in classes}
        if kinds <= {str}:
            given = given.astype(str)
        elif all(issubclass(kind, (bool, np.bool_)) for kind in kinds):
            given = given.astype(bool)
        elif all(issubclass(kind, (int, np.integer)) for kind in kinds):
            given = given.astype(np.int64)
        elif all(issubclass(kind, (int, float, np.integer, np.floating)) for kind in kinds):
            given = given.astype(np.float64)
    check_classification_targets(given)
    classes, places = np.unique(given, return_inverse=True)
    if y.dtype.kind == "O" and classes.dtype.kind in "US":
        classes = classes.astype(object)
    labels = np.full(len(y), NO_LABEL, dtype=np.int64)
    labels[~none] = places
    return labels, classes


def check_words(y: NDArray[Any], classes: NDArray[Any], mark: Any) -> None:
    """Warn of words that are classes here, though they read as if there were no label."""
    if not (isinstance(mark, str) and mark == AUTO):
        return
    # ``astype(str)`` makes such of ``None``.
    doubtful = [word for word in classes.tolist() if isinstance(word, str) and (_core.says_none(word) or word == "None")]
    for word in doubtful:
        rows = int(np.sum(y == word))
        warn(
            f"y holds {word!r} in {rows} rows: taken for a class, as any word is, though it reads like 'no label', as which a file's would be "
            f"taken. Say unlabeled={word!r} if it means that, or unlabeled=None if it is a class.",
            DataConversionWarning,
        )


def places(y: NDArray[Any], classes: NDArray[Any], mark: Any) -> NDArray[np.int64]:
    """The place of each entry among these classes, -1 for "no label"."""
    none = unlabelled(y, mark, classes)
    place = {label: i for i, label in enumerate(classes.tolist())}
    labels = np.full(len(y), NO_LABEL, dtype=np.int64)
    for row in np.flatnonzero(~none):
        label = y[row].item() if isinstance(y[row], np.generic) else y[row]
        if label not in place:
            raise ValueError(f"y has the label {label!r}: expected one of the classes {list(classes)}, or no label")
        labels[row] = place[label]
    return labels


def known(y: NDArray[Any], classes: NDArray[Any], mark: Any) -> NDArray[np.bool_]:
    """Where an entry is a label, whatever class that may be."""
    return ~unlabelled(y, mark, classes)


def name_of(label: Any) -> str:
    """What a class is called in a model file: a whole number without a point."""
    if isinstance(label, (float, np.floating)) and float(label).is_integer():
        return str(int(label))
    return str(label)


def kind_of(classes: NDArray[Any]) -> str:
    """What a model file says of the kind of labels, where their names do not."""
    return {"b": "truth", "i": "whole", "u": "whole", "f": "number"}.get(classes.dtype.kind, "text")


def from_names(names: list[str], kind: str | None) -> NDArray[Any]:
    """The classes of a model file, as the labels were; numbers where it does not say, and all names are written as such."""
    if kind == "truth":
        return np.array([name in ("True", "true") for name in names])
    readers: dict[str | None, list[type[int] | type[float]]] = {"whole": [int], "number": [float], "text": []}
    for read in readers.get(kind, [int, float]):
        try:
            numbers = [read(text) for text in names]
        except ValueError:
            continue
        if kind is not None or [name_of(number) for number in numbers] == names:
            return np.array(numbers)
    return np.array(names, dtype=object)
