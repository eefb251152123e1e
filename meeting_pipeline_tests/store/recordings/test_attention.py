"""What needs a person is counted, with bounds, and no longer once somebody has decided."""

from datetime import date

import pytest

from meeting_pipeline.domain.insight_results import ActionItem, ActionItems
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.store import policies
from meeting_pipeline.store.recordings.attention import Attention
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock, Journey, failed, unavailable

NOTHING = Attention(failed=0, gaps=0, overdue=0, unconfirmed=())


def items(*verdicts: Verdict) -> ActionItems:
    said = Evidence(segment_ids=(0,), quote="Hello")
    return ActionItems(
        items=tuple(
            ActionItem(
                task=f"Task {place}", owner=None, due_date=date(2020, 1, 2), due_words=None, evidence=said, verdict=verdict,
                reasons=("not_supported",) if verdict is Verdict.UNVERIFIED else (),
            )
            for place, verdict in enumerate(verdicts)
        )
    )  # fmt: skip


def test_nothing_needs_a_person_at_first(store: Store) -> None:
    assert store.attention.now() == NOTHING


def test_failed_recordings_are_counted_up_to_a_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        failed(store, number)
    assert store.attention.now().failed == 3
    monkeypatch.setattr(policies, "ATTENTION_COUNTED", 2)
    assert store.attention.now().failed == 2


def test_a_recording_that_lacks_two_results_is_one(store: Store) -> None:
    journey = Journey(store, number=1).accept().begin().collect()
    for insight in (Insight.SUMMARY, Insight.DECISIONS):
        store.results.store_gap(journey.key, journey.run_id, unavailable(insight))
    assert store.attention.now().gaps == 1


def test_unconfirmed_items_are_counted_until_a_person_has_decided(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = Journey(store, number=1).accept().begin().collect("Hello")
    journey.answer(items(Verdict.VERIFIED, Verdict.UNVERIFIED, Verdict.UNVERIFIED)).complete()
    (meeting,) = store.attention.now().unconfirmed
    assert (meeting.key, meeting.items) == (journey.key, 2)
    first, second = (claim for claim in store.records.get(journey.key).claims_withheld(Insight.ACTION_ITEMS))
    store.claim_edits.judge(journey.key, first.claim_id, Judgement.ACCEPTED, by="Grace")
    assert [one.items for one in store.attention.now().unconfirmed] == [1]
    store.claim_edits.judge(journey.key, second.claim_id, Judgement.DELETED, by="Grace")
    assert store.attention.now().unconfirmed == ()


def test_only_the_newest_recordings_are_looked_through(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "ATTENTION_MEETINGS", 1)
    for number in (1, 2):
        journey = Journey(store, number=number).accept().begin().collect("Hello")
        journey.answer(items(Verdict.UNVERIFIED)).complete()
        clock.advance(1)
    assert [one.key for one in store.attention.now().unconfirmed] == [journey.key]
