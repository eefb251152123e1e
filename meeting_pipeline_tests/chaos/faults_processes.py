"""The processes of a running system by kind, for killing or freezing one.

Belongs here: telling them apart. Must not go here: when (``schedule.py``).
"""

from __future__ import annotations

import contextlib
import random

import psutil

from meeting_pipeline_tests.scenario.system import System

FORK_SERVER = "meeting_pipeline.launching.server"
DAEMON = "meeting_pipeline.daemon"
HTTP_SERVICE = "meeting_pipeline.api.server"
WEBSERVER = "meeting_pipeline.ui.server"


def kind_of(process: psutil.Process) -> str:
    """``worker``, ``code-server``, ``daemon``, ``webserver``, ``http-service``, ``launcher``, ``supervisor`` or ``other``."""
    command = process.cmdline()
    if FORK_SERVER in command:
        parent = process.parent()
        return "worker" if parent is not None and FORK_SERVER in parent.cmdline() else "launcher"
    if DAEMON in command:
        return "daemon"
    if WEBSERVER in command:
        return "webserver"
    if HTTP_SERVICE in command:
        return "http-service"
    if "code-server" in command or "grpc" in command:
        return "code-server"
    return "supervisor" if "up" in command[1:4] else "other"


def processes(system: System) -> dict[str, list[psutil.Process]]:
    """All running processes, by kind."""
    found: dict[str, list[psutil.Process]] = {}
    for process in system.family():
        with contextlib.suppress(psutil.Error):  # it ended during the check
            found.setdefault(kind_of(process), []).append(process)
    return found


def pick(system: System, kind: str, dice: random.Random) -> psutil.Process | None:
    """One process of a kind; ``None`` if there is none right now."""
    found = sorted(processes(system).get(kind, []), key=lambda process: process.pid)
    return dice.choice(found) if found else None
