"""Warnings that point at the line of whoever called the package."""

from __future__ import annotations

import os
import sys
import warnings

PACKAGE = os.path.dirname(__file__)


def warn(message: str, category: type[Warning]) -> None:
    """A warning that points at the line of whoever called the package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(PACKAGE + os.sep) and os.sep + "tests" + os.sep not in frame.f_code.co_filename
        or frame.f_code.co_filename.endswith("_callback_support.py")
    ):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
