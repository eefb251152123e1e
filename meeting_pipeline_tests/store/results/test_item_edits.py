"""People's edits of items and decisions: told once, kept over reprocessing, never applied to another item, and reversible."""

from typing import Any

import pytest

from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.edited_claims import conflicts
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_results import ActionItem, ActionItems
from meeting_pipeline.domain.judged_claims import ClaimState, JudgedClaim, Judgement
from meeting_pipeline.domain.minutes import minutes_markdown, minutes_text
from meeting_pipeline.domain.record_json import meeting_fields
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import ActionItemRow, DecisionRow, EditHistoryRow, RecordEdit
from meeting_pipeline_tests.store.results.edited import refresh, rows
from meeting_pipeline_tests.store.results.test_claim_edits import LIE, TRUE, claim, done, tasks
from meeting_pipeline_tests.store.results.test_versions import hold
from meeting_pipeline_tests.store.samples import Clock, Journey, action_items, race, unavailable

REPORT = "Send the quarterly report"


def made(store: Store) -> Journey:
    """A completed meeting with one action item of B, and a decision."""
    journey = Journey(store).accept(hook="http://127.0.0.1:9/hook").begin().collect()
    journey.answer(items(REPORT))
    journey.complete()
    return journey


def items(*texts: str, **changes: Any) -> ActionItems:
    found = [
        item.model_copy(update={"verdict": Verdict.VERIFIED, "status": ItemStatus.OPEN, **changes})
        for item in action_items(*texts).items
    ]
    return ActionItems(items=tuple(found))


def again(journey: Journey, result: ActionItems) -> None:
    """A later version of the action items."""
    journey.begin(collecting=False).answer(result)
    journey.store.leases.end(journey.run_id)


def change(store: Store, key: str, said: str, /, by: str = "Grace", **fields: Any) -> bool:
    return store.item_edits.change(key, claim(store, key, said).claim_id, fields, by=by)


def item(store: Store, key: str, number: int = 0) -> ActionItem:
    return (store.records.get(key).action_items or ())[number]


def only(store: Store, key: str) -> JudgedClaim:
    (found,) = listed(store.records.get(key), Insight.ACTION_ITEMS)
    return found


def code(call: Any) -> str:
    with pytest.raises(PermanentError) as caught:
        call()
    return caught.value.code


def test_every_field_of_an_item_can_be_edited_and_shows_who_did_it(store: Store, clock: Clock) -> None:
    key = done(store).key
    assert change(store, key, TRUE, text="Mail the report", owner="A", due_date="2025-04-01", status="done")
    found = item(store, key)
    assert (found.task, found.owner, str(found.due_date), found.due_words) == (
        "Mail the report",
        "A",
        "2025-04-01",
        None,
    )
    assert (found.status, found.verdict) == (ItemStatus.DONE, Verdict.NOT_CHECKED)
    assert rows(store, ActionItemRow, "task", "owner", "status", "verdict", "edited_by")[0] == (
        "Mail the report", "A", "done", "not_checked", "Grace",
    )  # fmt: skip
    told = meeting_fields(store.records.get(key))["action_items"][0]
    assert (told["task"], told["owner_name"], told["edited_by"], told["added"]) == (
        "Mail the report",
        "Ada",
        "Grace",
        False,
    )
    assert "Edited by Grace" in minutes_text(store.records.get(key))
    assert "Status: done" in minutes_text(store.records.get(key))
    assert refresh(store, clock) == [key]
    assert [event.revision for event in store.deliveries.events(key)] == [
        1
    ]  # the small body of these tests has no items


def test_an_item_that_was_only_ticked_off_keeps_its_verdict_and_a_withheld_one_stays_withheld(store: Store) -> None:
    key = done(store).key
    change(store, key, TRUE, status="done")
    change(store, key, LIE, status="done")
    assert claim(store, key, TRUE).verdict is Verdict.VERIFIED
    assert claim(store, key, LIE).state is ClaimState.WITHHELD
    change(store, key, LIE, text="Back the database up")
    assert [one.task for one in store.records.get(key).action_items or ()] == [TRUE, "Back the database up"]


def test_an_edit_keeps_the_id_of_its_claim(store: Store) -> None:
    key = made(store).key
    known = only(store, key).claim_id
    change(store, key, REPORT, text="Write a poem")
    assert only(store, key).claim_id == known


