"""Speaker edits: visible to every reader at once, and delivered exactly once, whatever else is running."""

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.speaker_edits import SpeakerEdit
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.store.recordings.state_machine import Seen
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import ActionItemRow, DecisionRow, SegmentRow, SpeakerRow
from meeting_pipeline.store.tables import SpeakerEdit as Row
from meeting_pipeline_tests.store.results.edited import refresh, rows, told
from meeting_pipeline_tests.store.samples import (
    HOOK,
    SIMULATED,
    Clock,
    Journey,
    action_items,
    decisions,
    event_types,
    race,
    speakers,
    summary,
    transcript,
)

ADA = "Ada Lovelace"


def done(store: Store, number: int = 1) -> Journey:
    """A completed meeting whose texts refer to both speakers by placeholder."""
    journey = Journey(store, number=number).accept(hook=HOOK).begin().collect()
    journey.answer(summary("{A} asked {B}."), speakers(), action_items("Write to {A}"), decisions("{B} decides"))
    journey.complete()
    return journey


def test_a_name_is_in_the_record_at_once(store: Store) -> None:
    key = done(store).key
    assert store.speaker_edits.rename(key, "B", f"  {ADA} ", by="an editor")
    record = store.records.get(key)
    assert record.speaker_name("B") == ADA
    assert record.summary is not None
    assert record.summary.short_summary == f"Ada asked {ADA}."
    (kept,) = rows(store, Row, "label", "name", "merged_into", "edited_by")
    assert kept == ("B", ADA, None, "an editor")


def test_it_is_told_as_the_next_revision_after_a_little_quiet_and_once(store: Store, clock: Clock) -> None:
    key = done(store).key
    store.speaker_edits.rename(key, "B", ADA, by="x")
    assert store.results.changed(10) == []
    assert refresh(store, clock) == [key]
    assert refresh(store, clock) == []
    assert told(store, key) == ["Ada asked Speaker B.", f"Ada asked {ADA}."]
    assert store.recordings.get(key).revision == 2


def test_several_edits_in_a_row_are_one_revision(store: Store, clock: Clock) -> None:
    key = done(store).key
    store.speaker_edits.rename(key, "B", "Bob", by="x")
    store.speaker_edits.rename(key, "B", ADA, by="x")
    store.speaker_edits.merge(key, "A", "B", by="x")
    refresh(store, clock)
    assert told(store, key)[1:] == [f"{ADA} asked {ADA}."]


def test_the_same_edit_again_changes_nothing(store: Store, clock: Clock) -> None:
    key = done(store).key
    store.speaker_edits.rename(key, "B", ADA, by="x")
    refresh(store, clock)
    events = event_types(store, key)
    assert not store.speaker_edits.rename(key, "B", ADA, by="y")
    assert not store.speaker_edits.merge(key, "B", None, by="y")
    assert event_types(store, key) == events
    assert refresh(store, clock) == []


def test_an_edit_that_is_taken_back_before_it_was_told_is_no_revision(store: Store, clock: Clock) -> None:
    key = done(store).key
    store.speaker_edits.rename(key, "B", ADA, by="x")
    assert store.speaker_edits.rename(key, "B", None, by="x")
    assert refresh(store, clock) == [key]
    assert store.recordings.get(key).revision == 1
    assert rows(store, Row, "label") == []


def test_what_people_see_by_sql_follows(store: Store) -> None:
    key = done(store).key
    assert rows(store, ActionItemRow, "task", "owner") == [("Write to Ada", "B")]
    store.speaker_edits.rename(key, "B", ADA, by="x")
    assert rows(store, SpeakerRow, "label", "name") == [("A", "Ada"), ("B", ADA)]
    assert rows(store, DecisionRow, "decision") == [(f"{ADA} decides",)]
    store.speaker_edits.merge(key, "A", "B", by="x")
    assert rows(store, SpeakerRow, "label", "name") == [("B", ADA)]
    assert set(rows(store, SegmentRow, "speaker")) == {("B",)}
    assert rows(store, ActionItemRow, "task", "owner") == [(f"Write to {ADA}", "B")]
    assert rows(store, DecisionRow, "decided_by") == [(["B"],)]
    store.speaker_edits.merge(key, "A", None, by="x")
    assert rows(store, SegmentRow, "speaker") == [("A",), ("B",)]
    assert rows(store, DecisionRow, "decided_by") == [(["A"],)]


