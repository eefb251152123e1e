"""Meeting content that a receiver repeats is removed from its response; the explanation of the failure stays."""

from __future__ import annotations

import json

import pytest

from meeting_pipeline.webhooks.redaction import without_echoed_content

SENT = json.dumps(
    {
        "event": "meeting.completed",
        "recording_id": "2026-03-02-bucher-fur-stieglitz-0123abcd",
        "meeting": {"title": "Bücher für Stieglitz", "segments": [{"speaker": "A", "text": "Zimt freezes, we said."}]},
    }
).encode()


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("no title 'Bücher für Stieglitz' here", "no title '[...] für [...]' here"),
        ('{"text": "Zimt FREEZES, we said."}', '{"text": "Zimt [...], we said."}'),
        ("unknown: 2026-03-02-bucher-fur-stieglitz-0123abcd", "unknown: 2026-03-02-[...]-fur-[...]-[...]"),
        ("segments is required in meeting.completed", "segments is required in meeting.completed"),
        ("", ""),
    ],
    ids=["a title", "whatever its case", "an id", "names of fields", "nothing"],
)
def test_words_of_the_meeting_are_masked_and_the_rest_stays(answer: str, kept: str) -> None:
    assert without_echoed_content(answer, SENT) == kept


@pytest.mark.parametrize("name", ["commitment", "before"])
def test_words_of_a_commitment_are_masked_too(name: str) -> None:
    sent = json.dumps(
        {"event": "commitment.changed", name: {"text": "Anna sacks Berthold", "owner": "Zoltan"}}
    ).encode()
    assert without_echoed_content("cannot store 'Berthold' of Zoltan", sent) == "cannot store '[...]' of [...]"


@pytest.mark.parametrize("sent", [b"not json", b"[1]", b'{"meeting": null}'], ids=["no JSON", "a list", "no meeting"])
def test_an_answer_to_a_body_without_a_meeting_stays_as_it_is(sent: bytes) -> None:
    assert without_echoed_content("Budget refused", sent) == "Budget refused"
