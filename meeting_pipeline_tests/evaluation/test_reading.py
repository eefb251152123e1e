"""Labelled meetings are read as they are documented, and a mistake in a file is named."""

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.evaluation import policies
from meeting_pipeline.evaluation.meetings import Stretch
from meeting_pipeline.evaluation.reading import OWN_SET, fingerprint, read_meeting, read_set
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline_tests.documentation import text_of
from meeting_pipeline_tests.evaluation.sets import meeting

CORPUS: dict[str, Any] = {
    "meeting": "XY2001b",
    "source": "a corpus",
    "speakers": ["A", "B"],
    "turns": [
        {"speaker": "A", "start": 6.75, "end": 6.88, "text": "Oh."},
        {"speaker": "B", "start": 7.13, "end": 9.5, "text": "I'll write it down."},
    ],
    "gold": {
        "abstract": [{"text": "They met.", "evidence": []}],
        "actions": [
            {
                "text": "B will write it down.",
                "evidence": [
                    {"speaker": "B", "start": 7.13, "end": 9.5, "text": "I'll write it down."},
                    {"speaker": "B", "start": None, "end": None, "text": "lost"},
                ],
            }
        ],
    },
}


def problem(path: Path) -> str:
    with pytest.raises(OperatorError) as caught:
        read_meeting(path)
    assert caught.value.code == "bad_labelled_set"
    return caught.value.message


def test_a_corpus_with_times_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "meetings").mkdir()
    (tmp_path / "meetings" / "XY2001b.json").write_text(json.dumps(CORPUS))
    (tmp_path / "meetings" / "XY2001b.vtt").write_text("WEBVTT\n")
    (found,) = read_set(tmp_path)
    assert (found.name, found.series) == ("XY2001b", "XY2001")
    assert [(s.start_ms, s.end_ms, s.speaker) for s in found.transcript.segments] == [
        (6750, 6880, "A"),
        (7130, 9500, "B"),
    ]
    (label,) = found.gold["action_items"]
    assert label.evidence == (Stretch(start_ms=7130, end_ms=9500),)
    assert not label.owner_labelled
    assert found.gold["decisions"] == ()


def test_turns_of_a_corpus_are_put_in_order_of_time() -> None:
    turns = [
        {"speaker": "A", "text": "second", "start": 5, "end": 6},
        {"speaker": "B", "text": "first", "start": 2, "end": 3},
    ]
    found = meeting(turns=turns, gold={}, traps=[])
    assert [segment.text for segment in found.transcript.segments] == ["first", "second"]


def test_a_script_gets_times_in_which_evidence_of_one_turn_is_not_near_the_next() -> None:
    stretches = [Stretch(start_ms=s.start_ms, end_ms=s.end_ms) for s in meeting().transcript.segments]
    assert not any(a.near(b, policies.TOLERANCE_MS) for a, b in pairwise(stretches))


def test_nobody_and_not_labelled_are_different() -> None:
    gold = {"actions": [{"text": "One", "owner": None, "turns": [1]}, {"text": "Two", "turns": [1]}]}
    one, two = meeting(gold=gold).gold["action_items"]
    assert (one.owner, one.owner_labelled, one.due_labelled) == (None, True, False)
    assert (two.owner, two.owner_labelled) == (None, False)


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    example = text_of("evaluation.md").split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "example.yaml"
    path.write_text(example)
    found = read_meeting(path)
    assert (found.name, found.series, found.day) == ("budget", "board", date(2026, 11, 18))
    assert len(found.claims) == len(found.traps) == 1
    assert found.speaker_names == {"A": "Mara", "B": None}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("turns: []", "turns"),
        ("turns: ['no colon']", "turns.0"),
        ("turns: ['A: Hi.']\nspeling: 1", "speling"),
        ("turns: ['A: Hi.']\ngold: {actions: [{text: X, turns: [7]}]}", "turn"),
        (
            "turns: [{speaker: A, text: a, start: 5}, {speaker: A, text: b, start: 2}]\ntraps: [{kind: x, turns: [1]}]",
            "turn 1",
        ),
        ("turns: [", "cannot be read"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(content)
    message = problem(path)
    assert "wrong.yaml" in message
    assert named in message


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no labelled meeting"):
        read_set(tmp_path)


def test_another_label_gives_another_fingerprint() -> None:
    assert fingerprint([meeting()]) == fingerprint([meeting()])
    assert fingerprint([meeting()]) != fingerprint([meeting(gold={})])


def test_our_own_set_has_every_kind_of_trap_and_its_labels_name_speakers() -> None:
    found = read_set(OWN_SET)
    assert len(found) >= 6
    traps = {trap.kind for one in found for trap in one.traps}
    assert traps >= {"negation", "reversal", "done already", "shown now", "injection"}
    for one in found:
        labels = set(one.transcript.speakers)
        assert set(one.speaker_names) == labels, one.name
        assert all(label.evidence for labels_of_kind in one.gold.values() for label in labels_of_kind)
    claims = [claim for one in found for claim in one.claims]
    assert sum(not claim.right for claim in claims) >= 15
    assert sum(claim.right for claim in claims) >= 10


def test_scripted_answers_have_the_fields_that_a_model_gives() -> None:
    for one in read_set(OWN_SET):
        for claim in one.claims:
            spec = next(spec for insight, spec in SPECS.items() if insight.value == claim.insight)
            fields = str(spec.schema)
            assert [name for name in claim.answer if f"'{name}'" not in fields] == [], (one.name, claim)
