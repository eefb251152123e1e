"""Mails in the store: leased by one sender at a time, released with their run, and deleted with their recording."""

from dataclasses import replace

import pytest

from meeting_pipeline.domain.mail_rules import MailRules
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store.outbox.mails import LeasedMail
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock, Journey, completed, failed, race, render

ANN, BEN = "ann@example.org", "ben@example.org"


@pytest.fixture
def mailing(store: Store) -> Store:
    """The same database, with mails turned on."""
    return Store(replace(store.context, mail=MailRules((ANN,))), render)


def rows(store: Store) -> list[tuple[str, str, int]]:
    return sorted((row.address, row.state, row.revision) for row in store.mails.list())


def taken(store: Store, taker: str = "run") -> LeasedMail:
    found = store.mails.take(taker)
    assert found is not None
    return found


def test_an_outcome_makes_a_mail_for_each_address_in_its_transaction(mailing: Store) -> None:
    completed(mailing, options=SidecarOptions(mail_to=(BEN,)))
    assert rows(mailing) == [(ANN, "pending", 1), (BEN, "pending", 1)]
    assert mailing.mails.due() == 2


def test_a_failed_recording_and_mails_that_are_off_make_none(store: Store, mailing: Store) -> None:
    failed(mailing, 1)
    completed(store, 2, options=SidecarOptions(mail_to=(BEN,)))
    assert rows(store) == []
    assert (store.mails.due(), store.mails.take("run")) == (0, None)


def test_a_mail_has_one_sender_at_a_time(mailing: Store) -> None:
    completed(mailing)
    found = race(4, lambda index: mailing.mails.take(f"run-{index}"))
    assert sum(one is not None for one in found) == 1


def test_what_is_taken_has_the_record_and_can_be_given_back(mailing: Store) -> None:
    journey = completed(mailing)
    mail = taken(mailing)
    assert (mail.address, mail.attempt, mail.revision, mail.record.key) == (ANN, 1, 1, journey.key)
    assert ANN not in repr(mail)
    mailing.mails.give_back(mail)
    assert taken(mailing).attempt == 1


def test_a_lease_that_ran_out_is_taken_by_another_and_the_first_changes_nothing(mailing: Store, clock: Clock) -> None:
    completed(mailing)
    first = taken(mailing, "run-1")
    assert mailing.mails.take("run-2") is None
    clock.advance(181)
    second = taken(mailing, "run-2")
    assert (mailing.mails.holds(first), mailing.mails.holds(second)) == (False, True)
    assert mailing.mails.settle(first, None, "", unsure=False, next_at=None) is None
    mailing.mails.give_back(first)
    assert mailing.mails.settle(second, None, "", unsure=False, next_at=None) == "sent"
    assert [row.unsure for row in mailing.mails.list()] == [True], "the first may have sent it"


def test_an_attempt_is_an_event_of_the_recording(mailing: Store, clock: Clock) -> None:
    journey = completed(mailing)
    mailing.mails.settle(taken(mailing), "mail_deferred", "451", unsure=False, next_at=clock())
    mailing.mails.settle(taken(mailing), None, "", unsure=False, next_at=None)
    events = [event.data for event in mailing.recordings.events(journey.key) if event.type == "mail"]
    assert events == [
        {"state": "pending", "attempt": 1, "code": "mail_deferred"},
        {"state": "sent", "attempt": 2, "code": None},
    ]


def test_mails_wait_while_the_server_is_away_and_can_be_sent_now_by_a_person(mailing: Store, clock: Clock) -> None:
    completed(mailing, 1)
    completed(mailing, 2)
    assert mailing.mails.postpone(clock.advance(0).replace(year=2099)) == 2
    assert mailing.mails.due() == 0
    assert mailing.mails.retry() == 2
    assert mailing.mails.due() == 2


def test_a_deletion_leaves_no_mail_and_no_address(mailing: Store) -> None:
    journey = completed(mailing, options=SidecarOptions(mail_to=(BEN,)))
    mailing.deletions.delete(journey.key, "ann")
    assert rows(mailing) == []
    assert mailing.mails.due() == 0


def test_a_later_submission_makes_mails_for_its_own_recipients(mailing: Store) -> None:
    completed(mailing)
    Journey(mailing).accept(options=SidecarOptions(mail_to=(ANN, BEN)))
    assert rows(mailing) == [(ANN, "pending", 1), (BEN, "pending", 1)]
