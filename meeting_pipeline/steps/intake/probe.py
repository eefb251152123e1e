"""Inspecting a copy before it is accepted: the interface, and an implementation in the current process.

The running system inspects untrusted files in a sandbox (``inspections.py``): a malicious file may make a decoder crash,
loop or exhaust memory. Must not go here: what a good recording is (``media/inspection.py``).
"""

from collections.abc import Callable
from dataclasses import replace

from meeting_pipeline.media.formats import PREPARED_FILE
from meeting_pipeline.steps.intake import probe_subprocess
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult
from meeting_pipeline.steps.intake.staging import StagedCopy

Probe = Callable[[StagedCopy], ProbeResult]


def probe(copy: StagedCopy) -> ProbeResult:
    """Decode and measure a copy in this process, without limits: for trusted files. Raises: IntakeRefused."""
    found = probe_subprocess.probe_files(copy.main, copy.transcript, multichannel=copy.multichannel)
    if found.facts is None:
        return found
    from meeting_pipeline.media.prepared import preparation_for

    preparation = preparation_for(found.facts, multichannel=copy.multichannel)
    if preparation.needed:
        target = copy.folder / PREPARED_FILE
        probe_subprocess.prepare_file(copy.main, target, found.facts, multichannel=preparation.multichannel)
    prepared = PREPARED_FILE if preparation.needed else None
    return replace(found, prepared_file=prepared, multichannel=preparation.multichannel)
