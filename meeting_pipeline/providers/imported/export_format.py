"""``ExportFormat``: what a module in ``formats/`` declares as ``FORMAT``, and ``Source``, the file it looks at.

Must not go here: choosing a format (``detection.py``), any format itself (``formats/``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from meeting_pipeline.providers.imported.json_values import parsed_json
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import decoded_text
from meeting_pipeline.providers.imported.text_rows import Row, has_cue_times, rows_of


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
    def text(self) -> str:
        """The content as text with Unix line ends.

        Raises: IntakeRefused ``bad_transcript`` (binary), ``empty_transcript``. A format that is not text looks at ``data``.
        """
        return decoded_text(self.data)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows of ``text`` that are not blank. Raises: as ``text``; IntakeRefused ``too_large`` (too many rows)."""
        return rows_of(self.text)

    @cached_property
    def is_plain_text(self) -> bool:
        """Whether the content is text without cues, which formats of text look at. Raises: as ``rows``."""
        return self.is_text and not any(has_cue_times(row) for row in self.rows)

    @cached_property
    def json_value(self) -> Any:
        """The content as JSON; ``None`` if it is none. Raises: as ``text``."""
        return parsed_json(self.text)

    @property
    def is_text(self) -> bool:
        """Whether the content is no known binary container (a DOCX file is a ZIP archive)."""
        return not self.data.startswith(b"PK\x03\x04")


@dataclass(frozen=True)
class ExportFormat:
    """A format of transcript exports. To add one, add a module to ``formats/`` that declares it as ``FORMAT``.

    Attributes:
        name: stable name, e.g. ``zoom-txt``.
        title: the program and format in words, e.g. ``Zoom, text``.
        score: how well the whole file fits, from 0 (it is not this format) to 1 (it can be nothing else). Never raises for
            a format of text if ``source.text`` can be read; linear in the size of the file.
        read: the export of a file whose score is above 0.
            Raises: IntakeRefused ``bad_transcript``, ``too_large``.
    """

    name: str
    title: str
    score: Callable[[Source], float]
    read: Callable[[Source], Export]
