"""``read_transcript`` converts any export to a transcript. Used at intake, to refuse files early, and by ``collect``.

Must not go here: the formats themselves (``cues.py``, ``plain.py``).
"""

from pathlib import Path

from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.imported.build_transcript import assembled
from meeting_pipeline.providers.imported.cues import is_timed, read_cues
from meeting_pipeline.providers.imported.plain import read_plain
from meeting_pipeline.providers.imported.text import bad_transcript, empty_transcript, read_text


def read_transcript(path: Path) -> Transcript:
    """Read an export. Its content determines the format, but a ``.vtt`` or ``.srt`` must have cues.

    Raises: IntakeRefused ``bad_transcript``, ``empty_transcript``, ``too_large``, ``too_long``.
    """
    text = read_text(path)
    timed = is_timed(text)
    if not timed and path.suffix.lower() in (".vtt", ".srt"):
        raise bad_transcript(f"The file is named {path.suffix.lower()}, but it has no cues.")
    export = read_cues(text) if timed else read_plain(text)
    if not export.lines:
        raise empty_transcript()
    return assembled(export)
