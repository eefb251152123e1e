"""Commitments over several meetings: what happens to them, and what people say of them."""

from datetime import date, timedelta

import pytest

from meeting_pipeline.domain.commitments.linking import linked
from meeting_pipeline.domain.commitments.reports import reports_of
from meeting_pipeline.domain.commitments.series import series_of
from meeting_pipeline.domain.commitments.values import (
    CommitmentState,
    EditsByPeople,
    Group,
    MeetingParts,
    Part,
    Place,
    Standing,
)
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment

MONDAY = date(2026, 2, 2)
TEAM = frozenset(("Anna", "Ben", "Clara", "Dev"))
NAMES: dict[str, str | None] = {name: name for name in TEAM}
TASK = "Send the price list to Acme"


def _place(week: int) -> Place:
    return Place(MONDAY + timedelta(weeks=week), f"meeting-{week}")


def _part(name: str, text: str = TASK, owner: str | None = "Anna", due: date | None = None, **other: object) -> Part:
    insight = other.pop("insight", Insight.ACTION_ITEMS)
    return Part(name, "recording", insight, text, owner, due, **other)  # type: ignore[arg-type]  # fields of a part


def _meeting(
    week: int, *parts: Part, says: str = "", speaker: str = "Anna", people: frozenset[str] = TEAM
) -> MeetingParts:
    segments = [
        Segment(index=number, speaker=speaker, start_ms=number, end_ms=number + 1, text=text, confidence=None)
        for number, text in enumerate(filter(None, says.split("|")))
    ]
    reports = reports_of(segments, NAMES, people, _place(week).day)
    return MeetingParts(_place(week), parts, reports, people)


def _states(group: Group) -> list[str]:
    return [event.state.value for event in group.events]


def test_a_commitment_slips_is_handed_over_and_is_done() -> None:
    later = MONDAY + timedelta(days=30)
    (group,) = linked(
        [],
        [
            _meeting(0, _part("1", due=MONDAY + timedelta(days=4))),
            _meeting(1, _part("2", due=later)),
            _meeting(2, _part("3", owner="Ben", quote="I'll take over the price list for Acme from Anna.")),
            _meeting(3, says="I sent the price list to Acme yesterday.", speaker="Ben"),
        ],
        EditsByPeople(),
    )
    assert _states(group) == ["open", "slipped", "handed_over", "done"]
    assert (group.last.owner, group.last.due_date) == ("Ben", later)
    assert group.last.words == "I sent the price list to Acme yesterday."
    assert group.last.segment == 0


def test_meetings_that_arrive_in_another_order_give_the_same_commitments() -> None:
    meetings = [
        _meeting(0, _part("1")),
        _meeting(1, _part("2")),
        _meeting(2, says="Anna has sent Acme the price list."),
    ]
    assert linked([], meetings, EditsByPeople()) == linked([], reversed(meetings), EditsByPeople())


def test_the_same_words_after_it_was_done_begin_another_commitment() -> None:
    meetings = [_meeting(0, _part("1")), _meeting(1, says="I sent Acme the price list."), _meeting(2, _part("2"))]
    assert [len(group.parts) for group in linked([], meetings, EditsByPeople())] == [1, 1]


def test_the_same_words_half_a_year_later_begin_another_commitment() -> None:
    assert len(linked([], [_meeting(0, _part("1")), _meeting(29, _part("2"))], EditsByPeople())) == 2


def test_what_recurs_is_another_commitment_each_time() -> None:
    text = "Send the weekly figures to the bank"
    parts = [_part(str(week), text, due=_place(week).day + timedelta(days=4)) for week in range(3)]
    assert len(linked([], [_meeting(week, part) for week, part in enumerate(parts)], EditsByPeople())) == 3


def test_two_teams_with_the_same_title_share_nothing() -> None:
    other = frozenset(("Eve", "Finn"))
    meetings = [_meeting(0, _part("1", owner=None)), _meeting(1, _part("2", owner=None), people=other)]
    assert len(linked([], meetings, EditsByPeople())) == 2


def test_an_item_that_fits_two_commitments_is_linked_to_neither() -> None:
    first = _meeting(0, _part("1", "Send the price list to Acme"), _part("2", "Send the price list to Globex"))
    groups = linked([], [first, _meeting(1, _part("3", "Send the price list"))], EditsByPeople())
    assert [len(group.parts) for group in groups] == [1, 1, 1]


@pytest.mark.parametrize(
    ("says", "states"),
    [
        ("By Friday we will have sent the price list to Acme.", ["open"]),
        ("We may have sent the price list to Acme.", ["open"]),
        ("Will sent the price list to Acme.", ["open", "done"]),
    ],
)
def test_somebody_who_is_called_like_an_auxiliary_verb_is_told_from_it(says: str, states: list[str]) -> None:
    people = TEAM | {"Will Smith", "May Lee"}
    (group,) = linked([], [_meeting(0, _part("1")), _meeting(1, says=says, people=people)], EditsByPeople())
    assert _states(group) == states


def test_names_are_compared_without_accents_and_strokes() -> None:
    parts = (_part("1", owner="José Łukasz"), _part("2", owner="Jose"), _part("3", owner="JOSÉ Lukasz"))
    meetings = [_meeting(week, part, people=frozenset((part.owner or "",))) for week, part in enumerate(parts)]
    (group,) = linked([], meetings, EditsByPeople())
    assert [part.part_id for part in group.parts] == ["1", "2", "3"]


