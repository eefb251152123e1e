"""The time of the recording according to its file."""

import pytest

from meeting_pipeline.media.recorded_at import recorded_at

APPLE = "com.apple.quicktime.creationdate"


@pytest.mark.parametrize(
    ("tags", "moment"),
    [
        ({"creation_time": "2026-11-19T22:30:00.000000Z"}, "2026-11-19T22:30:00+00:00"),
        ({"CREATION_TIME": "2026-11-19T22:30:00Z"}, "2026-11-19T22:30:00+00:00"),
        (
            {APPLE: "2026-11-20T09:30:00+1100", "creation_time": "2026-11-19T22:30:01Z"},
            "2026-11-20T09:30:00+11:00",
        ),
        ({APPLE: "nonsense", "creation_time": "2026-11-19T22:30:00Z"}, "2026-11-19T22:30:00+00:00"),
        ({"creation_time": "2026-11-19T22:30:00"}, None),
        ({"date": "2026-11-19"}, None),
        ({}, None),
    ],
)
def test_a_moment_is_taken_from_the_tags_that_say_one(tags: dict[str, str], moment: str | None) -> None:
    assert recorded_at(tags) == moment
