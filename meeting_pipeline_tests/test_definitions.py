"""Everything that analysts and engineers see in Dagster: a change to it is an interface change, and fails here."""

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from meeting_pipeline.definitions import build_definitions
from meeting_pipeline.defs import policies

PROJECT = Path(__file__).parents[1]
OPTIONAL = {"tier": "optional", "pii": "true"}
CRITICAL = {"tier": "critical", "pii": "true"}
LLM = ["llm", "sql"]
CATALOG = ["pandas", "parquet"]
INSIGHTS = ["action_items", "decisions", "speakers", "summary"]

# asset: group, kinds, tags, dependencies, code version, partitions, checks
ASSETS: dict[str, tuple[str, list[str], dict[str, str], list[str], str | None, str | None, list[str]]] = {
    "recording": ("intake", ["file"], CRITICAL, [], None, "recordings", []),
    "transcript": (
        "transcription", ["speech_to_text", "sql"], CRITICAL, ["recording"], "1", "recordings",
        ["transcript_covers_the_recording", "transcript_is_available", "words_are_kept", "words_are_recognised_confidently"],
    ),
    "speakers": ("insights", LLM, OPTIONAL, ["transcript"], "1", "recordings", ["speakers_are_available"]),
    "summary": ("insights", LLM, OPTIONAL, ["transcript"], "1", "recordings", ["summary_is_available"]),
    "action_items": (
        "insights", LLM, OPTIONAL, ["transcript"], "1", "recordings", ["action_items_are_available"],
    ),
    "decisions": ("insights", LLM, OPTIONAL, ["transcript"], "1", "recordings", ["decisions_are_available"]),
    "minutes": ("meeting_record", ["markdown"], CRITICAL, [*INSIGHTS, "transcript"], "1", "recordings", []),
    "meetings": ("across_meetings", CATALOG, {"pii": "true"}, ["minutes"], "1", None, []),
    "action_item_register": ("across_meetings", CATALOG, {"pii": "true"}, ["minutes"], "1", None, []),
    "commitments": (
        "across_meetings", ["sql"], {"pii": "true"}, ["minutes"], "1", None,
        ["everything_has_an_owner", "few_have_slipped", "nothing_is_overdue"],
    ),
    "analyst_tables": ("across_meetings", ["parquet", "sql"], {"pii": "true"}, ["meetings"], "v1", None, []),
    "dashboard": ("across_meetings", ["pandas"], {}, ["meetings"], "1", None, []),
    "campaigns": ("quality", ["python", "sql"], {}, [], "1", None, []),
    "evaluation": (
        "quality", ["python", "sql"], {"pii": "true"}, [], "1", "versions",
        ["cost_not_higher", "f1_not_worse", "no_lie_passes"],
    ),
}  # fmt: skip
JOBS = {
    "intake": "intake",
    "order_again": None,
    "process_recording": None,
    "process_recordings": None,
    "deliver_webhooks": "deliver_webhooks",
    "deliver_mail": "deliver_mail",
    "embed_transcripts": "embed_transcripts",
    "refresh_minutes": "refresh_minutes",
    "refresh_campaigns": "refresh_campaigns",
    "refresh_catalog": "refresh_catalog",
    "make_voices": "make_voices",
    "prune": "prune",
}
"""Job -> the tag value that limits it to one run at a time; ``None`` if there is no limit."""
SENSORS = {
    "drop_folder": ["intake"],
    "bucket_inbox": ["intake"],
    "transcripts_ready": ["order_again", "process_recording", "process_recordings"],
    "webhooks_due": ["deliver_webhooks"],
    "mail_due": ["deliver_mail"],
    "gaps_due": ["process_recording", "process_recordings"],
    "campaigns_due": ["process_recordings", "refresh_campaigns"],
    "results_changed": ["embed_transcripts", "refresh_catalog", "refresh_minutes"],
    "stalled_runs": ["process_recording"],
    "missing_partitions": [],
}
HEAVY = [
    "assemblyai", "av", "dateparser", "httpx", "kaldi_native_fbank", "matplotlib", "numpy", "openai", "pandas",
    "pocketsphinx", "psycopg2", "pyarrow", "scipy", "sklearn", "webrtcvad", "webvtt",
]  # fmt: skip
_LOAD = "from meeting_pipeline.definitions import defs; defs().get_repository_def()"


@pytest.fixture(scope="module")
def repository() -> dg.RepositoryDefinition:
    """All definitions, resolved. Loading them raises no warning about our code: see the test of warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return build_definitions().get_repository_def()


def _python(program: str) -> Any:
    """Run a program in a fresh interpreter and parse its output as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=300
    )
    return json.loads(done.stdout.splitlines()[-1])


def _names(keys: Iterable[dg.AssetKey]) -> list[str]:
    return sorted(key.to_user_string() for key in keys)


def test_the_assets_are_these(repository: dg.RepositoryDefinition) -> None:
    assert _names(set(repository.asset_graph.get_all_asset_keys())) == sorted(ASSETS)


@pytest.mark.parametrize("name", ASSETS)
def test_an_asset_shows_where_it_belongs_what_it_is_and_what_it_rests_on(
    repository: dg.RepositoryDefinition, name: str
) -> None:
    node = repository.asset_graph.get(dg.AssetKey(name))
    tags = {key: value for key, value in node.tags.items() if not key.startswith("dagster/")}
    partitions = node.partitions_def
    assert partitions is None or isinstance(partitions, dg.DynamicPartitionsDefinition)
    shown = (
        node.group_name,
        sorted(node.kinds),
        tags,
        _names(node.parent_keys),
        node.code_version,
        partitions.name if partitions else None,
        sorted(check.name for check in node.check_keys),
    )
    assert shown == ASSETS[name]
    assert node.owners == [policies.OWNER]
    assert node.description
    assert node.is_external == (name == "recording")


