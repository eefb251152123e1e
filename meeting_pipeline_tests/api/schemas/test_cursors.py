"""Cursors: those that clients send back are validated."""

import base64
import json
from datetime import UTC, datetime

import pytest

from meeting_pipeline.api.schemas.cursors import LONGEST, read_cursor, write_cursor
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.store.recordings.queries import PagePosition

POSITION = PagePosition(datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC), "2026-03-02-weekly-0a1b2c3d")


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_cursor_comes_back_as_the_place_it_was_made_of() -> None:
    cursor = write_cursor(POSITION)
    assert read_cursor(cursor) == POSITION
    assert len(cursor) <= LONGEST
    assert cursor.isascii()
    assert not set(cursor) & set("+/=?&")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%%%",
        "é",
        encoded(None),
        encoded([]),
        encoded({"a": 1}),
        encoded(["2026-03-02", POSITION.key]),
        encoded(["2026-03-02T09:00:00", POSITION.key]),
        encoded(["then", POSITION.key]),
        encoded([1, POSITION.key]),
        encoded(["2026-03-02T09:00:00+00:00", "\x00"]),
        encoded(["2026-03-02T09:00:00+00:00", 7]),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 290).decode(),
    ],
)
def test_what_was_not_made_here_is_refused(cursor: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_cursor(cursor)
    assert (caught.value.status, caught.value.code) == (400, "bad_cursor")
