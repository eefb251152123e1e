"""A message as Slack's incoming webhooks accept it: Block Kit.

All text of people is in ``plain_text`` objects and in ``text`` elements of ``rich_text`` blocks, where Slack reads no markup, so
``<!channel>``, ``*`` and ``:tada:`` are shown as they are. The one text with markup is the fallback for notifications; there
``&``, ``<`` and ``>`` are escaped as Slack's "Formatting text for app surfaces" demands, and an invisible word joiner after each
``@`` keeps names from being linked. Limits: "Block Kit reference", 50 blocks in a message and 150 characters in a header.
Must not go here: the content (``chat_message.py``).
"""

from typing import Any

from meeting_pipeline.webhooks.chat_message import ChatMessage

_WORD_JOINER = "\u2060"


def slack_message(message: ChatMessage) -> dict[str, Any]:
    """The message: at most 10 blocks, each far below Slack's 3,000 characters for a text."""
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(message.title)}]
    if message.facts:
        blocks.append({"type": "context", "elements": [_plain(message.facts)]})
    blocks += [_rich(_section([_text(notice, bold=True)])) for notice in message.notices]
    if message.text:
        blocks.append(_rich(_section([_text(message.text)])))
    for section in message.sections:
        entries = [_section([_text(line)]) for line in section.lines]
        if section.left_out:
            entries.append(_section([_text(f"and {section.left_out} more", italic=True)]))
        bullets = {"type": "rich_text_list", "style": "bullet", "elements": entries}
        blocks.append(_rich(_section([_text(section.heading, bold=True)]), bullets))
    if message.link:
        blocks.append(_rich(_section([{"type": "link", "url": message.link, "text": "Open the meeting"}])))
    fallback = escaped(f"{message.title} · {message.facts}" if message.facts else message.title)
    return {"text": fallback, "unfurl_links": False, "unfurl_media": False, "blocks": blocks}


def escaped(text: str) -> str:
    """``text`` for a place that Slack reads as mrkdwn: no mention, link or entity of it takes effect."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("@", f"@{_WORD_JOINER}")


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(elements)}


def _section(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": elements}


def _text(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text, **({"style": style} if style else {})}
