"""One attempt over a real connection: encryption, sign-in, refusals, and servers that hang."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meeting_pipeline.mail.outcomes import MailOutcome
from meeting_pipeline.mail.sending import MailServer, check_server, send_mail
from meeting_pipeline_tests.mail.smtp_server import CLOSE, DRIP, HANG, SmtpServer, serving_mail
from meeting_pipeline_tests.webhooks.certificates import contexts

pytestmark = pytest.mark.services
MESSAGE = b"Subject: x\r\n\r\nHello\r\n.\r\n.. dots\r\n"
LIMIT_S = 3.0
"""Of a mail to a server that hangs: enough for what comes before on a busy machine."""
LONG = 60.0


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with serving_mail() as server:
        yield server


def attempt(
    server: SmtpServer, *, total_s: float = LONG, client: ssl.SSLContext | None = None, where: MailServer | None = None
) -> MailOutcome | None:
    plain = MailServer("localhost", server.port, implicit_tls=False, starttls=False)
    return send_mail(
        where or plain,
        "from@example.org",
        "ann@example.org",
        MESSAGE,
        tls=lambda: client or ssl.create_default_context(),
        total_s=total_s,
    )


def code_of(outcome: MailOutcome | None) -> str | None:
    assert outcome is not None
    return outcome.code


def test_a_mail_arrives_as_it_was_sent(smtp: SmtpServer) -> None:
    assert attempt(smtp) == MailOutcome()
    [kept] = smtp.kept
    assert (kept.sender, kept.recipients, kept.raw) == ("from@example.org", ["ann@example.org"], MESSAGE)


@pytest.mark.parametrize("implicit", [True, False])
def test_a_mail_is_encrypted_and_the_server_is_known_by_its_certificate(tmp_path: Path, implicit: bool) -> None:
    there, here = contexts(tmp_path, "localhost")
    with serving_mail(tls=there, implicit_tls=implicit, password=("me", "secret")) as server:
        secure = MailServer("localhost", server.port, implicit, not implicit, "me", "secret")
        assert attempt(server, client=here, where=secure) == MailOutcome()
        assert (server.kept[0].encrypted, server.kept[0].user) == (True, "me")
        assert code_of(attempt(server, where=secure)) == "mail_tls_failed", "an authority that nobody trusts"
        wrong = attempt(server, client=here, where=replace(secure, password="other"))
        assert wrong is not None
        assert (wrong.code, wrong.of_server, wrong.permanent) == ("mail_auth_failed", True, False)
        assert len(server.kept) == 1
        assert check_server(secure, tls=lambda: here) == MailOutcome()


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    there, here = contexts(tmp_path, "mail.example.org")
    with serving_mail(tls=there) as server:
        assert (
            code_of(attempt(server, client=here, where=MailServer("localhost", server.port, False, True)))
            == "mail_tls_failed"
        )
        assert server.kept == []


def test_without_starttls_nothing_is_said_if_encryption_is_required(smtp: SmtpServer) -> None:
    outcome = attempt(smtp, where=MailServer("localhost", smtp.port, False, True, "me", "secret"))
    assert code_of(outcome) == "mail_tls_failed"
    assert not {"AUTH", "MAIL", "DATA"} & set(smtp.commands)


def test_a_server_without_sign_in_is_told(smtp: SmtpServer) -> None:
    assert (
        code_of(attempt(smtp, where=MailServer("localhost", smtp.port, False, False, "me", "secret")))
        == "mail_auth_failed"
    )


@pytest.mark.parametrize(
    ("verb", "reply", "code", "permanent", "of_server"),
    [
        ("BANNER", "421 busy", "mail_server_refused", False, True),
        ("BANNER", "554 go away", "mail_server_refused", False, True),
        ("MAIL", "451 later", "mail_deferred", False, True),
        ("MAIL", "550 5.7.1 not you", "mail_sender_refused", False, True),
        ("RCPT", "450 4.2.0 greylisted", "mail_recipient_deferred", False, False),
        ("RCPT", "421 closing", "mail_recipient_deferred", False, False),
        ("RCPT", CLOSE, "mail_connection_lost", False, False),
        ("DATA", "421 closing", "mail_deferred", False, False),
        ("DATA", CLOSE, "mail_connection_lost", False, False),
        ("RCPT", "550 5.1.1 nobody", "mail_recipient_refused", True, False),
        ("DATA", "451 later", "mail_deferred", False, False),
        ("END", "452 4.3.1 full", "mail_deferred", False, False),
        ("END", "554 5.7.1 spam: Hello", "mail_refused", True, False),
        ("MAIL", CLOSE, "mail_connection_lost", False, True),
        ("BANNER", CLOSE, "mail_connection_lost", False, True),
    ],
)
def test_a_refusal_has_a_stable_code(
    smtp: SmtpServer, verb: str, reply: str, code: str, permanent: bool, of_server: bool
) -> None:
    smtp.replies[verb] = reply
    outcome = attempt(smtp)
    assert outcome is not None
    assert (outcome.code, outcome.permanent, outcome.of_server, outcome.unsure) == (code, permanent, of_server, False)
    assert outcome.broke_off == (verb in ("RCPT", "DATA") and ("421" in reply or reply == CLOSE))
    assert "Hello" not in outcome.detail, "words of the meeting are not kept"
    assert smtp.kept == []


@pytest.mark.parametrize("verb", ["BANNER", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("way", [HANG, DRIP])
def test_a_server_that_hangs_is_left_within_the_limit(smtp: SmtpServer, verb: str, way: str) -> None:
    smtp.replies[verb] = way
    outcome = attempt(smtp, total_s=LIMIT_S)
    assert outcome is not None
    about_mail = verb in ("RCPT", "DATA")
    assert (outcome.of_server, outcome.broke_off, outcome.unsure) == (not about_mail, about_mail, False)
    assert outcome.code == "mail_timeout"


@pytest.mark.parametrize("reply", [CLOSE, HANG, DRIP])
def test_a_lost_answer_is_told_as_unsure(smtp: SmtpServer, reply: str) -> None:
    smtp.replies["END"] = reply
    outcome = attempt(smtp, total_s=LIMIT_S)
    assert outcome is not None
    assert (outcome.code, outcome.unsure) == ("mail_answer_lost", True)
    assert len(smtp.kept) == 1


def test_who_may_not_send_any_more_sends_no_words(smtp: SmtpServer) -> None:
    asked = threading.Event()

    def may_send() -> bool:
        asked.set()
        return False

    server = MailServer("127.0.0.1", smtp.port, implicit_tls=False, starttls=False)
    outcome = send_mail(
        server,
        "a@example.org",
        "b@example.org",
        MESSAGE,
        tls=ssl.create_default_context,
        total_s=LONG,
        may_send=may_send,
    )
    assert (outcome, asked.is_set()) == (None, True)
    assert "DATA" not in smtp.commands


def test_a_server_that_is_not_there_is_told() -> None:
    with serving_mail() as server:
        port = server.port
    gone = MailServer("127.0.0.1", port, implicit_tls=False, starttls=False)
    assert check_server(gone, tls=ssl.create_default_context).code == "mail_connect_failed"
    nowhere = MailServer("mail.invalid", 25, implicit_tls=False, starttls=False)
    assert check_server(nowhere, tls=ssl.create_default_context).code == "mail_unresolved"


@pytest.mark.parametrize("user", ["me", "j\u00f6rg"])
def test_a_name_and_password_beyond_ascii_sign_in(tmp_path: Path, user: str) -> None:
    there, here = contexts(tmp_path, "localhost")
    with serving_mail(tls=there, password=(user, "gehe\u00ecm\u00e4")) as server:
        where = MailServer("localhost", server.port, False, True, user, "gehe\u00ecm\u00e4")
        assert check_server(where, tls=lambda: here) == MailOutcome()
        wrong = check_server(replace(where, password="\u00e4"), tls=lambda: here)
        assert (wrong.code, wrong.of_server) == ("mail_auth_failed", True)


@pytest.mark.parametrize("host", ["mail..example.org", f"{'a' * 64}.example.org", ".", "[::1"])
def test_a_host_that_no_name_server_knows_is_told(host: str) -> None:
    outcome = check_server(MailServer(host, 25, False, False), tls=ssl.create_default_context)
    assert (outcome.code, outcome.of_server) == ("mail_unresolved", True)