def test_an_item_that_was_only_done_ends_a_commitment_and_begins_none() -> None:
    told = _part("2", status="done", standing=Standing.TOLD)
    assert linked([], [_meeting(0, told)], EditsByPeople()) == []
    (group,) = linked([], [_meeting(0, _part("1")), _meeting(1, told)], EditsByPeople())
    assert _states(group) == ["open", "done"]


def test_people_join_and_separate_items() -> None:
    meetings = [_meeting(0, _part("1")), _meeting(1, _part("2"), _part("3", "Mail Acme our prices"))]
    joined = linked([], meetings, EditsByPeople(joined={"3": "1"}, apart=frozenset("2")))
    assert sorted(sorted(part.part_id for part in group.parts) for group in joined) == [["1", "3"], ["2"]]


def test_people_join_items_of_one_meeting() -> None:
    meetings = [_meeting(0, _part("1"), _part("2", "Mail Acme our prices"))]
    (group,) = linked([], meetings, EditsByPeople(joined={"2": "1"}))
    assert [part.part_id for part in group.parts] == ["1", "2"]


def test_what_people_ticked_takes_items_of_earlier_meetings_and_none_of_later_ones() -> None:
    meetings = [_meeting(0, _part("1")), _meeting(1, _part("2")), _meeting(3, _part("3"))]
    groups = linked([], meetings, EditsByPeople(closed={"1": _place(2).day}))
    assert [[part.part_id for part in group.parts] for group in groups] == [["1", "2"], ["3"]]


def test_what_people_reopened_takes_later_items() -> None:
    meetings = [_meeting(0, _part("1")), _meeting(1, says="I sent Acme the price list."), _meeting(2, _part("2"))]
    (group,) = linked([], meetings, EditsByPeople(reopened=frozenset("1")))
    assert group.last.state is CommitmentState.OPEN


def test_meetings_one_by_one_give_the_same_as_all_at_once() -> None:
    meetings = [
        _meeting(0, _part("1"), _part("2", "Book the venue for the party", "Ben")),
        _meeting(1, _part("3", due=MONDAY + timedelta(days=60)), says="We drop the party venue."),
        _meeting(2, says="I sent Acme the price list."),
    ]
    at_once = linked([], meetings, EditsByPeople())
    groups: list[Group] = []
    for meeting in meetings:
        groups = linked(groups, [meeting], EditsByPeople())
    assert groups == at_once


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("Anna, did you send the price list to Acme?|Yes, I did.", None),  # the same person asks and answers
        ("Is the price list for Acme nearly done?", None),
        ("I sent Acme the price list, and they liked it.", "done"),
        ("I would have sent Acme the price list, but the printer broke.", None),
        ("I almost sent Acme the price list.", None),
        ("Nobody sent Acme the price list.", None),
        ("We never sent Acme the price list.", None),
        ("I thought I sent Acme the price list.", None),
        ("Please make sure that the price list was sent to Acme.", None),
        ("Tomorrow I tell you whether I sent Acme the price list.", None),
        ("They cancelled, so Acme gets no price list.", None),
        ("Ben sent the price list to Acme.", "done"),
        ("Ben will send the price list to Acme.", None),
        ("Let's drop the price list for Acme.", "dropped"),
        ("Anna dropped off the price list at Acme.", "done"),
        ("The price list for Acme was sent, " + "and so on, " * 60, None),
        ("I have to postpone the price list for Acme until Thursday.", "slipped"),
        ("Acme sent the price list of their own products.", None),
    ],
)
def test_a_sentence_tells_what_became_of_something_or_nothing(said: str, state: str | None) -> None:
    (group,) = linked([], [_meeting(0, _part("1")), _meeting(1, says=said)], EditsByPeople())
    assert (group.last.state.value if len(group.events) > 1 else None) == state


def test_an_answer_to_a_question_tells_what_the_question_names() -> None:
    segments = [
        Segment(
            index=0, speaker="Ben", start_ms=0, end_ms=1, text="Anna, is the price list out to Acme?", confidence=None
        ),
        Segment(index=1, speaker="Anna", start_ms=1, end_ms=2, text="Yes, it's done.", confidence=None),
    ]
    reports = reports_of(segments, NAMES, TEAM, _place(1).day)
    (group,) = linked([], [_meeting(0, _part("1")), MeetingParts(_place(1), (), reports, TEAM)], EditsByPeople())
    assert group.last.state is CommitmentState.OPEN  # "out" is no word of sending: what is done stays unclear
    segments[0] = segments[0].model_copy(update={"text": "Anna, did you send Acme the price list?"})
    reports = reports_of(segments, NAMES, TEAM, _place(1).day)
    (group,) = linked([], [_meeting(0, _part("1")), MeetingParts(_place(1), (), reports, TEAM)], EditsByPeople())
    assert (group.last.state, group.last.words) == (CommitmentState.DONE, "Yes, it's done.")


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("Weekly planning 2026-11-20", "title:weekly planning"),
        ("Weekly Planning, 27 November", "title:weekly planning"),
        ("weekly_planning_12.m4a", "title:weekly planning"),
        ("Sprint 14 review", "title:sprint review"),
        ("Zoom meeting 3", "people:anna, ben"),
        ("2026-11-20", "people:anna, ben"),
        ("", "people:anna, ben"),
        ("週次会議 11月", "title:週次会議 月"),
    ],
)
def test_a_series_is_the_title_without_dates_and_numbers_or_else_the_people(title: str, series: str) -> None:
    assert series_of(title, ["Ben", "Anna"], "key") == series


def test_a_recording_without_a_telling_title_and_people_is_alone() -> None:
    assert series_of("Meeting", ["Anna"], "2026-11-20-meeting-1") == "recording:2026-11-20-meeting-1"
    assert len(series_of("long " * 500, [], "key")) <= 200
