"""The text of a DOCX file. Source: ECMA-376, part 1, section 17.

Must not go here: unpacking the archive (``zipped_xml.py``), what the text means.
"""

from typing import Final

from meeting_pipeline.providers.imported.zipped_xml import TextReader, zipped_text

_DOCUMENT: Final = "word/document.xml"
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LEFT_OUT: Final = ("moveFrom", "rt")
"""What was moved elsewhere, and the reading of Japanese letters. Deleted text has tags of its own."""
_SIGNS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOT_HIDDEN: Final = ("0", "false", "off", "none")
_STRICT: Final = "http://purl.oclc.org/ooxml/wordprocessingml/main"


def is_docx(data: bytes) -> bool:
    """Whether the archive has the main part of a DOCX file."""
    return data.startswith(b"PK\x03\x04") and _DOCUMENT.encode() in data


def docx_text(data: bytes) -> str:
    """The text: one row per paragraph or line break, a blank row after each paragraph.

    Raises: IntakeRefused ``bad_transcript`` (damaged, encrypted, hostile), ``too_large`` (more XML than a transcript has).
    """
    reader = _Reader()
    text = zipped_text(data, _DOCUMENT, reader)
    return "\n\n".join(filter(None, (*reader.boxes, text)))


class _Reader(TextReader):
    """Collects text. ``Fallback`` repeats what a newer program shows in another way."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[str] = []
        """The text of boxes, which stand anywhere on a page: within a sentence, nobody said it."""
        self._box_from: list[int] = []
        self._runs = 0
        self._hidden = False

    def start(self, space: str, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Fallback" or (space in (_WORD, _STRICT) and tag in _LEFT_OUT):
            self.skipped += 1
        if self.skipped or space not in (_WORD, _STRICT):
            return
        if tag == "t":
            self.depth = 1
        elif tag in _SIGNS:
            self.parts.append(_SIGNS[tag])
        elif tag == "r":
            self._runs += 1
            self._hidden = False
        elif tag == "vanish":
            self._hidden = self._runs > 0 and attributes.get(f"{space} val") not in _NOT_HIDDEN
        elif tag == "tr":
            self.begin_row()
        elif tag == "tc":
            self.begin_cell()
        elif tag == "txbxContent":
            self._box_from.append(len(self.parts))

    def end(self, space: str, tag: str) -> None:
        if tag == "Fallback" or (space in (_WORD, _STRICT) and tag in _LEFT_OUT):
            self.skipped -= 1
        if space not in (_WORD, _STRICT):
            return
        if tag == "t":
            self.depth = 0
        elif self.skipped:
            return
        elif tag == "p":
            self.parts.append("\n\n")
        elif tag == "r":
            self._runs -= 1
            self._hidden = False
        elif tag == "tr":
            self.end_row()
        elif tag == "tc":
            self.end_cell()
        elif tag == "txbxContent" and self._box_from:
            begun = self._box_from.pop()
            self.boxes.append("".join(self.parts[begun:]).strip())
            del self.parts[begun:]

    @property
    def in_text(self) -> bool:
        return self.depth > 0 and not self._hidden
