"""Split a WebVTT or SRT file into cues, by rows, in one pass.

The W3C parser (https://www.w3.org/TR/webvtt1/#file-parsing) drops a block that it cannot read. This one drops no words: rows
after an empty row continue the cue above, and rows before the first cue are kept as its head.
Must not go here: the text of a cue (``payload.py``), speakers (``speakers.py``).
"""

import re
from dataclasses import dataclass, field
from typing import Final

from meeting_pipeline.providers.imported.cues.times import ARROWS, Timing, timing

_HEADER: Final = re.compile(r"\s{0,9}+WEBVTT(?=[ \t\n-]|$)", re.IGNORECASE)
_COMMENT: Final = re.compile(r"NOTE(?:[ \t]|$)")
_DEFINITION: Final = re.compile(r"(?:STYLE|REGION)\s{0,40}+")
_HEAD_SETTING: Final = re.compile(
    r"(?:Kind|Language|X-TIMESTAMP-MAP|Style|Region|Channel)\s{0,9}+[:=].{0,1000}+", re.IGNORECASE
)
_CUT: Final = re.compile(r"[0-9]{1,3}:[0-9:.,]{0,12}\s?-{0,2}>?\s?[0-9:.,]{0,12}")
_SURELY_CUT: Final = re.compile(r"00:|[0-9:]{4,9}[.,][0-9]|[^>]{0,40}-->")
"""Without a number above it, ``10:30`` may be something said."""
_NUMBER: Final = re.compile(r"[0-9]{1,9}+")


@dataclass
class Cue:
    """One cue. ``start_ms`` is ``None`` where its timing row is damaged. ``rows`` are as they are in the file."""

    identifier: str
    times: Timing
    rows: list[str] = field(default_factory=list)


@dataclass
class CueFile:
    """A file of cues, in its order.

    Attributes:
        header: whether it begins with ``WEBVTT``.
        cues: the cues.
        head: rows before the first cue that are not part of the format.
        settings: rows of the header that the format knows (``Kind: captions``).
        comments: the text of ``NOTE`` blocks.
        definitions: rows of ``STYLE`` and ``REGION`` blocks.
        strays: how many rows stood outside of any block.
    """

    header: bool = False
    cues: list[Cue] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    strays: int = 0


def is_timed(text: str) -> bool:
    """Whether a text may have cues."""
    return any(arrow in text for arrow in ARROWS) or _HEADER.match(text) is not None


def parse(text: str) -> CueFile:
    """Split a text into cues. A text without any arrow has none."""
    file = CueFile()
    rows = text.split("\n")
    found = _HEADER.match(rows[0])
    if found:
        file.header = True
        if rest := rows[0][found.end() :].strip(" \t-"):
            file.head.append(rest)
        rows = rows[1:]
    rows = _without_cut_end(rows)
    if file.header or any(arrow in text for arrow in ARROWS):
        _Walk(file, rows).run()
    return file


def _without_cut_end(rows: list[str]) -> list[str]:
    """The rows without a last cue that was cut off within its times, as in a file that is still being written."""
    last = next((place for place in range(len(rows) - 1, -1, -1) if rows[place].strip()), -1)
    if last < 1 or not _CUT.fullmatch(rows[last]) or timing(rows[last]) is not None:
        return rows
    numbered = _NUMBER.fullmatch(rows[last - 1].strip()) is not None
    if not numbered and not _SURELY_CUT.match(rows[last]):
        return rows
    above = last - 1 if numbered else last
    return rows[:above] if above > 0 and not rows[above - 1].strip() else rows


class _Walk:
    """The state while walking over the rows."""

    def __init__(self, file: CueFile, rows: list[str]) -> None:
        self._file = file
        self._rows = rows
        self._timings = [timing(row) for row in rows]
        self._block: list[str] = []
        """Rows since the last empty row, outside of a cue."""
        self._in_cue = False

    def run(self) -> None:
        for place, (row, times) in enumerate(zip(self._rows, self._timings, strict=True)):
            if times is not None:
                self._begin(times)
            elif not row.strip():
                if not row or not self._in_cue or self._begins_cue(place + 1):
                    self._end_block()
            elif self._in_cue:
                self._file.cues[-1].rows.append(row)
            else:
                self._block.append(row)
        self._end_block()

    def _begin(self, times: Timing) -> None:
        identifier = ""
        if self._block:
            identifier = self._block.pop().strip()
        elif self._in_cue and self._is_next_number(self._file.cues[-1].rows[-1:]):
            identifier = self._file.cues[-1].rows.pop().strip()  # no empty row before the number
        self._end_block()
        self._file.cues.append(Cue(identifier, times, [times.rest] if times.rest else []))
        self._in_cue = True

    def _end_block(self) -> None:
        self._in_cue = False
        block, self._block = self._block, []
        if not block:
            return
        file = self._file
        if file.header and _COMMENT.match(block[0]):
            file.comments.append("\n".join([block[0][4:].strip(), *block[1:]]))
        elif file.header and _DEFINITION.fullmatch(block[0]):
            file.definitions += block
        elif not file.cues:
            for row in block:
                (file.settings if file.header and _HEAD_SETTING.fullmatch(row.strip()) else file.head).append(row)
        elif not (len(block) == 1 and _NUMBER.fullmatch(block[0].strip())):
            file.strays += len(block)
            file.cues[-1].rows += block

    def _begins_cue(self, place: int) -> bool:
        """Whether a cue begins here: a timing row, perhaps below an identifier."""
        after = self._timings[place : place + 2]
        return any(after[:1]) or (len(after) == 2 and after[1] is not None and bool(self._rows[place].strip()))

    def _is_next_number(self, last: list[str]) -> bool:
        """Whether the last row of a cue is the number of the next cue, rather than something said."""
        row = last[0].strip() if last else ""
        if not _NUMBER.fullmatch(row):
            return False
        before = self._file.cues[-1].identifier
        if not _NUMBER.fullmatch(before):
            return int(row) == len(self._file.cues) + 1
        return int(row) > int(before) or int(row) <= 1  # another file follows
