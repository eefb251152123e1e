"""A message as Microsoft Teams accepts it from a Workflows webhook: an Adaptive Card in a message with one attachment.

All text of people is in ``TextRun`` elements of ``RichTextBlock``, where Adaptive Cards read no Markdown. A mention takes effect
only with an entity in ``msteams``, and there is none. ``{{DATE(...)}}`` is the one thing that a card expands within a text, so
double braces are kept apart. Limit: 28 KB for a message ("Format cards in Microsoft Teams").
Must not go here: the content (``chat_message.py``).
"""

import re
from typing import Any

from meeting_pipeline.webhooks.chat_message import ChatMessage

_WORD_JOINER = "\u2060"
_BRACE_BEFORE_BRACE = re.compile(r"\{(?=\{)")
"""Each of them, also among three."""


def teams_message(message: ChatMessage) -> dict[str, Any]:
    """The message. Its size follows from the number of lines; ``submission_body.py`` keeps it within the limit."""
    body = [_block(message.title, weight="Bolder", size="Large")]
    if message.facts:
        body.append(_block(message.facts, isSubtle=True))
    body += [_block(notice, weight="Bolder", color="Warning") for notice in message.notices]
    if message.text:
        body.append(_block(message.text))
    for section in message.sections:
        body.append(_block(section.heading, weight="Bolder"))
        body += [_block(f"• {line}") for line in section.lines]
        if section.left_out:
            body.append(_block(f"and {section.left_out} more", isSubtle=True))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "msteams": {"width": "Full"},
    }
    if message.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the meeting", "url": message.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _block(text: str, **style: object) -> dict[str, Any]:
    shown = _BRACE_BEFORE_BRACE.sub(f"{{{_WORD_JOINER}", text)
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": shown, **style}]}
