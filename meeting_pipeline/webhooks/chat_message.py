"""The chat message about an event: short and neutral, and the source of the forms for single chats.

It is read from the event's stored body, so that every attempt sends the same bytes. Text of the meeting is data here: each form
shows it in a place that has no markup. Belongs here: the content and its length. Must not go here: the JSON of a chat
(``slack.py``, ``teams.py``).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meeting_pipeline.domain.text import clock, one_line
from meeting_pipeline.webhooks import policies

_UNVERIFIED = "Not confirmed: "
_KINDS = {"action_item": "Action item", "decision": "Decision"}


@dataclass(frozen=True)
class Section:
    """A heading with lines below it; ``left_out`` counts lines that there was no room for."""

    heading: str
    lines: tuple[str, ...]
    left_out: int = 0


@dataclass(frozen=True)
class ChatMessage:
    """One message. Every text is one line without control characters, and none is longer than its limit.

    ``link``: where the meeting is shown; empty if the body has none.
    """

    title: str
    facts: str
    notices: tuple[str, ...]
    text: str
    sections: tuple[Section, ...]
    link: str


def chat_message(body: Mapping[str, Any], *, lines: int = policies.CHAT_LINES) -> ChatMessage:
    """The message for an event's body of any version. ``lines``: at most this many in a section."""
    if isinstance(body.get("commitment"), dict):
        return _of_commitment(body, body["commitment"])
    meeting = _object(body.get("meeting"))
    title = clipped(_text(meeting.get("title")), policies.CHAT_TITLE) or "(no title)"
    facts = [
        _text(meeting.get("date")), clock(_number(meeting.get("duration_ms"))) + " long", _text(body.get("status")),
        *([f"revision {_number(body.get('revision'))}"] if _number(body.get("revision")) > 1 else []),
    ]  # fmt: skip
    sections = [
        _section("Decisions", _items(meeting, "decisions"), _decision, lines),
        _section("Action items", _items(meeting, "action_items"), _action_item, lines),
    ]
    return ChatMessage(
        title=title,
        facts=clipped(" · ".join(fact for fact in facts if fact), policies.CHAT_LINE),
        notices=tuple(clipped(notice, policies.CHAT_LINE) for notice in _notices(body, meeting)),
        text=clipped(_summary(_object(meeting.get("summary"))), policies.CHAT_TEXT),
        sections=tuple(section for section in sections if section.lines or section.left_out),
        link=_link(body),
    )


def clipped(text: str, limit: int) -> str:
    """``text`` on one line, of at most ``limit`` UTF-16 units, as chats count them, with an ellipsis where it was cut."""
    line = one_line(text)
    if _units(line) <= limit:
        return line
    kept: list[str] = []
    room = limit - 1
    for character in line:
        room -= _units(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def _of_commitment(body: Mapping[str, Any], commitment: Mapping[str, Any]) -> ChatMessage:
    before = _object(body.get("before"))
    names = (("state", "State"), ("owner", "Owner"), ("due_date", "Due"))
    lines = []
    for name, shown in names:
        now, then = _text(commitment.get(name)), _text(before.get(name))
        if now or then:
            lines.append(f"{shown}: {now or 'none'}" + (f" (was {then or 'none'})" if before and now != then else ""))
    kind = _KINDS.get(_text(commitment.get("kind")), "Commitment")
    return ChatMessage(
        title=clipped(f"{kind} changed: {_text(commitment.get('text'))}", policies.CHAT_TITLE),
        facts=clipped(_text(commitment.get("meeting_date")), policies.CHAT_LINE),
        notices=(),
        text="",
        sections=(Section("Now", tuple(clipped(line, policies.CHAT_LINE) for line in lines)),) if lines else (),
        link=_link(body),
    )


def _notices(body: Mapping[str, Any], meeting: Mapping[str, Any]) -> Iterator[str]:
    error = _object(body.get("error"))
    if error:
        yield f"It failed: {_text(error.get('message'))} [{_text(error.get('code'))}]"
    if meeting.get("draft") is True:
        yield "This is a draft: at least one part was made without a language model."
    gaps = [_text(gap.get("insight")).replace("_", " ") for gap in _items(body, "gaps")]
    if gaps:
        yield f"Still missing: {', '.join(gaps)}"
    withheld = sum(_number(count) for count in _object(meeting.get("unverified")).values())
    if withheld:
        yield f"Not confirmed by the words of the meeting: {withheld}; the page shows what."


def _summary(summary: Mapping[str, Any]) -> str:
    """Its sentences, of which those that are not confirmed say so; the text of a body without sentences."""
    sentences = [_marked(item, _text(item.get("text"))) for item in _items(summary, "sentences")]
    return " ".join(sentence for sentence in sentences if sentence) or _text(summary.get("short_summary"))


def _decision(item: Mapping[str, Any]) -> str:
    names = item.get("decided_by_names")
    by = ", ".join(_text(name) for name in names) if isinstance(names, list) else ""
    return _marked(item, _text(item.get("decision")) + (f" ({by})" if by else ""))


def _action_item(item: Mapping[str, Any]) -> str:
    due = _text(item.get("due_date")) or _text(item.get("due_words"))
    status = _text(item.get("status"))
    facts = [
        _text(item.get("owner_name")),
        f"due {due}" if due else "",
        status if status not in ("", "open") else "",
        "to be confirmed" if item.get("candidate") is True else "",
    ]
    told = ", ".join(fact for fact in facts if fact)
    return _marked(item, _text(item.get("task")) + (f" ({told})" if told else ""))


def _marked(item: Mapping[str, Any], text: str) -> str:
    """The text; one that nothing confirms and nobody accepted says so."""
    doubtful = item.get("verdict") == "unverified" and not item.get("accepted_by")
    return f"{_UNVERIFIED}{text}" if doubtful and text else text


def _section(
    heading: str, items: list[Mapping[str, Any]], render: Callable[[Mapping[str, Any]], str], limit: int
) -> Section:
    """The first items as lines. Only these are rendered: a long meeting has thousands."""
    lines = (clipped(render(item), policies.CHAT_LINE) for item in items[:limit])
    return Section(heading, tuple(line for line in lines if line), max(0, len(items) - limit))


def _link(body: Mapping[str, Any]) -> str:
    for url in (_object(body.get("links")).get("page"), body.get("results_url")):
        if isinstance(url, str) and url.startswith(("http://", "https://")) and len(url) <= policies.CHAT_LINK:
            return url
    return ""


def _items(holder: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = holder.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return one_line(value) if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
