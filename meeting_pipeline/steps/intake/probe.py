"""Judging a copy before it is admitted: what is asked, and the judgement in this very process.

The system itself has strangers' files probed in a sandbox (``inspections.py``): a decoder may crash, loop or eat memory over
a file that was made for it. Must not go here: what a good recording is (``media/inspection.py``).
"""

from collections.abc import Callable

from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult, probe_files
from meeting_pipeline.steps.intake.staging import StagedCopy

__all__ = ["Probe", "ProbeResult", "probe"]
Probe = Callable[[StagedCopy], ProbeResult]


def probe(copy: StagedCopy) -> ProbeResult:
    """Decode and measure a copy in this process, without limits: for files that are known. Raises: IntakeRefused."""
    return probe_files(copy.main, copy.transcript)
