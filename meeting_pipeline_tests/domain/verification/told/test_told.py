"""What a language model says of meetings, true and false, judged as its answers are: one claim at a time.

The sets ``blind_*`` were written before the rules were mended for them; the figures of that first time are in
``docs/evaluation.md``. What still comes out wrong is named here, so that neither figure gets worse unnoticed.
"""

import json
from datetime import date
from functools import cache
from types import ModuleType
from typing import Any, Final

import pytest

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.domain.verdicts import Claim, Verdict
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.insights.spec import Shown
from meeting_pipeline_tests.domain.verification.told import (
    blind_one,
    blind_three,
    blind_two,
    eighth,
    eleventh,
    fifth,
    fourth_in_view,
    fourth_out_of_view,
    ninth_in_view,
    ninth_out_of_view,
    open_set,
    practice,
    practice_more,
    seventh,
    sixth_in_view,
    sixth_out_of_view,
    tenth,
    thirteenth_in_view,
    thirteenth_out_of_view,
    twelfth,
)
from meeting_pipeline_tests.domain.verification.told.claims import Told

FRIDAY: Final = date(2026, 11, 20)
SETS: Final = (
    blind_one, blind_two, blind_three, fourth_in_view, fourth_out_of_view, fifth, open_set, practice, practice_more,
    sixth_in_view, seventh, eighth, ninth_in_view, tenth, eleventh, twelfth, thirteenth_in_view,
)  # fmt: skip
HELD_OUT: Final = (sixth_out_of_view, ninth_out_of_view, thirteenth_out_of_view)
"""No rule was made for them."""
LIES: Final[tuple[Told, ...]] = tuple(claim for one in SETS for claim in one.LIES)
TRUE: Final[tuple[Told, ...]] = tuple(claim for one in SETS for claim in one.TRUE)
TALK: Final = {name: talk for one in (*SETS, *HELD_OUT) for name, talk in one.TALK.items()}
MISSED_LIES: Final = frozenset({
    "not supporting: A second screen is bought for Mina",
    "wrong owner: Order the door seal for the oven",
    "open: Ottilie will close the bakery on the twenty-seventh of December.",
    "order of things: Send the timetable to the printer at once",
    "wrong person: Rune stays if he gets day shifts.",
    "conditional dropped: Ida takes back her notice.",
    "wrong judgement: The fire drill took longer than the time before.",
    "wrong number: The Lisbon hotel raises its rates by six percent in the signed contract.",
    "false: Bring Mr. Brandt's car in on Monday",
    "false: Give the federation two press passes",
    "false: The hourly rate for trucks is 95 euros",
    "false: There are 210 tickets left for the premiere.",
    "wrong direction of sending: Send Rosa the contract draft",
    "wrong owner: Chair the meeting on 3 December",
    "invented: The new pumps are used from Monday",
    "sarcasm: {A} found it wonderful that the porter has the keys.",
    "wrong number: The soloist gets four hundred.",
    "of others: The choir goes to Riga in May",
    "swapped: The cathedral choir asked for a vote in January.",
    "half: Problems on weekends are reported to the hotline in January",
    "invented: The fridge is repaired",
    "proposal: Take off the second motor",
    "wrong person: Felix found more than four hundred crash reports.",
    "refused: Selma gets a cook",
    "was so before: Volunteers get one meal",
    "polarity: The tenant has to move out.",
    "wrong number: Two authors said yes.",
    "wrong number: Two hundred books about trains are kept",
})  # fmt: skip
"""False claims that are published."""
MISSED_TRUTHS: Final = frozenset({
    "decision: Boats go every forty minutes on weekdays from April",
    "true: On 24 December the office is open until noon",
    "true: Chair the meeting in December",
    "true: Phones are not permitted on the trip",
    "true: The minimum milk price is 43 cents",
    "true: The purchase of the seeder will be decided at the next meeting",
    "true: The trip starts on May 17",
    "true: Darken the green of the logo and send it to Pia",
    "true: Leave the replica untouched until the weekend",
    "true: No more free tickets for students",
    "true: Post the new holiday rules on the notice board once they are signed",
    "true: Raise the entry price to 12 euros from 1 February; children under 12 remain free",
    "true: Re-run the samples from Thursday's batch and share the results",
    "true: Stop line 2 on Saturday to replace the bearing",
    "true: The coffee company becomes sponsor of six episodes at 2,500 each",
    "true: A real studio is too expensive for the team.",
    "true: The insurance refused to cover the broken shop window, so Giacomo pays.",
    "true: After the holidays work resumes on 2 January",
    "true: Check the bent rack in aisle nine",
    "true: The gala is on 14 May",
    "true: {B} can't do the goats on Wednesday because the vaccine is late.",
    "true: The mass is sung in German",
    "true: Bruno has five more days for trench two",
    "true: The missing money for the roof is borrowed",
    "true: Hand in the papers to the tax office",
    "true: The workshop closes from 24 December to 2 January",
    "true: The concert is on the twentieth of December at four",
    "true: The choir sings the Rutter",
    "true: Send the new numbers to Amalia and Kurt",
    "true: Go to the meeting with the family",
    "true: Level six is done before level five",
    "true: Finish the water of level four",
    "true: Ask the publisher about releasing the tool as open source",
})  # fmt: skip
"""True claims that are withheld."""