def test_an_edit_during_the_first_processing_is_told_with_the_outcome(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept(hook=HOOK).begin().collect()
    store.speaker_edits.rename(journey.key, "B", ADA, by="x")
    journey.answer(summary("{B} spoke."), speakers(), action_items("Write to {B}"))
    assert rows(store, ActionItemRow, "task") == [(f"Write to {ADA}",)]
    assert journey.complete() == 1
    assert told(store, journey.key) == [f"{ADA} spoke."]
    assert refresh(store, clock) == []


def test_an_edit_during_another_run_waits_for_its_end_and_is_told_once(store: Store, clock: Clock) -> None:
    journey = done(store).begin(collecting=False)
    store.speaker_edits.rename(journey.key, "B", ADA, by="x")
    assert refresh(store, clock) == []
    journey.answer(summary("{B} answered."))
    assert journey.complete() == 2
    assert refresh(store, clock) == []
    assert told(store, journey.key)[1:] == [f"{ADA} answered."]


def test_an_edit_between_the_minutes_and_the_end_is_told_once_and_the_minutes_are_written_again(
    store: Store, clock: Clock
) -> None:
    journey = done(store).begin(collecting=False).answer(summary("{B} answered."))
    seen = Seen(store.recordings.get(journey.key).changed_at)
    clock.advance(1)
    store.speaker_edits.rename(journey.key, "B", ADA, by="x")
    assert store.lifecycle.complete(journey.key, journey.run_id, seen) == 2
    store.leases.end(journey.run_id)
    assert refresh(store, clock) == [journey.key]
    assert refresh(store, clock) == []
    assert told(store, journey.key)[1:] == [f"{ADA} answered."]


def test_an_edit_while_a_run_dies_is_told_all_the_same(store: Store, clock: Clock) -> None:
    journey = done(store).begin(collecting=False)
    store.speaker_edits.rename(journey.key, "B", ADA, by="x")
    store.lease_watch.fence_lease(journey.run_id)
    assert refresh(store, clock) == [journey.key]
    assert told(store, journey.key)[1:] == [f"Ada asked {ADA}."]


def test_a_failed_recording_stays_failed_and_its_outcome_is_told_again(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept(hook=HOOK).begin().collect().answer(summary("{B} spoke."))
    store.cancelling.cancel(journey.key)
    assert refresh(store, clock) == []
    assert store.speaker_edits.rename(journey.key, "B", ADA, by="x")
    assert refresh(store, clock) == []
    row = store.recordings.get(journey.key)
    assert (row.status, row.error_code, row.revision) == ("failed", "cancelled", 2)
    assert told(store, journey.key) == ["Speaker B spoke.", f"{ADA} spoke."]


def test_edits_of_labels_that_a_new_transcription_lacks_are_kept_and_do_nothing(store: Store) -> None:
    journey = done(store)
    store.speaker_edits.rename(journey.key, "B", ADA, by="x")
    alone = Transcript(
        segments=(Segment(index=0, speaker="A", start_ms=0, end_ms=900, text="I will send it."),),
        language="en",
        duration_ms=1000,
        confidence=None,
        provenance=SIMULATED,
    )
    journey.begin()
    store.results.store_transcript(journey.key, journey.run_id, alone, input_hash="u")
    assert rows(store, SpeakerRow, "label") == [("A",)]
    assert store.speaker_edits.get(journey.key).edits == (SpeakerEdit("B", ADA),)
    with pytest.raises(PermanentError) as caught:
        store.speaker_edits.rename(journey.key, "B", "Bob", by="x")
    assert caught.value.code == "unknown_speaker"
    store.results.store_transcript(journey.key, journey.run_id, transcript(), input_hash="t")
    assert store.records.get(journey.key).speaker_name("B") == ADA


@pytest.mark.parametrize("edit", ["rename", "merge"])
def test_without_a_transcript_there_is_nobody_to_edit(store: Store, edit: str) -> None:
    key = Journey(store).accept().key
    with pytest.raises(PermanentError) as caught:
        getattr(store.speaker_edits, edit)(key, "A", "B", by="x")
    assert caught.value.code == "no_transcript"


def test_two_who_merge_in_opposite_directions_at_once_make_no_circle(store: Store) -> None:
    key = done(store).key

    def merge(index: int) -> str:
        try:
            store.speaker_edits.merge(key, "AB"[index], "BA"[index], by="x")
        except PermanentError as error:
            return error.code
        return "merged"

    assert sorted(race(2, merge)) == ["merge_chain", "merged"]
    assert len(store.speaker_edits.get(key).edits) == 1
