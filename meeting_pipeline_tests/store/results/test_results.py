"""Results, gaps and current rows: what may replace what, and what may not."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from meeting_pipeline.domain.insight_results import ActionItems, InsightResult
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.store import policies
from meeting_pipeline.store.recordings.gap_requests import GapDue
from meeting_pipeline.store.results import current_rows, results
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import ActionItemRow, Base, DecisionRow, SegmentRow, SpeakerRow
from meeting_pipeline_tests.store.samples import (
    Clock,
    Journey,
    action_items,
    answer,
    completed,
    decisions,
    race,
    speakers,
    summary,
    transcript,
    unavailable,
)


@pytest.fixture
def journey(store: Store) -> Journey:
    """A run that has a transcript and is about to request insights."""
    return Journey(store).accept().begin().collect()


def rows(store: Store, table: type[Base]) -> list[Any]:
    with store.database.read() as session:
        return list(session.scalars(select(table)))


def gap(journey: Journey, **changes: Any) -> int | None:
    return journey.store.results.store_gap(journey.key, journey.run_id, unavailable(**changes))


def gaps(journey: Journey) -> dict[str, str]:
    return {found.insight: found.code for found in journey.store.records.get(journey.key).gaps}


def test_versions_are_numbered_per_kind_and_all_of_them_stay(store: Store, journey: Journey) -> None:
    journey.answer(summary("First."), decisions("Ship it"), summary("Second."))
    found = store.results.versions(journey.key, ResultKind.SUMMARY)
    assert [(row.version, row.payload["short_summary"]) for row in found if row.payload] == [
        (1, "First."),
        (2, "Second."),
    ]
    assert len(store.results.versions(journey.key)) == 4
    assert store.results.current(journey.key)[ResultKind.SUMMARY].version == 2
    assert store.results.current(journey.key)[ResultKind.DECISIONS].version == 1


def test_an_equal_result_is_a_new_version_that_changed_nothing(store: Store, journey: Journey) -> None:
    first, second, third = (
        store.results.store_answer(journey.key, journey.run_id, answer(summary(text)), input_hash="i")
        for text in ("One.", "One.", "Two.")
    )
    assert [(s.version, s.changed) for s in (first, second, third)] == [(1, True), (2, False), (3, True)]


def test_results_stored_at_once_get_versions_of_their_own(store: Store, journey: Journey) -> None:
    race(6, lambda i: journey.answer(summary(f"View {i}.")))
    found = store.results.versions(journey.key, ResultKind.SUMMARY)
    assert [row.version for row in found] == [1, 2, 3, 4, 5, 6]


def test_what_an_answer_rests_on_and_cost_is_kept(store: Store, journey: Journey) -> None:
    journey.answer(summary())
    row = store.results.current(journey.key)[ResultKind.SUMMARY]
    assert (row.input_hash, row.prompt_version, row.run_id) == ("i", "1", journey.run_id)
    assert (row.calls, row.input_tokens, row.output_tokens, row.cost_usd) == (1, 100, 10, 0.01)
    assert row.provenance["provider"] == "simulated"


def test_current_rows_are_those_of_the_newest_answer(store: Store, journey: Journey) -> None:
    journey.answer(action_items("a", "b", "c"), decisions("x", "y"), speakers("Ada"))
    journey.answer(action_items("d"), decisions(), speakers(None))
    assert [row.task for row in rows(store, ActionItemRow)] == ["d"]
    assert rows(store, DecisionRow) == []
    assert [(row.label, row.name) for row in rows(store, SpeakerRow)] == [("A", None)]


def test_the_segments_are_those_of_the_newest_transcript(store: Store, journey: Journey) -> None:
    store.results.store_transcript(journey.key, journey.run_id, transcript("One.", "Two.", "Three."), input_hash="u")
    assert [row.text for row in rows(store, SegmentRow)] == ["One.", "Two.", "Three."]
    store.results.store_transcript(journey.key, journey.run_id, transcript("Only."), input_hash="v")
    assert [row.text for row in rows(store, SegmentRow)] == ["Only."]


def test_rows_of_one_recording_leave_those_of_another_alone(store: Store, journey: Journey) -> None:
    completed(store, 2)
    journey.answer(action_items())
    assert [row.task for row in rows(store, ActionItemRow)] == ["Send the report"]


@pytest.mark.parametrize("result", [action_items("new"), decisions("new"), speakers("new"), summary("new")])
def test_an_answer_is_stored_as_a_whole_or_not_at_all(
    store: Store, journey: Journey, result: InsightResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.answer(action_items("old"), decisions("old"), speakers("old"), summary("old"))
    before = store.records.get(journey.key), store.recordings.get(journey.key).event_seq

    def replace_and_die(*arguments: Any) -> None:
        current_rows.replace_rows(*arguments)
        raise RuntimeError("power cut")

    monkeypatch.setattr(results, "replace_rows", replace_and_die)
    with pytest.raises(RuntimeError):
        journey.answer(result)
    assert (store.records.get(journey.key), store.recordings.get(journey.key).event_seq) == before
    assert [row.task for row in rows(store, ActionItemRow)] == ["old"]
    assert [row.decision for row in rows(store, DecisionRow)] == ["old"]
    assert [row.name for row in rows(store, SpeakerRow)] == ["old"]


def test_a_gap_never_replaces_a_good_result(store: Store, journey: Journey) -> None:
    journey.answer(action_items("Send the report"))
    assert gap(journey, insight=Insight.ACTION_ITEMS) == 1
    assert store.results.current(journey.key)[ResultKind.ACTION_ITEMS].version == 1
    assert [row.task for row in rows(store, ActionItemRow)] == ["Send the report"]
    assert gaps(journey) == {}
    failed_try = store.results.versions(journey.key, ResultKind.ACTION_ITEMS)[-1]
    assert (failed_try.version, failed_try.available, failed_try.code) == (2, False, "provider_unavailable")


def test_a_missing_insight_is_a_gap_until_it_is_answered(store: Store, journey: Journey) -> None:
    assert gap(journey) is None
    assert gaps(journey) == {"summary": "provider_unavailable"}
    journey.answer(decisions())
    assert gaps(journey) == {"summary": "provider_unavailable"}
    journey.answer(summary())
    assert gaps(journey) == {}


def test_a_gap_tells_the_last_reason(store: Store, journey: Journey) -> None:
    gap(journey)
    gap(journey, code="no_credit")
    assert gaps(journey) == {"summary": "no_credit"}


def due_after(journey: Journey, clock: Clock, **changes: Any) -> float | None:
    gap(journey, **changes)
    (found,) = journey.store.records.get(journey.key).gaps
    return None if found.retry_at is None else (found.retry_at - clock.now).total_seconds()


def test_gaps_are_asked_for_again_later_and_later_then_hourly(journey: Journey, clock: Clock) -> None:
    waits = [due_after(journey, clock) for _ in range(9)]
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_gap_waits_as_long_as_the_provider_asks(journey: Journey, clock: Clock) -> None:
    assert due_after(journey, clock, retry_after_s=500.0) == 500
    assert due_after(journey, clock, retry_after_s=5.0) == 120


def test_a_gap_that_cannot_close_by_itself_is_left_to_people(journey: Journey, clock: Clock) -> None:
    assert due_after(journey, clock, retryable=False) is None


def test_a_gap_is_given_up_after_a_day(journey: Journey, clock: Clock) -> None:
    assert due_after(journey, clock) == 60
    clock.advance(policies.GAP_GIVE_UP_SECONDS)
    assert due_after(journey, clock) == 120
    clock.advance(1)
    assert due_after(journey, clock) is None
    assert gaps(journey) == {"summary": "provider_unavailable"}


def test_gaps_are_due_together_once_the_recording_has_an_outcome(store: Store, journey: Journey, clock: Clock) -> None:
    gap(journey)
    gap(journey, insight=Insight.DECISIONS)
    clock.advance(60)
    assert store.gap_requests.gaps_due(10) == []
    journey.complete()
    (due,) = store.gap_requests.gaps_due(10)
    assert (due.key, set(due.insights), due.tries) == (journey.key, {Insight.SUMMARY, Insight.DECISIONS}, 1)
    store.gap_requests.mark_requested(due)
    assert store.gap_requests.gaps_due(10) == []
    clock.advance(policies.GAP_MAX_SECONDS)
    assert [found.key for found in store.gap_requests.gaps_due(10)] == [journey.key]


def test_a_request_that_no_run_begins_is_made_again_as_it_was(store: Store, journey: Journey, clock: Clock) -> None:
    gap(journey)
    clock.advance(60)
    journey.complete()
    (due,) = store.gap_requests.gaps_due(10)
    first = store.gap_requests.mark_requested(due)
    assert first is not None
    clock.advance(policies.GAP_REQUEST_SECONDS)
    gap(journey_again := Journey(store, key=journey.key, number=2).begin(collecting=False), insight=Insight.DECISIONS)
    store.leases.end(journey_again.run_id)
    (lost,) = store.gap_requests.gaps_due(10)
    assert (lost.run_key, lost.insights) == (first.run_key, first.insights)
    assert store.gap_requests.mark_requested(lost) == first
    clock.advance(60)
    assert len({found.run_key for found in store.gap_requests.gaps_due(10)}) == 2, (
        "what became due since is another request"
    )
    clock.advance(policies.GAP_MAX_SECONDS)
    (late,) = store.gap_requests.gaps_due(10)
    replaced = store.gap_requests.mark_requested(late)
    assert replaced is not None
    assert replaced.run_key != first.run_key


def test_a_request_that_a_run_begins_is_not_made_again(store: Store, journey: Journey, clock: Clock) -> None:
    gap(journey)
    clock.advance(60)
    journey.complete()
    store.gap_requests.mark_requested(*store.gap_requests.gaps_due(10))
    store.gap_requests.gap_run_began(journey.key, [Insight.DECISIONS])
    store.gap_requests.gap_run_began(journey.key, list(Insight))
    clock.advance(policies.GAP_MAX_SECONDS - 1)
    assert store.gap_requests.gaps_due(10) == []
    clock.advance(1)
    assert len(store.gap_requests.gaps_due(10)) == 1, "its run died without an answer"


@pytest.mark.parametrize("begun", [True, False])
def test_a_gap_of_a_day_is_requested_once_more_and_then_left_to_people(
    store: Store, journey: Journey, clock: Clock, begun: bool
) -> None:
    gap(journey)
    journey.complete()
    clock.advance(policies.GAP_GIVE_UP_SECONDS + 1)
    assert store.gap_requests.mark_requested(*store.gap_requests.gaps_due(10)) is not None
    if begun:
        store.gap_requests.gap_run_began(journey.key, list(Insight))
    clock.advance(policies.GAP_MAX_SECONDS + 1)
    assert [store.gap_requests.mark_requested(due) for due in store.gap_requests.gaps_due(10)] == (
        [] if begun else [None]
    )
    clock.advance(policies.GAP_GIVE_UP_SECONDS)
    assert store.gap_requests.gaps_due(10) == []
    assert gaps(journey) == {"summary": "provider_unavailable"}


def test_a_gap_of_a_recording_that_was_deleted_meanwhile_is_not_requested(store: Store, journey: Journey) -> None:
    assert store.gap_requests.mark_requested(GapDue("2026-11-20-gone-00000000", (Insight.SUMMARY,), 1)) is None


def test_asking_again_leaves_what_was_answered_meanwhile(store: Store, journey: Journey, clock: Clock) -> None:
    gap(journey)
    clock.advance(60)
    journey.complete()
    (due,) = store.gap_requests.gaps_due(10)
    again = Journey(store, key=journey.key, number=2).begin(collecting=False)
    assert due_after(again, clock) == 120
    store.gap_requests.mark_requested(due)
    clock.advance(120)
    assert len(store.gap_requests.gaps_due(10)) == 1
    again.answer(summary())
    store.gap_requests.mark_requested(GapDue(journey.key, (Insight.SUMMARY,), 1))
    assert store.gap_requests.gaps_due(10) == []


def test_a_later_result_is_told_when_it_has_been_quiet_and_no_run_is_at_it(
    store: Store, journey: Journey, clock: Clock
) -> None:
    journey.complete()
    assert store.results.changed(10) == []
    again = Journey(store, key=journey.key, number=2).begin(collecting=False).answer(summary("Later."))
    clock.advance(policies.REVISION_QUIET_SECONDS)
    assert store.results.changed(10) == [], "its run is still alive"
    store.leases.end(again.run_id)
    assert store.results.changed(10) == [journey.key]
    again.begin(collecting=False)
    assert again.complete() == 2
    assert store.results.changed(10) == []


STRANGE: dict[str, Callable[[], InsightResult]] = {
    "NUL": lambda: action_items("Send\x00 it"),
    "another plane": lambda: action_items("Send it \N{PARTY POPPER}"),
    "very long": lambda: action_items("x" * 100_000),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_text_is_stored_and_read_again(store: Store, journey: Journey, name: str) -> None:
    journey.answer(STRANGE[name]())
    (item,) = store.records.get(journey.key).action_items or ()
    assert item.task.startswith(("Send", "xxx"))
    assert len(rows(store, ActionItemRow)) == 1


def test_an_empty_answer_is_a_result_and_no_gap(store: Store, journey: Journey) -> None:
    gap(journey, insight=Insight.ACTION_ITEMS)
    journey.answer(ActionItems(items=()))
    record = store.records.get(journey.key)
    assert (record.action_items, record.gaps) == ((), ())
