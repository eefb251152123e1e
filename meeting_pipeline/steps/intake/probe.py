"""Inspecting a copy before it is accepted: the interface, and an implementation in the current process.

The running system inspects untrusted files in a sandbox (``inspections.py``): a malicious file may make a decoder crash,
loop or exhaust memory. Must not go here: what a good recording is (``media/inspection.py``).
"""

from collections.abc import Callable

from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult, probe_files
from meeting_pipeline.steps.intake.staging import StagedCopy

__all__ = ["Probe", "ProbeResult", "probe"]
Probe = Callable[[StagedCopy], ProbeResult]


def probe(copy: StagedCopy) -> ProbeResult:
    """Decode and measure a copy in this process, without limits: for trusted files. Raises: IntakeRefused."""
    return probe_files(copy.main, copy.transcript)
