"""The time zone of a meeting; a file gets the same day, however it is submitted."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.intake.arrival import Arrival, dated_meeting
from meeting_pipeline.steps.intake.time_zone import machine_zone_name, meeting_zone
from meeting_pipeline_tests.installations import OpenWith, take_all

SYDNEY = "Australia/Sydney"
AT = datetime(2026, 11, 19, 22, 30, tzinfo=UTC)
"""2026-11-20, 9:30 a.m. in Sydney."""


@pytest.mark.parametrize(
    ("value", "name"),
    [(SYDNEY, SYDNEY), (f":{SYDNEY}", SYDNEY), (f"/usr/share/zoneinfo/{SYDNEY}", SYDNEY), ("", "UTC"), ("UTC", "UTC"),
     ("AEST-10AEDT", None), ("nonsense", None), ("Europe", None)],
)  # fmt: skip
def test_the_machines_zone_is_what_tz_says(monkeypatch: pytest.MonkeyPatch, value: str, name: str | None) -> None:
    monkeypatch.setenv("TZ", value)
    assert machine_zone_name() == name


def test_a_zone_without_a_name_counts_by_the_machines_clock() -> None:
    words = (
        "from datetime import datetime, UTC; from meeting_pipeline.domain.meeting_day import day_of_meeting;"
        "at = datetime(2026, 11, 19, 22, 30, tzinfo=UTC); print(day_of_meeting(name='a', moments=[at],"
        "arrived=at, zone=None))"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], env={**os.environ, "TZ": "AEST-10"}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "2026-11-20\n"


def test_the_submitters_zone_counts_before_the_setting_and_that_before_the_machines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    settings = load_settings({"MEETING_PIPELINE_TIMEZONE": "Europe/Berlin"})
    assert meeting_zone(settings, SidecarOptions(timezone=SYDNEY)).name == SYDNEY
    assert meeting_zone(settings, SidecarOptions()).name == "Europe/Berlin"
    assert meeting_zone(load_settings({}), SidecarOptions()).name == "America/Lima"


def test_a_dropped_file_is_dated_and_keyed_by_the_local_day_and_the_zone_is_stored(open_with: OpenWith) -> None:
    from meeting_pipeline_tests.installations import drop
    from meeting_pipeline_tests.scenario.media import wav

    installation = open_with(MEETING_PIPELINE_TIMEZONE=SYDNEY)
    path = drop(installation, "standup.wav", wav("sydney", 1.0))
    os.utime(path, (AT.timestamp(), AT.timestamp()))
    (taken,) = take_all(installation).taken
    row = installation.store.recordings.get(taken.accepted.key)
    assert (row.meeting_date, row.timezone) == (date(2026, 11, 20), SYDNEY)
    assert row.key.startswith("2026-11-20-")


def test_an_upload_with_the_moment_of_its_file_has_the_day_of_the_drop_folder(installation: Installation) -> None:
    uploaded = Arrival("standup.wav", None, SidecarOptions(timezone=SYDNEY, file_modified_at=AT), "api")
    dropped = Arrival("standup.wav", AT, SidecarOptions(timezone=SYDNEY), "drop_folder")
    assert dated_meeting(installation, uploaded, None) == dated_meeting(installation, dropped, None)
    assert dated_meeting(installation, dropped, None).day == date(2026, 11, 20)
    given = Arrival("2026-01-01.wav", AT, SidecarOptions(date=date(2025, 5, 5)), "api")
    assert dated_meeting(installation, given, AT).day == date(2025, 5, 5)
