"""Listing recordings page by page while others arrive, with additional details of each."""

from datetime import timedelta
from typing import Any

import pytest

from meeting_pipeline.domain.errors import OperatorError, PermanentError, ProviderUnavailable
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.waits import WaitKind
from meeting_pipeline.store.recordings.queries import PagePosition, RecordingFilter
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import (
    START,
    Clock,
    Journey,
    action_items,
    answer,
    bought,
    completed,
    failed,
    new_recording,
    summary,
    unavailable,
)

DOWN = ProviderUnavailable("provider_down", "It does not answer.", "Look at its status page.")
REFUSED = OperatorError("key_refused", "The key is refused.", "Set another key.")


def accept(store: Store, clock: Clock, *numbers: int, **changes: Any) -> list[str]:
    keys = []
    for number in numbers:
        keys.append(store.recordings.accept(new_recording(number, **changes)).key)
        clock.advance(1)
    return keys


def keys(store: Store, limit: int = 100, after: PagePosition | None = None, **wanted: Any) -> list[str]:
    return [item.row.key for item in store.overviews.page(RecordingFilter(**wanted), limit, after).items]


def test_the_newest_come_first_and_pages_follow_each_other(store: Store, clock: Clock) -> None:
    known = accept(store, clock, *range(1, 6))[::-1]
    first = store.overviews.page(RecordingFilter(), 2)
    assert [item.row.key for item in first.items] == known[:2]
    second = store.overviews.page(RecordingFilter(), 2, first.after)
    third = store.overviews.page(RecordingFilter(), 2, second.after)
    assert [item.row.key for item in (*second.items, *third.items)] == known[2:]
    assert third.after is None


def test_no_page_shows_one_twice_or_skips_one_while_others_arrive_and_go(store: Store, clock: Clock) -> None:
    known = accept(store, clock, *range(1, 10))[::-1]
    seen: list[str] = []
    after, number = None, 10
    while True:
        page = store.overviews.page(RecordingFilter(), 3, after)
        seen += [item.row.key for item in page.items]
        if page.after is None:
            break
        after = page.after
        accept(store, clock, number)
        number += 1
    assert seen == known


def test_recordings_of_one_moment_are_told_apart_by_their_key(store: Store) -> None:
    known = sorted((store.recordings.accept(new_recording(number)).key for number in range(1, 6)), reverse=True)
    first = store.overviews.page(RecordingFilter(), 2)
    assert [item.row.key for item in first.items] + keys(store, after=first.after) == known


def test_a_full_last_page_has_no_next(store: Store, clock: Clock) -> None:
    accept(store, clock, 1, 2)
    assert store.overviews.page(RecordingFilter(), 2).after is None


def test_each_condition_narrows(store: Store, clock: Clock) -> None:
    good = completed(store, 1).key
    bad = failed(store, 2).key
    clock.advance(60)
    (new,) = accept(store, clock, 3, title="Räte & 100% plans_1", source="api", needs_order=True)
    gappy = Journey(store, number=4).accept().begin().collect().answer(action_items("Send it"))
    store.results.store_gap(gappy.key, gappy.run_id, unavailable(Insight.SUMMARY))
    assert keys(store, status=RecordingStatus.COMPLETED) == [good]
    assert keys(store, status=RecordingStatus.FAILED) == [bad]
    assert keys(store, stage=Stage.ORDERING) == [new]
    assert keys(store, source="api") == [new]
    assert keys(store, gap=Insight.SUMMARY) == [gappy.key]
    assert keys(store, gap=Insight.DECISIONS) == []
    assert keys(store, any_gap=True) == [gappy.key]
    assert keys(store, title="PLANS_1") == [new]
    assert keys(store, title="100%") == [new]
    assert keys(store, title="%") == [new]
    assert keys(store, title="plans-1") == []
    assert keys(store, submitted_after=START + timedelta(seconds=60)) == [gappy.key]
    assert keys(store, submitted_before=START + timedelta(seconds=60)) == [bad, good]
    assert keys(store, status=RecordingStatus.COMPLETED, source="api") == []


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\\", "_%'\"", "\ud800"])
def test_any_text_may_be_looked_for(store: Store, text: str) -> None:
    store.recordings.accept(new_recording(1))
    assert keys(store, title=text) == []


