"""Dagster's configuration of a running system: Dagster accepts it, and it contains no password."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickStatus

from meeting_pipeline import policies
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.supervisor.dagster_yaml import STORAGE_VARIABLE
from meeting_pipeline.supervisor.instance import (
    plain_temporary_folder,
    remove_old_sockets,
    storage_environment,
    write_instance,
    write_workspace,
)

PASSWORD = "hunter2-hunter2"


def test_dagster_opens_the_instance_on_sqlite(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, max_concurrent_runs=7)
    write_instance(settings)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        assert instance.get_runs_count() == 0
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.max_concurrent_runs == 7 + policies.SPARE_RUNS
        limits = {limit["key"]: limit["limit"] for limit in queue.tag_concurrency_limits}
        assert limits[policies.REQUEST_TAG] == 7, "recordings leave slots to intake and webhooks"
        assert limits[policies.CATCH_UP_TAG] == 2, "gaps and reprocessing leave runs to new recordings"
        assert instance.global_op_concurrency_default_limit == 7, "no pool is smaller than the runs that share it"
        assert type(instance.run_launcher).__name__ == "WarmRunLauncher"
        assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"
        for kind in (InstigatorType.SENSOR, InstigatorType.SCHEDULE):
            kept = instance.get_tick_retention_settings(kind)
            assert all(kept[status] > 0 for status in (TickStatus.SKIPPED, TickStatus.SUCCESS, TickStatus.FAILURE))
    assert list((settings.dagster_home / "storage").rglob("*.db"))


@pytest.mark.postgres
def test_dagster_opens_the_instance_on_postgresql(
    tmp_path: Path, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(
        {"MEETING_PIPELINE_HOME": str(tmp_path), "MEETING_PIPELINE_DATABASE_URL": empty_postgres_url}
    )
    write_instance(settings)
    monkeypatch.setenv(STORAGE_VARIABLE, storage_environment(settings)[STORAGE_VARIABLE])
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        assert instance.get_runs_count() == 0
        assert type(instance.run_storage).__name__ == "PostgresRuns"


def test_no_password_is_written(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "MEETING_PIPELINE_HOME": str(tmp_path),
            "MEETING_PIPELINE_DATABASE_URL": f"postgresql://me:{PASSWORD}@db/x",
            "OPENAI_API_KEY": PASSWORD,
        }
    )
    write_instance(settings)
    write_workspace(settings, tmp_path / "code.sock")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in written} == {"dagster.yaml", "workspace.yaml"}
    assert not any(PASSWORD in path.read_text() for path in written)
    assert storage_environment(settings)[STORAGE_VARIABLE] == f"postgresql+psycopg2://me:{PASSWORD}@db/x"


def test_without_a_database_url_no_storage_is_named(tmp_path: Path) -> None:
    assert storage_environment(Settings(home=tmp_path)) == {"DAGSTER_HOME": str(tmp_path / "dagster")}


def test_the_workspace_points_at_one_code_server(tmp_path: Path) -> None:
    path = write_workspace(Settings(home=tmp_path), tmp_path / "code.sock")
    [location] = yaml.safe_load(path.read_text())["load_from"]
    assert location["grpc_server"] == {"socket": str(tmp_path / "code.sock"), "location_name": "meeting_pipeline"}


def test_the_projects_own_file_is_what_runs(tmp_path: Path) -> None:
    write_instance(Settings(home=tmp_path))
    written = yaml.safe_load((tmp_path / "dagster" / "dagster.yaml").read_text())
    own = yaml.safe_load((Path(__file__).parents[2] / "dagster.yaml").read_text())
    written.pop("storage")
    written["concurrency"]["runs"].pop("max_concurrent_runs")
    own["concurrency"]["runs"].pop("max_concurrent_runs")
    assert json.dumps(written, sort_keys=True) == json.dumps(own, sort_keys=True)


ODD_NAMES = ["a b%2F%(here)s?x=1#c&d'\"$HOME{z}\\;:@ü😀", "-lead\nline", "l" * 200]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_dagsters_storage_is_below_the_home_whatever_the_home_is_called(tmp_path: Path, name: str) -> None:
    links = tmp_path / "links"
    links.mkdir()
    settings = load_settings({"MEETING_PIPELINE_HOME": str(tmp_path / name)})
    write_instance(settings, links)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        assert instance.get_runs_count() == 0
    assert list((settings.dagster_home / "storage").rglob("*.db"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "links"])


def test_dagster_opens_its_storage_from_an_environment_below_a_folder_with_a_percent_sign(tmp_path: Path) -> None:
    """A separate process reaches the environment through a link, so that Dagster sees the odd path."""
    environment = tmp_path / "feature%2Fx"
    environment.symlink_to(Path(sys.executable).parent.parent)
    words = (
        "import pathlib, dagster as dg; from meeting_pipeline.settings import load_settings;"
        "from meeting_pipeline.supervisor.instance import write_instance; settings = load_settings();"
        "write_instance(settings); instance = dg.DagsterInstance.from_config(str(settings.dagster_home));"
        "print(instance.get_runs_count(), '%' in dg.__file__)"
    )
    variables = {**os.environ, "MEETING_PIPELINE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [str(environment / "bin/python"), "-c", words], env=variables, capture_output=True, text=True, check=False
    )
    assert done.stdout == "0 True\n", done.stderr


@pytest.mark.parametrize("folder", ["/no/such/folder", "/tmp/" + "l" * 100, "/tmp/a?b"])
def test_sockets_and_links_have_a_short_and_plain_place(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: folder)
    assert plain_temporary_folder() == "/tmp"


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"\xff\xfe", b"load_from:\n", b"load_from: [3]", b"{", b"[]"])
def test_a_workspace_file_that_a_power_cut_has_damaged_is_written_again(tmp_path: Path, content: bytes) -> None:
    settings = Settings(home=tmp_path)
    path = write_workspace(settings, tmp_path / "code.sock")
    good = path.read_bytes()
    path.write_bytes(content)
    remove_old_sockets(settings)
    assert write_workspace(settings, tmp_path / "code.sock").read_bytes() == good
