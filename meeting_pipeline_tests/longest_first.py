"""The modules that take longest come first, where whole modules are handed to workers: one that began last would run alone.

Must not go here: the order of scenarios (``scenario/groups.py``), which tests are costly (``costly.py``).
"""

from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
FIRST: Final = (
    "steps/transcription/test_parts_memory.py",
    "patterns/test_patterns.py",
    "defs/ops/test_erasing.py",
    "store/test_upgrading.py",
)
"""Each takes half a minute of a processor or more (``--measure-cpu`` tells)."""


@pytest.hookimpl(trylast=True)  # after what is not run was left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests of these modules to the front. All workers do the same."""
    ranks = {HERE / name: rank for rank, name in enumerate(FIRST)}
    items.sort(key=lambda item: ranks.get(item.path, len(FIRST)))
