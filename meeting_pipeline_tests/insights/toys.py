"""Adds the toy insight as its file would: makes the folder ``toy`` part of the package and repeats the discovery."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meeting_pipeline import insights
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import SPECS, discovered, register, unregister


@contextmanager
def toy_insight() -> Iterator[Insight]:
    """Keep the toy insight in the package and registered within this context."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(insights, "__path__", [*insights.__path__, str(Path(__file__).parent / "toy")])
        [spec] = [spec for spec in discovered() if spec.insight not in SPECS]
        register(spec)
        yield spec.insight
        unregister(spec.insight)
        sys.modules.pop("meeting_pipeline.insights.risks")
