"""Sending the minutes by e-mail to a real server on the loopback interface."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.mail import Mailed, send_due
from meeting_pipeline.store.outbox.mails import Mails
from meeting_pipeline.store.restored import settle_restored
from meeting_pipeline.store.tables import MailDelivery
from meeting_pipeline.webhooks.policies import WEBHOOK_SCHEDULE_SECONDS
from meeting_pipeline_tests.installations import Clock, OpenWith
from meeting_pipeline_tests.mail.smtp_server import CLOSE, HANG, SmtpServer, serving_mail
from meeting_pipeline_tests.steps.delivery.ending import ended_once
from meeting_pipeline_tests.store.samples import BESIDE, Journey, completed, summary

pytestmark = pytest.mark.services
ANN, BEN = "ann@example.org", "ben@example.org"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with serving_mail() as server:
        yield server


@pytest.fixture
def mailing(open_with: OpenWith, smtp: SmtpServer) -> Installation:
    return opened(open_with, smtp)


def opened(open_with: OpenWith, smtp: SmtpServer, **more: str) -> Installation:
    settings = {"SERVER": smtp.address, "TLS": "off", "FROM": "minutes@example.org", "TO": f"{ANN}, {BEN}", **more}
    return open_with(**{f"MEETING_PIPELINE_MAIL_{name}": value for name, value in settings.items()})


def mails(installation: Installation) -> list[MailDelivery]:
    return sorted(installation.store.mails.list(), key=lambda row: (row.address, row.revision))


def states(installation: Installation) -> list[tuple[str, str, int]]:
    return [(row.address, row.state, row.revision) for row in mails(installation)]


def changed(installation: Installation, journey: Journey, text: str) -> None:
    """The summary is made again: a new revision."""
    journey.store = installation.store
    journey.begin(collecting=False).answer(summary(text)).complete()


def test_everybody_gets_the_minutes_once_each_in_a_mail_of_their_own(mailing: Installation, smtp: SmtpServer) -> None:
    journey = completed(mailing.store)
    assert send_due(mailing) == Mailed(sent=2)
    assert send_due(mailing) == Mailed()
    assert sorted(kept.recipients for kept in smtp.kept) == [[ANN], [BEN]]
    message = smtp.kept[0].message
    title = mailing.store.recordings.get(journey.key).title
    assert message["Subject"] == f"Minutes: {title}"
    assert (message["From"], message["Auto-Submitted"]) == ("minutes@example.org", "auto-generated")
    for kind in ("text/plain", "text/html"):
        text = smtp.kept[0].part(kind)
        assert "Send the report" in text
        assert f"/#/meetings/{journey.key}" in text
    events = [event for event in mailing.store.recordings.events(journey.key) if event.type == "mail"]
    assert [event.data["state"] for event in events] == ["sent", "sent"]


def test_nobody_is_mailed_while_no_server_is_set(installation: Installation) -> None:
    completed(installation.store)
    assert (installation.store.mails.list(), send_due(installation)) == ([], Mailed())


def test_a_mail_that_cannot_be_written_is_dead_and_holds_up_no_other(mailing: Installation, smtp: SmtpServer) -> None:
    completed(mailing.store)
    odd = "=?utf-8?q?a=0d=0abcc=3ax?=@example.org"  # as an earlier version took it
    with mailing.store.database.write() as session:
        session.execute(update(MailDelivery).where(MailDelivery.address == ANN).values(address=odd))
    assert send_due(mailing) == Mailed(sent=1, dead=1)
    assert [(row.state, row.last_error) for row in mails(mailing)] == [("dead", "mail_not_made"), ("sent", None)]
    assert [kept.recipients for kept in smtp.kept] == [[BEN]]


def test_a_restored_backup_says_how_many_mails_it_still_has_to_send(mailing: Installation) -> None:
    completed(mailing.store)
    assert settle_restored(mailing.store.database, BESIDE).mails == 2
    assert send_due(mailing) == Mailed(sent=2)
    assert settle_restored(mailing.store.database, BESIDE).mails == 0


@pytest.mark.parametrize(("attach", "kind"), [("markdown", "text/markdown"), ("docx", "docx"), ("none", "")])
def test_the_minutes_are_attached_by_choice(open_with: OpenWith, smtp: SmtpServer, attach: str, kind: str) -> None:
    mailing = opened(open_with, smtp, ATTACH=attach, TO=ANN)
    completed(mailing.store)
    send_due(mailing)
    parts = list(smtp.kept[0].message.iter_attachments())
    assert len(parts) == (0 if attach == "none" else 1)
    if attach == "markdown":
        assert "Send the report" in smtp.kept[0].part(kind)
    if attach == "docx":
        import docx

        content: Any = parts[0].get_content()
        assert any("A report was promised." in one.text for one in docx.Document(io.BytesIO(content)).paragraphs)
        assert (parts[0].get_filename() or "").endswith(".docx")


def test_a_submission_names_further_recipients_who_get_it_once(open_with: OpenWith, smtp: SmtpServer) -> None:
    mailing = opened(open_with, smtp, TO=ANN)
    store = mailing.store
    completed(store, options=SidecarOptions(mail_to=(BEN, ANN)))
    assert send_due(mailing) == Mailed(sent=2)
    Journey(store).accept(options=SidecarOptions(mail_to=("cy@example.org", BEN)))
    assert send_due(mailing) == Mailed(sent=1)
    assert smtp.kept[-1].recipients == ["cy@example.org"]


def test_a_dead_server_is_told_and_all_mails_wait(mailing: Installation, smtp: SmtpServer, clock: Clock) -> None:
    completed(mailing.store, 1)
    completed(mailing.store, 2)
    smtp.replies["BANNER"] = "421 busy"
    assert send_due(mailing) == Mailed(postponed=1, fault="mail_server_refused")
    assert smtp.connections == 1, "the others are not tried in vain"
    assert (mailing.store.mails.due(), send_due(mailing)) == (0, Mailed())
    del smtp.replies["BANNER"]
    clock.advance(120)
    assert send_due(mailing) == Mailed(sent=4)
    assert {row.last_error for row in mails(mailing)} == {None}


@pytest.mark.parametrize("reply", [CLOSE, "421 4.3.0 closing"])
def test_a_mail_that_the_server_breaks_off_holds_up_no_other(
    mailing: Installation, smtp: SmtpServer, clock: Clock, reply: str
) -> None:
    completed(mailing.store, 1)
    smtp.replies[f"RCPT {ANN}"] = reply
    with mailing.store.database.write() as session:  # it comes first
        session.execute(update(MailDelivery).where(MailDelivery.address == ANN).values(next_at=clock() - timedelta(1)))
    assert send_due(mailing) == Mailed(sent=1, postponed=1)
    assert [(row.address, row.state) for row in mails(mailing)] == [(ANN, "pending"), (BEN, "sent")]


def test_after_a_fault_of_the_server_nothing_waits_for_the_mail_that_met_it(
    open_with: OpenWith, smtp: SmtpServer, clock: Clock
) -> None:
    mailing = opened(open_with, smtp)
    completed(mailing.store)
    smtp.replies["MAIL"] = "451 later"
    with mailing.store.database.write() as session:
        chosen = update(MailDelivery).where(MailDelivery.address == ANN)
        session.execute(chosen.values(attempts=7, next_at=clock() - timedelta(1)))
    assert send_due(mailing) == Mailed(postponed=1, fault="mail_deferred")
    smtp.replies.clear()
    clock.advance(61)
    assert send_due(mailing) == Mailed(sent=1), "the other is sent; the first waits for hours"
    assert smtp.kept[-1].recipients == [BEN]


def test_a_server_that_breaks_off_every_mail_is_left_after_two(
    mailing: Installation, smtp: SmtpServer, clock: Clock
) -> None:
    completed(mailing.store, 1)
    completed(mailing.store, 2)
    smtp.replies["DATA"] = CLOSE
    assert send_due(mailing) == Mailed(postponed=2, fault="mail_connection_lost", broke_off=2)
    assert (smtp.connections, mailing.store.mails.due()) == (2, 0)
    smtp.replies.clear()
    clock.advance(120)
    assert send_due(mailing) == Mailed(sent=4)


def test_a_refused_recipient_is_dead_with_its_code_and_the_others_get_it(
    mailing: Installation, smtp: SmtpServer
) -> None:
    smtp.replies[f"RCPT {ANN}"] = "550 5.1.1 nobody of that name"
    completed(mailing.store)
    assert send_due(mailing) == Mailed(sent=1, dead=1)
    refused = mails(mailing)[0]
    assert (refused.address, refused.last_error) == (ANN, "mail_recipient_refused")
    assert "nobody of that name" in refused.last_detail
    smtp.replies.clear()
    assert mailing.store.mails.retry() == 1
    assert send_due(mailing) == Mailed(sent=1)


def test_greylisting_is_waited_out(open_with: OpenWith, smtp: SmtpServer, clock: Clock) -> None:
    mailing = opened(open_with, smtp, TO=ANN)
    completed(mailing.store)
    smtp.replies["RCPT"] = "450 4.2.0 greylisted"
    assert send_due(mailing) == Mailed(postponed=1)
    clock.advance(59)
    assert send_due(mailing) == Mailed()
    smtp.replies.clear()
    clock.advance(20)
    assert send_due(mailing) == Mailed(sent=1)


def test_after_the_last_attempt_a_mail_is_dead_and_can_be_seen(
    open_with: OpenWith, smtp: SmtpServer, clock: Clock
) -> None:
    mailing = opened(open_with, smtp, TO=ANN)
    completed(mailing.store)
    smtp.replies["RCPT"] = "450 later"
    for _ in WEBHOOK_SCHEDULE_SECONDS:
        last = send_due(mailing)
        clock.advance(2 * 86400)
    assert last == Mailed(dead=1)
    assert states(mailing) == [(ANN, "dead", 1)]


@pytest.mark.parametrize("reply", [CLOSE, HANG])
def test_a_lost_answer_is_the_one_case_of_two_mails_and_both_have_one_id(
    open_with: OpenWith, smtp: SmtpServer, clock: Clock, monkeypatch: pytest.MonkeyPatch, reply: str
) -> None:
    monkeypatch.setattr("meeting_pipeline.policies.MAIL_TOTAL_SECONDS", 5.0)  # a mail must fit in on a busy machine too
    mailing = opened(open_with, smtp, TO=ANN)
    completed(mailing.store)
    smtp.replies["END"] = reply
    assert send_due(mailing) == Mailed(postponed=1, broke_off=1)
    smtp.replies.clear()
    clock.advance(120)
    assert send_due(mailing) == Mailed(sent=1)
    first, second = smtp.kept
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert [row.unsure for row in mails(mailing)] == [True]


def test_a_sender_that_dies_between_sending_and_noting_is_replaced_and_it_is_told(
    open_with: OpenWith, smtp: SmtpServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = opened(open_with, smtp, TO=ANN)
    completed(mailing.store)

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Mails, "settle", killed)
        with pytest.raises(Killed):
            send_due(mailing)
    assert send_due(mailing) == Mailed(), "its lease still runs"
    clock.advance(200)
    assert send_due(mailing) == Mailed(sent=1)
    first, second = smtp.kept
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert [(row.state, row.unsure) for row in mails(mailing)] == [("sent", True)]


def test_nothing_is_sent_after_the_recording_was_deleted(mailing: Installation, smtp: SmtpServer) -> None:
    journey = completed(mailing.store)
    mailing.store.deletions.delete(journey.key, "ann")
    assert send_due(mailing) == Mailed()
    assert (smtp.connections, mailing.store.mails.list()) == (0, [])


def test_while_a_mail_is_sent_its_recording_cannot_be_deleted_and_a_late_sender_sends_nothing(
    open_with: OpenWith, smtp: SmtpServer, clock: Clock
) -> None:
    mailing = opened(open_with, smtp, TO=ANN)
    journey = completed(mailing.store)
    taken = mailing.store.mails.take("run")
    assert taken is not None
    with pytest.raises(PermanentError) as refused:
        mailing.store.deletions.delete(journey.key, "ann", drop_deliveries=True)
    assert refused.value.code == "deliveries_pending"
    assert mailing.store.mails.holds(taken)
    clock.advance(130)
    assert not mailing.store.mails.holds(taken), "not enough time is left"
    clock.advance(60)
    mailing.store.deletions.delete(journey.key, "ann")
    assert not mailing.store.mails.holds(taken)
    assert mailing.store.mails.settle(taken, None, "", unsure=False, next_at=None) is None


def test_a_dead_server_does_not_hold_up_a_deletion(mailing: Installation, smtp: SmtpServer) -> None:
    smtp.replies["BANNER"] = "421 busy"
    journey = completed(mailing.store)
    send_due(mailing)
    mailing.store.deletions.delete(journey.key, "ann")
    assert mailing.store.mails.list() == []


def test_the_first_minutes_are_sent_and_later_ones_only_by_choice(open_with: OpenWith, smtp: SmtpServer) -> None:
    first = opened(open_with, smtp, TO=ANN)
    journey = completed(first.store)
    send_due(first)
    changed(first, journey, "Another summary.")
    assert send_due(first) == Mailed()
    every = opened(open_with, smtp, TO=ANN, WHEN="every")
    changed(every, journey, "A third summary.")
    assert send_due(every) == Mailed(sent=1)
    assert "(revision 3)" in smtp.kept[-1].message["Subject"]
    assert "A third summary." in smtp.kept[-1].part("text/plain")
    assert send_due(every) == Mailed()


def test_a_mail_that_waits_tells_the_latest_revision_and_is_sent_once(
    open_with: OpenWith, smtp: SmtpServer, clock: Clock
) -> None:
    mailing = opened(open_with, smtp, TO=ANN, WHEN="every")
    journey = completed(mailing.store)
    smtp.replies["RCPT"] = "450 later"
    send_due(mailing)
    changed(mailing, journey, "Another summary.")
    smtp.replies.clear()
    clock.advance(120)
    assert send_due(mailing) == Mailed(sent=1)
    assert states(mailing) == [(ANN, "sent", 2)]
    assert "Another summary." in smtp.kept[0].part("text/plain")


def test_a_revision_during_an_attempt_that_fails_replaces_it(
    open_with: OpenWith, smtp: SmtpServer, clock: Clock
) -> None:
    mailing = opened(open_with, smtp, TO=ANN, WHEN="every")
    journey = completed(mailing.store)
    taken = mailing.store.mails.take("run")
    assert taken is not None
    changed(mailing, journey, "Another summary.")
    later = clock()
    assert mailing.store.mails.settle(taken, "mail_deferred", "451", unsure=False, next_at=later) == "superseded"
    assert send_due(mailing) == Mailed(sent=1)
    assert states(mailing) == [(ANN, "superseded", 1), (ANN, "sent", 2)]


def test_while_a_meeting_is_made_again_no_mail_tells_the_half_of_it(mailing: Installation) -> None:
    journey = completed(mailing.store)
    journey.begin(collecting=False).answer(summary("Half of it."))
    assert (mailing.store.mails.due(), send_due(mailing)) == (0, Mailed())
    journey.complete()
    assert send_due(mailing).sent == 2


def test_a_meeting_that_was_over_before_mails_were_turned_on_is_sent_to_nobody(
    open_with: OpenWith, smtp: SmtpServer
) -> None:
    before = open_with()
    journey = completed(before.store)
    mailing = opened(open_with, smtp)
    changed(mailing, journey, "Another summary.")
    assert send_due(mailing) == Mailed()


def test_words_of_a_meeting_become_neither_headers_nor_markup(open_with: OpenWith, smtp: SmtpServer) -> None:
    mailing = opened(open_with, smtp, TO=ANN, ATTACH="markdown")
    title = "Plan\r\nBcc: eve@example.org\n\n<script>alert(1)</script> \ud83d @everyone \u202eevil"
    journey = Journey(mailing.store).accept(title=title).begin().collect()
    journey.answer(summary(".\r\n.\r\nQUIT <img src=x onerror=y> [a](http://evil.example)"))
    journey.complete()
    assert send_due(mailing) == Mailed(sent=1)
    [kept] = smtp.kept
    assert kept.recipients == [ANN]
    assert kept.message["Bcc"] is None
    assert "<script>" not in kept.part("text/html")
    assert "<img" not in kept.part("text/html")
    assert "QUIT <img src=x" in kept.part("text/plain")
    assert "\\[a\\]" in kept.part("text/markdown")
    assert all(byte < 128 for byte in kept.raw)


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?Plan=0d=0aBcc:_eve=40example.org?=",
        "=?utf-8?q?Plan=0aBcc:x?= =?utf-8?q?=0a=0aBody?=",
        "\u00e9 =?utf-8?b?Cg==?= =?=?",
        "=?unknown-8bit?q?=E9?= \u00e9",
    ],
)
def test_a_title_that_looks_like_an_encoded_word_stays_text(open_with: OpenWith, smtp: SmtpServer, title: str) -> None:
    mailing = opened(open_with, smtp, TO=ANN)
    journey = Journey(mailing.store).accept(title=title).begin().collect()
    journey.answer(summary("A summary.")).complete()
    assert send_due(mailing) == Mailed(sent=1)
    message = smtp.kept[0].message
    assert message["Bcc"] is None
    assert message["Subject"].replace("\u2060", "") == f"Minutes: {title}"
    assert "A summary." in smtp.kept[0].part("text/plain")


def test_a_mail_of_a_run_that_was_ended_waits_for_no_lease_and_keeps_its_id(
    open_with: OpenWith, smtp: SmtpServer, clock: Clock
) -> None:
    mailing = opened(open_with, smtp, TO=ANN)
    completed(mailing.store)
    smtp.replies["END"] = HANG
    with ended_once(lambda: bool(smtp.kept)):
        send_due(mailing, taker="a-run")
    smtp.replies.clear()
    clock.advance(0.001)
    assert send_due(mailing) == Mailed(sent=1)
    [row] = mails(mailing)
    assert row.unsure, "the server may have had it already"
    assert len({one.message["Message-ID"] for one in smtp.kept}) == 1


def test_a_run_that_is_ended_before_the_words_are_sent_gives_the_mail_back_without_a_goodbye(
    open_with: OpenWith, smtp: SmtpServer
) -> None:
    mailing = opened(open_with, smtp, TO=ANN)
    completed(mailing.store)
    smtp.replies["RCPT"] = HANG
    with ended_once(lambda: "RCPT" in smtp.commands):
        send_due(mailing, taker="a-run")
    assert "QUIT" not in smtp.commands, "the server that hangs would hold up the end"
    [row] = mails(mailing)
    assert (row.state, row.attempts, row.unsure) == ("pending", 0, False)
    smtp.replies.clear()
    assert send_due(mailing) == Mailed(sent=1)
