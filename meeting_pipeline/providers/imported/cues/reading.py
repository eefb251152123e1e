"""A file of cues, read once: parsed, without repeated captions, with speakers. The formats examine it and export it.

Must not go here: the marks of one program (``formats/``).
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.cues.blocks import CueFile, is_timed, parse
from meeting_pipeline.providers.imported.cues.limits import refusal
from meeting_pipeline.providers.imported.cues.own import is_own_vtt
from meeting_pipeline.providers.imported.cues.repeats import without_repeats
from meeting_pipeline.providers.imported.cues.speakers import talk_of
from meeting_pipeline.providers.imported.cues.talk import Naming, Spoken, Talk, spoken_pieces
from meeting_pipeline.providers.imported.lines import Export, LeftOut, Line
from meeting_pipeline.providers.imported.text import bad_transcript, too_many_lines

_EMPTY_ROWS: Final = re.compile(r"\n{3,}+")
HEAD: Final = "head rows"
REPEATED: Final = "repeated captions"
COMMENTS: Final = "comments"
IDENTIFIERS: Final = "identifiers of cues"
"""Reasons why words are left out."""


@dataclass(frozen=True)
class TimedText:
    """A text as cues; ``file.cues`` is empty if it has none."""

    text: str
    file: CueFile
    refusal: IntakeRefused | None = None
    """Why it is larger than a meeting; nothing is parsed then."""

    @cached_property
    def too_large(self) -> IntakeRefused | None:
        """Why it has more text, cues or turns than a meeting; nothing more is computed then."""
        return self.refusal or (too_many_lines() if len(self._spoken[0]) > policies.MAX_TRANSCRIPT_LINES else None)

    @cached_property
    def _spoken(self) -> tuple[list[Spoken], bool]:
        return spoken_pieces(self.file)

    @cached_property
    def _parts(self) -> tuple[list[Spoken], list[str], bool]:
        """The captions, each word once, what was repeated, and whether the file has the mark of a draft."""
        if self.too_large:
            return [], [], False
        spoken, draft = self._spoken
        kept, repeated = (spoken, []) if self.is_own_vtt else without_repeats(spoken)
        return kept, repeated, draft

    @cached_property
    def is_own_vtt(self) -> bool:
        """Whether it is our own WebVTT export."""
        return is_own_vtt(self.text, self.file)

    @property
    def repeats(self) -> int:
        """How many captions were repeated."""
        return len(self._parts[1])

    @cached_property
    def talk(self) -> Talk:
        """What was said, by whom."""
        kept, _, draft = self._parts
        return talk_of(self.file, kept, draft)

    @property
    def fits(self) -> float:
        """How much of the file is made of cues, 0..1."""
        if not self.file.cues:
            return 1.0 if self.file.header else 0.0
        others = self.file.strays + (0 if self.file.header else len(self.file.head))
        rows = sum(len(cue.rows) + 1 for cue in self.file.cues) + len(self.file.head)
        return 1.0 - others / rows

    def export(self, kind: str, *, by_time: bool = False, whole: bool = False, draft: bool = False) -> Export:
        """The lines of the file.

        Raises: IntakeRefused ``bad_transcript`` (no cue, or none with a readable time), ``too_large``.
        """
        if self.too_large:
            raise self.too_large
        cues = self.file.cues
        damaged = sum(not cue.times.readable for cue in cues)
        if cues and damaged == len(cues):
            raise bad_transcript("None of the cues of the file has a readable time.")
        if not cues and self.file.head:
            raise bad_transcript("The file has no readable cues.")
        lines = _placed(self.talk.spoken)
        if len(lines) > policies.MAX_TRANSCRIPT_LINES:
            raise too_many_lines()
        remarks = (
            (f"The time of {damaged} of {len(cues)} cues could not be read; each follows the cue before it.",)
            if damaged
            else ()
        )
        left_out, said = self._left_out()
        return Export(
            kind,
            lines,
            remarks=remarks,
            left_out=left_out,
            said=said,
            draft=draft or self.talk.draft,
            whole=whole,
            by_time=by_time,
        )

    def _left_out(self) -> tuple[tuple[LeftOut, ...], str]:
        """What is not a line, and all of the talk with it. The talk is that of the file before names were taken from it."""
        kept, repeated, _ = self._parts
        file = self.file
        parts = [LeftOut(HEAD, "\n".join(file.head)), LeftOut(REPEATED, "\n".join(repeated), counted=False)]
        parts.append(LeftOut(COMMENTS, "\n".join([*file.comments, *file.settings]), counted=False))
        if self.talk.naming is not Naming.IDENTIFIERS:
            identifiers = "\n".join(cue.identifier for cue in file.cues if not cue.identifier.isdigit())
            parts.append(LeftOut(IDENTIFIERS, identifiers, counted=False))
        left_out = tuple(part for part in parts if part.text.strip())
        said = "\n".join([*(piece.text for piece in kept), *(part.text for part in left_out)])
        return left_out, said


def timed_text(text: str) -> TimedText:
    """Parse a text into cues."""
    shorter = _EMPTY_ROWS.sub("\n\n", text)
    refused = refusal(shorter) if is_timed(shorter) else None
    return TimedText(text, CueFile(), refused) if refused else TimedText(text, parse(shorter))


def _placed(spoken: tuple[Spoken, ...]) -> tuple[Line, ...]:
    """The lines. A cue whose time cannot be read follows the one before it."""
    lines: list[Line] = []
    before = 0
    for piece in spoken:
        start = before if piece.start_ms is None else piece.start_ms
        end = max(start, piece.end_ms or start)
        lines.append(Line(piece.speaker, start, end, piece.text))
        before = end if piece.start_ms is not None else before
    return tuple(lines)
