"""Answers of a lying model, kept beside the project: none of the lies is verified, the truth around them is."""

import importlib.util
import json
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.domain.verdicts import Claim, Verdict
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import Shown

ATTACKS = Path(__file__).parents[3] / "shared" / "cases" / "truth" / "attacks.py"
TRUE = {"Send the test report", "Look after customers", "Chair", "Thank all"}
"""Tasks of the attack with one bad item that are true."""

pytestmark = pytest.mark.skipif(not ATTACKS.is_file(), reason=f"there are no attacks at {ATTACKS}")


@cache
def attacks() -> ModuleType:
    found = importlib.util.spec_from_file_location("attacks", ATTACKS)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def names() -> list[str]:
    return list(attacks().A) if ATTACKS.is_file() else []


def answered(name: str) -> dict[str, Any]:
    """The result of each insight of this attack."""
    said = attacks().S
    segments = tuple(
        Segment(index=i, speaker=label, start_ms=i * 4_000, end_ms=i * 4_000 + 3_500, text=text)
        for i, (label, text) in enumerate(said)
    )
    transcript = Transcript(
        segments=segments,
        language="en",
        duration_ms=len(said) * 4_000,
        confidence=attacks().A[name][1].get("conf", 0.9),
        provenance=Provenance(provider="assemblyai", model="m"),
    )
    shown = Shown(transcript, MeetingContext(None, date(2026, 11, 20), ()), {one.index: one for one in segments})
    return {key: SPECS[Insight(key)].read(json.dumps(value), shown) for key, value in attacks().answers(name).items()}


def claims(name: str) -> list[Claim]:
    """The claims that this attack is about."""
    found = answered(name)
    changed = attacks().A[name][1]
    groups = {
        "action_items": found["action_items"].items,
        "decisions": found["decisions"].decisions,
        "summary": (*found["summary"].sentences, *found["summary"].topics),
        "speakers": [entry for entry in found["speakers"].names if entry.name],
    }
    return [claim for key, group in groups.items() if key in changed for claim in group]


@pytest.mark.parametrize("name", names())
def test_no_lie_is_verified(name: str) -> None:
    if name == "low confidence transcript":
        assert all(item.candidate for item in answered(name)["action_items"].items)
        return
    lies = [claim for claim in claims(name) if claim.withheld]
    assert lies
    assert all(claim.reasons for claim in lies)
    others = [claim for claim in claims(name) if not claim.withheld]
    allowed = {"one bad of five": 4, "one name twice": 1}
    assert len(others) == allowed.get(name, 0)


def test_the_truth_around_a_lie_stays_verified() -> None:
    items = answered("one bad of five")["action_items"].items
    assert {item.task for item in items if item.verdict is Verdict.VERIFIED} == TRUE
