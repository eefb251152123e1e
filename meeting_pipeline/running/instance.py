"""Dagster's configuration for a running system: ``dagster.yaml`` and ``workspace.yaml`` below the home.

The instance settings are the project's own ``dagster.yaml``, which stands beside the package in a checkout; added are the
storage and what the settings say. No password is written: Dagster reads the database URL from the environment.
Must not go here: processes (``supervisor.py``).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.running.ownership import running_owner
from meeting_pipeline.settings import Settings, with_driver
from meeting_pipeline.steps.durable import write_durably

if TYPE_CHECKING:
    import dagster as dg

STORAGE_VARIABLE = "MEETING_PIPELINE_DAGSTER_STORAGE_URL"
"""Set by ``up`` for its children only."""
SOCKET_PREFIX = "meeting-pipeline-"
"""Name of the temporary folder that holds the code server's socket, before its random part."""
_TEMPLATE = "dagster.yaml"
_SOURCE_TREE = Path(__file__).parents[2]


def write_instance(settings: Settings) -> None:
    """Write ``dagster.yaml`` for these settings into ``DAGSTER_HOME``."""
    config: dict[str, Any] = yaml.safe_load(_template())
    config["storage"] = _storage(settings)
    runs = config["concurrency"]["runs"]
    runs["max_concurrent_runs"] = settings.max_concurrent_runs + policies.SPARE_RUNS
    for limit in runs["tag_concurrency_limits"]:
        if limit["key"] == policies.REQUEST_TAG:
            limit["limit"] = settings.max_concurrent_runs
    text = "# Written by `meeting-pipeline up` at every start; change the project's dagster.yaml instead.\n"
    write_durably(settings.dagster_home / "dagster.yaml", text + yaml.safe_dump(config, sort_keys=False))


def write_workspace(settings: Settings, socket: Path) -> Path:
    """Write the workspace that points webserver and daemon at one code server; returns its path."""
    location = {"grpc_server": {"socket": str(socket), "location_name": "meeting_pipeline"}}
    path = settings.dagster_home / "workspace.yaml"
    write_durably(path, yaml.safe_dump({"load_from": [location]}))
    return path


def remove_old_sockets(settings: Settings) -> None:
    """Remove the socket folder of an ``up`` on this home that was killed. The home's owner calls it, so nobody uses it."""
    path = settings.dagster_home / "workspace.yaml"
    if not path.is_file():
        return
    for location in yaml.safe_load(path.read_text(encoding="utf-8"))["load_from"]:
        folder = Path(location["grpc_server"]["socket"]).parent
        if folder.name.startswith(SOCKET_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)


def storage_environment(settings: Settings) -> dict[str, str]:
    """What Dagster's processes need in their environment to find storage and home."""
    found = {"DAGSTER_HOME": str(settings.dagster_home)}
    if settings.database_url is not None:
        found[STORAGE_VARIABLE] = with_driver(settings.database_url.get_secret_value())
    return found


@contextmanager
def opened_instance(settings: Settings) -> Iterator["dg.DagsterInstance"]:
    """Dagster's instance of this home, for a command beside the running system or without one."""
    import dagster as dg

    if running_owner(settings.home) is None:
        write_instance(settings)  # the home may be new, or have come from elsewhere
    added = storage_environment(settings)
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
            yield instance
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _template() -> str:
    beside = _SOURCE_TREE / _TEMPLATE
    if not beside.is_file():
        raise OperatorError(
            "no_source_tree",
            f"{_TEMPLATE} does not stand beside the package.",
            "Run it from a checkout, installed with `make setup`.",
        )
    return beside.read_text(encoding="utf-8")


def _storage(settings: Settings) -> dict[str, Any]:
    if settings.database_url is None:
        return {"sqlite": {"base_dir": str(settings.dagster_home / "storage")}}
    return {"postgres": {"postgres_url": {"env": STORAGE_VARIABLE}}}
