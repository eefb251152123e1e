"""Responses of the loopback language model, made from the transcript in the prompt.

They are based on real lines: every segment id and quote comes from the prompt. An insight that this module does not
know gets a response that merely fits its schema, so a new insight works before it has an entry in ``ANSWERS``.
Must not go here: HTTP, tokens, faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

LINE = re.compile(r"^\[(\d+)(?: ([^\]\n]{1,200}))?\] (.*)$", re.M)
NOTE = re.compile(r"^\[(\d+(?:, \d+)*)\] (.+)$", re.M)
TOPIC = re.compile(r"^topic (\d+)-(\d+): ", re.M)
BLOCK = re.compile(r"<transcript>\n(.*)\n</transcript>", re.S)
SENTENCE = re.compile(r"[^.!?]+[.!?]*")
UNDERTAKEN = re.compile(r"\b(?:I will|I'll|I am going to)\s+(.+)|\b([A-Z][a-z]+) will\s+(.+\bby\b.+)")
DECIDED = re.compile(r"\b(?:we|We) (?:have )?(?:decided|agreed)\b(?: on| to| that)?\s*(.+)")
NAME = re.compile(r"\b(?:my name is|My name is|this is|This is) ([A-Z][\w'-]+(?: [A-Z][\w'-]+)?)")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WHEN = rf"(?:the )?(?:next |this )?(?:{'|'.join(DAYS)})|tomorrow|today|next week|\d{{4}}-\d\d-\d\d"
DUE = re.compile(rf"\b(?:by|on|before|until) ({WHEN})", re.I)
MOST_ITEMS, MOST_TOPICS, QUOTE_WORDS = 40, 10, 25
INVENTED_ID = 9_999_999


@dataclass(frozen=True)
class Line:
    """One segment as it appears in the prompt."""

    index: int
    label: str
    text: str

    def sentences(self) -> list[str]:
        """The sentences, as they appear in the text."""
        return [found.strip() for found in SENTENCE.findall(self.text) if found.strip()]


def lines_of(prompt: str) -> list[Line]:
    """The segments in a prompt: those between the transcript's markers if it has any."""
    block = BLOCK.search(prompt)
    found: list[Line] = []
    for match in LINE.finditer(block[1] if block else prompt):
        label = match[2] or (found[-1].label if found else "")
        found.append(Line(int(match[1]), label, match[3]))
    return found


def answer(name: str | None, schema: dict[str, Any] | None, prompt: str) -> Any:
    """The value of the response; the caller serializes it."""
    known = ANSWERS.get(name or "")
    if name == "summary" and "<notes>\n" in prompt:
        return _summary_of_notes(prompt)
    if name == "answer" and "<passages>\n" in prompt:
        return _answer_to_a_question(prompt)
    lines = lines_of(prompt)
    if known is not None and lines:
        value = known(lines, prompt)
        if schema is None or set(value) == set(schema.get("properties", {})):
            return value
    return fill(schema or {"type": "string"}, schema or {}, prompt)


PASSAGE_LINE = re.compile(r"^\[(M\d+):(\d+) ([^\]\n]{1,200})\] (.*)$", re.M)
ASKED = re.compile(r"<question>\n(.*)\n</question>")


def _answer_to_a_question(prompt: str) -> dict[str, Any]:
    """The line of each meeting that has most words of the question, told of its speaker."""
    found = ASKED.search(prompt)
    asked = {word[:5] for word in re.findall(r"[a-z]{4,}", found[1].lower() if found else "")}
    best: dict[str, tuple[int, re.Match[str]]] = {}
    for line in PASSAGE_LINE.finditer(prompt):
        shared = len(asked & {word[:5] for word in re.findall(r"[a-z]{4,}", line[4].lower())})
        if shared > best.get(line[1], (1, line))[0]:
            best[line[1]] = (shared, line)
    return {
        "sentences": [
            {
                "citations": [{"meeting": line[1], "segment_ids": [int(line[2])], "quote": line[4]}],
                "text": re.sub(r"\bI will\b|\bI'll\b", f"{line[3]} will", line[4]),
            }
            for _, line in best.values()
        ]
    }


def invented(value: Any) -> Any:
    """The same response with a segment id that was not in the prompt, or a label that does not exist."""
    if isinstance(value, list):
        return [invented(item) for item in value]
    if not isinstance(value, dict):
        return value
    spoiled = {key: invented(item) for key, item in value.items()}
    for key in ("first_segment", "last_segment"):
        if key in spoiled:
            spoiled[key] = INVENTED_ID
    if "segment_ids" in spoiled:
        spoiled["segment_ids"] = [INVENTED_ID]
    if "label" in spoiled:
        spoiled["label"] = "NOBODY"
    return spoiled


