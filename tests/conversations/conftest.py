"""Examples run before properties: one that fails says more, and sooner, which the mutants need most."""

import pytest
from hypothesis import is_hypothesis_test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that try a hundred made-up inputs last."""
    items.sort(key=lambda item: is_hypothesis_test(getattr(item, "function", None)))
