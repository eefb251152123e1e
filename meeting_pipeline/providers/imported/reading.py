"""``read_transcript`` converts any export to a transcript. Used at intake, to refuse files early, and by ``collect``.

Must not go here: the formats themselves (``formats/``).
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.imported.build_transcript import assembled, require_meeting_text
from meeting_pipeline.providers.imported.chapters import are_chapters
from meeting_pipeline.providers.imported.conservation import word_count
from meeting_pipeline.providers.imported.detection import doubt, scores
from meeting_pipeline.providers.imported.entities import export_without_entities, without_entities
from meeting_pipeline.providers.imported.export_format import Source
from meeting_pipeline.providers.imported.text import bad_transcript, empty_transcript, read_bytes

CUE_SUFFIXES: Final = (".vtt", ".srt")
"""A file that is named so must have cues."""


def read_transcript(path: Path) -> Transcript:
    """Read an export. Its content determines the format, but a ``.vtt`` or ``.srt`` must have cues.

    Raises: IntakeRefused ``bad_transcript``, ``empty_transcript``, ``too_large``, ``too_long``.
    """
    source = Source(path.name, read_bytes(path))
    remark = (
        source.decoded.remark if source.is_text else ""
    )  # raises if the file is empty, binary or of an unknown encoding
    ranking = scores(source)
    if not ranking:
        raise bad_transcript("The file has no readable format.")
    if path.suffix.lower() in CUE_SUFFIXES:
        ranking = [pair for pair in ranking if pair[1].timed] or ranking
    chosen = ranking[0][1]
    if path.suffix.lower() in CUE_SUFFIXES and not chosen.timed:
        raise bad_transcript(f"The file is named {path.suffix.lower()}, but it has no cues.")
    export = chosen.read(source)
    if not export.lines:
        raise empty_transcript()
    if are_chapters(export.lines):
        raise bad_transcript("The file is a list of chapters, not the transcript of a meeting.")
    require_meeting_text(export.lines)
    text = export.said if export.said is not None else source.text
    if not chosen.timed:
        text = without_entities(text)
        if export.said is None:
            export = replace(export, left_out=(*export.left_out, *source.page_rows))
        else:
            export = export_without_entities(export)
    words = word_count(text, export)
    remarks = filter(None, (*export.remarks, remark, doubt(ranking)))
    return assembled(replace(export, remarks=tuple(remarks)), words)
