"""The outcome of an attempt to send an e-mail: stable codes for responses of servers and failures of connections.

Must not go here: the session with the server (``sending.py``), when an e-mail is retried (``steps/delivery/mail.py``).
"""

import smtplib
import socket
import ssl
from dataclasses import dataclass

from meeting_pipeline.domain.text import short_line
from meeting_pipeline.mail import policies


@dataclass(frozen=True)
class MailOutcome:
    """The result of one attempt.

    Attributes:
        code: stable code; ``None`` if the server took the mail.
        detail: for people: the server's reply, without words of the meeting.
        permanent: another attempt cannot help.
        of_server: every other mail would fail in the same way now.
        broke_off: the server was ready for a mail, and ended the conversation about this one: it may be the mail's fault.
        unsure: the server may have taken the mail: its answer was lost.
    """

    code: str | None = None
    detail: str = ""
    permanent: bool = False
    of_server: bool = False
    broke_off: bool = False
    unsure: bool = False


def refused(
    told: str,
    code: int,
    reply: bytes | str,
    *,
    permanent: bool = False,
    of_server: bool = False,
    broke_off: bool = False,
) -> MailOutcome:
    """What the server answered, as an outcome: its reply is shortened to a line."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    detail = short_line(f"{code} {text}", policies.MAIL_REPLY_CHARACTERS)
    return MailOutcome(told, detail, permanent=permanent, of_server=of_server, broke_off=broke_off)


def explained(error: Exception, *, handed_over: bool, late: bool) -> MailOutcome:
    """The outcome of a conversation that broke. The answer to a mail that was sent in full is then unknown."""
    if handed_over:
        return MailOutcome(
            "mail_answer_lost",
            "The mail was sent, but the connection ended before the server answered.",
            of_server=True,
            unsure=True,
        )
    if isinstance(error, socket.gaierror):
        return MailOutcome("mail_unresolved", "The mail server's name has no address.", of_server=True)
    if isinstance(error, ssl.SSLError):
        return MailOutcome("mail_tls_failed", short_line(str(error), policies.MAIL_REPLY_CHARACTERS), of_server=True)
    if isinstance(error, TimeoutError) or late:
        return MailOutcome("mail_timeout", "The mail server did not answer in time.", of_server=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return refused("mail_server_refused", error.smtp_code, error.smtp_error, of_server=True)
    if isinstance(error, smtplib.SMTPException):
        return MailOutcome("mail_connection_lost", "The mail server ended the connection.", of_server=True)
    return MailOutcome(
        "mail_connect_failed", "The mail server refused the connection or cannot be reached.", of_server=True
    )
