"""The document model as a Word document (Office Open XML).

Belongs here: how each kind of block looks in Word. Must not go here: letters and their direction (``docx_text.py``), the content
of a document (``minutes.py``), other formats (``document.py``).
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.domain.document import Block, Entry, Heading, Notice, Paragraph, Speech
from meeting_pipeline.domain.docx_text import add_text, plain_text

if TYPE_CHECKING:
    from docx.document import Document
    from docx.shared import Length
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph as DocxParagraph

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
COLUMNS: Final = 6
"""Columns of a table on an upright page; entries with more fields stay a list, because the words would break mid-word."""
_SAID: Final = "Said"
_WIDE: Final = 2
"""How many times as wide as the others the columns of sentences are: the first and the last."""
_PAGE_MM: Final = (210, 297)
_MARGIN_MM: Final = 20
"""Margin of the page in millimetres: less than the default of Word, so that tables have room."""
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time of a file in a ZIP: the same record gives the same bytes, and so the same entity tag."""


@dataclass(frozen=True)
class Properties:
    """What the document says about itself."""

    title: str
    made_at: datetime
    revision: int


def to_docx(blocks: Iterable[Block], about: Properties) -> bytes:
    """The document as a .docx file. Entries that belong to a table are in one, with its head on every page."""
    document = _empty_document(about)
    for is_row, found in groupby(blocks, key=lambda block: isinstance(block, Entry) and bool(block.title)):
        if is_row:
            _rows(document, [block for block in found if isinstance(block, Entry)])
        else:
            for block in found:
                _block(document, block)
    return _same_bytes(document)


def _empty_document(about: Properties) -> "Document":
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(_PAGE_MM[0]), Mm(_PAGE_MM[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
    document.styles["Normal"].font.size = Pt(10.5)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    said = document.core_properties
    said.title, said.revision = plain_text(about.title)[:255], max(about.revision, 1)
    said.author = said.last_modified_by = said.comments = ""
    said.created = said.modified = about.made_at.replace(tzinfo=None)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, code in (("", "PAGE"), (" / ", "NUMPAGES")):
        foot.add_run(text)
        _field(foot, code)
    return document


def _block(document: "Document", block: Block) -> None:
    match block:
        case Heading(level=level, text=text):
            add_text(document.add_heading("", level=0 if level == 1 else level - 1), text)
        case Notice(text=text):
            add_text(document.add_paragraph(style="Intense Quote"), text)
        case Entry(text=text):
            add_text(document.add_paragraph(style="List Bullet"), text, bold=True)
            for line in block.lines():
                add_text(document.add_paragraph(style="List Bullet 2"), line)
        case Speech(lead=lead, text=text):
            paragraph = document.add_paragraph()
            add_text(paragraph, lead, bold=True)
            paragraph.add_run(" ")
            add_text(paragraph, text)
        case Paragraph(text=text):
            add_text(document.add_paragraph(), text)


def _rows(document: "Document", entries: Sequence[Entry]) -> None:
    """The entries as a table, or as a list if it had too many columns."""
    columns = list(dict.fromkeys(title for entry in entries for title, _ in entry.fields))
    head = [entries[0].title, *columns, *([_SAID] if any(entry.details for entry in entries) else [])]
    if len(head) > COLUMNS:
        for entry in entries:
            _block(document, entry)
        return
    table = document.add_table(rows=len(entries) + 1, cols=len(head), style="Table Grid")
    widths = _set_widths(table, len(head))
    rows = iter(table.rows)
    first = next(rows)
    _mark(first._tr.get_or_add_trPr(), "w:tblHeader")
    for cell, title, width in zip(first.cells, head, widths, strict=True):
        cell.width = width
        add_text(_tight(cell), title, bold=True)
        _shade(cell)
    for row, entry in zip(rows, entries, strict=True):
        _mark(row._tr.get_or_add_trPr(), "w:cantSplit")
        values, cells = dict(entry.fields), row.cells
        for cell, width in zip(cells, widths, strict=True):
            cell.width = width
        add_text(_tight(cells[0]), entry.text, bold=True)
        for cell, title in zip(cells[1:], columns, strict=False):
            add_text(_tight(cell), values.get(title, ""), empty="")
        for number, line in enumerate(entry.details):
            add_text(_tight(cells[-1], another=number > 0), line)
    document.add_paragraph()  # two tables in succession would be one


def _set_widths(table: "Table", columns: int) -> "Sequence[Length]":
    """Set the widths of the columns and return them: Word prefers those of the cells."""
    from docx.shared import Mm

    shares = [_WIDE, *[1] * (columns - 2), _WIDE][:columns]
    widths = [Mm((_PAGE_MM[0] - 2 * _MARGIN_MM) * share / sum(shares)) for share in shares]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    return widths


def _tight(cell: "_Cell", *, another: bool = False) -> "DocxParagraph":
    from docx.shared import Pt

    paragraph: DocxParagraph = cell.add_paragraph() if another else cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(2)
    return paragraph


def _shade(cell: "_Cell") -> None:
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EFECE6")):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _mark(properties: Any, name: str) -> None:
    from docx.oxml.parser import OxmlElement

    properties.append(OxmlElement(name))


def _field(paragraph: "DocxParagraph", code: str) -> None:
    """A field that Word fills in when it lays out the page."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    paragraph._p.append(field)


def _same_bytes(document: "Document") -> bytes:
    """The file, without the time at which it was written."""
    written, kept = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _FIRST_DAY), source.read(name), zipfile.ZIP_DEFLATED)
    return kept.getvalue()
