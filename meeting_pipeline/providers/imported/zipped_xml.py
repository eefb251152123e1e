"""Reads the text of an XML part of a ZIP archive, as in documents of word processors. Anybody may have made it.

Read as a stream, so that time and memory grow with the bytes read, which are limited whatever the archive claims. A document type
declaration, the only way to define entities, is refused. Must not go here: the elements of one format.
"""

import io
import zipfile
import zlib
from abc import ABC, abstractmethod
from typing import Final
from xml.parsers import expat

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.text import bad_transcript

_CHUNK: Final = 64 * 1024
"""Bytes unpacked at once: the limit is checked after each, before a small file fills the memory."""
_LONGEST_MARK: Final = 1024**2
"""Bytes of a tag. The parser reads an endless one again and again."""
_PAIR: Final = 2
"""Cells of a table with times or names on its left, and all the rest on its right."""
_ENTRIES: Final = 2_000
"""Files in the archive: a document has a few dozen, and a picture for each of its speakers."""


class TextReader(ABC):
    """Collects the text of a part."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.skipped = 0
        """Open elements whose text is left out."""
        self.depth = 0
        """Open elements whose text is collected."""
        self._tables = 0
        self._cells: list[str] = []
        self._cell_from = 0

    def begin_row(self) -> None:
        """A row of a table begins. A table inside a cell is part of its text."""
        self._tables += 1
        if self._tables == 1:
            self._cells = []

    def begin_cell(self) -> None:
        """A cell begins."""
        if self._tables == 1:
            self._cell_from = len(self.parts)

    def end_cell(self) -> None:
        """A cell ends."""
        if self._tables == 1:
            self._cells.append("".join(self.parts[self._cell_from :]).strip())
            del self.parts[self._cell_from :]

    def end_row(self) -> None:
        """A row ends: one row of text with tabs, if it has several cells; paragraphs of its last cell may follow."""
        self._tables -= 1
        if self._tables != 0:
            return
        cells = [cell for cell in self._cells if cell]
        if len(cells) == 1:
            self.parts += [cells[0], "\n\n"]
        elif cells:
            last = self._cells[-1].replace("\n\n", "\n") if len(cells) == _PAIR else " ".join(self._cells[-1].split())
            self.parts.append("\t".join([*(" ".join(cell.split()) for cell in self._cells[:-1]), last]) + "\n")

    @abstractmethod
    def start(self, space: str, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    @abstractmethod
    def end(self, space: str, tag: str) -> None:
        """An element ends."""

    @property
    @abstractmethod
    def in_text(self) -> bool:
        """Whether characters here are text."""


def zipped_text(data: bytes, name: str, reader: TextReader) -> str:
    """The text of a part of an archive.

    Raises: IntakeRefused ``bad_transcript`` (damaged, encrypted, hostile), ``too_large`` (more XML than a transcript has).
    """
    parser = _parser(reader)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > _ENTRIES:
                raise _damaged()
            with archive.open(name) as part:
                read = 0
                while chunk := part.read(_CHUNK):
                    read += len(chunk)
                    if read > policies.MAX_DOCX_XML_BYTES:
                        raise _too_large()
                    parser.Parse(chunk, False)
                    if read - parser.CurrentByteIndex > _LONGEST_MARK:
                        raise _damaged()
        parser.Parse(b"", True)
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


def _parser(reader: TextReader) -> expat.XMLParserType:
    def start(name: str, attributes: dict[str, str]) -> None:
        space, _, tag = name.rpartition(" ")
        reader.start(space, tag, attributes)

    def end(name: str) -> None:
        space, _, tag = name.rpartition(" ")
        reader.end(space, tag)

    def characters(text: str) -> None:
        if reader.in_text:
            reader.parts.append(text)

    def refuse(*_: object) -> None:
        raise _damaged()

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _damaged() -> IntakeRefused:
    return bad_transcript(
        "The file is not a readable document of a word processor: it is damaged, encrypted, or something else."
    )


def _too_large() -> IntakeRefused:
    return IntakeRefused(
        "too_large",
        f"The document has more than {policies.MAX_DOCX_XML_BYTES // 1024**2} MB of text.",
        "Check that this is the right file; split it if it is.",
    )
