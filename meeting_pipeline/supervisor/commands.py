"""How each process of a running system is called: its command line, after the interpreter, and its environment.

Must not go here: when it is started and watched (``supervisor.py``), what it inherits (``instance.py``).
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from meeting_pipeline.foundation.logs import PROCESS_VARIABLE
from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.instance import inherited_environment, storage_environment

HTTP_SERVICE: Final = ("-m", "meeting_pipeline.api.server")
RECONCILE: Final = ("-m", "meeting_pipeline", "reconcile", "--quick")


def code_server(code_socket: Path) -> list[str]:
    """The code server that the daemon and the UI share."""
    timeout = str(policies.START_SERVER_SECONDS)
    code = ["-m", "dagster", "code-server", "start", "--socket", str(code_socket)]
    code += ["-m", "meeting_pipeline.definitions", "--location-name", "meeting_pipeline"]
    code += ["--use-python-environment-entry-point", "--startup-timeout", timeout, "--heartbeat-ttl", timeout]
    return code


def daemon(workspace: Path) -> list[str]:
    """The Dagster daemon, with sensors that are woken."""
    return ["-m", "meeting_pipeline.daemon", "--workspace", str(workspace)]


def webserver(port: int, workspace: Path) -> list[str]:
    """The Dagster UI, behind our guard."""
    return ["-m", "meeting_pipeline.ui.server", "--port", str(port), "--workspace", str(workspace)]


def environment_of(name: str, settings: Settings, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of the process with this name: ours, as far as it is inherited, the storage, and ``more``."""
    environment = {**inherited_environment(os.environ), **storage_environment(settings), **more}
    environment[PROCESS_VARIABLE] = name
    # Matplotlib keeps its font list below the user's home folder, which a service user may not have. Without the list,
    # each process would rebuild it, which takes seconds of CPU time.
    environment.setdefault("MPLCONFIGDIR", str(settings.home / "cache" / "matplotlib"))
    return environment
