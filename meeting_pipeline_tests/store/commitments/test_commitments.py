"""Commitments in the store: linked as meetings come and change, as people say, and gone with their recordings."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_results import ActionItems
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict
from meeting_pipeline.store.commitments.pages import CommitmentFilter
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import (
    Base,
    Commitment,
    CommitmentChange,
    CommitmentEdit,
    CommitmentMeeting,
    CommitmentPart,
    CommitmentReport,
    Recording,
)
from meeting_pipeline_tests.store.commitments.series import (
    MONDAY,
    PRICES,
    VENUE,
    decision,
    item,
    link,
    listed,
    meeting,
    only,
    states,
)
from meeting_pipeline_tests.store.samples import Clock, Journey, race

OWN = (Commitment, CommitmentChange, CommitmentEdit, CommitmentMeeting, CommitmentPart, CommitmentReport)


def later(days: int) -> Any:
    return MONDAY + timedelta(days=days)


def code(call: Any) -> str:
    with pytest.raises(PermanentError) as caught:
        call()
    return caught.value.code


def reprocess(journey: Journey, *items: Any) -> None:
    """A later version of the action items."""
    journey.begin(collecting=False).answer(ActionItems(items=items))
    journey.store.leases.end(journey.run_id)
    with journey.store.database.write() as session:
        from meeting_pipeline.store.commitments.noting import note_commitment_change

        note_commitment_change(session, journey.key, journey.store.context.now())
    link(journey.store)


def test_a_series_of_five_meetings_is_followed_as_it_goes(store: Store) -> None:
    meeting(store, 0, item(PRICES, due=later(4)), item(VENUE, "Ben"))
    assert len(link(store)) == 2
    meeting(store, 1, item("Email Acme the price list", due=later(11)))
    (changed,) = link(store)
    assert (changed.before or {})["state"] == "open"
    assert (changed.after or {})["state"] == "slipped"
    meeting(store, 2, item(PRICES, "Clara", evidence=item("I'll take over the price list from Anna").evidence))
    meeting(store, 3, says=("Good morning.", "We drop the summer party venue."))
    meeting(store, 4, says=("Good morning.", "Clara has sent Acme the price list."))
    link(store)
    prices, venue = sorted(listed(store), key=lambda row: row.text)[::-1]
    assert (prices.text, states(prices)) == (PRICES, ["open", "slipped", "handed_over", "done"])
    assert (prices.owner, prices.due_date, prices.words) == ("Clara", later(11), "Clara has sent Acme the price list.")
    assert (venue.state, venue.words, venue.closed) == ("dropped", "We drop the summer party venue.", True)
    assert [event["day"] for event in prices.events] == [str(later(7 * week)) for week in (0, 1, 2, 4)]


def test_nothing_is_linked_until_a_recording_has_its_outcome(store: Store) -> None:
    journey = Journey(store).accept().begin().collect()
    journey.answer(ActionItems(items=(item(PRICES),)))
    assert store.commitment_links.behind() == 0
    journey.complete()
    assert store.commitment_links.behind() == 1
    link(store)
    assert store.commitment_links.behind() == 0
    assert only(store).text == PRICES


def test_a_change_during_the_linking_stays_noted(store: Store) -> None:
    meeting(store, 0, item(PRICES))
    (waiting,) = store.commitment_links.waiting(10)
    store.commitment_links.note_all()
    store.commitment_links.link(waiting)
    assert store.commitment_links.behind() == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_meetings_that_arrive_in_another_order_are_linked_alike(store: Store, order: tuple[int, ...]) -> None:
    made = {
        0: lambda: meeting(store, 0, item(PRICES, due=later(2))),
        1: lambda: meeting(store, 1, item(PRICES, due=later(9))),
        2: lambda: meeting(store, 2, says=("Hi.", "I sent Acme the price list.")),
    }
    ids = set()
    for week in order:
        made[week]()
        link(store)
        ids |= {row.id for row in listed(store)}
    assert states(only(store)) == ["open", "slipped", "done"]
    assert len(ids) == 1  # it keeps its id when an earlier meeting arrives


def test_linking_anew_changes_nothing(store: Store) -> None:
    for week in range(4):
        meeting(store, week, item(PRICES, due=later(7 * week)), item(f"{VENUE} number {week}", "Ben"))
    link(store)
    before = [(row.id, row.version, row.events) for row in listed(store)]
    assert store.commitment_links.note_all() == 4
    assert link(store) == []
    assert [(row.id, row.version, row.events) for row in listed(store)] == before


def test_withheld_and_deleted_items_are_no_commitments_and_candidates_are_marked(store: Store) -> None:
    lie = item("Buy a yacht for everybody", verdict=Verdict.UNVERIFIED, reasons=("not_supported",))
    journey = meeting(store, 0, lie, item(VENUE, candidate=True), item(PRICES))
    claims = store.records.get(journey.key).claims or ()
    prices = next(one for one in claims if one.text == PRICES)
    link(store)
    assert {(row.text, row.candidate) for row in listed(store)} == {(VENUE, True), (PRICES, False)}
    store.claim_edits.judge(journey.key, prices.claim_id, Judgement.DELETED, "ops")
    store.commitment_links.note_all()
    link(store)
    assert [row.text for row in listed(store)] == [VENUE]


def test_an_item_that_a_meeting_says_was_done_already_ends_the_commitment(store: Store) -> None:
    meeting(store, 0, item(PRICES))
    told: dict[str, Any] = {
        "verdict": Verdict.UNVERIFIED,
        "reasons": ("done_already",),
        "status": ItemStatus.DONE,
        "status_segment_id": 1,
    }
    meeting(store, 1, item(PRICES, **told), item("Feed the cat", **told))
    link(store)
    assert (only(store).state, only(store).segment_id) == ("done", 1)


def test_a_persons_tick_wins_stays_over_reprocessing_and_is_undone(store: Store, clock: Clock) -> None:
    first = meeting(store, 0, item(PRICES))
    second = meeting(store, 1, item(PRICES))
    link(store)
    clock.now = clock.now.replace(month=3, day=20)
    (changed,) = store.commitment_edits.set_state(only(store).id, CommitmentState.DONE, "Grace")
    assert changed.after is not None
    assert changed.after["state"] == "done"
    assert store.commitment_edits.set_state(only(store).id, CommitmentState.DONE, "Grace") == []
    reprocess(first, item(f"{PRICES} by courier"))
    reprocess(second, item(PRICES))
    row = only(store)
    assert (row.state, row.state_by, row.said_state, row.closed) == ("done", "Grace", "open", True)
    (edit,) = store.commitment_edits.of(row.id)
    store.commitment_edits.undo(row.id, edit.number, "Ada")
    assert (only(store).state, only(store).state_by) == ("open", None)
    assert store.commitment_edits.of(row.id)[0].undone_by == "Ada"
    assert code(lambda: store.commitment_edits.undo(row.id, edit.number, "Ada")) == "unknown_edit"


def test_a_tick_outlives_a_version_without_the_item(store: Store) -> None:
    journey = meeting(store, 0, item(PRICES))
    link(store)
    store.commitment_edits.set_state(only(store).id, CommitmentState.DROPPED, "Grace")
    reprocess(journey, item("Something else entirely"))
    assert [row.state for row in listed(store)] == ["open"]
    reprocess(journey, item(PRICES))
    assert [(row.text, row.state) for row in listed(store)] == [(PRICES, "dropped")]


@pytest.mark.parametrize("goes", ["deleted", "reprocessed"])
def test_a_tick_outlives_the_meeting_in_which_the_commitment_began(store: Store, goes: str) -> None:
    first = meeting(store, 0, item(PRICES))
    meeting(store, 1, item(PRICES))
    meeting(store, 2, item(PRICES))
    link(store)
    store.commitment_edits.set_state(only(store).id, CommitmentState.DONE, "Grace")
    if goes == "deleted":
        store.deletions.delete(first.key, "ops", drop_deliveries=True)
    else:
        reprocess(first, item("Something else entirely"))
    (row,) = [row for row in listed(store) if row.text == PRICES]
    assert (row.state, row.state_by, len(row.events)) == ("done", "Grace", 2)
    (edit,) = store.commitment_edits.of(row.id)
    store.commitment_edits.undo(row.id, edit.number, "Grace")
    assert {row.state for row in listed(store)} == {"open"}


@pytest.mark.parametrize("goes", ["deleted", "reprocessed"])
def test_what_people_joined_stays_joined_without_the_item_that_they_joined_it_to(store: Store, goes: str) -> None:
    first = meeting(store, 0, item(PRICES))
    meeting(store, 1, item(PRICES))
    meeting(store, 2, item("Inform Acme about the tariffs"))
    link(store)
    rows = {row.text: row.id for row in listed(store)}
    store.commitment_edits.link(rows["Inform Acme about the tariffs"], rows[PRICES], "Grace")
    if goes == "deleted":
        store.deletions.delete(first.key, "ops", drop_deliveries=True)
    else:
        reprocess(first)
    assert [len(row.events) for row in listed(store)] == [2]


def test_a_meeting_after_the_tick_begins_another_commitment(store: Store, clock: Clock) -> None:
    meeting(store, 0, item(PRICES))
    link(store)
    clock.now = clock.now.replace(month=3, day=4)
    store.commitment_edits.set_state(only(store).id, CommitmentState.DONE, "Grace")
    meeting(store, 1, item(PRICES))
    link(store)
    assert [row.state for row in listed(store)] == ["open", "done"]


def test_what_people_reopen_is_open_until_a_later_meeting_ends_it(store: Store, clock: Clock) -> None:
    meeting(store, 0, item(PRICES))
    meeting(store, 1, says=("Hi.", "I sent Acme the price list."))
    link(store)
    clock.now = clock.now.replace(month=3, day=12)
    store.commitment_edits.set_state(only(store).id, CommitmentState.OPEN, "Grace")
    assert (only(store).state, only(store).said_state) == ("open", "done")
    meeting(store, 2, says=("Hi.", "Now I sent Acme the price list."))
    link(store)
    assert (only(store).state, only(store).state_by) == ("done", None)


def test_people_separate_and_join_items_and_undo_it(store: Store) -> None:
    first, second = (
        meeting(store, 0, item(PRICES)),
        meeting(store, 1, item(PRICES), item("Inform Acme about the tariffs")),
    )
    link(store)
    whole = next(row for row in listed(store) if len(row.events) == 2)
    parts = store.commitments.get(whole.id).parts
    assert [(part.recording_key, title) for part, title, _ in parts] == [
        (first.key, "Sales weekly 0"), (second.key, "Sales weekly 1"),
    ]  # fmt: skip
    assert code(lambda: store.commitment_edits.unlink(whole.id, parts[0][0].id, "Grace")) == "unknown_part"
    store.commitment_edits.unlink(whole.id, parts[1][0].id, "Grace")
    assert sorted(len(row.events) for row in listed(store)) == [1, 1, 1]
    mail = next(row for row in listed(store) if row.text.startswith("Inform"))
    store.commitment_edits.link(mail.id, whole.id, "Grace")
    reprocess(second, item("Inform Acme about the tariffs"), item(PRICES))
    assert sorted(len(row.events) for row in listed(store)) == [1, 2]
    edits = store.commitment_edits.of(whole.id)
    assert [edit.kind for edit in edits] == ["link"]
    store.commitment_edits.undo(whole.id, edits[0].number, "Grace")
    apart = [
        (row.id, edit) for row in listed(store) for edit in store.commitment_edits.of(row.id) if edit.kind == "unlink"
    ]
    store.commitment_edits.undo(apart[0][0], apart[0][1].number, "Grace")
    assert sorted((row.text, len(row.events)) for row in listed(store)) == [
        ("Inform Acme about the tariffs", 1),
        (PRICES, 2),
    ]


def test_an_edit_is_undone_only_where_it_is_listed(store: Store) -> None:
    meeting(store, 0, item(PRICES), item("Paint the fence", "Ben"))
    link(store)
    rows = {row.text: row.id for row in listed(store)}
    store.commitment_edits.set_state(rows[PRICES], CommitmentState.DONE, "Grace")
    (edit,) = store.commitment_edits.of(rows[PRICES])
    assert code(lambda: store.commitment_edits.undo(rows["Paint the fence"], edit.number, "Mallory")) == "unknown_edit"
    assert store.commitment_edits.of(rows[PRICES])[0].undone_at is None


def test_owners_are_found_without_accents(store: Store) -> None:
    meeting(store, 0, item(PRICES, "Jos\u00e9 \u0141uk"))
    link(store)
    for name in ("jose", "Jos\u00e9", "jose luk", "JOSE\u0301 \u0141UK"):
        assert only(store, owner=name).text == PRICES


def test_what_cannot_be_edited_is_refused_with_a_reason(store: Store) -> None:
    meeting(store, 0, item(PRICES), decisions=(decision("We use PostgreSQL"),))
    meeting(store, 1, item("Paint the fence"), title="Garden club")
    link(store)
    rows = {row.text: row for row in listed(store)}
    edits = store.commitment_edits
    prices, fence = rows[PRICES].id, rows["Paint the fence"].id
    assert code(lambda: edits.set_state("nothing", CommitmentState.DONE, "G")) == "unknown_commitment"
    assert code(lambda: edits.set_state(prices, CommitmentState.SLIPPED, "G")) == "bad_edit"
    assert code(lambda: edits.set_state(prices, CommitmentState.DONE, "G", version=7)) == "edited_meanwhile"
    assert code(lambda: edits.link(prices, fence, "G")) == "other_series"
    assert code(lambda: edits.link(prices, rows["We use PostgreSQL"].id, "G")) == "other_series"
    assert code(lambda: edits.link(prices, prices, "G")) == "bad_edit"
    assert code(lambda: edits.link(prices, "nothing", "G")) == "unknown_commitment"
    assert code(lambda: edits.undo(prices, 99, "G")) == "unknown_edit"


def test_a_recording_with_another_title_moves_to_another_series(store: Store) -> None:
    meeting(store, 0, item(PRICES))
    second = meeting(store, 1, item(PRICES))
    link(store)
    store.recording_edits.change(second.key, {"title": "Garden club"}, "Grace")
    store.commitment_links.note_all()
    link(store)
    assert sorted((row.series, len(row.events)) for row in listed(store)) == [
        ("title:garden club", 1), ("title:sales weekly", 1),
    ]  # fmt: skip
    store.recording_edits.change(second.key, {"title": "Sales weekly, March 10"}, "Grace")
    store.commitment_links.note_all()
    link(store)
    assert len(only(store).events) == 2


def test_an_edited_item_takes_effect(store: Store) -> None:
    journey = meeting(store, 0, item(PRICES, due=later(4)))
    (claim,) = [one for one in store.records.get(journey.key).claims or () if one.insight is Insight.ACTION_ITEMS]
    store.item_edits.change(journey.key, claim.claim_id, {"due_date": "2025-05-01", "owner": "Ben"}, by="Grace")
    link(store)
    store.commitment_links.note_all()
    link(store)
    assert (only(store).owner, str(only(store).due_date)) == ("Ben", "2025-05-01")


def test_filters_select_and_pages_follow_one_another(store: Store, clock: Clock) -> None:
    meeting(
        store,
        0,
        item(PRICES, due=later(4)),
        item(VENUE, "Ben Bo", due=later(90)),
        decisions=(decision("We paint it blue"),),
    )
    meeting(store, 0, item("Paint the fence", None), title="Garden club", number=9)
    link(store)
    clock.now = clock.now.replace(month=3, day=20)
    assert [row.text for row in listed(store, overdue=True)] == [PRICES]
    assert [row.text for row in listed(store, owner="ben")] == [VENUE]
    assert [row.text for row in listed(store, owner="BEN BO")] == [VENUE]
    assert listed(store, owner="Bo") == []
    assert [row.text for row in listed(store, series="Garden Club 2025-03-10")] == ["Paint the fence"]
    assert len(listed(store, series="title:sales weekly")) == 3
    assert [row.text for row in listed(store, insight=Insight.DECISIONS)] == ["We paint it blue"]
    assert len(listed(store, with_due_date=True)) == 2
    assert len(listed(store, state=CommitmentState.OPEN)) == 4
    assert listed(store, closed=True) == []
    seen, after = [], None
    while True:
        page, after = store.commitments.page(CommitmentFilter(), 1, after)
        seen += [one.row.id for one in page]
        if after is None:
            break
    assert seen == [row.id for row in listed(store)]
    assert store.commitments.counts() == {"open": 4}


def test_a_deleted_recording_leaves_nothing_in_commitments(store: Store) -> None:
    canary = "zanzibarquux"
    meeting(store, 0, item(PRICES))
    journey = meeting(store, 1, item(f"{PRICES} {canary}"), says=("Hi.", f"I postpone the {canary} until Friday."))
    link(store)
    row = only(store)
    store.commitment_edits.set_state(row.id, CommitmentState.DONE, "Grace")
    store.commitment_edits.unlink(row.id, store.commitments.get(row.id).parts[1][0].id, "Grace")
    store.deletions.delete(journey.key, "ops", drop_deliveries=True)
    with store.database.read() as session:
        for table in OWN:
            for found in session.execute(select(*table.__table__.columns)):
                assert canary not in repr(found), table
                assert journey.key not in repr(found), table
    assert (only(store).text, len(only(store).events)) == (PRICES, 1)


def test_every_table_of_commitments_is_known_to_the_deletion() -> None:
    named = {table.__tablename__ for table in OWN}
    assert {name for name in Base.metadata.tables if name.startswith("commitment")} == named


def test_two_people_at_once_lose_nothing(store: Store) -> None:
    meeting(store, 0, *[item(f"{PRICES} number {number}", "Anna") for number in range(6)])
    link(store)
    ids = [row.id for row in listed(store)]
    race(6, lambda number: store.commitment_edits.set_state(ids[number], CommitmentState.DONE, "Grace"))
    assert {row.state for row in listed(store)} == {"done"}


def test_recordings_of_one_series_are_linked_at_once_without_loss(store: Store) -> None:
    for week in range(4):
        meeting(store, week, item(PRICES))
    waiting = store.commitment_links.waiting(10)
    race(4, lambda number: store.commitment_links.link(waiting[number]))
    link(store)
    assert len(only(store).events) == 4


def test_an_edit_waits_for_its_recording_before_it_locks_the_series(store: Store) -> None:
    """Everybody locks recordings before series. The other way round, two could wait for each other."""
    if store.database.sqlite:
        pytest.skip("SQLite has one writer and no such locks")
    key = meeting(store, 0, item(PRICES)).key
    link(store)
    row = only(store)
    with ThreadPoolExecutor(1) as pool:
        with store.database.write() as session:
            session.get(Recording, key, with_for_update=True)
            editing = pool.submit(lambda: store.commitment_edits.set_state(row.id, CommitmentState.DONE, "Grace"))
            while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) and not editing.done():
                time.sleep(0.01)
            free = session.scalar(text("SELECT pg_try_advisory_xact_lock(7310004, hashtext(:s))"), {"s": row.series})
        assert free is True
        assert [one.commitment_id for one in editing.result(300)] == [row.id]


def test_meetings_that_change_places_between_series_keep_one_commitment_each(store: Store) -> None:
    first, second = meeting(store, 0, item(PRICES)), meeting(store, 1, item(VENUE), title="Garden club")
    link(store)
    store.recording_edits.change(first.key, {"title": "Garden club"}, "Grace")
    store.recording_edits.change(second.key, {"title": "Sales weekly"}, "Grace")
    store.commitment_links.note_all()
    store.commitment_links.link(*store.commitment_links.waiting(10))
    assert {(row.series, row.text) for row in listed(store)} == {
        ("title:garden club", PRICES), ("title:sales weekly", VENUE),
    }  # fmt: skip
    assert len({row.id for row in listed(store)}) == 2
    assert store.commitment_links.behind() == 0
