"""Series are linked outside of the transactions that store the links: others write meanwhile, and nothing of it is lost."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from meeting_pipeline.domain.commitments.linking import linked
from meeting_pipeline.domain.commitments.values import CommitmentState, Group
from meeting_pipeline.store import policies
from meeting_pipeline.store.commitments import linking_outside
from meeting_pipeline.store.commitments.noting import note_commitment_change
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import CommitmentChange
from meeting_pipeline_tests.store.commitments.series import PRICES, VENUE, item, link, listed, meeting, only, states

Meanwhile = Callable[[Callable[[], object]], list[int]]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """``meanwhile(what)``: ``what`` is done whenever a series is being linked. Returns the numbers of linked meetings."""

    def arrange(what: Callable[[], object]) -> list[int]:
        calls: list[int] = []
        inside: list[bool] = []

        def slow(groups: Sequence[Group], meetings: Sequence[Any], said: Any) -> list[Group]:
            if not inside:  # what is done may link too
                inside.append(True)
                calls.append(len(meetings))
                try:
                    what()
                finally:
                    inside.clear()
            return linked(groups, meetings, said)

        monkeypatch.setattr(linking_outside, "linked", slow)
        return calls

    return arrange


@pytest.mark.parametrize("what", ["link", "set_state", "unlink", "undo", "delete"])
def test_a_second_writer_gets_through_while_a_series_is_linked(
    what: str, store: Store, store_url: str, meanwhile: Meanwhile
) -> None:
    journeys = [meeting(store, week, item(PRICES)) for week in range(4)]
    link(store)
    row = only(store)
    (changed,) = store.commitment_edits.set_state(row.id, CommitmentState.DROPPED, "Ben")
    edit = store.commitment_edits.of(changed.commitment_id)[0].number
    second = Database(store_url)  # as another process has it

    def write() -> None:
        with second.write() as session:
            note_commitment_change(session, "another", store.context.now())

    calls = meanwhile(write)
    match what:
        case "link":
            store.commitment_links.note_all()
            store.commitment_links.link(*store.commitment_links.waiting(10))
        case "set_state":
            store.commitment_edits.set_state(row.id, CommitmentState.DONE, "Grace")
        case "unlink":
            store.commitment_edits.unlink(row.id, row.events[2]["part_id"], "Grace")
        case "undo":
            store.commitment_edits.undo(row.id, edit, "Grace")
        case _:
            store.deletions.delete(journeys[1].key, "ops", drop_deliveries=True)
    second.close()
    assert len(calls) == 1
    with store.database.read() as session:
        assert session.get(CommitmentChange, "another") is not None


def test_what_others_change_meanwhile_is_linked_too(store: Store, meanwhile: Meanwhile) -> None:
    meeting(store, 0, item(PRICES))
    link(store)
    row = only(store)
    meeting(store, 1, item(VENUE, "Ben"))
    left = [lambda: store.commitment_edits.set_state(row.id, CommitmentState.DONE, "Grace")]
    calls = meanwhile(lambda: left.pop()() if left else None)
    meeting(store, 0, item("Water the plants", "Clara"), number=7)
    link(store)
    assert len(calls) > 2
    assert {(one.text, one.state, one.state_by) for one in listed(store)} == {
        (PRICES, "done", "Grace"), (VENUE, "open", None), ("Water the plants", "open", None),
    }  # fmt: skip


def test_a_recording_that_changes_meanwhile_is_left_as_it_is_and_comes_again(
    store: Store, meanwhile: Meanwhile
) -> None:
    first, second = meeting(store, 0, item(PRICES)), meeting(store, 1, item(PRICES))
    left = [first.key]

    def change() -> None:
        if left:
            with store.database.write() as session:
                note_commitment_change(session, left.pop(), store.context.now())

    meanwhile(change)
    store.commitment_links.link(*store.commitment_links.waiting(10))
    assert [event["recording"] for event in only(store).events] == [second.key]
    assert [one.key for one in store.commitment_links.waiting(10)] == [first.key]
    link(store)
    assert [event["recording"] for event in only(store).events] == [first.key, second.key]


def test_a_recording_that_is_deleted_meanwhile_leaves_nothing(store: Store, meanwhile: Meanwhile) -> None:
    gone, kept = meeting(store, 0, item(PRICES)), meeting(store, 1, item(PRICES))
    left = [gone.key]
    meanwhile(lambda: store.deletions.delete(left.pop(), "ops", drop_deliveries=True) if left else None)
    link(store)
    assert [event["recording"] for event in only(store).events] == [kept.key]
    assert store.commitment_links.behind() == 0


def test_a_series_that_changes_each_time_is_linked_all_the_same(store: Store, meanwhile: Meanwhile) -> None:
    meeting(store, 0, item(PRICES))
    link(store)
    row = only(store)
    wanted = [CommitmentState.DONE, CommitmentState.OPEN] * 5
    meeting(store, 1, item(PRICES))

    def change() -> None:
        # At last it is linked inside the transaction, in which nobody else can change the series.
        if len(calls) <= policies.COMMITMENT_LINKING_TRIES:
            store.commitment_edits.set_state(row.id, wanted.pop(), "Grace")

    calls = meanwhile(change)
    link(store)
    assert len(calls) == policies.COMMITMENT_LINKING_TRIES + 1
    assert store.commitment_links.behind() == 0
    assert [len(states(one)) for one in listed(store)] == [2]
