"""JSON with a list for each speaker is read in the order of time."""

import json
from typing import Any

import pytest

from meeting_pipeline_tests.providers.imported.reading_sources import export_of

ANA: list[dict[str, Any]] = [
    {"start": 0.0, "end": 4.0, "text": "Shall we sell it?"},
    {"start": 9.0, "end": 12.0, "text": "Then we agree."},
]
BEN: list[dict[str, Any]] = [
    {"start": 5.0, "end": 8.0, "text": "Yes, I think so."},
    {"start": 13.0, "end": 15.0, "text": "We do."},
]
IN_TIME = [("Ana", 0), ("Ben", 5000), ("Ana", 9000), ("Ben", 13_000)]


def starts(value: Any) -> list[tuple[str | None, int | None]]:
    return [(line.speaker, line.start_ms) for line in export_of(json.dumps(value), "a.json").lines]


@pytest.mark.parametrize(
    "value",
    [
        {"Ana": ANA, "Ben": BEN},
        {"speakers": [{"speaker": "Ana", "segments": ANA}, {"speaker": "Ben", "segments": BEN}]},
        {"speakers": [{"speaker": {"name": "Ana"}, "segments": ANA}, {"speaker": {"name": "Ben"}, "segments": BEN}]},
    ],
    ids=["by name", "in objects", "with objects of people"],
)
def test_lists_of_speakers_are_read_in_the_order_of_time(value: Any) -> None:
    assert starts(value) == IN_TIME


def test_lists_of_turns_keep_the_order_of_the_file() -> None:
    turns = [{"speaker": name, "segments": said} for name, said in (("Ana", ANA), ("Ben", BEN), ("Ana", ANA))]
    assert [name for name, _ in starts({"turns": turns})] == ["Ana", "Ana", "Ben", "Ben", "Ana", "Ana"]


def test_lists_of_speakers_without_all_times_keep_the_order_of_the_file() -> None:
    value = {"Ana": ANA, "Ben": [*BEN, {"start": None, "end": None, "text": "Good."}]}
    assert [name for name, _ in starts(value)] == ["Ana", "Ana", "Ben", "Ben", "Ben"]


def test_lists_of_the_words_of_speakers_are_read_in_the_order_of_time() -> None:
    value = {
        name: [
            {"start": line["start"] + place / 10, "end": line["start"] + place / 10, "text": word}
            for line in said
            for place, word in enumerate(line["text"].split())
        ]
        for name, said in (("Ana", ANA), ("Ben", BEN))
    }
    assert starts(value) == IN_TIME
