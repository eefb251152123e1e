"""Outages as rows: when one begins, who may probe during it, and what its end restores."""

import pytest
from sqlalchemy import update

from meeting_pipeline.domain.errors import OperatorError, ProviderUnavailable
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.store import policies
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import GapRow
from meeting_pipeline_tests.store.samples import OPTIONS, Clock, Journey, new_recording, race, unavailable

AAI = "assemblyai"
DOWN = ProviderUnavailable("provider_unavailable", "HTTP 503.", "It is retried later.")
NO_CREDIT = OperatorError("assemblyai_no_credit", "No credit.", "Add some.")


def probed(store: Store, service: Service = Service.TRANSCRIPTION) -> bool:
    return store.outages.claim_probe(AAI, service)


def test_one_recordings_trouble_is_no_outage_however_often_it_meets_it(store: Store) -> None:
    for _ in range(5):
        noted = store.outages.failed(AAI, Service.ORDERS, DOWN, "a")
        assert (noted.outage, noted.began) == (None, False)
    assert store.outages.open() == []


def test_the_same_trouble_of_a_second_recording_is_an_outage_once(store: Store) -> None:
    store.outages.failed(AAI, Service.ORDERS, DOWN, "a")
    first = store.outages.failed(AAI, Service.ORDERS, DOWN, "b")
    again = store.outages.failed(AAI, Service.ORDERS, DOWN, "a")
    assert (first.began, again.began) == (True, False)
    assert again.outage is not None
    assert [outage.service for outage in store.outages.open()] == [Service.ORDERS]


def test_a_success_between_them_ends_the_suspicion(store: Store) -> None:
    store.outages.failed(AAI, Service.ORDERS, DOWN, "a")
    assert store.outages.succeeded(AAI, Service.ORDERS) == []
    assert store.outages.failed(AAI, Service.ORDERS, DOWN, "b").outage is None


def test_trouble_of_nobodys_recording_is_an_outage_at_once(store: Store) -> None:
    assert store.outages.failed(AAI, Service.TRANSCRIPTION, DOWN, None).began


def test_services_fail_and_recover_apart_and_all_with_the_whole(store: Store) -> None:
    store.outages.failed(AAI, Service.ORDERS, NO_CREDIT, None)
    assert store.outages.holding(AAI, Service.TRANSCRIPTS) is None
    assert store.outages.succeeded(AAI, Service.TRANSCRIPTION) == []
    assert store.outages.holding(AAI, Service.ORDERS) is not None
    store.outages.failed(AAI, Service.TRANSCRIPTION, DOWN, None)
    for service in (Service.ORDERS, Service.TRANSCRIPTS, Service.TRANSCRIPTION):
        held = store.outages.holding(AAI, service)
        assert held is not None
        assert held.whole
    assert store.outages.holding("another", Service.ORDERS) is None
    assert store.outages.holding("openai", Service.LLM_CALLS) is None
    assert {outage.service for outage in store.outages.succeeded(AAI, Service.ORDERS)} == {
        Service.ORDERS,
        Service.TRANSCRIPTION,
    }


def test_probes_come_later_and_later_and_one_at_a_time(store: Store, clock: Clock) -> None:
    store.outages.failed(AAI, Service.TRANSCRIPTION, DOWN, None)
    waits = []
    for _ in range(10):
        assert not probed(store)
        [outage] = store.outages.open()
        waits.append((outage.probe_at - clock()).total_seconds())
        clock.advance(waits[-1])
        assert race(2, lambda _: probed(store)).count(True) == 1
    first, longest = policies.OUTAGE_FIRST_SECONDS, policies.OUTAGE_MAX_SECONDS
    assert waits[:3] == [first, first * 2, first * 4]
    assert waits[-1] == longest
    assert max(waits) == longest


def test_a_longer_wait_that_the_provider_asks_for_is_kept(store: Store, clock: Clock) -> None:
    asked = ProviderUnavailable("provider_busy", "HTTP 429.", retry_after_s=900)
    store.outages.failed(AAI, Service.TRANSCRIPTION, asked, None)
    clock.advance(899)
    assert not probed(store)
    clock.advance(1)
    assert probed(store)