@pytest.mark.parametrize(
    "reworded",
    [
        REPORT,
        "send the QUARTERLY report.",
        "Send the quarterly report to Ben",
        "Send report",
    ],
)
def test_an_edit_applies_to_the_reworded_item_of_a_later_version(store: Store, reworded: str) -> None:
    journey = made(store)
    change(store, journey.key, REPORT, owner="Priya", status="done")
    again(journey, items(reworded))
    found = item(store, journey.key)
    assert (found.task, found.owner, found.status) == (reworded, "Priya", ItemStatus.DONE)
    assert conflicts(store.records.get(journey.key)) == ()


@pytest.mark.parametrize(
    "others",
    [
        ["Send the quarterly invoice"],
        ["Do not send the quarterly report"],
        ["Send the quarterly report 2"],
        ["Report"],
        ["Send the quarterly report to Ben", "Send the quarterly report to Ada"],
        [],
    ],
)
def test_an_edit_that_fits_no_item_or_several_is_a_conflict_and_changes_none(store: Store, others: list[str]) -> None:
    journey = made(store)
    change(store, journey.key, REPORT, text="Mine", status="done")
    again(journey, items(*others))
    record = store.records.get(journey.key)
    assert [(one.task, one.status) for one in record.action_items or ()] == [(text, ItemStatus.OPEN) for text in others]
    (lost,) = conflicts(record)
    assert (lost.fields, lost.anchor.text, lost.edited_by) == ({"text": "Mine", "status": "done"}, REPORT, "Grace")
    again(journey, items(REPORT))
    assert item(store, journey.key).task == "Mine"


def test_an_edit_outlives_a_promotion_and_a_restore_and_shows_a_conflict_where_it_fits_nothing(store: Store) -> None:
    journey = made(store)
    key = journey.key
    change(store, key, REPORT, owner="Priya", status="done")
    hold(store, key, items("Send the quarterly report to Ben"), run_id="better")
    assert item(store, key).task == REPORT, "what is held changes nothing"
    store.versions.promote(key, "eve")
    found = item(store, key)
    assert (found.task, found.owner, found.status) == ("Send the quarterly report to Ben", "Priya", ItemStatus.DONE)
    hold(store, key, items("Book a room"), run_id="other")
    store.versions.promote(key, "eve")
    assert item(store, key).owner != "Priya"
    (lost,) = conflicts(store.records.get(key))
    assert (lost.fields, lost.edited_by) == ({"owner": "Priya", "status": "done"}, "Grace")
    store.versions.restore(key, Insight.ACTION_ITEMS, 1, "eve", "it was better")
    restored = item(store, key)
    assert (restored.task, restored.owner, restored.status) == (REPORT, "Priya", ItemStatus.DONE)
    assert conflicts(store.records.get(key)) == ()


def test_an_item_of_somebody_else_or_said_elsewhere_is_another_item(store: Store) -> None:
    journey = made(store)
    change(store, journey.key, REPORT, status="done")
    again(journey, items("Send report", owner="A"))
    assert len(conflicts(store.records.get(journey.key))) == 1
    elsewhere = action_items(REPORT).items[0].evidence.model_copy(update={"segment_ids": (0,)})
    again(journey, items("Send report", evidence=elsewhere))
    assert len(conflicts(store.records.get(journey.key))) == 1


def test_an_owner_that_a_person_corrected_fits_when_it_is_found_later(store: Store) -> None:
    journey = made(store)
    change(store, journey.key, REPORT, owner="A", status="done")
    again(journey, items("Send report", owner="A"))
    assert item(store, journey.key).status is ItemStatus.DONE


def test_a_deletion_follows_a_reworded_item_and_an_acceptance_does_not(store: Store) -> None:
    journey = done(store)
    store.item_edits.delete(journey.key, claim(store, journey.key, TRUE).claim_id, by="Grace")
    store.claim_edits.judge(journey.key, claim(store, journey.key, LIE).claim_id, Judgement.ACCEPTED, by="Grace")
    fact, lie = tasks().items
    later = (
        fact.model_copy(update={"task": "Send report to Ben"}),
        lie.model_copy(update={"task": "Delete the whole database"}),
    )
    again(journey, ActionItems(items=later))
    assert claim(store, journey.key, "Send report to Ben").state is ClaimState.DELETED
    states = {one.text: one.state for one in listed(store.records.get(journey.key), Insight.ACTION_ITEMS)}
    assert states["Delete the whole database"] is ClaimState.WITHHELD


