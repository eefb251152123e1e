"""The day of a meeting, in the time zone where it took place: one rule, however it was submitted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from meeting_pipeline.domain.meeting_day import day_of_meeting, known_zone

ARRIVED = datetime(2026, 11, 26, 12, tzinfo=UTC)
SYDNEY, BERLIN, LOS_ANGELES = (known_zone(n) for n in ("Australia/Sydney", "Europe/Berlin", "America/Los_Angeles"))


def day(
    name: str = "standup.wav", *moments: datetime | None, zone: object = BERLIN, arrived: datetime = ARRIVED
) -> str:
    found = day_of_meeting(name=name, moments=moments, arrived=arrived, zone=zone)  # type: ignore[arg-type]  # a zone
    return found.isoformat()


@pytest.mark.parametrize(
    ("name", "zone", "expected"),
    [
        ("GMT20261103-140000_Recording.m4a", BERLIN, "2026-11-03"),
        ("GMT20261103-140000_Recording_1920x1080.mp4", SYDNEY, "2026-11-04"),
        ("GMT20261103-030000_Recording.m4a", LOS_ANGELES, "2026-11-02"),
        ("weekly 2026-11-03T23:30:00Z.wav", BERLIN, "2026-11-04"),
        ("Meeting-20261103_233000-Meeting Recording.mp4", SYDNEY, "2026-11-03"),
        ("2026-11-03 14.00.00 Weekly.m4a", LOS_ANGELES, "2026-11-03"),
        ("weekly_2026_11_03.wav", BERLIN, "2026-11-03"),
        ("Weekly (2026-11-03 at 23:10 GMT-8).txt", BERLIN, "2026-11-03"),
        ("20261103233000.wav", SYDNEY, "2026-11-03"),
        ("20261103T233000Z.wav", BERLIN, "2026-11-04"),
        ("2026-11-03 and again 20261103.wav", BERLIN, "2026-11-03"),
    ],
)  # fmt: skip
def test_a_date_in_the_name_counts_before_every_moment(name: str, zone: object, expected: str) -> None:
    assert day(name, datetime(2026, 1, 1, tzinfo=UTC), zone=zone) == expected


@pytest.mark.parametrize(
    "name",
    ["20261340.wav", "2026-02-30.wav", "120261103.wav", "202611031.wav", "2026-1103.wav", "from 2026-11-03 to 2026-11-05.wav",
     "plan for 2027-01-01.wav", "GMT20261103-250000_Recording.m4a", "room 2026.wav"],
)  # fmt: skip
def test_digits_that_are_no_one_past_day_are_not_a_date(name: str) -> None:
    assert day(name, datetime(2026, 5, 1, 12, tzinfo=UTC)) == "2026-05-01"


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        (datetime(2026, 11, 19, 22, 30, tzinfo=UTC), SYDNEY, "2026-11-20"),
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), BERLIN, "2026-03-28"),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), BERLIN, "2026-03-29"),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), BERLIN, "2026-03-29"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), BERLIN, "2026-03-30"),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), BERLIN, "2026-10-25"),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), BERLIN, "2026-10-25"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), BERLIN, "2026-10-26"),
        (datetime(2026, 10, 25, 23, 30), BERLIN, "2026-10-25"),  # noqa: DTZ001 - a local moment
    ],
)  # fmt: skip
def test_a_moment_is_a_day_of_the_zone_also_when_clocks_change(moment: datetime, zone: object, expected: str) -> None:
    assert day("standup.wav", moment, zone=zone) == expected


def test_what_is_believed_first_comes_first() -> None:
    recorded, modified = datetime(2026, 5, 1, 12, tzinfo=UTC), datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert day("a.wav", recorded, modified) == "2026-05-01"
    assert day("a.wav", None, modified) == "2026-06-01"
    assert day("a.wav", None, None, zone=SYDNEY, arrived=datetime(2026, 11, 26, 14, tzinfo=UTC)) == "2026-11-27"


@pytest.mark.parametrize(
    "moment",
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(1904, 1, 1, tzinfo=UTC), datetime(1980, 1, 1, tzinfo=UTC),
     ARRIVED + timedelta(days=3), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)],
)  # fmt: skip
def test_a_moment_that_no_set_clock_shows_is_not_believed(moment: datetime) -> None:
    assert day("a.wav", moment, zone=LOS_ANGELES) == "2026-11-26"
    assert day("a.wav", moment, zone=SYDNEY) == "2026-11-26"


@pytest.mark.parametrize(
    "name", ["Europe", "Mars/Base", "../UTC", "/etc/localtime", "", "CET-1CEST", "x" * 100, "a\x00b", "ü"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        known_zone(name)


def test_without_a_named_zone_the_machines_clock_counts() -> None:
    local = datetime(2026, 5, 1, 12).astimezone()
    assert day("a.wav", local, zone=None) == date(2026, 5, 1).isoformat()
