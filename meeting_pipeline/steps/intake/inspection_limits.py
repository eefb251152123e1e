"""The time limits for inspecting a file, and the modules it needs.

Must not go here: the numbers (``policies.py``), enforcing them (``inspections.py``, ``steps/sandbox``).
"""

from pathlib import Path
from typing import Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.media.formats import is_media
from meeting_pipeline.media.prepared import largest_bytes
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.staging import StagedCopy
from meeting_pipeline.steps.sandbox.question import Limits

TRANSCRIPTS: Final = ("meeting_pipeline.steps.intake.probe_subprocess", "meeting_pipeline.providers.imported.reading")
_MEDIA: Final = ("meeting_pipeline.media.inspection", "av", "numpy")


def limits_of(copy: StagedCopy) -> Limits:
    """Limits by file size: a small file that takes minutes is not a real recording."""
    cpu = 0.0
    if is_media(copy.main):
        cpu += policies.MEDIA_INSPECTION_CPU_SECONDS + _size(copy.main) / policies.MEDIA_INSPECTION_BYTES_PER_SECOND
    if copy.transcript is not None:
        more = _size(copy.transcript) / policies.TRANSCRIPT_INSPECTION_BYTES_PER_SECOND
        cpu += policies.TRANSCRIPT_INSPECTION_CPU_SECONDS + more
    cpu = min(cpu, policies.INSPECTION_CPU_SECONDS)
    return Limits(int(cpu) + 1, min(cpu * shared_policies.INSPECTION_CLOCK_SHARE, shared_policies.INSPECTION_SECONDS))


def comparison_limits(*exports: Path) -> Limits:
    """Limits for reading several exports, one after the other."""
    cpu = sum(
        policies.TRANSCRIPT_INSPECTION_CPU_SECONDS + _size(path) / policies.TRANSCRIPT_INSPECTION_BYTES_PER_SECOND
        for path in exports
    )
    return Limits(int(cpu) + 1, cpu * shared_policies.INSPECTION_CLOCK_SHARE)


def preparation_limits(copy: StagedCopy, duration_ms: int, rows: int) -> Limits:
    """Limits for writing a prepared copy: it decodes the file again, once for each track, and encodes ``rows`` channels."""
    inspecting = limits_of(copy)
    cpu = inspecting.cpu_seconds * rows + int(duration_ms / 1000 * rows / policies.PREPARED_SECONDS_PER_CPU_SECOND)
    return Limits(cpu, float(cpu * shared_policies.INSPECTION_CLOCK_SHARE), file_bytes=largest_bytes(duration_ms, rows))


def quick_seconds(copy: StagedCopy) -> float:
    """Processor time after which an inspection counts as slow, in seconds."""
    return policies.INSPECTION_QUICK_SECONDS + _size(copy.main) / policies.INSPECTION_QUICK_BYTES_PER_SECOND


def needs(copy: StagedCopy) -> tuple[str, ...]:
    """Modules that the sandbox loads before it reads the file."""
    return (*TRANSCRIPTS, *_MEDIA) if is_media(copy.main) else TRANSCRIPTS


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # gone: the inspection reports it