def test_what_is_known_of_a_recording(store: Store) -> None:
    journey = completed(store)
    store.recordings.accept(new_recording(1))
    journey.begin(collecting=False)
    bought(store, journey.key, journey.run_id)
    found = store.overviews.get(journey.key)
    assert found.results == frozenset(ResultKind)
    assert (found.submissions, found.draft, found.gaps) == (2, False, ())
    assert found.cost_usd == pytest.approx(0.01)
    assert found.wait is None


def test_an_unknown_recording_is_said_to_be(store: Store) -> None:
    with pytest.raises(PermanentError) as caught:
        store.overviews.get("2025-03-14-weekly-0000000a")
    assert caught.value.code == "unknown_recording"


def test_an_ordinary_wait_is_no_trouble(store: Store) -> None:
    key = Journey(store).accept().key
    wait = store.overviews.get(key).wait
    assert wait is not None
    assert (wait.kind, wait.code) == (WaitKind.TURN, "ready")


def test_a_setback_says_when_the_next_attempt_is_due(store: Store) -> None:
    journey = Journey(store).accept().begin()
    due = store.lifecycle.collect_later(journey.key, journey.run_id, DOWN)
    wait = store.overviews.get(journey.key).wait
    assert wait is not None
    assert (wait.kind, wait.code, wait.until) == (WaitKind.RETRY, "provider_down", due)


def test_an_outage_says_who_is_out_and_when_they_are_asked_again(store: Store) -> None:
    key = Journey(store).accept(needs_order=True).key
    outage = store.outages.failed("assemblyai", Service.ORDERS, DOWN, None).outage
    assert outage is not None
    wait = store.overviews.get(key).wait
    assert wait is not None
    assert (wait.kind, wait.code, wait.until) == (WaitKind.OUTAGE, "provider_down", outage.probe_at)
    assert "assemblyai" in wait.message


def test_a_gap_waits_for_the_end_of_an_outage(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    journey.complete()
    found = store.overviews.get(journey.key)
    (gap,) = found.gaps
    assert found.retried_at(gap) == gap.due_at
    outage = store.outages.failed("openai", Service.INSIGHTS, REFUSED, None).outage
    assert outage is not None
    found = store.overviews.get(journey.key)
    assert found.retried_at(found.gaps[0]) == max(outage.probe_at, gap.due_at or outage.probe_at)
    store.results.store_gap(journey.key, journey.begin(collecting=False).run_id, unavailable(retryable=False))
    found = store.overviews.get(journey.key)
    assert found.retried_at(found.gaps[0]) is None


def test_some_recordings_are_found_by_key_with_what_each_lacks(store: Store) -> None:
    whole, lacking = completed(store, 1), Journey(store, number=2).accept().begin().collect()
    store.results.store_gap(lacking.key, lacking.run_id, unavailable())
    found = store.overviews.of([lacking.key, whole.key, "2025-03-14-deleted-meanwhile"])
    assert {item.row.key: [gap.insight for gap in item.gaps] for item in found} == {
        whole.key: [],
        lacking.key: ["summary"],
    }


def test_a_draft_is_one_until_a_better_result_replaces_it(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    rough = Provenance(provider="offline", model="rules", draft=True)
    for provenance, draft in ((rough, True), (rough.model_copy(update={"draft": False}), False)):
        better = answer(summary()).model_copy(update={"provenance": provenance})
        store.results.store_answer(journey.key, journey.run_id, better, input_hash="i")
        assert store.overviews.get(journey.key).draft is draft