@pytest.mark.parametrize("name", ASSETS)
def test_each_column_that_an_asset_shows_says_what_it_contains(repository: dg.RepositoryDefinition, name: str) -> None:
    schema = repository.asset_graph.get(dg.AssetKey(name)).metadata.get("dagster/column_schema")
    columns = schema.columns if isinstance(schema, dg.TableSchema) else schema.value.columns if schema else []
    assert [column.name for column in columns if not column.description] == []


@pytest.mark.parametrize("name", ASSETS)
def test_no_kind_claims_a_provider_that_may_not_have_been_asked(name: str) -> None:
    assert not {"assemblyai", "openai"} & set(ASSETS[name][1])


def test_the_insights_are_one_step_of_which_any_part_can_be_asked_for(repository: dg.RepositoryDefinition) -> None:
    (step,) = {repository.assets_defs_by_key[dg.AssetKey(name)] for name in INSIGHTS}
    assert step.can_subset
    assert step.op.pool == policies.LLM_POOL
    assert repository.assets_defs_by_key[dg.AssetKey("transcript")].op.pool == policies.TRANSCRIPTION_POOL


def test_every_check_says_what_amber_means_and_speaks_of_one_partition(repository: dg.RepositoryDefinition) -> None:
    specs = [(spec, asset) for asset in repository.assets_defs_by_key.values() for spec in asset.check_specs]
    assert specs
    for spec, asset in specs:
        assert "Amber: " in (spec.description or "")
        assert (spec.partitions_def is not None) == (asset.partitions_def is not None)
        assert not spec.blocking


def test_the_jobs_are_these_and_say_what_starts_them(repository: dg.RepositoryDefinition) -> None:
    jobs = {job.name: job for job in repository.get_all_jobs() if not job.name.startswith("__")}
    assert {name: job.tags.get(".dagster/meeting_pipeline_job") for name, job in jobs.items()} == JOBS
    for job in jobs.values():
        assert "Started by" in (job.description or "")


def test_batch_runs_come_in_the_order_of_what_people_wait_for(repository: dg.RepositoryDefinition) -> None:
    priority = {job.name: int(job.tags.get("dagster/priority", 0)) for job in repository.get_all_jobs()}
    ordered = ["deliver_webhooks", "intake", "refresh_minutes", "refresh_catalog"]
    assert sorted(ordered, key=lambda name: -priority[name]) == ordered
    assert priority["refresh_catalog"] < 0 < priority["refresh_minutes"]


def test_every_sensor_runs_from_the_first_start(repository: dg.RepositoryDefinition) -> None:
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert {name: sorted(t.job_name for t in sensor.targets) for name, sensor in sensors.items()} == SENSORS
    for sensor in sensors.values():
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
        assert sensor.description
        assert sensor.minimum_interval_seconds in (
            policies.WOKEN_SENSOR_SECONDS, policies.SENSOR_SECONDS, policies.SLOW_SENSOR_SECONDS, policies.COMPARE_SECONDS,
        )  # fmt: skip


def test_two_jobs_run_by_the_clock_from_the_first_start(repository: dg.RepositoryDefinition) -> None:
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    assert {name: one.job_name for name, one in schedules.items()} == {
        "nightly_prune": "prune",
        "nightly_voices": "make_voices",
    }
    for schedule in schedules.values():
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        assert schedule.description


def test_runs_from_the_ui_stay_in_one_process(repository: dg.RepositoryDefinition) -> None:
    implicit = repository.get_job("__ASSET_JOB")
    assert implicit.executor_def is dg.in_process_executor


def test_resources_can_be_replaced() -> None:
    stand_in = dg.ResourceDefinition.hardcoded_resource("stand-in")
    replaced = build_definitions(overrides={"worker": stand_in}).resources or {}
    assert replaced["worker"] is stand_in
    assert "installation" in replaced


def test_loading_warns_of_nothing_but_what_dagster_does_within_itself() -> None:
    program = f"""
import json, warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    {_LOAD}
print(json.dumps([[w.category.__name__, w.filename, str(w.message)] for w in seen]))
"""
    for category, file, message in _python(program):
        inside_dagster = "site-packages/dagster" in file.replace("\\", "/")
        old_pydantic_name = category == "PydanticDeprecatedSince20" and "__fields__" in message
        # Dagster rebuilds sensors of asset jobs and passes the parameter itself; ours have no owners.
        owners_of_sensors = category == "BetaWarning" and "`owners` of initializer `SensorDefinition" in message
        assert inside_dagster, f"{category} at {file}: {message}"
        assert old_pydantic_name or owners_of_sensors, f"{category} at {file}: {message}"


def test_loading_imports_no_heavy_library() -> None:
    found = _python(f"import json, sys; {_LOAD}; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))")
    assert found == []


def test_dagster_validates_the_project_as_it_is_configured(tmp_path: Path) -> None:
    """In the project's folder, without arguments: Dagster finds the definitions through workspace and pyproject."""
    shutil.copy(PROJECT / "dagster.yaml", tmp_path)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dagster")), "definitions", "validate"],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "All code locations passed validation" in said
    warned = [line for line in said.splitlines() if "Warning" in line or "WARNING" in line]
    # Dagster's own warnings: about the parameter that it passes itself, and that `dg check defs` replaces this command.
    known = ("`owners` of initializer `SensorDefinition", "`definitions_validate_command` is superseded")
    assert [line for line in warned if not any(words in line for words in known)] == []
