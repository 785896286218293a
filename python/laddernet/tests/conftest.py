"""What the tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits


@pytest.fixture(scope="session")
def digits() -> tuple[Any, Any]:
    """Rows of 64 values and their classes."""
    X, y = load_digits(return_X_y=True)
    return X.astype(np.float32), y


@pytest.fixture
def few() -> Callable[[Any, int], Any]:
    """Labels of which so many a class are left, the others -1."""

    def hide(y: Any, a_class: int) -> Any:
        hidden = np.full(len(y), -1)
        for label in np.unique(y):
            rows = np.flatnonzero(y == label)[:a_class]
            hidden[rows] = label
        return hidden

    return hide
