"""How each process of a running system is called: its command line, after the interpreter, and its environment.

Must not go here: when it is started and watched (``supervisor.py``), what it inherits (``instance.py``).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from meeting_pipeline.foundation.logs import PROCESS_VARIABLE
from meeting_pipeline.foundation.quick_start import PREFIX
from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor.instance import inherited_environment, storage_environment

HTTP_SERVICE: Final = (*PREFIX, "meeting_pipeline.api.server")
_ARENAS: Final = ("MALLOC_ARENA_MAX", "2")
"""A variable of the C library, which otherwise gives each thread memory of its own, up to eight times for each processor, and
keeps it. A shared run has a thread for each of its 16 calls."""
RECONCILE: Final = (*PREFIX, "meeting_pipeline", "reconcile", "--quick")


def code_server(code_socket: Path) -> list[str]:
    """The code server that the daemon and the UI share."""
    code = [*PREFIX, "meeting_pipeline.launching.code_server", "grpc", "--socket", str(code_socket)]
    # Lazy: definitions that cannot be loaded are shown in the UI, with the traceback, instead of ending the process.
    code += ["--lazy-load-user-code", "-m", "meeting_pipeline.definitions", "--location-name", "meeting_pipeline"]
    code += ["--use-python-environment-entry-point", "--log-level", "info"]
    return code


def daemon(workspace: Path) -> list[str]:
    """The Dagster daemon, with sensors that are woken."""
    return [*PREFIX, "meeting_pipeline.daemon", "--workspace", str(workspace)]


def webserver(port: int, workspace: Path) -> list[str]:
    """The Dagster UI, behind our guard."""
    return [*PREFIX, "meeting_pipeline.ui.server", "--port", str(port), "--workspace", str(workspace)]


def environment_of(name: str, settings: Settings, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of the process with this name: ours, as far as it is inherited, the storage, and ``more``."""
    environment = {**inherited_environment(os.environ), **storage_environment(settings), **more}
    environment[PROCESS_VARIABLE] = name
    # Matplotlib keeps its font list below the user's home folder, which a service user may not have. Without the list,
    # each process would rebuild it, which takes seconds of CPU time.
    environment.setdefault(*_ARENAS)
    environment.setdefault("MPLCONFIGDIR", str(settings.home / "cache" / "matplotlib"))
    return environment