def _speakers(lines: list[Line], prompt: str) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        nothing: dict[str, Any] = {
            "label": line.label,
            "name": None,
            "confidence": 0.1,
            "segment_ids": [],
            "quote": None,
        }
        found.setdefault(line.label, nothing)
        said = NAME.search(line.text)
        if said and found[line.label]["name"] is None:
            evidence = {"segment_ids": [line.index], "quote": said[0]}
            found[line.label] = {"label": line.label, "name": said[1], "confidence": 0.95, **evidence}
    return {"speakers": list(found.values())}


def _summary_of_notes(prompt: str) -> dict[str, Any]:
    """The first and the last sentence of the notes, and one topic for the whole meeting."""
    sentences = [
        {"segment_ids": [int(number) for number in ids.split(",")], "text": text} for ids, text in NOTE.findall(prompt)
    ]
    spans = [(int(first), int(last)) for first, last in TOPIC.findall(prompt)]
    topics = [{"first_segment": spans[0][0], "last_segment": spans[-1][1], "title": "Review"}] if spans else []
    return {"sentences": [*sentences[:1], *sentences[-1:]], "topics": topics}


def _summary(lines: list[Line], prompt: str) -> dict[str, Any]:
    size = max(3, -(-len(lines) // MOST_TOPICS))
    chunks = [lines[start : start + size] for start in range(0, len(lines), size)]
    topics = [
        {"title": _words(part[0].text, 6), "first_segment": part[0].index, "last_segment": part[-1].index}
        for part in chunks
    ]
    ends = (("It begins with", lines[0]), ("It ends with", lines[-1]))
    sentences = [
        {"segment_ids": [line.index], "text": f"{how} {{{line.label}}}: {_words(line.text, QUOTE_WORDS)}"}
        for how, line in ends
    ]
    return {"sentences": sentences, "topics": topics}


def _action_items(lines: list[Line], prompt: str) -> dict[str, Any]:
    day = _meeting_day(prompt)
    items = []
    for line, sentence, found in _matches(lines, UNDERTAKEN):
        task, owner = (found[1], line.label) if found[1] else (found[3], found[2])
        due = DUE.search(sentence)
        items.append(
            {
                "task": task.rstrip(".!?").capitalize(),
                "owner": owner,
                "due_words": due[0] if due else None,
                "due_date": _resolved(due[1], day) if due and day else None,
                "segment_ids": [line.index],
                "quote": _words(sentence, QUOTE_WORDS),
            }
        )
    return {"action_items": items[:MOST_ITEMS]}


def _decisions(lines: list[Line], prompt: str) -> dict[str, Any]:
    decisions = [
        {
            "decision": found[1].rstrip(".!?").capitalize(),
            "decided_by": [line.label],
            "segment_ids": [line.index],
            "quote": _words(sentence, QUOTE_WORDS),
        }
        for line, sentence, found in _matches(lines, DECIDED)
    ]
    return {"decisions": decisions[:MOST_ITEMS]}


ANSWERS: dict[str, Callable[[list[Line], str], dict[str, Any]]] = {
    "speakers": _speakers,
    "summary": _summary,
    "action_items": _action_items,
    "decisions": _decisions,
}


def _matches(lines: list[Line], pattern: re.Pattern[str]) -> list[tuple[Line, str, re.Match[str]]]:
    pairs = [(line, sentence, pattern.search(sentence)) for line in lines for sentence in line.sentences()]
    return [(line, sentence, found) for line, sentence, found in pairs if found]


def _words(text: str, most: int) -> str:
    return " ".join(text.split()[:most])


def _meeting_day(prompt: str) -> date | None:
    found = re.search(r"\b(\d{4}-\d\d-\d\d)\b", prompt)
    return date.fromisoformat(found[1]) if found else None


def _resolved(words: str, day: date) -> str | None:
    """The date that the words mean: the next such weekday after the meeting; with "next", the one in the next week."""
    folded = words.lower()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", folded):
        return folded
    if folded in ("today", "tomorrow"):
        return (day + timedelta(days=folded == "tomorrow")).isoformat()
    for number, name in enumerate(DAYS):
        if name in folded:
            ahead = (number - day.weekday() - 1) % 7 + 1
            if "next" in folded:
                ahead = 7 - day.weekday() + number
            return (day + timedelta(days=ahead)).isoformat()
    return None


def fill(node: dict[str, Any], root: dict[str, Any], prompt: str) -> Any:
    """Any value that fits the schema."""
    if "$ref" in node:
        return fill(root["$defs"][node["$ref"].rsplit("/", 1)[1]], root, prompt)
    if "enum" in node or "const" in node:
        return node.get("const", node.get("enum", [None])[0])
    if "anyOf" in node:
        return fill(node["anyOf"][0], root, prompt)
    kinds = node.get("type", "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object":
        return {name: fill(value, root, prompt) for name, value in node.get("properties", {}).items()}
    plain: dict[str, Any] = {"array": [], "integer": 0, "number": 0.5, "boolean": False, "null": None}
    return plain.get(kind, _words(prompt[-200:], QUOTE_WORDS) or "nothing")
