"""Reads captions of other formats as WebVTT and SRT are read: names, ``>>`` and repeated captions are the same in all.

Must not go here: the syntax of one format (``formats/``).
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.cues.reading import timed_text
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import too_many_lines

_LONGEST_MS: Final = 10_000
"""A caption without an end is shown until the next, or for this long."""


@dataclass(frozen=True)
class Caption:
    """One caption. ``rows``: its text, without markup. ``speaker``: ``None`` if the format does not say."""

    start_ms: int
    end_ms: int | None
    rows: tuple[str, ...]
    speaker: str | None = None


def export_of(kind: str, captions: Iterable[Caption]) -> Export:
    """The export of captions in the order of their file. Raises: IntakeRefused ``too_large``."""
    found = [caption for caption in captions if any(row.strip() for row in caption.rows)]
    if not found:
        return Export(kind, ())
    if len(found) > policies.MAX_TRANSCRIPT_LINES:
        raise too_many_lines()
    return timed_text("WEBVTT\n\n" + "\n\n".join(_cues(found)) + "\n").export(kind)


def _cues(captions: Sequence[Caption]) -> Iterable[str]:
    for place, caption in enumerate(captions):
        after = captions[place + 1].start_ms if place + 1 < len(captions) else caption.start_ms + _LONGEST_MS
        end = caption.end_ms
        if end is None or end < caption.start_ms:
            end = caption.start_ms + min(_LONGEST_MS, max(0, after - caption.start_ms))
        rows = [html.escape(" ".join(row.split()), quote=False) for row in caption.rows if row.strip()]
        if caption.speaker:
            rows[0] = f"<v {html.escape(' '.join(caption.speaker.split()), quote=False)}>{rows[0]}"
        yield f"{_stamp(caption.start_ms)} --> {_stamp(end)}\n" + "\n".join(rows)


def _stamp(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
