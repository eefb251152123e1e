"""Reading ``Retry-After``."""

from datetime import UTC, datetime

import pytest

from meeting_pipeline.domain.retry_after import parse_retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("999999999999", 1000.0),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120.0),
        ("Sun, 01 Mar 2026 13:02:00 +0100", 120.0),
        ("Sun, 01 Mar 2026 12:02:00 -0000", 120.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
    ],
)
def test_seconds_and_dates_are_read_and_limited(value: str, seconds: float) -> None:
    assert parse_retry_after(value, now=NOW, longest_s=1000.0) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "nan",
        "inf",
        "-1",
        "1e5",
        "9" * 400,
        "٣",
        "soon",
        "Sun, 99 Mar 2026 12:02:00 GMT",
        "1" * 12 + ":" * 9999,
    ],
)
def test_anything_else_is_ignored(value: str | None) -> None:
    assert parse_retry_after(value, now=NOW, longest_s=1000.0) is None
