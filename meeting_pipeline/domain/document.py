"""A small document model, rendered as Markdown and as plain text; as a Word document by ``document_docx.py``.

Belongs here: kinds of blocks and the escaping of their text. Block texts are raw: code that builds a document escapes
nothing, code that renders one escapes everything. Must not go here: the content of a document (``minutes.py``).
"""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from meeting_pipeline.domain.text import one_line

_WIDTH = 100
"""Characters of a line of plain text, where it is wrapped."""
_EMPTY = "(empty)"
_MARKUP = re.compile(r"[\\`*_{}\[\]<>&#|~!$^]")
"""Punctuation that can start markup anywhere in a line, in CommonMark and its usual extensions."""
_LINE_START = re.compile(r"^(?:(?P<number>\d{1,9})(?=[.)])|(?=[-+=:]))")
"""Characters that start a list, a rule or an underlined heading at the start of a line."""
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=@)|(?<=[wW]{3})(?=\.)")
"""Where an invisible word joiner keeps web and mail addresses from being linked automatically. Renderers search for
addresses after they resolve escapes, so a backslash does not help."""
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
"""Unicode's first-strong isolate (UAX #9): the text between them has the direction of its first letter, and does not reorder
the words around it. ``one_line`` has removed all such characters from the text itself."""


@dataclass(frozen=True)
class Heading:
    """A heading; ``level`` is 1 for the title."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Notice:
    """Important information that the reader must not miss."""

    text: str


@dataclass(frozen=True)
class Entry:
    """A list entry with details below it.

    Attributes:
        title: what ``text`` is, such as "Task". Such entries can be shown as rows of a table; empty: only as a list.
        fields: titles and values, each a detail before ``details``, or a cell of the row.
    """

    text: str
    details: tuple[str, ...] = ()
    title: str = ""
    fields: tuple[tuple[str, str], ...] = ()

    def lines(self) -> tuple[str, ...]:
        """All details, with the fields before them."""
        return (*(f"{title}: {value}" for title, value in self.fields), *self.details)


@dataclass(frozen=True)
class Speech:
    """Something that was said: a bold lead (time and speaker) and the words."""

    lead: str
    text: str


Block = Heading | Paragraph | Notice | Entry | Speech


def escape_markdown(text: str) -> str:
    """``text`` on one line, escaped so that Markdown shows it literally: no markup, HTML, link or image takes effect."""
    escaped = _MARKUP.sub(lambda found: "\\" + found[0], one_line(text))
    escaped = _LINE_START.sub(lambda found: (found["number"] or "") + "\\", escaped)
    return _ADDRESS.sub("\u2060", escaped)


def to_markdown(blocks: Iterable[Block]) -> str:
    """The document in Markdown, ending in a newline."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def to_text(blocks: Iterable[Block]) -> str:
    """The document as plain text of at most 100 columns (longer words stay whole), ending in a newline."""
    return "\n\n".join(_text(block) for block in blocks) + "\n"


def _markdown(block: Block) -> str:
    text = escape_markdown(block.text) or _EMPTY
    match block:
        case Heading(level=level):
            return f"{'#' * level} {text}"
        case Notice():
            return f"> {text}"
        case Entry():
            details = (f"  - {_isolated_value(escape_markdown(line))}" for line in block.lines())
            return "\n".join([f"- **{isolated(text)}**", *details])
        case Speech(lead=lead):
            return f"**{_isolated_name(escape_markdown(lead)) or _EMPTY}** {isolated(text)}"
        case Paragraph():
            return text


def _text(block: Block) -> str:
    text = one_line(block.text) or _EMPTY
    match block:
        case Heading(level=level):
            return f"{text}\n{('=' if level == 1 else '-') * min(len(text), _WIDTH)}"
        case Notice():
            return _wrap(text, "! ", "  ")
        case Entry():
            shown = [_wrap(_isolated_value(one_line(line)), "  ", "    ") for line in block.lines()]
            return "\n".join([_wrap(isolated(text), "* ", "  "), *shown])
        case Speech(lead=lead):
            return _wrap(f"{_isolated_name(one_line(lead))} {isolated(text)}", "", "  ")
        case Paragraph():
            return _wrap(text, "", "")


def _wrap(text: str, first: str, other: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=other, break_long_words=False, break_on_hyphens=False
    )


def isolated(text: str) -> str:
    """``text``, isolated from the words around it if it holds letters that run from right to left."""
    return f"{_ISOLATE}{text}{_END_ISOLATE}" if _RIGHT_TO_LEFT.search(text) else text


def _isolated_value(detail: str) -> str:
    """A detail such as "Owner: NAME", with its value isolated."""
    label, colon, value = detail.partition(": ")
    return f"{label}{colon}{isolated(value)}" if colon and not _RIGHT_TO_LEFT.search(label) else isolated(detail)


def _isolated_name(lead: str) -> str:
    """A lead such as "0:00:20 NAME:", with the name isolated."""
    time, space, name = lead.partition(" ")
    return f"{time}{space}{isolated(name)}" if space else isolated(lead)
