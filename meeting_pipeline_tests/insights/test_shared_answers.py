"""Answers of models with their right outcomes, kept beside the project."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.errors import AnswerRefused, BadAnswer
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import Shown
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline.providers.openai_replies import text_of

FOLDER = Path(__file__).parents[3] / "shared" / "cases" / "inputs" / "answers"
SWAPPED = FOLDER.parent / "exports" / "swap.srt"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there are no answers at {FOLDER}")


def taken(found: Any) -> bool:
    (item,) = found.items
    return (item.task, item.owner, str(item.due_date), item.withheld, item.evidence.quote) == (
        "Send the report",
        "B",
        "2026-03-13",
        False,
        "I will send the report by Friday",
    )


def not_a_fact(found: Any) -> bool:
    return all(item.withheld for item in found.items)


RIGHT: dict[str, Callable[[Any], bool]] = {
    "content_is_a_list": taken,
    "date_without_a_day_in_the_words": lambda found: (
        (found.items[0].due_words, found.items[0].due_date) == (None, None)
    ),
    "decided_by_nobody_there": lambda found: all(one.withheld or one.decided_by == ("A",) for one in found.decisions),
    "due_words_of_another_item": lambda found: found.items[0].due_date is None,
    "extra_key": taken,
    "fence": taken,
    "ids_as_strings": taken,
    "invented_owner": lambda found: all(item.withheld or item.owner is None for item in found.items),
    "mark_of_nobody": lambda found: "{" not in found.items[0].task,
    "missing_due_keys": lambda found: not found.items[0].withheld and found.items[0].due_date is None,
    "name_not_said": lambda found: all(name.withheld or name.name is None for name in found.names),
    "one_bad_of_three": lambda found: (
        [len(found.items), found.items[0].withheld, found.items[1].withheld] == [3, False, True]
    ),
    "one_word_evidence": not_a_fact,
    "owner_is_no_label": lambda found: all(item.withheld or item.owner is None for item in found.items),
    "owner_two_people": lambda found: found.items[0].owner != "A and B",
    "prose_before": taken,
    "quote_with_line_prefix": taken,
    "saturday_for_friday": lambda found: str(found.items[0].due_date) != "2026-03-14",
    "stitched_quote": not_a_fact,
    "think": taken,
    "wrong_date": lambda found: str(found.items[0].due_date) != "2026-03-20",
}
REFUSED = {"refusal_as_summary"}


def names() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def read(insight: str, text: str, transcript: Transcript) -> Any:
    context = MeetingContext(None, date(2026, 3, 11), ())
    return SPECS[Insight(insight)].read(
        text, Shown(transcript, context, {one.index: one for one in transcript.segments})
    )


@pytest.mark.parametrize("name", names())
def test_each_answer_has_its_right_outcome(name: str) -> None:
    case = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    transcript = read_transcript(FOLDER / "meeting.vtt")
    if name == "name_not_said":  # of a transcript without names
        transcript = transcript.model_copy(update={"speaker_names": {}})
    try:
        found = read(case["insight"], text_of(case["content"]), transcript)
    except AnswerRefused:
        assert name in REFUSED, case["right"]
    except BadAnswer:
        pytest.fail(case["right"])
    else:
        assert RIGHT.get(name, lambda found: found is not None)(found), case["right"]


def test_names_of_an_export_that_look_like_our_labels_are_not_swapped() -> None:
    transcript = read_transcript(SWAPPED)
    task = {
        "task": "Speaker A sends the report", "owner": "Speaker A", "due_words": None, "due_date": None,
        "segment_ids": [1], "quote": "I will send the report by Friday",
    }  # fmt: skip
    (item,) = read("action_items", json.dumps({"action_items": [task]}), transcript).items
    assert transcript.speaker_names[item.owner] == "Speaker A"
    assert item.task == f"{{{item.owner}}} sends the report"
