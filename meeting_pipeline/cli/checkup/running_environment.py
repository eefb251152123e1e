"""Which environment the other checks examine: that of the running system, or this shell's if none runs.

The two often differ: a service manager starts the system, and a person starts `doctor`. Must not go here: checks of values.
"""

import os
from collections.abc import Iterator, Mapping

import psutil

from meeting_pipeline.cli.checkup.findings import Finding, ok, warn
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.providers.registry import all_specs
from meeting_pipeline.settings import VARIABLES, settings_file
from meeting_pipeline.settings_file import FILE_NAME

_NAME = "environment"
_RESTART = "To use them, set them where the system is started, and restart it."


def running_environment(shell: Mapping[str, str]) -> tuple[Mapping[str, str], list[Finding]]:
    """The environment to check, and what there is to say about it. No value is shown."""
    file = settings_file(shell)
    try:
        owner = running_owner(file.parent) if file is not None else None
    except OSError:  # the home cannot be read, which other checks report
        return shell, []
    if file is None or owner is None or owner.pid == os.getpid():
        return shell, []
    try:
        process = psutil.Process(owner.pid)
        theirs, began = process.environ(), process.create_time()
    except (psutil.Error, OSError):
        message = f"The settings of the running system (process {owner.pid}) cannot be read: this shell's are checked."
        return shell, [warn(_NAME, message, "Run doctor as the user who runs the system.")]
    there = {**theirs, VARIABLES["home"]: str(file.parent)}
    findings = [ok(_NAME, f"Checked with the settings of the running system (process {owner.pid}).")]
    findings += _different(shell, there)
    if file.is_file() and file.stat().st_mtime > began:
        findings.append(
            warn(_NAME, f"{FILE_NAME} was changed after the system was started.", "Restart the system to apply it.")
        )
    return there, findings


def _different(shell: Mapping[str, str], there: Mapping[str, str]) -> Iterator[Finding]:
    known = {*VARIABLES.values(), *(name for spec in all_specs() for name in spec.variables)} - {VARIABLES["home"]}
    ours = sorted(name for name in known if shell.get(name) and shell.get(name) != there.get(name))
    if ours:
        yield warn(_NAME, f"The running system does not use this shell's {', '.join(ours)}.", _RESTART)