def test_a_person_adds_an_item_with_a_segment_as_evidence(store: Store, clock: Clock) -> None:
    journey = made(store)
    key = journey.key
    fields = {"text": "Book a room", "owner": "Ada", "due_date": "2025-05-01"}
    known = store.item_edits.add(key, Insight.ACTION_ITEMS, fields, by="Grace", segment=0)
    assert store.item_edits.add(key, Insight.ACTION_ITEMS, fields, by="Ben", segment=0) == known
    added = item(store, key, 1)
    assert (added.task, added.status, added.verdict, added.evidence.quote) == (
        "Book a room", ItemStatus.OPEN, Verdict.NOT_CHECKED, "Good morning.",
    )  # fmt: skip
    assert rows(store, ActionItemRow, "task", "edited_by") == [(REPORT, None), ("Book a room", "Grace")]
    assert "Added by Grace" in minutes_text(store.records.get(key))
    assert refresh(store, clock) == [key]
    again(journey, items("Something else"))
    assert [one.task for one in store.records.get(key).action_items or ()] == ["Something else", "Book a room"]
    change(store, key, "Book a room", status="done")
    assert item(store, key, 1).status is ItemStatus.DONE
    assert store.item_edits.delete(key, known, by="Ben")
    assert [one.task for one in store.records.get(key).action_items or ()] == ["Something else"]


def test_an_item_without_evidence_shows_no_empty_quote(store: Store) -> None:
    key = made(store).key
    store.item_edits.add(key, Insight.DECISIONS, {"text": "Ship it", "decided_by": ["A", "Priya"]}, by="Grace")
    assert rows(store, DecisionRow, "decision", "decided_by", "quote") == [("Ship it", ["A", "Priya"], "")]
    assert "“”" not in minutes_text(store.records.get(key))


def test_added_items_stay_in_the_order_in_which_they_were_added(store: Store) -> None:
    key = made(store).key
    texts = [f"Thing {number}" for number in range(12)]
    for text in texts:
        store.item_edits.add(key, Insight.ACTION_ITEMS, {"text": text}, by="Grace")
    assert [one.task for one in store.records.get(key).action_items or ()][1:] == texts


def test_an_item_is_added_where_the_insight_is_missing_and_the_gap_stays(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.ACTION_ITEMS))
    journey.complete()
    store.item_edits.add(journey.key, Insight.ACTION_ITEMS, {"text": "Book a room"}, by="Grace")
    text = minutes_text(store.records.get(journey.key))
    assert "Missing: The provider did not answer." in text
    assert "Book a room" in text


def test_an_added_item_stays_when_the_transcript_is_replaced(store: Store) -> None:
    journey = made(store)
    store.item_edits.add(journey.key, Insight.ACTION_ITEMS, {"text": "Greet"}, by="Grace", segment=0)
    store.item_edits.add(journey.key, Insight.ACTION_ITEMS, {"text": "Promise"}, by="Grace", segment=1)
    change(store, journey.key, REPORT, status="done")
    journey.begin().collect("Hello.", "Nobody.", "Good morning.", "I will send the report by Friday.")
    found = {one.task: one for one in store.records.get(journey.key).action_items or ()}
    assert found["Greet"].evidence.segment_ids == (2,)
    assert found["Promise"].evidence.segment_ids == (3,)
    assert (found[REPORT].evidence.segment_ids, found[REPORT].status) == ((3,), ItemStatus.DONE)
    journey.collect("Other words entirely.")
    found = {one.task: one for one in store.records.get(journey.key).action_items or ()}
    assert found["Greet"].evidence.segment_ids == ()
    assert found["Greet"].evidence.quote == "Good morning."


def test_every_edit_is_in_the_history_and_can_be_undone_and_redone(store: Store, clock: Clock) -> None:
    key = made(store).key
    change(store, key, REPORT, text="Mail it")
    clock.advance(5)
    change(store, key, "Mail it", by="Ben", status="done")
    newest, first = store.edit_history.newest(key)
    assert (first.number, first.edited_by, first.before, first.after) == (
        1,
        "Grace",
        {"text": REPORT},
        {"text": "Mail it"},
    )
    assert (newest.number, newest.edited_by, newest.after, newest.edited_at) == (
        2,
        "Ben",
        {"status": "done"},
        clock.now,
    )
    assert store.undoing.undo(key, 1, by="Ada") == 3
    assert (item(store, key).task, item(store, key).status) == (REPORT, ItemStatus.DONE)
    assert only(store, key).verdict is Verdict.VERIFIED
    store.undoing.undo(key, 3, by="Ada")
    assert item(store, key).task == "Mail it"
    store.undoing.undo(key, 4, by="Ada")
    store.undoing.undo(key, 2, by="Ada")
    assert (item(store, key).task, item(store, key).status) == (REPORT, ItemStatus.OPEN)
    assert rows(store, RecordEdit, "subject") == []
    assert [entry.undoes for entry in store.edit_history.newest(key)] == [2, 4, 3, 1, None, None]


