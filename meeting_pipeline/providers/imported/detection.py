"""Find the format of an export: every format scores the whole file, and the best one reads it.

Must not go here: what a format looks like (``formats/``).
"""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported import formats
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source

UNCERTAIN: Final = 0.2
"""A format with a lower score is a guess."""
TIE: Final = 0.02
"""Scores that differ by no more than this are equal."""


@cache
def known_formats() -> tuple[ExportFormat, ...]:
    """All formats, in the order of their names."""
    modules = (
        importlib.import_module(f"{formats.__name__}.{found.name}") for found in pkgutil.iter_modules(formats.__path__)
    )
    declared = (getattr(module, "FORMAT", None) for module in modules)
    return tuple(sorted((each for each in declared if isinstance(each, ExportFormat)), key=lambda each: each.name))


def scores(source: Source) -> list[tuple[float, ExportFormat]]:
    """The formats that a file may have, best first.

    A format that cannot even look at the file (it has too many rows for a text) does not fit.
    Raises: IntakeRefused, if no format fits, and one of them says why.
    """
    scored: list[tuple[float, ExportFormat]] = []
    refused: IntakeRefused | None = None
    for each in known_formats():
        try:
            scored.append((each.score(source), each))
        except IntakeRefused as refusal:
            refused = refused or refusal
    fitting = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].name))
    if not fitting and refused is not None:
        raise refused
    return fitting


def doubt(ranking: Sequence[tuple[float, ExportFormat]]) -> str:
    """A sentence for readers of the result if the best format is a guess, or as good as the next; otherwise empty."""
    best, chosen = ranking[0]
    rival = next((each for score, each in ranking[1:] if best - score <= TIE), None)
    if best < UNCERTAIN:
        return f"The layout of the file is not known; it was read as: {chosen.title}."
    if rival is not None:
        return f"The file may be of either layout: {chosen.title} (taken), or {rival.title}."
    return ""
