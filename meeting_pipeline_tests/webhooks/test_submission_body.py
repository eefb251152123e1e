"""The body of one submission: made from the event's, the same at every attempt."""

import json
from typing import Any

import pytest

from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.webhooks.payload import build_payload
from meeting_pipeline.webhooks.submission_body import body_for_submission
from meeting_pipeline_tests.webhooks.test_payload import RECORD, URL, EventHeader

BODY = build_payload(RECORD, EventHeader(), URL, api_url="https://meetings.example.org")


def _form(thin: bool) -> str:
    return "thin" if thin else "full"


def own(*, thin: bool = False, reference: str | None = None, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    made = body_for_submission(BODY, form=_form(thin), reference=reference, metadata=metadata)
    assert made == body_for_submission(BODY, form=_form(thin), reference=reference, metadata=metadata)
    told: dict[str, Any] = json.loads(made)
    return told


def test_who_asks_for_nothing_gets_the_body_of_the_event_byte_for_byte() -> None:
    assert body_for_submission(BODY, form="full", reference=None, metadata=None) is BODY


def test_a_thin_body_has_everything_but_the_record() -> None:
    whole = json.loads(BODY)
    del whole["meeting"]
    assert own(thin=True) == whole
    assert list(own(thin=True)) == list(whole)
    assert len(body_for_submission(BODY, form="thin", reference=None, metadata=None)) < 1200


def test_reference_and_metadata_follow_the_ids() -> None:
    told = own(reference="cms-1", metadata={"a": [1, {"b": None}]})
    assert list(told)[4:9] == ["recording_id", "job_id", "reference", "metadata", "status"]
    assert {**told} == {**json.loads(BODY), "reference": "cms-1", "metadata": {"a": [1, {"b": None}]}}
    assert own(reference="cms-1")["metadata"] == {}
    assert own(metadata={})["reference"] is None


@pytest.mark.parametrize(
    "metadata", [{"a": "\u2028\U0001f600"}, {"event": "forged", "meeting": {}, "status": 1}, {"n": 10**99, "f": 1e300}]
)
def test_metadata_comes_back_as_it_was_and_overwrites_nothing(metadata: dict[str, Any]) -> None:
    given = SidecarOptions.model_validate({"metadata": json.dumps(metadata)}).metadata
    told = own(thin=True, metadata=given)
    assert told["metadata"] == metadata
    assert (told["event"], told["status"]) == ("meeting.completed", "completed")


def test_of_a_body_that_an_earlier_version_stored_a_thin_one_can_be_made() -> None:
    old = json.loads(BODY)
    del old["links"]
    made = json.loads(body_for_submission(json.dumps(old).encode(), form="thin", reference="r", metadata=None))
    assert made["results_url"] == URL
    assert "meeting" not in made
