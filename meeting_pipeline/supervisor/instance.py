"""Dagster's configuration for a running system: writes ``dagster.yaml`` and ``workspace.yaml`` below the home, and opens them.

Also converts a storage that an earlier version wrote, and names the environment in which Dagster's processes find all this.
Must not go here: the text of ``dagster.yaml`` (``dagster_yaml.py``), processes (``supervisor.py``).
"""

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from meeting_pipeline.dagster_storage.old_event_log import convert_old_event_log, has_old_event_log
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.atomic_files import write_durably
from meeting_pipeline.foundation.ownership import running_owner
from meeting_pipeline.settings import Settings, with_driver
from meeting_pipeline.supervisor.dagster_yaml import STORAGE_VARIABLE, instance_text
from meeting_pipeline.supervisor.orphans import of_home

if TYPE_CHECKING:
    import dagster as dg

_log = logging.getLogger(__name__)
SOCKET_PREFIX = "meeting-pipeline-"
"""Prefix of the temporary folder that holds the code server's socket."""
_PLAIN = re.compile(r"[A-Za-z0-9/._-]{1,107}")
_SHORT = 60
"""Length of a folder, in characters, that leaves a socket's path short enough for the kernel."""
_FOR_DEVELOPERS: Final = frozenset({"PYTHONWARNINGS", "PYTHONDEVMODE", "PYTHONINSPECT"})


def write_instance(settings: Settings, links: Path | None = None) -> None:
    """Write ``dagster.yaml`` for these settings into ``DAGSTER_HOME``.

    ``links``: a folder with a plain path, for a link to a storage folder whose path Dagster cannot handle.
    """
    way = "local" if settings.broker_url is None else "celery"
    write_durably(settings.dagster_home / "dagster.yaml", instance_text(settings, way, links))


def must_convert_storage(settings: Settings) -> bool:
    """Whether Dagster's storage was written by a version of this program that used Dagster's own classes."""
    return settings.database_url is None and has_old_event_log(_history(settings))


def convert_storage(settings: Settings) -> None:
    """Convert such a storage. The caller owns the home, or nothing runs on it.

    Raises: OperatorError ``already_running``: processes of a killed system still use it; ``database_unusable``.
    """
    if not must_convert_storage(settings):
        return
    if of_home(settings.dagster_home):
        raise OperatorError(
            "already_running",
            "Processes of a system that was killed still use Dagster's storage, which must be converted first.",
            "Start `meeting-pipeline up`: it ends them.",
        )
    convert_old_event_log(_history(settings))


def _history(settings: Settings) -> Path:
    return settings.dagster_home / "storage" / "history"


def write_workspace(settings: Settings, socket: Path) -> Path:
    """Write the workspace file that points webserver and daemon to one code server. Returns its path."""
    location = {"grpc_server": {"socket": str(socket), "location_name": "meeting_pipeline"}}
    path = settings.dagster_home / "workspace.yaml"
    write_durably(path, yaml.safe_dump({"load_from": [location]}))
    return path


def remove_old_sockets(settings: Settings) -> None:
    """Remove the socket folder of a killed ``up`` of this home. Only the home's owner calls it, so nobody uses the folder."""
    path = settings.dagster_home / "workspace.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        sockets = [Path(location["grpc_server"]["socket"]) for location in found["load_from"]]
    except FileNotFoundError:
        return
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        yaml.YAMLError,
    ) as error:  # damaged by a power cut, or by a person
        _log.warning("%s cannot be read (%s) and is written again", path, type(error).__name__)
        return
    for socket in sockets:
        if socket.parent.name.startswith(SOCKET_PREFIX):
            shutil.rmtree(socket.parent, ignore_errors=True)


def inherited_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of this environment that the services inherit.

    Python settings for development are dropped: with ``PYTHONWARNINGS=error``, a deprecation in any library would end a
    service again and again. So is a variable without a name, which some shells pass on and no process can set for itself.
    """
    kept = {name: value for name, value in environment.items() if name and name not in _FOR_DEVELOPERS}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def storage_environment(settings: Settings) -> dict[str, str]:
    """The environment variables with which Dagster's processes find storage and home."""
    found = {"DAGSTER_HOME": str(settings.dagster_home)}
    if settings.database_url is not None:
        found[STORAGE_VARIABLE] = with_driver(settings.database_url.get_secret_value())
    return found


@contextmanager
def opened_instance(settings: Settings) -> Iterator["dg.DagsterInstance"]:
    """Dagster's instance of this home, for a command that runs with or without the running system."""
    import dagster as dg

    added = storage_environment(settings)
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        with ExitStack() as stack:
            if running_owner(settings.home) is None:  # the home may be new, or come from another machine
                convert_storage(settings)
                links = tempfile.TemporaryDirectory(prefix=SOCKET_PREFIX, dir=plain_temporary_folder())
                write_instance(settings, Path(stack.enter_context(links)))
            yield stack.enter_context(dg.DagsterInstance.from_config(str(settings.dagster_home)))
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def is_plain(path: Path) -> bool:
    """Whether the path has no character with a meaning for gRPC, which reads a socket's path as part of a URL."""
    return _PLAIN.fullmatch(str(path)) is not None


def plain_temporary_folder() -> str:
    """A folder for sockets and links: gRPC reads a socket's path as part of a URL, and the kernel limits it to 107 bytes."""
    for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108 - each is used through mkdtemp
        if len(folder) <= _SHORT and is_plain(Path(folder)) and os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise OperatorError(
        "home_unusable",
        "There is no writable folder for temporary files with a short, plain path.",
        "Set TMPDIR to one, such as /tmp.",
    )
