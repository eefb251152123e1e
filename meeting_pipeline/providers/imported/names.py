"""``Name: text`` prefixes: when they are speaker names, and when they are part of the text.

Must not go here: who the speakers are (``insights/speakers.py``).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.lines import Line

_PREFIX: Final = re.compile(r"\s{0,20}+(?P<name>[^\W\d_][^:<>]{0,79}?)(?<=\S)\s{0,20}+:\s++(?P<text>\S.*)", re.DOTALL)
"""White space after a name is matched from its beginning only; otherwise a run of spaces takes eighty times as long."""
MOST: Final = 0.5
"""More than this share of the lines must have a prefix before prefixes count as speakers: "Note: ..." occurs in any
conversation."""


def split_prefix(text: str) -> tuple[str, str] | None:
    """Return name and text of a ``Name: text`` line; ``None`` without such a prefix. ``10:30`` is not one."""
    found = _PREFIX.fullmatch(text)
    return None if found is None else (found["name"], found["text"])


def with_prefixed_speakers(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Move the prefixes into ``speaker`` if most lines have one; otherwise change nothing."""
    split = [split_prefix(line.text) for line in lines]
    if sum(part is not None for part in split) <= MOST * len(lines):
        return tuple(lines)
    return tuple(
        line if part is None else replace(line, speaker=part[0], text=part[1])
        for line, part in zip(lines, split, strict=True)
    )
