"""Three hours of talk: processed in parts, nothing left out, including the very last sentence."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from meeting_pipeline_tests.fakes.analysis import lines_of
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = pytest.mark.scenario

TITLE = "Three long hours"
SEGMENTS = 1080
LAST = "I will return the signed lease to the landlord by Friday."


def drop_file(system: System) -> Dropped:
    talk = "we went through the numbers of the quarter line by line and compared them with those of the year before"
    spoken = [
        {"speaker": "AB"[n % 2], "text": f"At point {n} {talk}.", "start": n * 10_000, "end": n * 10_000 + 9_000}
        for n in range(SEGMENTS - 1)
    ]
    end = SEGMENTS * 10_000
    spoken.append({"speaker": "B", "text": LAST, "start": end - 10_000, "end": end})
    content = media.wav("three hours")
    system.outside.providers.script(hashlib.sha256(content).hexdigest(), utterances=spoken)
    return system.drop("three-hours.wav", content, hook="long", title=TITLE)


@pytest.fixture(scope="module")
def body(system: System, handed_in: Dropped) -> Any:
    return system.wait_until_told(handed_in.hook)[0]


def test_it_is_a_meeting_of_three_hours(body: Any) -> None:
    assert body["status"] == "completed"
    assert body["meeting"]["duration_ms"] == SEGMENTS * 10_000 == 3 * 3_600_000
    assert len(body["meeting"]["segments"]) == SEGMENTS


def test_what_its_last_sentence_promises_is_an_action_item(body: Any) -> None:
    (item,) = body["meeting"]["action_items"]
    assert item["owner"] == "B"
    assert item["evidence"] == {
        "segment_ids": [SEGMENTS - 1],
        "quote": LAST,
        "start_ms": SEGMENTS * 10_000 - 10_000,
    }


@pytest.mark.parametrize("insight", ["speakers", "summary", "action_items", "decisions"])
def test_every_segment_is_read_for_every_insight(outside: Outside, body: Any, insight: str) -> None:
    prompts = [call["prompt"] for call in outside.calls(TITLE) if call["insight"] == insight]
    assert len(prompts) > 1
    assert {line.index for prompt in prompts for line in lines_of(prompt)} == set(range(SEGMENTS))


def test_the_result_says_how_much_was_read_and_in_how_many_parts(body: Any) -> None:
    coverage = body["meeting"]["provenance"]["action_items"]["coverage"]
    assert coverage["segments_read"] == coverage["segments_total"] == SEGMENTS
    assert coverage["parts"] > 1


def test_topics_reach_to_its_end(body: Any) -> None:
    assert max(topic["end_ms"] for topic in body["meeting"]["summary"]["topics"]) == SEGMENTS * 10_000
