"""Text in a Word document: without characters that XML refuses, and in runs of one direction of writing each.

Must not go here: paragraphs, tables and pages (``document_docx.py``).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.domain.text import one_line

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph as DocxParagraph


_EMPTY: Final = "(empty)"
_NOT_XML: Final = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that XML 1.0 does not allow at all, not even escaped (its section 2.2)."""
_AFTER_BIDI: Final = (
    "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap",
    "w:jc", "w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr",
    "w:sectPr", "w:pPrChange",
)  # fmt: skip
"""What the schema of a paragraph's properties has after ``w:bidi`` (ECMA-376, part 1, section 17.3.1.26)."""
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_STRONG: Final = _RIGHT_TO_LEFT | {"L"}


def add_text(paragraph: "DocxParagraph", text: str, *, bold: bool = False, empty: str = _EMPTY) -> None:
    """Add a text in runs of one direction each: Word takes the direction of a run from its properties, not from its letters."""
    plain = plain_text(text) or empty
    backwards = _base(plain) in _RIGHT_TO_LEFT
    if backwards and not paragraph.runs:
        _put(paragraph._p.get_or_add_pPr(), "w:bidi", before=_AFTER_BIDI)
    for right_to_left, run_text in _runs(plain, backwards):
        run = paragraph.add_run(run_text)
        run.bold = bold or None
        if right_to_left:
            run.font.rtl = True
            run.font.cs_bold = bold or None


def _runs(text: str, backwards: bool) -> Iterator[tuple[bool, str]]:
    """Stretches of one direction. Characters without one (spaces, signs, digits) go with those before them."""
    now, start = backwards, 0
    for place, character in enumerate(text):
        kind = unicodedata.bidirectional(character)
        if kind not in _STRONG or (kind in _RIGHT_TO_LEFT) == now:
            continue
        if place > start:
            yield now, text[start:place]
        now, start = kind in _RIGHT_TO_LEFT, place
    if text[start:]:
        yield now, text[start:]


def _base(text: str) -> str:
    """The direction of the first letter that has one (UAX #9, rule P2)."""
    return next((kind for kind in map(unicodedata.bidirectional, text) if kind in _STRONG), "L")


def plain_text(text: str) -> str:
    """The text on one line, without characters that XML refuses."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", one_line(text))


def _put(properties: Any, name: str, *, before: Sequence[str]) -> None:
    """Add a mark where the schema wants it."""
    from docx.oxml.parser import OxmlElement

    properties.insert_element_before(OxmlElement(name), *before)
