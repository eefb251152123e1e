"""Decodes and measures a file without loading the store. Runs in a sandbox (``steps/sandbox/untrusted.py``).

Must not go here: what a good recording is (``media/inspection.py``), waiting for the result (``inspections.py``).
"""

from dataclasses import dataclass
from pathlib import Path

from meeting_pipeline.domain.recording import MediaFacts
from meeting_pipeline.media.formats import is_media


@dataclass(frozen=True)
class ProbeResult:
    """The result of an inspection. ``facts`` describe the media; ``None`` for a transcript alone.

    ``prepared_file``: name of the prepared copy next to the file, if one is needed. ``multichannel``: each channel is a speaker.
    """

    facts: MediaFacts | None
    duration_ms: int
    prepared_file: str | None = None
    multichannel: bool = False


def probe_files(main: Path, transcript: Path | None, *, multichannel: bool = False) -> ProbeResult:
    """Inspect the files. ``transcript`` is ``main`` for an export submitted alone. Raises: IntakeRefused."""
    from meeting_pipeline.providers.imported.reading import read_transcript

    read = read_transcript(transcript) if transcript else None
    if is_media(main):
        from meeting_pipeline.media.inspection import inspect_media

        facts = inspect_media(main, multichannel=multichannel)
        return ProbeResult(facts, facts.duration_ms)
    if read is None:
        raise ValueError("neither a recording nor a transcript")  # a bug: ``require_kind`` rejects such files
    return ProbeResult(None, read.duration_ms)


def prepare_file(main: Path, target: Path, facts: MediaFacts, *, multichannel: bool) -> None:
    """Write the prepared copy of an inspected recording. Raises: IntakeRefused; OSError if the disk is at fault."""
    from meeting_pipeline.media.prepared import write_prepared

    write_prepared(main, target, facts.tracks, each_channel=multichannel)
