"""The parts of a running system: which process runs which.

Must not go here: what is done to them (the scenarios).
"""

from __future__ import annotations

import psutil

from meeting_pipeline.foundation.logs import PROCESS_VARIABLE
from meeting_pipeline_tests.processes import is_zombie, words_of
from meeting_pipeline_tests.scenario.system import System

HEALED_SECONDS = 600.0
"""About a minute on an idle machine; the watchdog's timeouts grow with the load."""
CODE = "meeting_pipeline.launching.code_server"
DAEMON = "meeting_pipeline.daemon"


def processes(system: System, words: str) -> list[psutil.Process]:
    """Descendants of `up` with these words in their command line."""
    assert system.process is not None
    return processes_below(psutil.Process(system.process.pid), words)


def part_of(system: System, name: str) -> psutil.Process:
    """The child of `up` that runs this part, once there is one: a part may just be restarted."""
    assert system.process is not None
    parent = psutil.Process(system.process.pid)

    def the_one() -> psutil.Process | None:
        found = [child for child in parent.children() if _is_part(child, name)]
        return found[0] if len(found) == 1 else None

    return system.wait_for(the_one, f"a process of {name}", HEALED_SECONDS)


def _is_part(process: psutil.Process, name: str) -> bool:
    try:
        command = process.cmdline()
        if name == "relay":
            return "meeting_pipeline.supervisor.log_writer" in command
        # Orphans adopted by `up` have the same environment but another command.
        is_orphan = "meeting_pipeline.launching.server" in command
        return process.environ().get(PROCESS_VARIABLE) == name and not is_orphan
    except psutil.Error:
        return False


def processes_below(first: psutil.Process, words: str) -> list[psutil.Process]:
    """Descendants of a process with these words in their command line."""
    return [child for child in first.children(recursive=True) if words in " ".join(words_of(child))]


def zombies_below(first: psutil.Process) -> list[psutil.Process]:
    """Descendants of a process that wait to be reaped."""
    return [child for child in first.children(recursive=True) if is_zombie(child)]
