"""Linking what waits, and announcing what changed to submitters, through the outbox and by choice."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from meeting_pipeline.domain.commitments import gathering
from meeting_pipeline.domain.commitments.linking import linked
from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.installation import Installation, event_renderer
from meeting_pipeline.steps.operations import link_commitments
from meeting_pipeline.steps.operations.link_commitments import link_waiting, relink_all
from meeting_pipeline.store.commitments import linking_outside, refreshing
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.tables import Commitment, Recording, WebhookDelivery
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.store.commitments.series import MONDAY, PRICES, item, listed, meeting, only
from meeting_pipeline_tests.store.samples import HOOK

pytestmark = pytest.mark.usefixtures("providers")


@pytest.fixture
def announcing(open_with: OpenWith) -> Installation:
    return open_with(MEETING_PIPELINE_COMMITMENT_WEBHOOKS="on")


def told(installation: Installation, key: str) -> list[Any]:
    events = [event for event in installation.store.deliveries.events(key) if event.type == "commitment.changed"]
    return [json.loads(event.body) for event in events]


def test_what_waits_is_linked_until_the_time_is_up(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    for week in range(3):
        meeting(installation.store, week, item(PRICES))
    moments = iter((0.0, 0.5, 2.0))
    with monkeypatch.context() as patched:
        patched.setattr(link_commitments, "_TOGETHER", 1)
        link_waiting(installation, seconds=1.0, clock=lambda: next(moments))
    assert installation.store.commitment_links.behind() == 2
    link_waiting(installation)
    assert len(only(installation.store).events) == 3
    done: list[int] = []
    assert relink_all(installation, lambda number, _: done.append(number)) == 3
    assert done == [3]


def test_a_long_series_is_linked_once_for_all_that_wait(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a promotion: with one recording at a time, a series of n meetings was linked n times."""
    for week in range(12):
        meeting(installation.store, week, item(PRICES))
    relinked: list[int] = []

    def counted(*given: Any) -> Any:
        relinked.append(1)
        return linked(*given)

    monkeypatch.setattr(linking_outside, "linked", counted)
    link_waiting(installation)
    assert len(relinked) == 1
    assert len(only(installation.store).events) == 12


def test_changes_are_announced_once_with_what_was_told_before(announcing: Installation) -> None:
    store = announcing.store
    first = meeting(store, 0, item(PRICES, due=MONDAY), hook=HOOK)
    link_waiting(announcing)
    (body,) = told(announcing, first.key)
    assert (body["event"], body["revision"], body["before"], body["recording_id"]) == (
        "commitment.changed", 2, None, first.key,
    )  # fmt: skip
    assert body["commitment"]["text"] == PRICES
    assert (body["commitment"]["kind"], body["commitment"]["state"], body["commitment"]["due_date"]) == (
        "action_item", "open", str(MONDAY),
    )  # fmt: skip
    second = meeting(store, 1, item(PRICES, due=MONDAY.replace(month=4)), hook=HOOK)
    link_waiting(announcing)
    (body,) = told(announcing, second.key)
    assert (body["commitment"]["state"], body["before"]["state"]) == ("slipped", "open")
    row = only(store)
    store.commitment_edits.set_state(row.id, CommitmentState.DONE, "Grace")
    store.commitment_edits.undo(row.id, store.commitment_edits.of(row.id)[0].number, "Grace")
    link_waiting(announcing)
    assert len(told(announcing, second.key)) == 1  # it looks as it did
    store.commitment_edits.set_state(row.id, CommitmentState.DONE, "Grace")
    link_waiting(announcing)
    assert told(announcing, second.key)[-1]["commitment"]["state_by"] == "Grace"
    with store.database.read() as session:
        assert (
            len(session.scalars(select(WebhookDelivery).where(WebhookDelivery.recording_key == second.key)).all()) == 3
        )
    store.commitment_links.note_all()
    assert link_waiting(announcing) == []
    assert len(told(announcing, second.key)) == 2


def test_an_announced_commitment_does_not_repeat_the_meetings_own_event(announcing: Installation) -> None:
    journey = meeting(announcing.store, 0, item(PRICES), hook=HOOK)
    link_waiting(announcing)
    with announcing.store.database.write() as session:
        events = WebhookEvents(announcing.store.context, event_renderer(announcing.settings))
        assert events.publish(session, session.get_one(Recording, journey.key)) is None
    types = [event.type for event in announcing.store.deliveries.events(journey.key)]
    assert types == ["meeting.completed", "commitment.changed"]


def test_nothing_is_announced_unless_it_is_wanted(installation: Installation) -> None:
    journey = meeting(installation.store, 0, item(PRICES), hook=HOOK)
    link_waiting(installation)
    assert told(installation, journey.key) == []
    assert [row.untold for row in listed(installation.store)] == [False]


def test_words_of_a_deleted_recording_are_in_nothing_that_others_were_told(announcing: Installation) -> None:
    canary, store = "zanzibarquux", announcing.store
    first = meeting(store, 0, item(PRICES, due=MONDAY), hook=HOOK)
    link_waiting(announcing)
    middle = meeting(store, 1, item(f"{PRICES} {canary}", due=MONDAY), hook=HOOK)
    link_waiting(announcing)
    last = meeting(store, 2, item(PRICES, due=MONDAY.replace(month=4)), hook=HOOK)
    link_waiting(announcing)  # what is told now has the words of the second meeting in what was told before
    assert canary in json.dumps([told(announcing, one.key) for one in (first, last)])
    store.deletions.delete(middle.key, "ops", drop_deliveries=True)
    assert canary not in json.dumps([told(announcing, one.key) for one in (first, last)])
    with store.database.read() as session:
        assert canary not in repr(session.scalars(select(Commitment.told)).all())
    assert [body["commitment"]["state"] for body in told(announcing, last.key)][-1] == "slipped"


def test_a_recording_that_cannot_be_linked_holds_back_no_other_one(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = meeting(installation.store, 0, item(PRICES)).key, meeting(installation.store, 1, item(PRICES)).key
    real = gathering.gathered

    def gathered(record: MeetingRecord, participants: Any) -> Any:
        if record.key == bad:
            raise RuntimeError("odd")
        return real(record, participants)

    with monkeypatch.context() as odd:
        odd.setattr(refreshing, "gathered", gathered)
        for link in (link_waiting, lambda one: relink_all(one, lambda *_: None)):
            link(installation)
            assert [event["recording"] for event in only(installation.store).events] == [good]
            assert [one.key for one in installation.store.commitment_links.waiting(9)] == [bad]
    link_waiting(installation)
    assert len(only(installation.store).events) == 2


def test_linking_anew_links_a_series_once_for_many_recordings(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for week in range(5):
        meeting(installation.store, week, item(PRICES))
    link_waiting(installation)
    before = only(installation.store)
    calls: list[int] = []

    def counted(groups: Any, meetings: Any, said: Any) -> Any:
        calls.append(len(meetings))
        return linked(groups, meetings, said)

    monkeypatch.setattr(linking_outside, "linked", counted)
    assert relink_all(installation, lambda *_: None) == 5
    assert calls == [5]
    after = only(installation.store)
    assert (after.id, after.version, after.events) == (before.id, before.version, before.events)
