"""Corrections of what was said and who said it: everywhere at once, kept over a new transcription where they fit, reversible."""

from typing import Any

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.exports import to_srt, to_vtt
from meeting_pipeline.domain.record_json import meeting_fields
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import RecordEdit, SegmentRow
from meeting_pipeline_tests.store.edits.edited import refresh, rows
from meeting_pipeline_tests.store.edits.test_claim_edits import done
from meeting_pipeline_tests.store.samples import Clock, Journey, completed, race

SAID = "I will send the report by Friday."
MEANT = "I will send the rapport by Friday."


def texts(store: Store, key: str) -> list[tuple[str, str]]:
    found = store.records.get(key).transcript
    assert found is not None
    return [(segment.speaker, segment.text) for segment in found.segments]


def code(call: Any) -> str:
    with pytest.raises(PermanentError) as caught:
        call()
    return caught.value.code


def test_a_corrected_word_is_everywhere_and_says_who_corrected_it(store: Store, clock: Clock) -> None:
    key = completed(store).key
    assert store.segment_edits.correct(key, 1, "Grace", text=MEANT)
    record = store.records.get(key)
    assert texts(store, key)[1] == ("B", MEANT)
    assert MEANT in to_vtt(record)
    assert MEANT in to_srt(record)
    first, second = meeting_fields(record)["segments"]
    assert ("edited_by" in first, second["text"], second["edited_by"]) == (False, MEANT, "Grace")
    assert rows(store, SegmentRow, "text", "edited_by") == [("Good morning.", None), (MEANT, "Grace")]
    assert record.action_items is not None
    assert record.action_items[0].evidence.quote == "send the report"  # the words as they were transcribed
    assert refresh(store, clock) == [key]


def test_the_speaker_of_a_segment_is_corrected_beside_its_words(store: Store) -> None:
    key = done(store).key
    store.segment_edits.correct(key, 1, "Grace", text=MEANT)
    store.segment_edits.correct(key, 1, "Ben", speaker="A")
    assert texts(store, key) == [("A", "Good morning."), ("A", MEANT)]
    assert store.records.get(key).speaker_name("B") == "Speaker B"  # items may still name who says nothing any more
    newest, first = store.edit_history.newest(key)
    assert (newest.before, newest.after, newest.edited_by) == ({"speaker": "B"}, {"speaker": "A"}, "Ben")
    store.undoing.undo(key, first.number, by="Ada")
    assert texts(store, key)[1] == ("A", SAID)
    store.undoing.undo(key, newest.number, by="Ada")
    assert texts(store, key)[1] == ("B", SAID)
    assert rows(store, RecordEdit, "subject") == []


def test_a_correction_fits_where_a_new_transcription_says_the_same_words_at_that_time(store: Store) -> None:
    journey = completed(store)
    store.segment_edits.correct(journey.key, 1, "Grace", text=MEANT)
    again(journey, "Good morning.", "i will send the report, by friday")
    assert texts(store, journey.key)[1] == ("B", MEANT)


@pytest.mark.parametrize(
    "words",
    [
        ("Good morning.", "I will send a report by Friday."),
        ("Hello.", "Good morning.", "You will.", SAID),
        (SAID, "No."),
    ],
)
def test_a_correction_of_other_words_or_of_another_time_waits_and_changes_nothing(
    store: Store, words: tuple[str, ...]
) -> None:
    journey = completed(store)
    store.segment_edits.correct(journey.key, 1, "Grace", text=MEANT)
    again(journey, *words)
    record = store.records.get(journey.key)
    assert [text for _, text in texts(store, journey.key)] == list(words)
    assert (len(record.segment_edits), record.edited_segments) == (1, {})
    again(journey, "Good morning.", SAID)
    assert texts(store, journey.key)[1] == ("B", MEANT)


def again(journey: Journey, *words: str) -> None:
    journey.begin().collect(*words)
    journey.store.leases.end(journey.run_id)


def test_two_who_correct_at_once_do_not_overwrite_each_other_unseen(store: Store) -> None:
    key = completed(store).key

    def correct(number: int) -> str:
        try:
            store.segment_edits.correct(key, 1, f"person {number}", text=f"Text {number}", version=0)
        except PermanentError as error:
            return error.code
        return "done"

    assert sorted(race(2, correct)) == ["done", "edited_meanwhile"]


def test_the_same_words_again_are_no_edit(store: Store) -> None:
    key = completed(store).key
    assert not store.segment_edits.correct(key, 1, "Grace", text=SAID, speaker="B")
    assert not store.segment_edits.correct(key, 1, "Grace")
    assert store.edit_history.newest(key) == []


def test_what_cannot_be_corrected_is_refused(store: Store) -> None:
    key = completed(store).key
    correct = store.segment_edits.correct
    assert code(lambda: correct(key, 9, "x", text="y")) == "unknown_segment"
    assert code(lambda: correct(key, 1, "x", text=" \n ")) == "bad_edit"
    assert code(lambda: correct(key, 1, "x", text="y" * 20_001)) == "bad_edit"
    assert code(lambda: correct(key, 1, "x", speaker="Z")) == "unknown_speaker"
    fresh = Journey(store, number=2).accept()
    assert code(lambda: correct(fresh.key, 0, "x", text="y")) == "no_transcript"
    assert code(lambda: correct("no-such", 0, "x", text="y")) == "unknown_recording"
