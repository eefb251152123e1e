"""Who gets the minutes by e-mail, and how often, as the settings say.

Must not go here: sending (``mail/``), the rows of mails (``store/outbox/mail_queue.py``).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class MailRules:
    """``recipients``: of every meeting. ``every_revision``: whether corrected minutes are sent too, or only the first ones."""

    recipients: tuple[str, ...] = ()
    every_revision: bool = False
