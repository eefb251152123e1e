"""The e-mail with the minutes of one meeting: plain text and HTML, with a copy as a file if the settings want one.

Unverified claims are left out, as in webhooks; with ``mark_unverified`` they are shown separately, under a heading that says so.
Text of the meeting is data: the document model escapes it, and headers take one line each.
Must not go here: sending (``sending.py``).
"""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal

from meeting_pipeline.domain.document import Block, Notice, to_markdown, to_text
from meeting_pipeline.domain.document_docx import Properties, to_docx
from meeting_pipeline.domain.document_html import to_html
from meeting_pipeline.domain.minutes import minutes
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import short_line

Attachment = Literal["none", "markdown", "docx"]
_DOCX = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
_SUBJECT = 200
"""Longest subject: mail programs show less than half of it."""
_WORD_JOINER = "\u2060"


@dataclass(frozen=True)
class Letter:
    """Everything about a mail but its recipient. ``page``: address of the meeting's page."""

    sender: str
    page: str
    attachment: Attachment
    mark_unverified: bool = False


def minutes_mail(record: MeetingRecord, letter: Letter, recipient: str, message_id: str) -> bytes:
    """The mail as bytes for SMTP: ASCII, with CRLF. With the same id on every attempt, mail programs can show it once."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = letter.sender
    message["To"] = recipient
    again = f" (revision {record.revision})" if record.revision > 1 else ""
    message["Subject"] = f"Minutes: {_plain(short_line(record.title, _SUBJECT))}{again}"
    message["Date"] = format_datetime(record.completed_at or record.submitted_at)
    message["Message-ID"] = f"<{message_id}@{letter.sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    blocks = list(_blocks(record, letter))
    message.set_content(f"{to_text(blocks)}\n{letter.page}\n")
    message.add_alternative(_page(to_html(blocks), letter.page), subtype="html")
    name = f"minutes-{record.meeting_date.isoformat()}"
    if letter.attachment == "markdown":
        message.add_attachment(to_markdown(blocks).encode(), "text", "markdown", filename=f"{name}.md")
    elif letter.attachment == "docx":
        about = Properties(record.title, record.completed_at or record.submitted_at, record.revision)
        message.add_attachment(to_docx(blocks, about), *_DOCX, filename=f"{name}.docx")
    return message.as_bytes()


def trial_mail(sender: str, recipient: str, message_id: str) -> bytes:
    """A mail that holds nothing of any meeting, to try the settings."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"], message["To"], message["Subject"] = sender, recipient, "Test of the mail settings"
    message["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("Minutes of meetings can be sent to this address.\n")
    return message.as_bytes()


def _plain(text: str) -> str:
    """``text`` for a header, with an invisible character in what looks like the beginning of an encoded word (RFC 2047).

    ``EmailMessage`` decodes such words, and a line break in one would begin another header.
    """
    return text.replace("=?", f"={_WORD_JOINER}?")


def _blocks(record: MeetingRecord, letter: Letter) -> Iterator[Block]:
    title, *rest = minutes(record, remote=True, with_unverified=letter.mark_unverified)
    yield title
    withheld = sum(len(record.claims_withheld(insight)) for insight in Insight)
    if withheld and not letter.mark_unverified:
        yield Notice(f"Left out, because the words of the meeting do not confirm it: {withheld}. The page shows what.")
    yield from rest


def _page(fragment: str, link: str) -> str:
    shown = html.escape(link, quote=True)
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"><title>Minutes</title></head>\n'
        '<body style="font-family:sans-serif;line-height:1.4;max-width:46em">\n'
        f'{fragment}<p><a href="{shown}">Open the meeting</a></p>\n</body></html>\n'
    )
