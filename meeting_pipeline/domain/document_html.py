"""The document model as HTML, for people who only read.

Belongs here: how each kind of block is marked up, and its escaping. Must not go here: the page around it
(``api/routes/shared.py``), the content of a document (``minutes.py``).
"""

import html
from collections.abc import Iterable

from meeting_pipeline.domain.document import Block, Entry, Heading, Notice, Paragraph, Speech
from meeting_pipeline.domain.text import one_line

_EMPTY = "(empty)"


def to_html(blocks: Iterable[Block]) -> str:
    """The document as a fragment of HTML: no text of it can become markup, and each runs in its own direction."""
    return "\n".join(_html(block) for block in blocks) + "\n"


def _html(block: Block) -> str:
    match block:
        case Heading(level=level, text=text):
            return _element(f"h{level}", text)
        case Notice(text=text):
            return _element('p class="notice"', text)
        case Entry():
            details = "".join(_element("li", line) for line in block.lines())
            return f'<div class="entry">{_element("p", block.text)}{f"<ul>{details}</ul>" if details else ""}</div>'
        case Speech(lead=lead, text=text):
            return f'<div class="speech">{_element("p", lead)}{_element("p", text)}</div>'
        case Paragraph(text=text):
            return _element("p", text)


def _element(tag: str, text: str) -> str:
    shown = html.escape(one_line(text)) or _EMPTY
    return f'<{tag} dir="auto">{shown}</{tag.split()[0]}>'
