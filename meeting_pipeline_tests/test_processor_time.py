"""The measures of cost tell linear work from quadratic, and long work from short."""

from collections.abc import Callable

import pytest

from meeting_pipeline_tests.processor_time import assert_linear, assert_within


def adding(count: int) -> Callable[[], object]:
    return lambda: sum(range(count))


def test_linear_work_passes() -> None:
    assert_linear(lambda size: adding(size * 1_000), small=500)


def test_quadratic_work_fails() -> None:
    with pytest.raises(AssertionError, match="for 1600"):
        assert_linear(lambda size: adding(size**2 * 40), small=200)


def test_short_work_passes_and_long_work_fails() -> None:
    assert_within(1.0, adding(100_000))
    with pytest.raises(AssertionError, match="slower than a quiet one"):
        assert_within(0.01, adding(20_000_000))
