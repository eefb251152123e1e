"""What the formats of timed cues have in common: how well a file fits, and their declaration.

Must not go here: the marks of one program (``formats/``).
"""

from collections.abc import Callable
from typing import Final

from meeting_pipeline.providers.imported.cues.reading import TimedText
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source

SHAPE: Final = 0.5
"""A file that is cues, by any program."""


def timed_format(
    name: str,
    title: str,
    marks: Callable[[TimedText], float],
    *,
    by_time: bool = False,
    whole: bool = False,
    draft: Callable[[TimedText], bool] = lambda _: False,
) -> ExportFormat:
    """A format of timed cues. ``marks``: how sure its marks make it, 0..1, for a file that is made of cues."""

    def score(source: Source) -> float:
        if not source.is_text:
            return 0.0
        timed = source.timed
        if timed.too_large:
            return SHAPE if name == "vtt" else 0.0  # which of them refuses it makes no difference
        return marks(timed) * timed.fits if timed.fits > 0 else 0.0

    return ExportFormat(
        name,
        title,
        score=score,
        read=lambda source: source.timed.export(name, by_time=by_time, whole=whole, draft=draft(source.timed)),
        timed=True,
    )
