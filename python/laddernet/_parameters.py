"""Parameters of estimators as settings of the core, with a message that names the parameter where it is none."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import joblib
import numpy as np


def plain(value: Any) -> Any:
    """A setting without types of NumPy."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def seed_of(random_state: Any) -> int:
    """A seed of the core; without one, 1, so that two fits give the same bits.

    A ``RandomState`` or ``Generator`` is drawn from, as scikit-learn does.
    """
    if random_state is None:
        return 1
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(np.iinfo(np.int32).max))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(np.iinfo(np.int32).max))
    if isinstance(random_state, Integral) and int(random_state) >= 0:
        return int(random_state)
    raise ValueError(f"{random_state!r} cannot be used to seed: expected a whole number from 0 on, RandomState, Generator or None")


def threads_of(n_jobs: Any) -> int:
    """How many threads compute; without a number, one for each core that is left by others. The bits do not depend on it."""
    if n_jobs is not None and not isinstance(n_jobs, Integral):
        raise ValueError(f"n_jobs is {n_jobs!r}: expected a whole number or None")
    return max(1, int(joblib.effective_n_jobs(-1 if n_jobs is None else int(n_jobs))))


def sizes_of(sizes: Any) -> list[int] | None:
    if sizes is None:
        return None
    several = isinstance(sizes, Iterable) and not isinstance(sizes, str)
    return [whole_of("hidden_layer_sizes", size) for size in (sizes if several else [sizes])]


def floats_of(name: str, values: Any) -> list[float] | None:
    if values is not None and (not isinstance(values, Iterable) or isinstance(values, str)):
        raise TypeError(f"{name} is {values!r}: expected a sequence of numbers")
    return None if values is None else [number_of(name, value) for value in values]


def float_of(name: str, value: Any) -> float | None:
    return None if value is None else number_of(name, value)


def int_of(name: str, value: Any) -> int | None:
    return None if value is None else whole_of(name, value)


def number_of(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {value!r}: expected a number")
    return float(value)


def whole_of(name: str, value: Any) -> int:
    number = number_of(name, value)
    if not number.is_integer():
        raise ValueError(f"{name} is {value!r}: expected a whole number")
    return int(number)
