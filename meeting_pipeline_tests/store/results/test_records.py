"""Records built from current rows."""

from datetime import date

import pytest
from sqlalchemy import event, select

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_results import Decisions
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.results import records as module
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Artifact, Recording
from meeting_pipeline_tests.store.samples import (
    OPTIONS,
    SIMULATED,
    Journey,
    bought,
    completed,
    failed,
    summary,
    transcript,
    unavailable,
)


def queries_of(store: Store) -> int:
    """The number of queries that building all records takes."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    list(store.records.each_completed())
    event.remove(store.database.engine, "before_cursor_execute", note)
    return len([statement for statement in seen if statement.startswith("SELECT")])


def test_a_record_has_every_current_result(store: Store) -> None:
    journey = completed(store)
    record = store.records.get(journey.key)
    assert (record.status, record.revision, record.error, record.gaps) == (RecordingStatus.COMPLETED, 1, None, ())
    assert record.transcript == transcript()
    assert record.summary == summary()
    assert [name.name for name in record.speakers or ()] == ["Ada"]
    assert [item.task for item in record.action_items or ()] == ["Send the report"]
    assert [decision.decision for decision in record.decisions or ()] == ["Ship it"]


def test_stamps_say_who_made_what_and_from_how_much(store: Store) -> None:
    journey = completed(store)
    stamps = store.records.get(journey.key).stamps
    assert sorted(stamps) == ["action_items", "decisions", "speakers", "summary", "transcript"]
    assert {stamp.provenance for stamp in stamps.values()} == {SIMULATED}
    assert stamps["summary"].coverage is not None
    assert stamps["summary"].coverage.complete


def test_costs_are_of_everything_that_was_paid_and_of_nothing_twice(store: Store) -> None:
    journey = completed(store)
    order = store.orders.open(journey.key, OPTIONS)
    store.orders.finish(order.id, cost_usd=0.05)
    journey.begin(collecting=False)
    for problem in (None, "refused"):
        bought(store, journey.key, journey.run_id, problem=problem)
    assert store.records.get(journey.key).cost_usd == pytest.approx(0.05 + 2 * 0.01)
    journey.answer(summary("A version that rests on an answer of the ledger."))
    assert store.records.get(journey.key).cost_usd == pytest.approx(0.05 + 2 * 0.01)


def test_what_is_missing_is_none_and_named_with_the_time_of_the_next_attempt(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    record = store.records.get(journey.key)
    assert (record.summary, record.action_items) == (None, None)
    (gap,) = record.gaps
    assert (gap.insight, gap.code) == (Insight.SUMMARY, "provider_unavailable")
    assert gap.retry_at is not None


def test_an_empty_answer_is_not_a_missing_one(store: Store) -> None:
    journey = Journey(store).accept().begin().collect().answer(Decisions(decisions=()))
    assert store.records.get(journey.key).decisions == ()


def test_an_unknown_key_is_a_clear_error(store: Store) -> None:
    with pytest.raises(PermanentError) as caught:
        store.records.get("2025-03-14-nothing-00000000")
    assert caught.value.code == "unknown_recording"


def test_all_records_with_an_outcome_come_oldest_meeting_first(store: Store) -> None:
    late = completed(store, 1, meeting_date=date(2025, 5, 1)).key
    lost = failed(store, 2, meeting_date=date(2025, 4, 1)).key
    Journey(store, number=3).accept()
    early = completed(store, 4, meeting_date=date(2025, 3, 1)).key
    assert [record.key for record in store.records.each_completed()] == [early, lost, late]


def test_records_are_the_same_alone_and_among_others(store: Store) -> None:
    keys = [completed(store, number).key for number in (1, 2)]
    journey = Journey(store, number=3).accept().begin().collect("One of its own.", "And another.")
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    journey.complete()
    assert list(store.records.each_completed()) == [store.records.get(key) for key in [*keys, journey.key]]


def test_more_records_take_no_more_queries(store: Store) -> None:
    completed(store, 1)
    one = queries_of(store)
    for number in (2, 3):
        completed(store, number)
    assert queries_of(store) == one


def test_records_that_do_not_fit_one_batch_all_come(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [failed(store, number).key for number in range(1, 6)]
    monkeypatch.setattr(module, "_BATCH", 2)
    assert [record.key for record in store.records.each_completed()] == keys


def test_what_is_read_together_is_of_one_moment(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    with store.database.read() as session:
        assert load_record(session, session.get_one(Recording, journey.key)).summary is None
        journey.answer(summary())
        session.expire_all()
        assert load_record(session, session.get_one(Recording, journey.key)).summary is None
    assert store.records.get(journey.key).summary is not None


def test_a_record_whose_stored_results_cannot_be_read_keeps_no_other_from_its_readers(store: Store) -> None:
    keys = [completed(store, number).key for number in (1, 2, 3)]
    with store.database.write() as session:
        query = select(Artifact).where(Artifact.recording_key == keys[1], Artifact.kind == "transcript")
        session.scalars(query).one().payload = {"of": "another version"}
    assert [record.key for record in store.records.each_completed()] == [keys[0], keys[2]]
