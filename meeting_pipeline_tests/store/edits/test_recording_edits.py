"""Title, date, participants and language of a recording: changed by people, with history, and due dates follow the date."""

from datetime import date
from typing import Any

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_results import ActionItems
from meeting_pipeline.domain.minutes import minutes_text
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.version_diff import version_diff
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import ActionItemRow, Artifact
from meeting_pipeline_tests.store.edits.edited import refresh, rows
from meeting_pipeline_tests.store.edits.test_claim_edits import TRUE, claim
from meeting_pipeline_tests.store.samples import Clock, Journey, action_items, answer, completed


def due(store: Store, key: str) -> date | None:
    return (store.records.get(key).action_items or ())[0].due_date


def code(call: Any) -> str:
    with pytest.raises(PermanentError) as caught:
        call()
    return caught.value.code


def test_details_are_changed_kept_in_the_history_and_put_back(store: Store, clock: Clock) -> None:
    key = completed(store).key
    given = {
        "title": "  Board \x1b[2J meeting ",
        "date": "2025-10-10",
        "participants": ["Ada", " Ben "],
        "language": "de",
    }
    assert store.recording_edits.change(key, given, by="Grace") == set(given)
    row = store.recordings.get(key)
    assert (row.title, row.meeting_date, row.participants, row.language) == (
        "Board [2J meeting", date(2025, 10, 10), ["Ada", "Ben"], "de",
    )  # fmt: skip
    assert minutes_text(store.records.get(key)).startswith("Board [2J meeting")
    assert refresh(store, clock) == [key]
    (entry,) = store.edit_history.newest(key)
    assert (entry.edited_by, entry.before["title"], entry.before["date"]) == ("Grace", "Weekly", "2025-03-14")
    store.undoing.undo(key, 1, by="Ben")
    assert (store.recordings.get(key).title, store.recordings.get(key).meeting_date) == ("Weekly", date(2025, 3, 14))
    store.undoing.undo(key, 2, by="Ben")
    assert store.recordings.get(key).participants == ["Ada", "Ben"]


def test_due_dates_are_counted_from_the_new_date_and_back(store: Store) -> None:
    key = completed(store).key
    known = claim(store, key, TRUE).claim_id
    assert due(store, key) == date(2025, 3, 21)
    store.recording_edits.change(key, {"date": "2025-10-08"}, by="Grace")
    assert due(store, key) == date(2025, 10, 10)
    assert rows(store, ActionItemRow, "due_date", "due_words") == [(date(2025, 10, 10), "by Friday")]
    assert claim(store, key, TRUE).claim_id == known
    store.undoing.undo(key, 1, by="Grace")
    assert due(store, key) == date(2025, 3, 21)


def test_versions_made_for_different_dates_are_compared_as_they_would_be_shown_now(store: Store) -> None:
    journey = completed(store)
    store.recording_edits.change(journey.key, {"date": "2025-10-08"}, by="Grace")
    item = (store.records.get(journey.key).action_items or ())[0]
    journey.begin(collecting=False).answer(ActionItems(items=(item,)))
    pair = store.version_history.pair(journey.key, Insight.ACTION_ITEMS)
    diff = version_diff(
        pair.record, Insight.ACTION_ITEMS, (pair.before, pair.before_result), (pair.after, pair.after_result)
    )
    assert not diff.differs, [change.fields for change in diff.changed]


def test_a_due_date_that_a_person_set_stays_when_the_date_changes(store: Store) -> None:
    key = completed(store).key
    store.item_edits.change(key, claim(store, key, TRUE).claim_id, {"due_date": "2026-01-01"}, by="Grace")
    store.recording_edits.change(key, {"date": "2025-10-08"}, by="Grace")
    assert due(store, key) == date(2026, 1, 1)


@pytest.mark.parametrize(("words", "day"), [("bis Freitag in einer Woche", None), (None, date(2025, 3, 21))])
def test_words_that_the_rules_do_not_know_give_no_day_after_a_change(
    store: Store, words: str | None, day: date | None
) -> None:
    journey = Journey(store).accept().begin().collect()
    (item,) = action_items(TRUE).items
    journey.answer(ActionItems(items=(item.model_copy(update={"due_words": words}),)))
    journey.complete()
    store.recording_edits.change(journey.key, {"date": "2025-10-08"}, by="Grace")
    assert due(store, journey.key) == day
    store.undoing.undo(journey.key, 1, by="Grace")
    assert due(store, journey.key) == date(2025, 3, 21)


def test_what_was_asked_before_the_change_and_answered_after_it_is_counted_anew(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    store.recording_edits.change(journey.key, {"date": "2025-10-08"}, by="Grace")
    store.results.store_answer(
        journey.key, journey.run_id, answer(action_items(TRUE)), input_hash="i", meeting_date=date(2025, 3, 14)
    )
    assert due(store, journey.key) == date(2025, 10, 10)


def test_results_from_before_the_column_count_from_the_date_that_the_recording_had(store: Store) -> None:
    key = completed(store).key
    with store.database.write() as session:
        session.query(Artifact).update({"meeting_date": None})
    assert due(store, key) == date(2025, 3, 21)
    store.recording_edits.change(key, {"date": "2025-10-08"}, by="Grace")
    assert due(store, key) == date(2025, 10, 10)


def test_the_same_details_again_are_no_edit(store: Store) -> None:
    key = completed(store).key
    assert store.recording_edits.change(key, {"title": "Weekly", "date": "2025-03-14"}, by="x") == frozenset()
    assert store.edit_history.newest(key) == []


def test_a_detail_that_was_changed_since_is_not_put_back_and_not_overwritten_unseen(store: Store) -> None:
    key = completed(store).key
    store.recording_edits.change(key, {"title": "One"}, by="x", version=0)
    assert code(lambda: store.recording_edits.change(key, {"title": "Two"}, by="x", version=0)) == "edited_meanwhile"
    store.recording_edits.change(key, {"title": "Two"}, by="x", version=1)
    assert code(lambda: store.undoing.undo(key, 1, by="x")) == "edited_since"


@pytest.mark.parametrize(
    "given",
    [
        {"title": ""},
        {"title": " \u202e "},
        {"title": None},
        {"date": None},
        {"date": "9999-12-31"},
        {"language": "English"},
        {"participants": ["x" * 201]},
        {"participants": "Ada"},
    ],
)
def test_details_that_no_submission_may_have_are_refused(store: Store, given: dict[str, Any]) -> None:
    key = completed(store).key
    assert code(lambda: store.recording_edits.change(key, given, by="x")) == "bad_edit"
    assert store.recordings.get(key).title == "Weekly"


def test_the_title_of_a_recording_that_is_processed_can_be_changed(store: Store) -> None:
    journey = Journey(store).accept().begin()
    store.recording_edits.change(journey.key, {"title": "Board"}, by="x")
    journey.collect()
    journey.complete()
    assert store.records.get(journey.key).title == "Board"
    assert journey.shown() == ("completed", "done")
