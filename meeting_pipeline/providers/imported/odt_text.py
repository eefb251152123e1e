"""The text of an OpenDocument file: a ZIP archive with XML, from anybody. Read as ``docx_text.py`` reads its own.

Must not go here: what the text means. Source: OASIS, OpenDocument 1.3, part 3, chapters 5 and 6.
"""

from typing import Final

from meeting_pipeline.providers.imported.zipped_xml import TextReader, zipped_text

_PART: Final = "content.xml"
_KIND: Final = b"application/vnd.oasis.opendocument.text"
_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_MOST_SPACES: Final = 100
"""Spaces that one element stands for at most, whatever count it claims."""


def is_odt(data: bytes) -> bool:
    """Whether the archive says that it is OpenDocument text."""
    return data.startswith(b"PK\x03\x04") and _KIND in data[:200]


def odt_text(data: bytes) -> str:
    """The text: one row per paragraph. Raises: IntakeRefused ``bad_transcript``, ``too_large``."""
    return zipped_text(data, _PART, _Reader())


class _Reader(TextReader):
    """Paragraphs and headings; comments of people and deleted text are left out."""

    def start(self, space: str, tag: str, attributes: dict[str, str]) -> None:
        if (space, tag) == (_OFFICE, "annotation") or (space, tag) == (_TEXT, "tracked-changes"):
            self.skipped += 1
        elif space == _TABLE and not self.skipped:
            if tag == "table-row":
                self.begin_row()
            elif tag == "table-cell":
                self.begin_cell()
        elif space == _TEXT and not self.skipped:
            if tag in ("p", "h"):
                self.depth += 1
            elif tag == "tab":
                self.parts.append("\t")
            elif tag == "line-break":
                self.parts.append("\n")
            elif tag == "s":
                count = attributes.get(f"{_TEXT} c", "1")
                self.parts.append(" " * min(_MOST_SPACES, int(count) if count.isdecimal() and len(count) < 6 else 1))

    def end(self, space: str, tag: str) -> None:
        if (space, tag) == (_OFFICE, "annotation") or (space, tag) == (_TEXT, "tracked-changes"):
            self.skipped -= 1
        elif space == _TABLE and not self.skipped:
            if tag == "table-row":
                self.end_row()
            elif tag == "table-cell":
                self.end_cell()
        elif space == _TEXT and tag in ("p", "h") and not self.skipped:
            self.depth -= 1
            self.parts.append("\n\n")

    @property
    def in_text(self) -> bool:
        return self.depth > 0 and not self.skipped
