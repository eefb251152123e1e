"""Decodes and measures a file without loading the store. Runs in a sandbox (``steps/sandbox/untrusted.py``).

Must not go here: what a good recording is (``media/inspection.py``), waiting for the result (``inspections.py``).
"""

from dataclasses import dataclass
from pathlib import Path

from meeting_pipeline.domain.recording import MediaFacts
from meeting_pipeline.media.formats import is_media


@dataclass(frozen=True)
class ProbeResult:
    """The result of an inspection. ``facts`` describe the media; ``None`` for a transcript alone."""

    facts: MediaFacts | None
    duration_ms: int


def probe_files(main: Path, transcript: Path | None) -> ProbeResult:
    """Inspect the files. ``transcript`` is ``main`` for an export submitted alone. Raises: IntakeRefused."""
    from meeting_pipeline.providers.imported.reading import read_transcript

    read = read_transcript(transcript) if transcript else None
    if is_media(main):
        from meeting_pipeline.media.inspection import inspect_media

        facts = inspect_media(main)
        return ProbeResult(facts, facts.duration_ms)
    if read is None:
        raise ValueError("neither a recording nor a transcript")  # a bug: ``require_kind`` rejects such files
    return ProbeResult(None, read.duration_ms)
