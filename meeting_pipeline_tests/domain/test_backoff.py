"""Exponential back-off."""

import pytest

from meeting_pipeline.domain.backoff import backoff_s


def test_waits_double_up_to_the_longest() -> None:
    assert [backoff_s(failures, 60.0, 3600.0) for failures in range(8)] == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_trouble_without_end_does_not_overflow() -> None:
    assert backoff_s(10**6, 0.05, 1.0) == 1.0


def test_the_longest_wins_over_a_first_that_is_longer() -> None:
    assert backoff_s(0, 60.0, 30.0) == 30.0


def test_jitter_spreads_waits_around_the_same_middle() -> None:
    waits = [backoff_s(3, 1.0, 100.0, jitter=0.3) for _ in range(1000)]
    assert 8 * 0.7 <= min(waits) < 7.0 < 9.0 < max(waits) <= 8 * 1.3


def test_failures_are_counted_from_zero() -> None:
    with pytest.raises(ValueError, match="counted from 0"):
        backoff_s(-1, 1.0, 2.0)