def test_a_key_that_must_be_mended_is_tried_at_an_even_pace(store: Store, clock: Clock) -> None:
    store.outages.failed(AAI, Service.ORDERS, NO_CREDIT, None)
    for _ in range(5):
        clock.advance(policies.OPERATOR_RETRY_SECONDS)
        assert probed(store, Service.ORDERS)


def test_after_a_start_everybody_is_asked_at_once(store: Store, clock: Clock) -> None:
    store.outages.failed(AAI, Service.TRANSCRIPTION, NO_CREDIT, None)
    store.outages.probe_soon()
    assert probed(store)


def test_the_recording_whose_turn_it_is_is_not_held(store: Store, clock: Clock) -> None:
    store.outages.failed(AAI, Service.TRANSCRIPTS, NO_CREDIT, None)
    clock.advance(policies.OPERATOR_RETRY_SECONDS)
    assert store.outages.claim_probe(AAI, Service.TRANSCRIPTS, "a")
    assert store.outages.holding(AAI, Service.TRANSCRIPTS, "a") is None
    assert store.outages.holding(AAI, Service.TRANSCRIPTS, "b") is not None
    store.outages.failed(AAI, Service.TRANSCRIPTION, DOWN, None)
    assert store.outages.holding(AAI, Service.TRANSCRIPTS, "a") is not None


def test_two_who_meet_it_first_at_the_same_time_note_it_once(store: Store) -> None:
    noted = race(2, lambda number: store.outages.failed(AAI, Service.ORDERS, DOWN, f"recording-{number}"))
    assert [found.began for found in noted].count(True) == 1


def test_the_time_of_an_outage_does_not_count_for_the_deadline_of_an_order(store: Store, clock: Clock) -> None:
    key = store.recordings.accept(new_recording(needs_order=True)).key
    order = store.orders.open(key, OPTIONS)
    store.orders.ordered(order.id, "provider-1")
    before = store.orders.get(order.id).deadline_at
    clock.advance(100)
    store.outages.failed(AAI, Service.TRANSCRIPTION, DOWN, None)
    clock.advance(5000)
    store.outages.succeeded(AAI, Service.TRANSCRIPTION)
    after = store.orders.get(order.id).deadline_at
    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == 5000


@pytest.mark.parametrize("begun", ["before", "during"])
def test_the_time_of_an_outage_does_not_count_for_the_patience_with_a_gap(
    store: Store, clock: Clock, begun: str
) -> None:
    journey = Journey(store).accept().begin().collect()
    if begun == "during":
        store.outages.failed("openai", Service.INSIGHTS, DOWN, None)
    store.results.store_gap(journey.key, journey.run_id, unavailable(), outage=begun == "during")
    if begun == "before":
        store.outages.failed("openai", Service.INSIGHTS, DOWN, None)
    journey.complete()
    clock.advance(policies.GAP_GIVE_UP_SECONDS * 2)
    store.outages.succeeded("openai", Service.INSIGHTS)
    [due] = store.gap_requests.gaps_due(5)
    assert due.tries == (1 if begun == "before" else 0)
    store.gap_requests.mark_requested(due)
    clock.advance(policies.GAP_MAX_SECONDS)
    assert [again.key for again in store.gap_requests.gaps_due(5)] == [journey.key], "it is not given up"


def test_gaps_come_by_recording_whole(store: Store, clock: Clock) -> None:
    from meeting_pipeline.domain.result_kinds import Insight

    for number in (1, 2):
        journey = Journey(store, number=number).accept().begin().collect()
        for insight in Insight:
            store.results.store_gap(journey.key, journey.run_id, unavailable(insight))
        journey.complete()
    with store.database.write() as session:
        session.execute(update(GapRow).values(due_at=clock()))
    assert [len(due.insights) for due in store.gap_requests.gaps_due(2)] == [4, 4]
