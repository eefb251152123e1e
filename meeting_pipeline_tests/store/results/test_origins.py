"""What made the current results: it follows them, and what would be made otherwise today is found by an index."""

from datetime import date

import pytest
import sqlalchemy as sa

from meeting_pipeline.domain import fingerprints
from meeting_pipeline.domain.fingerprints import REPLACED
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store.results.origins import Chosen
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.growing import grow, history
from meeting_pipeline_tests.query_plans import Recorder, scans
from meeting_pipeline_tests.store.samples import Clock, answer, completed, decisions, summary, unavailable

NOW = {"speakers": "1", "summary": "1", "action_items": "1", "decisions": "1"}
NEW_SUMMARY = {**NOW, "summary": "2"}


@pytest.fixture(autouse=True)
def _rules_that_have_never_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fingerprints are the versions of the prompts alone."""
    monkeypatch.setattr(fingerprints, "VERIFICATION_VERSION", "1")


def test_nothing_is_stale_while_everything_is_made_in_the_same_way(store: Store) -> None:
    completed(store)
    assert store.origins.count_stale(NOW) == dict.fromkeys(NOW, 0)
    assert store.origins.stale(NOW) == []


@pytest.mark.parametrize("fingerprint", ["0", "2", "zz", "A"])
def test_a_result_that_was_made_otherwise_is_stale_whichever_name_sorts_first(store: Store, fingerprint: str) -> None:
    journey = completed(store)
    in_use = {**NOW, "summary": fingerprint}
    assert store.origins.count_stale(in_use) == {**dict.fromkeys(NOW, 0), "summary": 1}
    (found,) = store.origins.stale(in_use)
    assert (found.key, found.result, found.fingerprint, found.replaced) == (journey.key, "summary", "1", False)
    assert found.usage == Usage(calls=1, input_tokens=100, output_tokens=10)
    assert (found.provider, found.model) == ("simulated", "scripted")


def test_a_result_that_was_made_again_is_not_stale(store: Store) -> None:
    journey = completed(store).begin()
    again = answer(summary("Another.")).model_copy(update={"prompt_version": "2"})
    store.results.store_answer(journey.key, journey.run_id, again, input_hash="i")
    assert store.origins.of(journey.key) == NEW_SUMMARY
    assert store.origins.stale(NEW_SUMMARY) == []


def test_a_failed_attempt_leaves_a_result_as_stale_as_it_was(store: Store) -> None:
    journey = completed(store).begin()
    store.results.store_gap(journey.key, journey.run_id, unavailable())
    assert store.origins.count_stale(NEW_SUMMARY)["summary"] == 1


def test_a_replaced_transcript_makes_every_insight_stale_from_then_on(store: Store, clock: Clock) -> None:
    journey = completed(store)
    later = clock.advance(60)
    journey.begin().collect("Something else.")
    found = store.origins.stale(NOW)
    assert {row.result for row in found} == set(NOW)
    assert {(row.fingerprint, row.replaced, row.since) for row in found} == {(REPLACED, True, later)}
    assert {row.usage.calls for row in found} == {1}  # what they took is still known
    journey.answer(decisions())
    assert store.origins.count_stale(NOW) == {**dict.fromkeys(NOW, 1), "decisions": 0}


def test_recordings_are_chosen_by_day_title_and_key(store: Store) -> None:
    first, second = completed(store, 1), completed(store, 2)
    rows = {row.key: row for row in store.origins.stale(NEW_SUMMARY)}
    assert set(rows) == {first.key, second.key}
    day = rows[first.key].meeting_date
    assert len(store.origins.stale(NEW_SUMMARY, Chosen(since=day, until=day))) == 2
    assert store.origins.stale(NEW_SUMMARY, Chosen(until=date(2000, 1, 1))) == []
    assert store.origins.stale(NEW_SUMMARY, Chosen(since=date(2100, 1, 1))) == []
    title = rows[first.key].title
    assert len(store.origins.stale(NEW_SUMMARY, Chosen(title=title.upper()))) >= 1
    assert store.origins.stale(NEW_SUMMARY, Chosen(title="100%_of nothing")) == []
    assert [row.key for row in store.origins.stale(NEW_SUMMARY, Chosen(keys=(second.key,)))] == [second.key]


def test_a_deleted_recording_is_not_stale(store: Store) -> None:
    journey = completed(store)
    store.deletions.delete(journey.key, "ops", drop_deliveries=True)
    assert store.origins.count_stale(NEW_SUMMARY)["summary"] == 0


def test_the_fingerprint_in_use_is_noted_once_and_each_time_it_changes(store: Store, clock: Clock) -> None:
    assert store.origins.in_use_since(NOW) == {}
    began = clock.now
    assert store.origins.note_in_use(NOW) == list(NOW)
    clock.advance(60)
    assert store.origins.note_in_use(NOW) == []
    assert store.origins.in_use_since(NOW) == dict.fromkeys(NOW, began)
    assert "summary" not in store.origins.in_use_since(NEW_SUMMARY)
    changed = clock.advance(60)
    assert store.origins.note_in_use(NEW_SUMMARY) == ["summary"]
    assert store.origins.in_use_since(NEW_SUMMARY)["summary"] == changed
    back = clock.advance(60)
    assert store.origins.note_in_use(NOW) == ["summary"]
    assert store.origins.in_use_since(NOW)["summary"] == back


@pytest.mark.slow
def test_looking_for_stale_results_reads_no_table_as_a_whole(store: Store) -> None:
    grow(store, history(store), 1000)
    recorder = Recorder(store.database)
    with store.database.write() as session:  # one of a thousand
        session.execute(
            sa.text(
                "UPDATE result_origins SET fingerprint = '0' WHERE result = 'summary' AND recording_key = "
                "(SELECT min(recording_key) FROM result_origins)"
            )
        )
    if not store.database.sqlite:
        with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE result_origins"))
    with recorder.listening():
        recorder.doing("counting", lambda: store.origins.count_stale(NOW))
        recorder.doing("finding", lambda: store.origins.stale(NOW))
        recorder.doing("choosing", lambda: store.origins.stale(NOW, Chosen(title="a", since=date(2020, 1, 1))))
    assert store.origins.count_stale(NOW)["summary"] == 1
    planned = [one for one in recorder.statements.values() if one.is_planned]
    assert planned
    assert [found for one in planned for found in scans(store.database, one)] == []
