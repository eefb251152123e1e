"""Sends the e-mails that are due, one after the other, and records each attempt.

There is one mail server, so a server failure ends the round and postpones the others for a minute. The e-mail that met it waits
longer with each attempt, and the others do not wait for it. If the session breaks off during one e-mail, that e-mail may be the
cause (a filter that crashes on it), so others are tried before the server counts as down.
Must not go here: SMTP (``mail/``), the rows of a mail (``store/outbox/mails.py``).
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.domain.page_links import meeting_page
from meeting_pipeline.foundation.logs import step_line
from meeting_pipeline.foundation.tls_trust import trusted
from meeting_pipeline.installation import Installation
from meeting_pipeline.mail.message import Letter, minutes_mail
from meeting_pipeline.mail.outcomes import MailOutcome
from meeting_pipeline.mail.sending import MailServer, send_mail
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.delivery import policies
from meeting_pipeline.store.outbox.mails import LeasedMail
from meeting_pipeline.webhooks.outcome import Outcome
from meeting_pipeline.webhooks.schedule import next_attempt


@dataclass
class Mailed:
    """The result of a round; ``fault``: the code of a fault of the mail server, which ended it."""

    sent: int = 0
    postponed: int = 0
    dead: int = 0
    fault: str | None = None
    broke_off: int = 0
    """How many mails in a row the server broke off."""


def server_of(settings: Settings) -> MailServer | None:
    """The mail server of these settings; ``None`` while mails are turned off."""
    if settings.mail_server is None:
        return None
    secure = settings.mail_tls
    password = settings.mail_password.get_secret_value() if settings.mail_password else None
    host, port = settings.mail_host_and_port
    return MailServer(host, port, secure == "tls", secure == "starttls", settings.mail_user, password)


def send_due(installation: Installation, *, taker: str = "", may_start: Callable[[], bool] = lambda: True) -> Mailed:
    """Send what is due. ``taker``: the run that sends. ``may_start``: asked before each mail, as for webhooks."""
    mailed, ends = Mailed(), time.monotonic() + policies.MAIL_ROUND_SECONDS
    server = server_of(installation.settings)
    while server is not None and mailed.fault is None and time.monotonic() < ends and may_start():
        mail = installation.store.mails.take(taker)
        if mail is None:
            break
        _attempt(installation, server, mail, mailed)
    return mailed


def _attempt(installation: Installation, server: MailServer, mail: LeasedMail, mailed: Mailed) -> None:
    mails, began = installation.store.mails, time.monotonic()
    words_sent = False

    def may_send() -> bool:
        nonlocal words_sent
        words_sent = mails.holds(mail)
        return words_sent

    try:
        outcome = _send(installation.settings, server, mail, may_send)
    except Exception:  # a bug: not again at once
        raise
    except BaseException:  # the process is ended in order (SIGTERM): nobody has to wait for the lease
        with suppress(StoreUnavailable):
            if words_sent:
                mails.release_interrupted(mail)
            else:
                mails.give_back(mail)
        raise
    if outcome is None:  # another sender has it, or the recording was deleted
        mails.give_back(mail)
        return
    next_at = None if outcome.code is None else _next(installation, mail, outcome)
    state = mails.settle(mail, outcome.code, outcome.detail, unsure=outcome.unsure, next_at=next_at)
    if state is None:
        return
    step_line(
        "mail",
        state,
        recording_id=mail.recording_key,
        attempt=mail.attempt,
        duration_ms=round((time.monotonic() - began) * 1000),
        code=outcome.code,
    )
    mailed.sent += state == "sent"
    mailed.dead += state == "dead"
    mailed.postponed += state == "pending"
    mailed.broke_off = mailed.broke_off + 1 if outcome.broke_off else 0
    if outcome.of_server or mailed.broke_off >= policies.MAIL_BREAKS_IN_A_ROW:
        mailed.fault = outcome.code
        mails.postpone(installation.store.context.after(policies.MAIL_SERVER_SECONDS))


def _send(settings: Settings, server: MailServer, mail: LeasedMail, may_send: Callable[[], bool]) -> MailOutcome | None:
    """Write the mail, and hand it to the server. ``may_send`` is asked just before the words are sent."""
    letter = Letter(
        sender=settings.mail_from or "",
        page=meeting_page(settings.api_url, mail.recording_key),
        attachment=settings.mail_attach,
        mark_unverified=settings.mark_unverified,
    )
    try:
        message = minutes_mail(mail.record, letter, mail.address, f"{mail.mail_id}.{mail.revision}")
    except (ValueError, MessageError) as error:  # of the library: another attempt would end in the same way
        return MailOutcome("mail_not_made", type(error).__name__, permanent=True)
    total_s = shared_policies.MAIL_TOTAL_SECONDS
    return send_mail(server, letter.sender, mail.address, message, tls=trusted, total_s=total_s, may_send=may_send)


def _next(installation: Installation, mail: LeasedMail, outcome: MailOutcome) -> datetime | None:
    """When it is tried again: by the schedule of webhooks. A mail that a server's fault cost is tried again for days."""
    context = installation.store.context
    failed = Outcome(False, None, outcome.code, outcome.detail, None, False, 0, None, outcome.permanent)
    at = next_attempt(mail.attempt, failed, now=context.now(), random=random.random, time_scale=context.time_scale)
    floor = timedelta(seconds=policies.MAIL_SERVER_SECONDS * context.time_scale)
    return max(at, context.now() + floor) if at is not None else None
