"""When a failed delivery is retried."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.outcome import Outcome
from meeting_pipeline.webhooks.schedule import next_attempt

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILED = Outcome(False, 500, "webhook_http_error", "", None, False, 10, None, False)


def wait(attempt: int, outcome: Outcome = FAILED, dice: float = 0.5, time_scale: float = 1.0) -> float:
    at = next_attempt(attempt, outcome, now=NOW, random=lambda: dice, time_scale=time_scale)
    assert at is not None
    return (at - NOW).total_seconds()


def test_ten_attempts_span_75_hours_35_minutes_and_5_seconds() -> None:
    waits = [wait(attempt) for attempt in range(1, 10)]

    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert timedelta(seconds=sum(waits)) == timedelta(hours=75, minutes=35, seconds=5)


def test_after_the_tenth_attempt_the_delivery_is_a_dead_letter() -> None:
    assert next_attempt(10, FAILED, now=NOW, random=lambda: 0.5) is None


def test_what_cannot_be_helped_is_a_dead_letter_at_once() -> None:
    assert next_attempt(1, replace(FAILED, permanent=True), now=NOW, random=lambda: 0.5) is None


def test_waits_vary_by_a_fifth_either_way() -> None:
    assert wait(2, dice=0.0) == pytest.approx(240)
    assert wait(2, dice=1.0) == pytest.approx(360)


@pytest.mark.parametrize("status", [429, 502, 504])
def test_an_overloaded_receiver_rests_for_a_minute_at_least(status: int) -> None:
    assert wait(1, replace(FAILED, status=status), dice=0.0) == 60
    assert wait(1, replace(FAILED, status=status), dice=1.0) == 72
    assert wait(3, replace(FAILED, status=status)) == 1800


def test_a_receiver_that_timed_out_rests_for_a_minute_at_least() -> None:
    assert wait(1, replace(FAILED, status=None, error_code="webhook_timeout"), dice=0.0) == 60


def test_retry_after_only_lengthens_and_only_up_to_a_day() -> None:
    assert wait(1, replace(FAILED, status=503, retry_after_s=120.0)) == 120
    assert wait(2, replace(FAILED, status=503, retry_after_s=1.0)) == 300
    assert wait(1, replace(FAILED, status=503, retry_after_s=1e300)) == 86400


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -5.0])
def test_an_odd_retry_after_changes_nothing(odd: float) -> None:
    assert wait(2, replace(FAILED, retry_after_s=odd)) == 300


def test_the_time_scale_shortens_every_wait() -> None:
    assert wait(2, time_scale=0.001) == pytest.approx(0.3)
    assert wait(1, replace(FAILED, status=429), dice=0.0, time_scale=0.001) == pytest.approx(0.06)


@given(
    attempt=st.integers(1, 9),
    status=st.sampled_from([None, 301, 404, 429, 500, 502, 503, 504]),
    asked=st.none() | st.floats(allow_nan=True, allow_infinity=True),
    dice=st.floats(0, 1),
)
def test_no_answer_of_a_receiver_makes_a_wait_shorter_than_scheduled_or_longer_than_a_day_and_a_fifth(
    attempt: int, status: int | None, asked: float | None, dice: float
) -> None:
    waited = wait(attempt, replace(FAILED, status=status, retry_after_s=asked), dice)

    assert waited >= policies.WEBHOOK_SCHEDULE_SECONDS[attempt] * (1 - policies.WEBHOOK_JITTER) - 0.001
    assert waited <= 86400 * (1 + policies.WEBHOOK_JITTER) + 0.001


def test_misuse_is_an_error() -> None:
    with pytest.raises(ValueError, match="failed attempt"):
        next_attempt(0, FAILED, now=NOW, random=lambda: 0.5)
    with pytest.raises(ValueError, match="failed attempt"):
        next_attempt(1, replace(FAILED, delivered=True), now=NOW, random=lambda: 0.5)
    with pytest.raises(ValueError, match="failed attempt"):
        next_attempt(1, FAILED, now=datetime(2026, 1, 1), random=lambda: 0.5)  # noqa: DTZ001 - naive on purpose
