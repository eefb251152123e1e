"""The text of ``dagster.yaml``: the project's own, with the storage and the values of the settings.

The project's ``dagster.yaml`` is at the top of a checkout, or next to this module in an installed package (``setup.py`` puts it
there). No password is written: Dagster reads the database URL from the environment.
Must not go here: where it is written, and the environment (``instance.py``).
"""

from pathlib import Path
from typing import Any, Final

import yaml

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.steps.processing.catch_up import catch_up_places

STORAGE_VARIABLE = "MEETING_PIPELINE_DAGSTER_STORAGE_URL"
"""Set by ``up`` for its children only."""
_TEMPLATE = "dagster.yaml"
_HEAD: Final = "# Written by `meeting-pipeline` at every start; change the project's dagster.yaml instead.\n"
_KUBERNETES: Final = "MEETING_PIPELINE_KUBERNETES_"
_QUEUED_SECONDS: Final = 24 * 3600
"""How long a run may wait for a worker before Dagster calls it failed; it is then requested again."""
_STORAGE: Final = "meeting_pipeline.dagster_storage"
"""The package of Dagster's storage classes, which Dagster imports by name."""
_HERE: Final = Path(__file__).parent
_SOURCE_TREE: Final = _HERE.parents[1]


def instance_text(settings: Settings, way: str, links: Path | None = None) -> str:
    """The text of ``dagster.yaml``. ``way``: who executes runs: ``local``, ``celery`` or ``kubernetes``."""
    config: dict[str, Any] = yaml.safe_load(_template())
    config["storage"] = _storage(settings, links)
    runs = config["concurrency"]["runs"]
    runs["max_concurrent_runs"] = settings.max_concurrent_runs + policies.SPARE_RUNS
    by_settings = {
        policies.REQUEST_TAG: settings.max_concurrent_runs,
        policies.CATCH_UP_TAG: catch_up_places(settings.max_concurrent_runs),
    }
    for limit in runs["tag_concurrency_limits"]:
        limit["limit"] = by_settings.get(limit["key"], limit["limit"])
    config["concurrency"]["pools"]["default_limit"] = settings.max_concurrent_runs
    if way == "celery":
        _use_queue(config)
    if way == "kubernetes":
        _use_pods(config)
    return _HEAD + yaml.safe_dump(config, sort_keys=False)


def _use_pods(config: dict[str, Any]) -> None:
    """Have each run executed in a pod, by Dagster's own launcher (package ``dagster-k8s``), configured by variables."""
    variables = {"job_image": "IMAGE", "job_namespace": "NAMESPACE", "service_account_name": "SERVICE_ACCOUNT"}
    given: dict[str, Any] = {field: {"env": f"{_KUBERNETES}{name}"} for field, name in variables.items()}
    given |= {"dagster_home": {"env": "DAGSTER_HOME"}, "instance_config_map": {"env": f"{_KUBERNETES}CONFIG_MAP"}}
    config["run_launcher"] = {"module": "dagster_k8s", "class": "K8sRunLauncher", "config": given}


def _use_queue(config: dict[str, Any]) -> None:
    """Have recordings processed by workers of a Celery queue; everything else stays with the daemon's machine."""
    launcher = config["run_launcher"]
    launcher["module"], launcher["class"] = "meeting_pipeline.launching.queue_launcher", "QueueRunLauncher"
    launcher["config"]["broker"] = {"env": VARIABLES["broker_url"]}
    # A run waits in the queue for as long as all workers are busy. One that the broker lost is requested again.
    config["run_monitoring"]["start_timeout_seconds"] = _QUEUED_SECONDS


def _template() -> str:
    for folder in (_HERE, _SOURCE_TREE):
        if (folder / _TEMPLATE).is_file():
            return (folder / _TEMPLATE).read_text(encoding="utf-8")
    raise OperatorError(
        "incomplete_package",
        f"{_TEMPLATE} is missing, both next to the package (as in a checkout) and in it (as after an installation).",
        "Reinstall the package.",
    )


def _storage(settings: Settings, links: Path | None) -> dict[str, Any]:
    if settings.database_url is None:
        config: dict[str, Any] = {"base_dir": str(_storage_folder(settings, links))}
        return {"custom": {"module": f"{_STORAGE}.sqlite", "class": "SqliteStorage", "config": config}}
    config = {"postgres_url": {"env": STORAGE_VARIABLE}}
    return {"custom": {"module": f"{_STORAGE}.postgres", "class": "PostgresStorage", "config": config}}


def _storage_folder(settings: Settings, links: Path | None) -> Path:
    """The folder of Dagster's SQLite files. Dagster puts the path into a URL, which ``?`` would cut off; a link avoids that."""
    folder = settings.dagster_home / "storage"
    if links is None or "?" not in str(folder):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    link = links / "storage"
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    return link
