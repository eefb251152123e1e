"""``Name: text`` prefixes: when they are names of speakers, and when they are part of what was said."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.providers.imported.lines import Line

_PREFIX: Final = re.compile(r"\s{0,20}+(?P<name>[^\W\d_][^:<>]{0,79}?)(?<=\S)\s{0,20}+:\s++(?P<text>\S.*)", re.DOTALL)
"""The white space after a name is looked at from its beginning only: else a row of spaces takes eighty times as long."""
MOST: Final = 0.5
"""Share of lines that must have a prefix before prefixes count as speakers: "Note: ..." happens in any
talk."""


def split_prefix(text: str) -> tuple[str, str] | None:
    """Name and text of a ``Name: text`` line; ``None`` if it has no such prefix. ``10:30`` is no prefix."""
    found = _PREFIX.fullmatch(text)
    return None if found is None else (found["name"], found["text"])


def with_prefixed_speakers(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Move the prefixes into ``speaker`` if most of the lines have one; else change nothing."""
    split = [split_prefix(line.text) for line in lines]
    if sum(part is not None for part in split) <= MOST * len(lines):
        return tuple(lines)
    return tuple(
        line if part is None else replace(line, speaker=part[0], text=part[1])
        for line, part in zip(lines, split, strict=True)
    )
