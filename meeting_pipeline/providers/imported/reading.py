"""``read_transcript`` converts any export to a transcript. Used at intake, to refuse files early, and by ``collect``.

Must not go here: the formats themselves (``formats/``).
"""

from pathlib import Path

from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.imported.build_transcript import assembled
from meeting_pipeline.providers.imported.detection import scores
from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline.providers.imported.text import bad_transcript, empty_transcript, read_bytes

CUE_FORMATS = ("cues",)
"""The formats that a file named ``.vtt`` or ``.srt`` can have."""


def read_transcript(path: Path) -> Transcript:
    """Read an export. Its content determines the format, but a ``.vtt`` or ``.srt`` must have cues.

    Raises: IntakeRefused ``bad_transcript``, ``empty_transcript``, ``too_large``, ``too_long``.
    """
    source = Source(path.name, read_bytes(path))
    fitting = scores(source)
    if not fitting:
        raise bad_transcript("The file has no format that can be read.")
    chosen = fitting[0][1]
    if path.suffix.lower() in (".vtt", ".srt") and chosen.name not in CUE_FORMATS:
        raise bad_transcript(f"The file is named {path.suffix.lower()}, but it has no cues.")
    export = chosen.read(source)
    if not export.lines:
        raise empty_transcript()
    return assembled(export)
