"""Whether one export contains the words of another: several exports of one meeting do, two meetings with the same name do not.

Must not go here: which files are compared (``steps/intake/ingest.py``), counting words (``conservation.py``).
"""

from pathlib import Path
from typing import Final

from meeting_pipeline.providers.imported.conservation import words_of
from meeting_pipeline.providers.imported.reading import read_transcript

SAME_SHARE: Final = 0.98
"""Programs write the numbers and noises of one meeting a little differently in each format. It is also the share of words below
which an import is marked as incomplete."""


def holds_words(export: Path, other: Path) -> bool:
    """Whether the words of ``other``, each as often as it occurs, are in ``export``. Raises: as ``read_transcript``."""
    kept = words_of(segment.text for segment in read_transcript(export).segments)
    wanted = words_of(segment.text for segment in read_transcript(other).segments)
    return (wanted - kept).total() <= wanted.total() * (1 - SAME_SHARE)
