"""Details from a submitter are either understood as meant or rejected."""

import datetime as dt

import pytest
from pydantic import ValidationError

from meeting_pipeline.domain.sidecar_options import SidecarOptions


@pytest.mark.parametrize("given", [True, False, 2.5, "true", "two", "", 0, 31, -1, [2]])
def test_what_is_no_number_of_people_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        SidecarOptions.model_validate({"speakers_expected": given})


@pytest.mark.parametrize("given", [3, "3", 3.0])
def test_a_number_of_people_comes_as_a_number_or_from_a_form(given: object) -> None:
    assert SidecarOptions.model_validate({"speakers_expected": given}).speakers_expected == 3


@pytest.mark.parametrize("given", [0, 86_400, 1_700_000_000.0, "0", "-86400", True])
def test_seconds_since_1970_are_no_day(given: object) -> None:
    with pytest.raises(ValidationError):
        SidecarOptions.model_validate({"date": given})


def test_a_day_is_written_out() -> None:
    assert SidecarOptions.model_validate({"date": "2026-11-20"}).date == dt.date(2026, 11, 20)
