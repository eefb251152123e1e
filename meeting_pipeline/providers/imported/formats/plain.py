"""Untimed or loosely timed exports: Meet documents, Teams and Zoom text, plain text.

Belongs here: line patterns of text exports. To support a new layout, add a pattern here and a sample file to the tests.
Must not go here: times and labels of the whole transcript (``build_transcript.py``).
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.export_format import ExportFormat
from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.names import split_prefix, with_prefixed_speakers
from meeting_pipeline.providers.imported.text import too_many_lines

_TIME: Final = r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>\d{2})(?:\.\d++)?"
_CLOCK_LINE: Final = re.compile(rf"#{{0,6}}+\s{{0,20}}+{_TIME}\s*+")
_MEET_END: Final = re.compile(rf"(?:Meeting|Transcription) ended after {_TIME}.*", re.IGNORECASE)
_ZOOM_HEAD: Final = re.compile(rf"\[(?P<name>[^\]]{{1,300}}+)\]\s++{_TIME}\s*+")
_TEAMS_HEAD: Final = re.compile(rf"(?P<name>[^\W\d_].{{0,79}}?)(?<=\S)\s{{1,60}}+{_TIME}\s*+")
_STAMPED: Final = re.compile(rf"[\[(]?{_TIME}[\])]?\s++(?P<text>\S.*)")
"""Repetitions are possessive or bounded, so that any file is read in linear time."""


def read_plain(text: str) -> Export:
    """Read a text export. Text without any structure has one speaker.

    Raises: IntakeRefused ``too_large`` (too many lines).
    """
    rows = _rows(text)
    if any(_MEET_END.fullmatch(row) for row in rows) or "Transcript" in (row.lstrip("# ") for row in rows):
        return _read_meet(rows)
    for kind, head in (("zoom-txt", _ZOOM_HEAD.fullmatch), ("teams-txt", _TEAMS_HEAD.fullmatch)):
        if sum(head(row) is not None for row in rows) >= 2:
            return _read_headed(rows, kind, head)
    return Export("txt", with_prefixed_speakers(_stamped(rows)))


def _rows(text: str) -> list[str]:
    """Return the rows that are not blank, without bold markup."""
    rows = []
    for line in io.StringIO(text):
        row = line.replace("**", "").strip()
        if row:
            rows.append(row)
        if len(rows) > policies.MAX_TRANSCRIPT_LINES:
            raise too_many_lines()
    return rows


@dataclass
class _Paragraphs:
    """Joins rows into paragraphs; ``begin`` starts a new one."""

    lines: list[tuple[str | None, int | None, list[str]]] = field(default_factory=list)

    def begin(self, speaker: str | None, start_ms: int | None, *words: str) -> None:
        self.lines.append((speaker, start_ms, list(words)))

    def add(self, words: str) -> None:
        if not self.lines:
            self.begin(None, None)
        self.lines[-1][2].append(words)

    def done(self) -> tuple[Line, ...]:
        return tuple(
            Line(name, start, None, " ".join(" ".join(words).split())) for name, start, words in self.lines if words
        )


def _read_meet(rows: list[str]) -> Export:
    """Read a Meet export: heading, attendees, ``Transcript``, then ``Name: text`` with a clock line every five minutes."""
    plain = [row.lstrip("# ") for row in rows]
    body = plain[plain.index("Transcript") + 1 :] if "Transcript" in plain else plain
    paragraphs = _Paragraphs()
    clock_ms: int | None = None
    duration_ms: int | None = None
    for row in body:
        end = _MEET_END.fullmatch(row)
        if end:
            # The rest is the program's disclaimer.
            duration_ms = _clock_ms(end)
            break
        clock = _CLOCK_LINE.fullmatch(row)
        if clock:
            clock_ms = _clock_ms(clock)
            continue
        prefixed = split_prefix(row)
        if prefixed:
            paragraphs.begin(prefixed[0], clock_ms, prefixed[1])
            clock_ms = None
        else:
            paragraphs.add(row)
    return Export("meet-txt", paragraphs.done(), duration_ms)


def _read_headed(rows: list[str], kind: str, head: Callable[[str], re.Match[str] | None]) -> Export:
    """Read a Zoom (``[Name] 16:01:26``) or Teams (``Name   0:03``) export: a head row, then what was said."""
    paragraphs = _Paragraphs()
    first_ms: int | None = None
    for row in rows:
        found = head(row)
        if found:
            at_ms = _clock_ms(found)
            if first_ms is None:
                # Zoom gives the time of day, Teams the time since the start.
                first_ms = at_ms if kind == "zoom-txt" else 0
            paragraphs.begin(found["name"].strip(), max(0, at_ms - first_ms))
        elif first_ms is not None:
            paragraphs.add(row)
    return Export(kind, paragraphs.done())


def _stamped(rows: list[str]) -> list[Line]:
    """Convert each row to a line; a leading ``[00:01:02]`` is its start."""
    lines = []
    for row in rows:
        found = _STAMPED.fullmatch(row)
        lines.append(Line(None, _clock_ms(found), None, found["text"]) if found else Line(None, None, None, row))
    return lines


def _clock_ms(found: re.Match[str]) -> int:
    return ((int(found["h"] or 0) * 60 + int(found["m"])) * 60 + int(found["s"])) * 1000


FORMAT: Final = ExportFormat(
    "plain",
    "Text",
    score=lambda source: 0.1 if source.is_text else 0.0,
    read=lambda source: read_plain(source.text),
)