def test_what_a_later_edit_changed_cannot_be_undone_before_it(store: Store) -> None:
    key = made(store).key
    change(store, key, REPORT, text="One")
    change(store, key, "One", text="Two")
    assert code(lambda: store.undoing.undo(key, 1, by="x")) == "edited_since"
    store.undoing.undo(key, 2, by="x")
    assert item(store, key).task == "One"
    store.undoing.undo(key, 1, by="x")
    assert item(store, key).task == REPORT
    assert code(lambda: store.undoing.undo(key, 1, by="x")) == "edited_since"
    assert code(lambda: store.undoing.undo(key, 99, by="x")) == "unknown_edit"


def test_adding_and_deleting_an_item_can_be_undone(store: Store) -> None:
    key = made(store).key
    known = store.item_edits.add(key, Insight.ACTION_ITEMS, {"text": "Book a room"}, by="Grace", segment=1)
    store.undoing.undo(key, 1, by="x")
    assert len(store.records.get(key).action_items or ()) == 1
    store.undoing.undo(key, 2, by="x")
    assert item(store, key, 1).evidence.quote == "I will send the report by Friday."
    store.item_edits.delete(key, known, by="x")
    store.undoing.undo(key, 4, by="x")
    assert item(store, key, 1).task == "Book a room"
    store.item_edits.delete(key, claim(store, key, REPORT).claim_id, by="x")
    assert [one.task for one in store.records.get(key).action_items or ()] == ["Book a room"]
    store.undoing.undo(key, 6, by="x")
    assert item(store, key).task == REPORT


@pytest.mark.parametrize("brought_back", [False, True])
def test_an_item_that_was_edited_since_it_was_added_does_not_vanish_in_part(store: Store, brought_back: bool) -> None:
    key = made(store).key
    known = store.item_edits.add(key, Insight.ACTION_ITEMS, {"text": "Book a room"}, by="Grace")
    if brought_back:
        store.item_edits.delete(key, known, by="x")
        store.undoing.undo(key, 2, by="x")
    adding = store.edit_history.newest(key)[0].number
    store.item_edits.change(key, known, {"owner": "Ben"}, by="x")
    assert code(lambda: store.undoing.undo(key, adding, by="x")) == "edited_since"
    assert (item(store, key, 1).task, item(store, key, 1).owner) == ("Book a room", "Ben")
    store.undoing.undo(key, adding + 1, by="x")
    store.undoing.undo(key, adding, by="x")
    assert len(store.records.get(key).action_items or ()) == 1


def test_edits_of_speakers_and_judgements_are_in_the_same_history(store: Store) -> None:
    key = done(store).key
    store.speaker_edits.rename(key, "A", "Countess", by="Grace")
    store.speaker_edits.merge(key, "B", "A", by="Grace")
    store.claim_edits.judge(key, claim(store, key, LIE).claim_id, Judgement.ACCEPTED, by="Ben")
    assert [(one.kind, one.before, one.after) for one in reversed(store.edit_history.newest(key))] == [
        ("speaker", {"name": None}, {"name": "Countess"}),
        ("speaker", {"merged_into": None}, {"merged_into": "A"}),
        ("claim", {"judgement": None}, {"judgement": "accepted"}),
    ]
    for number in (3, 2, 1):
        store.undoing.undo(key, number, by="Ada")
    record = store.records.get(key)
    assert (record.speaker_name("A"), record.merged) == ("Ada", {})
    assert claim(store, key, LIE).state is ClaimState.WITHHELD


def test_what_changes_nothing_is_no_edit(store: Store, clock: Clock) -> None:
    key = made(store).key
    refresh(store, clock)
    assert not change(store, key, REPORT, text=REPORT, owner="B", status="open")
    assert store.edit_history.newest(key) == []
    assert refresh(store, clock) == []


def test_of_two_edits_of_the_same_version_the_second_is_refused(store: Store) -> None:
    key = made(store).key
    known = only(store, key).claim_id
    assert store.item_edits.change(key, known, {"text": "One"}, by="a", version=0)
    assert code(lambda: store.item_edits.change(key, known, {"text": "Two"}, by="b", version=0)) == "edited_meanwhile"
    assert store.item_edits.change(key, known, {"text": "Two"}, by="b", version=1)
    assert code(lambda: store.item_edits.delete(key, known, by="b", version=1)) == "edited_meanwhile"


