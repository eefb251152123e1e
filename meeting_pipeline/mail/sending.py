"""One attempt to send an e-mail to the mail server, within a limit of wall-clock time. A failure is an outcome, not an exception.

Must not go here: the content (``message.py``), when it is retried and what is recorded (``steps/delivery/mail.py``).
"""

import base64
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from meeting_pipeline.mail import policies
from meeting_pipeline.mail.outcomes import MailOutcome, explained, refused
from meeting_pipeline.mail.timed_smtp import TimedSmtp, TimedSmtpTls

_DOT_AT_START = re.compile(rb"^\.", re.MULTILINE)
_REPLY_OK = range(200, 300)
"""Replies that accept a command (RFC 5321, section 4.2.1)."""
_MORE_TO_COME = 354
"""The reply to ``DATA``: the server waits for the message."""
_SERVICE_CLOSING = 421
"""The server ends the connection (RFC 5321, section 3.8)."""
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
"""An enhanced status code (RFC 3463)."""


@dataclass(frozen=True)
class MailServer:
    """The server that mails are given to. ``starttls``: encrypted before anything is said; ``implicit_tls``: from the start."""

    host: str
    port: int
    implicit_tls: bool
    starttls: bool
    user: str | None = None
    password: str | None = None


def send_mail(
    server: MailServer,
    sender: str,
    recipient: str,
    message: bytes,
    *,
    tls: Callable[[], ssl.SSLContext],
    total_s: float,
    may_send: Callable[[], bool] = lambda: True,
) -> MailOutcome | None:
    """Hand ``message`` (ASCII with CRLF) to the server for one recipient. ``sender`` is a bare address.

    ``may_send`` is asked after the server agreed to the recipient, just before the words are sent; if it says no, nothing is
    sent and the result is ``None``. Raises: what ``tls`` and ``may_send`` raise.
    """
    with _session(server, tls, total_s) as (client, failed):
        if failed is not None or client is None:
            return failed
        try:
            return _hand_over(client, sender, recipient, message, may_send)
        except (OSError, smtplib.SMTPException) as error:
            outcome = explained(error, handed_over=client.handed_over, late=client.late)
            return replace(outcome, of_server=False, broke_off=True) if client.about_mail else outcome


def check_server(server: MailServer, *, tls: Callable[[], ssl.SSLContext]) -> MailOutcome:
    """Connect, encrypt and sign in, and send nothing."""
    with _session(server, tls, policies.MAIL_CHECK_SECONDS) as (_, failed):
        return failed or MailOutcome()


@contextmanager
def _session(
    server: MailServer, tls: Callable[[], ssl.SSLContext], total_s: float
) -> Iterator[tuple[TimedSmtp | None, MailOutcome | None]]:
    """A client that is connected and signed in, or the reason why not."""
    context = tls() if server.implicit_tls or server.starttls else None
    connect_s = min(policies.MAIL_CONNECT_SECONDS, total_s)
    client: TimedSmtp = (
        TimedSmtpTls(timeout=connect_s, context=context) if server.implicit_tls else TimedSmtp(timeout=connect_s)
    )
    client.begin(total_s)
    try:
        yield client, _opened(client, server, context)
    except Exception:
        raise
    except BaseException:  # a signal ends the process: the server may be what it waits for
        client.abandoned = True
        raise
    finally:
        client.end()


def _opened(client: TimedSmtp, server: MailServer, context: ssl.SSLContext | None) -> MailOutcome | None:
    """Why the server cannot be used; ``None`` once it is ready for a mail."""
    try:
        # The name that the certificate must have: smtplib takes it from its constructor, which would connect at once.
        client._host = server.host
        code, reply = client.connect(server.host, server.port)
        if code not in _REPLY_OK:
            return refused("mail_server_refused", code, reply, of_server=True)
        client.ehlo_or_helo_if_needed()
        if server.starttls:
            if not client.has_extn("starttls"):
                return MailOutcome("mail_tls_failed", "The server does not offer STARTTLS.", of_server=True)
            client.starttls(context=context)
            client.ehlo_or_helo_if_needed()
        if server.user is not None:
            return _signed_in(client, server.user, server.password or "")
    except smtplib.SMTPAuthenticationError as error:
        return refused("mail_auth_failed", error.smtp_code, error.smtp_error, of_server=True)
    except smtplib.SMTPNotSupportedError:
        return MailOutcome("mail_auth_failed", "The server does not offer a way to sign in.", of_server=True)
    except (OSError, smtplib.SMTPException) as error:
        return explained(error, handed_over=False, late=client.late)
    except UnicodeError:  # of the codec for domain names, before any name server is asked
        return MailOutcome("mail_unresolved", "The mail server's name is not a valid host name.", of_server=True)
    except ValueError:  # of base64
        return MailOutcome("mail_auth_failed", "The server's challenge cannot be read.", of_server=True)
    return None


def _signed_in(client: TimedSmtp, user: str, password: str) -> MailOutcome | None:
    """Why the server does not let this user in; ``None`` if it does.

    ``smtplib`` signs in with ASCII only; PLAIN takes UTF-8 (RFC 4616).
    """
    if user.isascii() and password.isascii():
        client.login(user, password)
        return None
    if "PLAIN" not in client.esmtp_features.get("auth", "").upper().split():
        told = "The server offers no way to sign in with a name or password beyond ASCII."
        return MailOutcome("mail_auth_failed", told, of_server=True)
    given = f"\0{user}\0{password}".encode("utf-8", "surrogateescape")
    code, reply = client.docmd("AUTH", f"PLAIN {base64.b64encode(given).decode('ascii')}")
    return None if code in _REPLY_OK else refused("mail_auth_failed", code, reply, of_server=True)


def _hand_over(
    client: TimedSmtp, sender: str, recipient: str, message: bytes, may_send: Callable[[], bool]
) -> MailOutcome | None:
    code, reply = client.mail(sender)
    if code not in _REPLY_OK:
        return refused("mail_sender_refused" if code >= 500 else "mail_deferred", code, reply, of_server=True)
    client.about_mail = True
    code, reply = client.rcpt(recipient)
    if code not in _REPLY_OK:
        permanent = code >= 500
        told = "mail_recipient_refused" if permanent else "mail_recipient_deferred"
        return refused(told, code, reply, permanent=permanent, broke_off=code == _SERVICE_CLOSING)
    if not may_send():
        return None
    code, reply = client.docmd("DATA")
    if code == _MORE_TO_COME:
        client.send(_DOT_AT_START.sub(b"..", message) + b".\r\n")
        client.handed_over = True
        code, reply = client.getreply()
        client.handed_over = False
        if code in _REPLY_OK:
            return MailOutcome()
    # A reply to the words may quote them: only its codes are kept.
    permanent = code >= 500
    kept = " ".join([str(code), *_STATUS.findall(reply.decode("latin-1"))[:1]])
    told = "mail_refused" if permanent else "mail_deferred"
    return MailOutcome(told, kept, permanent=permanent, broke_off=code == _SERVICE_CLOSING)
