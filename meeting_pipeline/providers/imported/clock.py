"""Clocks of exports that start again: joined parts, and meetings that run past midnight.

Must not go here: reading times (``cues/times.py``, ``formats/``), estimated times (``build_transcript.py``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.lines import Line

SLIP_MS: Final = 5_000
"""A line that starts this much before the one above it is an overlap of two people, and no new clock."""
JUMP_MS: Final = 600_000
"""A single line that is this far ahead of its two neighbours has a wrong time."""
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS


def continued(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """Give timed lines starts that never decrease, in the order of the file; the second value counts the new clocks.

    After a restart, times continue from the latest end (after midnight, from 24:00).
    """
    kept: list[Line] = []
    offset = latest = previous = restarts = 0
    for index, line in enumerate(lines):
        start, end = (line.start_ms or 0) + offset, (line.end_ms or 0) + offset
        if index and _is_wrong(lines, index):
            start, end = previous, previous + end - start
        elif start < previous - SLIP_MS:
            restarts += 1
            midnight = previous - offset >= _DAY_MS - _HOUR_MS and (line.start_ms or 0) < _HOUR_MS
            offset = offset + _DAY_MS if midnight else latest
            start, end = (line.start_ms or 0) + offset, (line.end_ms or 0) + offset
        start = max(start, previous)
        end = max(start, end)
        same = start == line.start_ms and end == line.end_ms
        kept.append(line if same else replace(line, start_ms=start, end_ms=end))
        previous, latest = start, max(latest, end)
    return kept, restarts


def _is_wrong(lines: Sequence[Line], index: int) -> bool:
    if index + 1 >= len(lines):
        return False
    before, at, after = ((lines[i].start_ms or 0) for i in (index - 1, index, index + 1))
    return at - before > JUMP_MS and at - after > JUMP_MS and after >= before
