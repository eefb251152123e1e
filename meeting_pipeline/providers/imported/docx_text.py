"""The text of a DOCX file. Source: ECMA-376, part 1, section 17.

Must not go here: unpacking the archive (``zipped_xml.py``), what the text means.
"""

from typing import Final

from meeting_pipeline.providers.imported.zipped_xml import TextReader, zipped_text

_DOCUMENT: Final = "word/document.xml"
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT: Final = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def is_docx(data: bytes) -> bool:
    """Whether the archive has the main part of a DOCX file."""
    return data.startswith(b"PK\x03\x04") and _DOCUMENT.encode() in data


def docx_text(data: bytes) -> str:
    """The text: one row per paragraph or line break, a blank row after each paragraph.

    Raises: IntakeRefused ``bad_transcript`` (damaged, encrypted, hostile), ``too_large`` (more XML than a transcript has).
    """
    return zipped_text(data, _DOCUMENT, _Reader())


class _Reader(TextReader):
    """Collects text. ``Fallback`` repeats what a newer program shows in another way, and deleted text has tags of its own."""

    def start(self, space: str, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Fallback":
            self.skipped += 1
        if self.skipped or space not in (_WORD, _STRICT):
            return
        if tag == "t":
            self.depth = 1
        elif tag == "tab":
            self.parts.append("\t")
        elif tag in ("br", "cr"):
            self.parts.append("\n")

    def end(self, space: str, tag: str) -> None:
        if tag == "Fallback":
            self.skipped -= 1
        if space in (_WORD, _STRICT):
            if tag == "t":
                self.depth = 0
            elif tag == "p" and not self.skipped:
                self.parts.append("\n\n")

    @property
    def in_text(self) -> bool:
        return self.depth > 0