@cache
def shown(meeting: str) -> Shown:
    segments = tuple(
        Segment(index=i, speaker=label, start_ms=i * 4_000, end_ms=i * 4_000 + 3_500, text=words)
        for i, (label, words) in enumerate(TALK[meeting])
    )
    transcript = Transcript(
        segments=segments, language="en", duration_ms=len(segments) * 4_000, confidence=0.9,
        provenance=Provenance(provider="assemblyai", model="m"),
    )  # fmt: skip
    return Shown(transcript, MeetingContext(None, FRIDAY, ()), {one.index: one for one in segments})


def judged(told: Told) -> Claim | None:
    """The claim with its verdict; ``None`` if the answer was refused or the claim was dropped."""
    answer = dict(told.answer)
    insight, raw = {
        "item": (Insight.ACTION_ITEMS, {"action_items": [answer]}),
        "decision": (Insight.DECISIONS, {"decisions": [answer]}),
        "summary": (Insight.SUMMARY, {"sentences": [answer], "topics": []}),
        "speaker": (Insight.SPEAKERS, {"speakers": [{"confidence": 0.95, **answer}]}),
    }[told.field]
    try:
        result: Any = SPECS[insight].read(json.dumps(raw), shown(told.meeting))
    except BadAnswer:
        return None
    entries = {"item": "items", "decision": "decisions", "summary": "sentences", "speaker": "names"}[told.field]
    found: list[Claim] = [one for one in getattr(result, entries) if getattr(one, "name", one) is not None]
    return found[0] if found else None


def named(told: Told) -> str:
    return f"{told.kind}: {told.text}"


def verified(told: Told) -> bool:
    """Whether it would be published as it is: a date that does not hold is left out of an item."""
    claim = judged(told)
    day = told.answer.get("due_date")
    found = getattr(claim, "due_date", None)
    return claim is not None and claim.verdict is Verdict.VERIFIED and (found.isoformat() if found else None) == day


def published(told: Told) -> bool:
    """Whether it would be published, with its date or without."""
    claim = judged(told)
    return claim is not None and claim.verdict is Verdict.VERIFIED


@pytest.mark.parametrize("told", LIES, ids=named)
def test_what_is_false_is_not_published(told: Told) -> None:
    assert verified(told) == (named(told) in MISSED_LIES)


@pytest.mark.parametrize("told", TRUE, ids=named)
def test_what_is_true_is_published(told: Told) -> None:
    assert published(told) == (named(told) not in MISSED_TRUTHS)


def test_at_most_a_tenth_of_either_comes_out_wrong() -> None:
    assert len(MISSED_LIES) <= len(LIES) / 10
    assert len(MISSED_TRUTHS) <= len(TRUE) / 10


@pytest.mark.parametrize("half", [fourth_in_view, fourth_out_of_view], ids=["in view", "out of view"])
def test_at_most_a_tenth_of_either_half_of_the_fourth_set_comes_out_wrong(half: ModuleType) -> None:
    assert sum(verified(told) for told in half.LIES) <= len(half.LIES) / 10
    assert sum(not published(told) for told in half.TRUE) <= len(half.TRUE) / 10


@pytest.mark.parametrize(
    ("half", "lies", "true"),
    [(sixth_out_of_view, 10, 11), (ninth_out_of_view, 23, 10), (thirteenth_out_of_view, 13, 1)],
    ids=["sixth", "ninth", "thirteenth"],
)
def test_a_half_that_is_out_of_view_comes_out_no_worse_than_when_it_was_counted(
    half: ModuleType, lies: int, true: int
) -> None:
    assert sum(verified(told) for told in half.LIES) <= lies
    assert sum(not published(told) for told in half.TRUE) <= true


def test_each_meeting_belongs_to_one_set() -> None:
    assert len(TALK) == sum(len(one.TALK) for one in (*SETS, *HELD_OUT))
