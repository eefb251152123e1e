"""The text of a DOCX file: a ZIP archive with XML, from anybody.

Read as a stream, paragraph by paragraph, so that time and memory grow with the bytes read, which are limited whatever the archive
claims. A document type declaration, the only way to define entities, is refused. Must not go here: what the text means.
Source: ECMA-376, part 1, section 17.
"""

import io
import zipfile
import zlib
from typing import Final
from xml.parsers import expat

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.text import bad_transcript

_DOCUMENT: Final = "word/document.xml"
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STRICT: Final = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_CHUNK: Final = 64 * 1024
"""Bytes unpacked at once: the limit is checked after each, before a small file fills the memory."""
_ENTRIES: Final = 2_000
"""Files in the archive: a document has a few dozen, and a picture for each of its speakers."""


def is_docx(data: bytes) -> bool:
    """Whether the archive has the main part of a DOCX file."""
    return data.startswith(b"PK\x03\x04") and _DOCUMENT.encode() in data


def docx_text(data: bytes) -> str:
    """The text: one row per paragraph or line break, a blank row after each paragraph.

    Raises: IntakeRefused ``bad_transcript`` (damaged, encrypted, hostile), ``too_large`` (more XML than a transcript has).
    """
    reader = _Reader()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > _ENTRIES:
                raise _damaged()
            with archive.open(_DOCUMENT) as part:
                read = 0
                while chunk := part.read(_CHUNK):
                    read += len(chunk)
                    if read > policies.MAX_DOCX_XML_BYTES:
                        raise _too_large()
                    reader.parser.Parse(chunk, False)
        reader.parser.Parse(b"", True)
    except IntakeRefused:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        expat.ExpatError,
    ) as error:
        raise _damaged() from error
    return "".join(reader.parts)


class _Reader:
    """Collects text. ``Fallback`` repeats what a newer program shows in another way, and deleted text has tags of its own."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._in_text = False
        self._skipped = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        space, _, tag = name.rpartition(" ")
        if tag == "Fallback":
            self._skipped += 1
        if self._skipped or space not in (_WORD, _STRICT):
            return
        if tag == "t":
            self._in_text = True
        elif tag == "tab":
            self.parts.append("\t")
        elif tag in ("br", "cr"):
            self.parts.append("\n")

    def _end(self, name: str) -> None:
        space, _, tag = name.rpartition(" ")
        if tag == "Fallback":
            self._skipped -= 1
        if space in (_WORD, _STRICT):
            if tag == "t":
                self._in_text = False
            elif tag == "p" and not self._skipped:
                self.parts.append("\n\n")

    def _text(self, text: str) -> None:
        if self._in_text:
            self.parts.append(text)

    def _refuse(self, *_: object) -> None:
        raise _damaged()


def _damaged() -> IntakeRefused:
    return bad_transcript(
        "The file is not a readable Word document: it is damaged, encrypted, or not from a word processor."
    )


def _too_large() -> IntakeRefused:
    return IntakeRefused(
        "too_large",
        f"The Word document has more than {policies.MAX_DOCX_XML_BYTES // 1024**2} MB of text.",
        "Check that this is the right file; split it if it is.",
    )