def test_edits_at_the_same_time_are_all_kept(store: Store) -> None:
    key = made(store).key
    known = only(store, key).claim_id
    given: list[dict[str, Any]] = [{"text": "Mail it"}, {"owner": "Priya"}, {"status": "done"}, {"due_date": None}]
    assert all(race(4, lambda i: store.item_edits.change(key, known, given[i], by=f"person {i}")))
    found = item(store, key)
    assert (found.task, found.owner, found.status, found.due_date) == ("Mail it", "Priya", ItemStatus.DONE, None)
    assert sorted(rows(store, EditHistoryRow, "number")) == [(1,), (2,), (3,), (4,)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": " \x00\u202e "}, "bad_edit"),
        ({"text": "x" * 1001}, "bad_edit"),
        ({"text": 5}, "bad_edit"),
        ({"owner": "!!!"}, "bad_name"),
        ({"due_date": "2025-02-30"}, "bad_edit"),
        ({"due_date": "9999-12-31"}, "bad_edit"),
        ({"status": "finished"}, "bad_edit"),
        ({"decided_by": ["A"]}, "bad_edit"),
        ({"verdict": "verified"}, "bad_edit"),
    ],
)
def test_what_cannot_be_meant_is_refused(store: Store, fields: dict[str, Any], expected: str) -> None:
    key = made(store).key
    assert code(lambda: change(store, key, REPORT, **fields)) == expected
    assert store.edit_history.newest(key) == []


def test_hostile_text_is_data(store: Store) -> None:
    key = made(store).key
    hostile = "</script><img src=x onerror=alert(1)> \x1b[2J\u202e {B} '; DROP TABLE recordings; -- \ud800"
    change(store, key, REPORT, text=hostile, owner="=cmd|' /C calc'!A0")
    found = item(store, key)
    assert "\x1b" not in found.task
    assert "\u202e" not in found.task
    assert "Speaker B" in found.task  # a mark stands for its speaker, as in every text
    assert found.owner == "=cmd|' /C calc'!A0"
    assert "<img" not in minutes_markdown(store.records.get(key)).replace("\\<img", "")


def test_only_items_and_decisions_can_be_edited(store: Store) -> None:
    key = done(store).key
    sentence = claim(store, key, "A report was promised.").claim_id
    assert code(lambda: store.item_edits.change(key, sentence, {"text": "x"}, by="x")) == "not_editable"
    assert code(lambda: store.item_edits.add(key, Insight.SUMMARY, {"text": "x"}, by="x")) == "not_editable"
    assert code(lambda: store.item_edits.change(key, "no-such", {"text": "x"}, by="x")) == "unknown_claim"
    assert code(lambda: store.item_edits.add(key, Insight.ACTION_ITEMS, {"owner": "A"}, by="x")) == "bad_edit"
    add = store.item_edits.add
    assert code(lambda: add(key, Insight.ACTION_ITEMS, {"text": "x"}, by="x", segment=7)) == "unknown_segment"


def test_the_name_of_a_speaker_is_kept_as_the_speaker(store: Store) -> None:
    key = done(store).key
    change(store, key, TRUE, owner="ada")
    store.speaker_edits.rename(key, "A", "Countess", by="x")
    record = store.records.get(key)
    assert record.speaker_name(item(store, key).owner or "") == "Countess"


def test_a_lost_edit_can_be_set_aside_and_brought_back(store: Store) -> None:
    journey = made(store)
    change(store, journey.key, REPORT, text="Mine")
    again(journey, items("Water the plants"))
    (lost,) = conflicts(store.records.get(journey.key))
    assert store.item_edits.delete(journey.key, lost.subject, by="Ben")
    assert conflicts(store.records.get(journey.key)) == ()
    store.undoing.undo(journey.key, 2, by="Ben")
    assert conflicts(store.records.get(journey.key))[0].fields == {"text": "Mine"}


def test_a_deletion_takes_edits_and_history_along(store: Store) -> None:
    key = made(store).key
    change(store, key, REPORT, text="Mine")
    store.deletions.delete(key, "an admin", drop_deliveries=True)
    assert rows(store, RecordEdit, "subject") == rows(store, EditHistoryRow, "number") == []


def test_the_words_of_a_decision_and_who_took_it_can_be_edited(store: Store) -> None:
    key = done(store).key
    change(store, key, "Ship it", text="Ship it on Monday", decided_by=["B"], status="superseded")
    assert rows(store, DecisionRow, "decision", "decided_by", "status", "edited_by") == [
        ("Ship it on Monday", ["B"], "superseded", "Grace")
    ]
