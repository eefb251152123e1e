"""The text of a cue: tags, entities and styling removed, one piece per voice.

Files are untrusted, so every pattern here runs in linear time on any input (``meeting_pipeline_tests/patterns``).
Must not go here: names in the text (``speakers.py``).
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.word_sets import word_set

_TAG: Final = re.compile(r"<(?P<close>/?)(?P<name>[a-z]{1,10}+)?(?P<rest>[^<>]{0,500}+)>", re.IGNORECASE)
_KNOWN: Final = word_set("""
    v c i b u lang ruby rt font span s em strong small big sub sup del ins strike tt code a mark center
""")
"""Tags of WebVTT (W3C, section 3.5), and of HTML where SRT files have it. Any other ``<`` is text."""
_BREAKS: Final = frozenset({"br", "p", "div", "hr", "li", "ul"})
_VOICE: Final = re.compile(r"(?:\.[^\s>]{0,200}+)?\s++(?P<name>[^>]{1,300}+)")
_CLOCK: Final = re.compile(r"[0-9][0-9:.,]{0,40}+")
_OVERRIDE: Final = re.compile(r"\{\\[^{}]{0,200}+\}")
"""Styling of SubStation Alpha, which SRT files contain: ``{\\an8}``."""
_WORD_MARK: Final = re.compile(r"<(?:u|b|i|font)\b[^<>]{0,200}+>", re.IGNORECASE)
_UNCLOSED: Final = re.compile(r"</?(?:v|c|i|b|u|font)?$", re.IGNORECASE)
_NO_CHARACTER: Final = re.compile(r"&#0*+[0-9]{8,}+;?")
"""A character reference with a number beyond Unicode. Python refuses to parse a number with thousands of digits."""
_ENTITY: Final = re.compile(
    r"&(?:#[0-9]{1,7}+;?|#[xX][0-9a-fA-F]{1,6}+;?|[a-zA-Z][a-zA-Z0-9]{1,31}+;|(?:amp|lt|gt|quot|nbsp)(?![a-zA-Z]))"
)
"""A character reference. Only the usual ones are understood without their semicolon."""
_MARKS: Final = "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"


@dataclass(frozen=True)
class Piece:
    """What one voice says in a cue. ``voice``: the name in its ``<v>`` tag, unescaped; empty if the tag has none.

    ``None`` without such a tag.
    """

    voice: str | None
    rows: tuple[str, ...]


def pieces(rows: list[str]) -> list[Piece]:
    """The pieces of a cue, in order; those without text are left out."""
    raw = "\n".join(rows)
    if "{\\" in raw:
        raw = _OVERRIDE.sub("", raw)
    found = [] if "<" not in raw else list(_split(raw))
    cleaned = [(voice, _rows(text)) for voice, text in found or [(None, raw)]]
    return [Piece(voice, text) for voice, text in cleaned if text]


def marked_text(rows: list[str]) -> str:
    """The text of a cue with a tag around some of its words; empty without one."""
    raw = "\n".join(rows)
    return raw if "<" in raw and _WORD_MARK.search(raw) else ""


def _split(raw: str) -> Iterator[tuple[str | None, str]]:
    voice: str | None = None
    parts: list[str] = []
    at = 0
    for tag in _TAG.finditer(raw):
        kept = _meaning(tag)
        if kept is None:
            continue
        parts.append(raw[at : tag.start()])
        at = tag.end()
        named = _VOICE.fullmatch(tag["rest"]) if _is_voice(tag) else None
        if named:
            yield voice, "".join(parts)
            voice, parts = " ".join(_unescaped(named["name"]).split()), []
        elif _is_voice(tag) and not tag["rest"].strip():
            yield voice, "".join(parts)
            voice, parts = "", []
        else:
            parts.append(kept)
    parts.append(_UNCLOSED.sub("", raw[at:]))
    yield voice, "".join(parts)


def _is_voice(tag: re.Match[str]) -> bool:
    return not tag["close"] and (tag["name"] or "").lower() == "v"


def _meaning(tag: re.Match[str]) -> str | None:
    """What stands for a tag in the text: nothing or a space; ``None`` if it is text itself."""
    name, rest = (tag["name"] or "").lower(), tag["rest"]
    if not name:
        return "" if ":" in rest and _CLOCK.fullmatch(rest) else None
    if rest and rest[0] not in ". \t\n/":
        return None
    if name == "v" and not tag["close"] and len(rest) > 1 and not _VOICE.fullmatch(rest):
        return None if rest[0] != "." else ""
    if name in _BREAKS:
        return "\n"
    return "" if name in _KNOWN else None


def _rows(text: str) -> tuple[str, ...]:
    rows = (" ".join(row.split()).lstrip(_MARKS) for row in _unescaped(text).split("\n"))
    return tuple(row for row in rows if row)


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda found: html.unescape(found[0]), _NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text))
