"""``ExportFormat``: what a module in ``formats/`` declares as ``FORMAT``, and ``Source``, the file that it examines.

How words are conserved: a reader returns an ``Export`` and need not count anything. ``conservation.py`` counts the words of the
file (``Source.text``) and of the lines, each as often as it occurs. The rest is either structure (clock times and names of
speakers, which are recognised, and what the reader lists in ``Export.structure``), or left out for a reason
(``Export.left_out``), or ``not read``. So a row that a reader overlooks shows up. What a reader must do:

* A row that is not talk (title, attendees, disclaimer) goes into ``left_out`` as ``LeftOut("head rows", row)``.
* Words of the format itself, such as a heading ``Transcript``, go into ``structure``, once for each time they occur.
* Where the file's text is not its talk (JSON, DOCX), ``Export.said`` is all the talk in it, with what is left out.

``WordCount`` (in ``Provenance.words``) carries the figures to the asset's metadata and to the check ``words_are_kept``.
Must not go here: choosing a format (``detection.py``), any format itself (``formats/``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.cues.reading import TimedText, timed_text
from meeting_pipeline.providers.imported.encodings import Decoded
from meeting_pipeline.providers.imported.entities import without_entities
from meeting_pipeline.providers.imported.json_values import parsed_json
from meeting_pipeline.providers.imported.lines import Export, LeftOut
from meeting_pipeline.providers.imported.pages import without_pages
from meeting_pipeline.providers.imported.text import decoded_text
from meeting_pipeline.providers.imported.text_rows import Row, has_cue_times, rows_of

if TYPE_CHECKING:
    from meeting_pipeline.providers.imported.json_talk import Found

_MOST_LINES: Final = 3 * policies.MAX_TRANSCRIPT_LINES
"""A file with more is refused for its rows, unless most are blank: pages are not looked for in it."""


@dataclass(frozen=True)
class Source:
    """A submitted transcript export.

    Attributes:
        name: the file name as submitted. Only a hint: the content decides.
        data: the whole content, at most ``policies.MAX_TRANSCRIPT_BYTES``.
    """

    name: str
    data: bytes

    @cached_property
    def decoded(self) -> Decoded:
        """The content as text with Unix line ends, and how it was decoded.

        Raises: IntakeRefused ``bad_transcript`` (binary, or an unknown encoding), ``empty_transcript``.
        """
        return decoded_text(self.data)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of ``text`` that are not blank. Raises: as ``text``; IntakeRefused ``too_large`` (too many rows)."""
        if isinstance(self._rows, IntakeRefused):
            raise self._rows
        return self._rows

    @cached_property
    def _rows(self) -> tuple[Row, ...] | IntakeRefused:
        try:
            return rows_of(self._pages[0])
        except IntakeRefused as refusal:  # kept too: every format asks, and each answer takes a second
            return refusal

    @cached_property
    def _pages(self) -> tuple[str, list[str]]:
        if self.text.count("\n") > _MOST_LINES:
            return self.text, []
        kept, taken = without_pages(without_entities(self.text).split("\n"))
        return "\n".join(kept), taken

    @property
    def page_rows(self) -> tuple[LeftOut, ...]:
        """What ``rows`` lack: numbers and titles of pages, numbers of rows. Raises: as ``text``."""
        taken = self._pages[1]
        return (LeftOut("numbers and titles of pages", " ".join(taken), counted=False),) if taken else ()

    @cached_property
    def is_plain_text(self) -> bool:
        """Whether the content is text without cues, which formats of text look at. Raises: as ``rows``."""
        return self.is_text and not any(has_cue_times(row) for row in self.rows)

    @cached_property
    def json_value(self) -> Any:
        """The content as JSON; ``None`` if it is none. Raises: as ``text``."""
        return parsed_json(self.text)

    @cached_property
    def listed(self) -> "Found":
        """The lists of what was said in the content as JSON; looked for once. Raises: as ``text``."""
        from meeting_pipeline.providers.imported.json_talk import found_in  # it imports this module

        return found_in(self.json_value)

    @property
    def text(self) -> str:
        """The content as text with Unix line ends. A format that is not text looks at ``data``.

        Raises: IntakeRefused ``bad_transcript`` (binary, or an unknown encoding), ``empty_transcript``.
        """
        return self.decoded.text

    @cached_property
    def timed(self) -> TimedText:
        """The content as cues, for the formats that have them; parsed once. Without any cue if there is none.

        Raises: IntakeRefused ``bad_transcript``, ``empty_transcript``, as ``text``.
        """
        return timed_text(self.text)

    @property
    def is_text(self) -> bool:
        """Whether the content is not a known binary container (a DOCX file is a ZIP archive)."""
        return not self.data.startswith(b"PK\x03\x04")


@dataclass(frozen=True)
class ExportFormat:
    """A format of transcript exports. To add one, add a module to ``formats/`` that declares it as ``FORMAT``.

    Attributes:
        name: stable name, e.g. ``zoom-txt``.
        title: the program and format in words, e.g. ``Zoom, text``.
        score: how well the whole file fits, from 0 (it is not this format) to 1 (it can be nothing else). 0.9 and more: marks
            that only this program writes; about 0.5: the shape fits; below ``detection.UNCERTAIN``: a guess, and the
            transcript says so. Never raises for a format of text if ``source.text`` can be read; linear in the size of the file.
        read: the export of a file whose score is above 0.
            Raises: IntakeRefused ``bad_transcript``, ``too_large``.
        timed: whether it has cues; a file named ``.vtt`` or ``.srt`` must have a timed format.
    """

    name: str
    title: str
    score: Callable[[Source], float]
    read: Callable[[Source], Export]
    timed: bool = False
