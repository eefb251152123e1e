"""Turn the rows and heads of a text export into the lines of an ``Export``. No word is lost.

Belongs here: rows above the first head, and rows that programs write below the talk. Must not go here: which rows are heads
(``speaker_heads.py``, ``formats/``), times of the whole transcript (``build_transcript.py``).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from meeting_pipeline.providers.imported.clock_times import placed
from meeting_pipeline.providers.imported.lines import Export, LeftOut, Line
from meeting_pipeline.providers.imported.speaker_heads import Head
from meeting_pipeline.providers.imported.text_rows import Row, is_sentence
from meeting_pipeline.providers.imported.transcript_heading import is_transcript_heading

_REMARK: Final = re.compile(
    r".{1,80}? (?:hat die (?:transkription|aufzeichnung) (?:gestartet|beendet)|a (?:démarré|lancé|arrêté) (?:la transcription"
    r"|l['\u2019]enregistrement)|(?:inició|detuvo|ha iniciado|ha detenido) la (?:transcripción|grabación)"
    r"|(?:iniciou|parou|interrompeu) a (?:transcrição|gravação)|ha (?:avviato|interrotto) la (?:trascrizione|registrazione)"
    r"|heeft de (?:transcriptie|opname) (?:gestart|gestopt))\.?"
    r"|\(?(?:transcribed by turboscribe|this file is longer than 30 minutes).{0,200}+"
    r"|sonix is the world.{1,4}s most advanced automated transcription.{0,200}+"
    r"|transcribed by https?://\S{1,100}+.{0,100}+"
    r"|.{1,80}? (?:started|stopped) (?:the )?(?:transcription|recording)\.?"
    r"|this (?:editable )?transcript was (?:computer|automatically|auto)[ -]?generated.{0,400}+"
    r"|(?:view|see) (?:the )?(?:original )?(?:transcript|recording)(?: (?:at|on|in) .{1,200}+|: ?https?://.{1,200}+)"
    r"|(?:meeting|transcription|recording) ended after .{1,40}+",
    re.IGNORECASE,
)
"""What programs write around the talk."""
_INSERTED: Final = re.compile(
    r"(?:action item|highlight|insight): .{1,180}? - watch: https?://.{1,400}+", re.IGNORECASE
)
"""What Fathom writes between two rows of talk."""
HEADING: Final = "head rows"
_HEADINGS: Final = frozenset({"transcript", "attendees"})
REMARKS: Final = "remarks of the program"


@dataclass
class Turns:
    """Collects the lines of an export, and the text that is left out, by reason."""

    lines: list[Line] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    structure: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, text: str, *, counted: bool = True) -> None:
        """Declare this text as left out. ``counted``: whether somebody may miss it."""
        if text.strip():
            self.left_out.append(LeftOut(reason, text.strip(), counted))

    def say(self, speaker: str | None, start_ms: int | None, end_ms: int | None, parts: Sequence[str]) -> None:
        """Add a line, unless it has no words."""
        text = " ".join(" ".join(parts).split())
        if text:
            self.lines.append(Line(speaker, start_ms, end_ms, text))

    def done(self, kind: str, duration_ms: int | None = None) -> Export:
        """The export."""
        return Export(
            kind, tuple(self.lines), duration_ms, left_out=tuple(self.left_out), structure=tuple(self.structure)
        )


def is_remark(row: Row) -> bool:
    """Whether a row is a remark of the program that wrote the export."""
    return row.is_short and _REMARK.fullmatch(row.text) is not None


def is_title(text: str) -> bool:
    """Whether a row above the first head belongs to the heading of the file: all but sentences."""
    return not is_sentence(text)


def read_turns(
    kind: str,
    rows: Sequence[Row],
    heads: Sequence[Head],
    *,
    of_day: bool = False,
    is_title: Callable[[str], bool] = is_title,
) -> Export:
    """Each head with the words after it. Rows above the first head are left out as a heading if ``is_title``; others are talk."""
    turns = Turns()
    first = heads[0].row if heads else len(rows)
    add_heading(turns, rows[:first], is_title)
    rows = tuple(rows)
    last = len(rows)
    while last > first and is_remark(rows[last - 1]):
        last -= 1
    ends = [*(head.row for head in heads[1:]), last]
    bodies = [
        [head.words, *(row.text for row in rows[head.row + head.size : end] if not _INSERTED.match(row.head))]
        for head, end in zip(heads, ends, strict=True)
    ]
    counts = [sum(len(part.split()) for part in body) for body in bodies]
    starts = placed([head.clock for head in heads], counts, of_day=of_day)
    for head, body, start_ms in zip(heads, bodies, starts, strict=True):
        turns.say(head.name, start_ms, _end_ms(head, start_ms), body)
    for head in heads:
        for place in range(head.row, head.row + head.size):
            turns.structure.append(rows[place].text.removesuffix(head.words) if head.words else rows[place].text)
    for row in rows[first:last]:
        if _INSERTED.match(row.head):
            turns.leave_out(REMARKS, row.text, counted=False)
    for row in rows[last:]:
        turns.leave_out(REMARKS, row.text, counted=False)
    return turns.done(kind)


def add_heading(turns: Turns, rows: Sequence[Row], is_title: Callable[[str], bool] = is_title) -> None:
    """Sentences above the first head were said by nobody known; the rest is the heading of the file.

    A row "Transcript" ends the heading, whatever is above it: titles, attendees, a summary by the program.
    """
    body = max((place + 1 for place, row in enumerate(rows) if is_transcript_heading(row.text)), default=0)
    for place, row in enumerate(rows):
        if row.text.strip(": ").casefold() in _HEADINGS or is_transcript_heading(row.text):
            turns.structure.append(row.text)
        elif place < body or is_title(row.text):
            turns.leave_out(HEADING, row.text, counted=place >= body)
        elif is_remark(row):
            turns.leave_out(REMARKS, row.text, counted=False)
        else:
            turns.say(None, None, None, [row.text])


def _end_ms(head: Head, start_ms: int | None) -> int | None:
    if head.end is None or head.clock is None or start_ms is None:
        return None
    length = head.end.ms(hours_first=False) - head.clock.ms(hours_first=False)
    return start_ms + length if length >= 0 else None
