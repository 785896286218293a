"""Tests of the package: ``pytest --pyargs laddernet``."""
