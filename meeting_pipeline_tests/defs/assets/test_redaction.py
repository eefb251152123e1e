"""With previews off, no word of a meeting reaches Dagster's storage, whatever happens to the recording."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.plan import active

from meeting_pipeline.definitions import build_definitions
from meeting_pipeline.defs.assets.redaction import is_redacting, redacted
from meeting_pipeline.defs.ops.reconciling import reconcile
from meeting_pipeline.defs.sensors.drop_folder import drop_folder
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.intake import policies
from meeting_pipeline_tests.canaries import in_bytes
from meeting_pipeline_tests.dagster_runs import NO_COMPUTE_LOGS, Runs, _Time
from meeting_pipeline_tests.defs.assets.test_process_recording import ASK, CREATE
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith, drop
from meeting_pipeline_tests.scenario.media import vtt

pytestmark = pytest.mark.slow

WORDS = (
    "titelkanarie", "namenskanarie", "redekanarie", "dateikanarie", "abweisungskanarie", "restkanarie", "fehlerkanarie",
    "hakenkanarie",
)  # fmt: skip
TALK = vtt(
    ("Namenskanarie", "Good morning, we decided to ship the redekanarie release in two steps."),
    ("Priya", "I will send the draft of the redekanarie plan by Friday."),
)

Storage = Callable[[str], Runs]


@pytest.fixture
def runs_with(
    open_with: OpenWith, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Runs]]:
    """Opens a Dagster instance that stores everything on disk, with previews on or off."""
    opened: list[Any] = []

    def make(previews: str) -> Runs:
        installation = open_with(**providers.environment(), MEETING_PIPELINE_UI_PREVIEWS=previews)
        installation.settings.dagster_home.mkdir()
        monkeypatch.setattr(policies, "SETTLE_SECONDS", 0.0)
        now = itertools.count(1e9, step=60)  # waits between attempts take no time
        monkeypatch.setattr(active, "time", _Time(time=lambda: next(now), sleep=lambda _: None))
        manager = dg.DagsterInstance.local_temp(str(installation.settings.dagster_home), overrides=NO_COMPUTE_LOGS)
        opened.append(manager)
        return Runs(installation, manager.__enter__())

    yield make
    for manager in opened:
        manager.__exit__(None, None, None)


def _everything(runs: Runs, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Process one recording successfully, and cause everything else that can happen to one and be reported."""
    installation = runs.installation
    drop(
        installation,
        "Dateikanarie.vtt",
        TALK,
        title="Titelkanarie",
        participants=["Namenskanarie"],
        webhook_url="http://127.0.0.1:9/hakenkanarie",
    )
    providers.fault(CREATE, "error", message="Fehlerkanarie: file type unknown")
    drop(installation, "Abweisungskanarie.exe", "what is this?")
    drop(installation, "Titelkanarie.wav", title="Titelkanarie")
    assert runs.job("intake").success
    rows = {row.original_name: row for row in installation.store.recordings.list()}
    row, audio = rows["Dateikanarie.vtt"], rows["Titelkanarie.wav"]
    providers.fault(ASK, "status", status=500, insight="summary")
    assert runs.recording(row.key).success  # after one failed attempt
    providers.fault(
        ASK, "status", status=400, insight="decisions", times=-1, body={"error": {"message": "Redekanarie"}}
    )
    gap = runs.recording(row.key, selection=["decisions"], automatic=False)
    assert gap.success, gap.failures
    [label, *_] = installation.store.speaker_edits.get(row.key).found or ["Priya"]
    installation.store.speaker_edits.rename(row.key, label, "Namenskanarie", "test")
    assert runs.job("refresh_minutes").success
    assert runs.job("deliver_webhooks").success
    assert runs.job("refresh_catalog").success
    assert not runs.recording(audio.key).success
    _a_bug(runs, row.key, monkeypatch)
    (installation.settings.inbox / "restkanarie.json").write_text("{}")
    context = dg.build_sensor_context(instance=runs.instance, resources={"installation": installation})
    with context:
        skipped = drop_folder(context)
    assert isinstance(skipped, dg.SkipReason)
    (installation.settings.dagster_home / "skipped").write_text(str(skipped.skip_message))


def _a_bug(runs: Runs, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(*_: Any, **__: Any) -> Any:
        raise TypeError("no fehlerkanarie") from ValueError("redekanarie")

    with monkeypatch.context() as patched:
        patched.setattr(OpenAIAnalyst, "extract", buggy)
        assert not runs.recording(key, selection=["summary"], automatic=False).success


def _stored(runs: Runs) -> set[str]:
    """The words that are in Dagster's storage."""
    return {found.word for found in in_bytes(runs.installation.settings.dagster_home, WORDS)}


def test_no_word_reaches_dagsters_storage_with_previews_off(
    runs_with: Storage, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = runs_with("off")
    _everything(runs, providers, monkeypatch)
    for key in [row.key for row in runs.installation.store.recordings.list()]:
        runs.instance.delete_dynamic_partition("recordings", key)
    runs.instance.wipe_assets([dg.AssetKey(name) for name in ("recording", "transcript", "summary", "minutes")])
    done = reconcile(runs.installation, runs.instance)
    assert done.materializations["minutes"] == 1
    assert _stored(runs) == set()


def test_the_search_finds_them_with_previews_on(
    runs_with: Storage, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = runs_with("on")
    _everything(runs, providers, monkeypatch)
    assert _stored(runs) == set(WORDS) - {"abweisungskanarie", "hakenkanarie"}  # the package never reports these


def test_numbers_stay_and_a_link_leads_to_the_page(runs_with: Storage) -> None:
    runs = runs_with("off")
    drop(runs.installation, "Dateikanarie.vtt", TALK, title="Titelkanarie")
    assert runs.job("intake").success
    [row] = runs.installation.store.recordings.list()
    assert row.key[10:] == "-recording"
    ran = runs.recording(row.key)
    found = ran.materialized["action_items"].metadata
    assert found["item_count"].value == 1
    assert found["outcome"].value == "available"
    assert found["preview"].value == f"[Open the page](http://127.0.0.1:3001/#/meetings/{row.key})"
    assert isinstance(found["result"], dg.TableMetadataValue)
    assert found["result"].records == []
    assert ran.materialized["minutes"].metadata["title"].value == "Not shown here."


def test_a_failure_still_shows_its_code(runs_with: Storage) -> None:
    runs = runs_with("off")
    failed = runs.recording("2025-03-14-nobody-00000000").failures["transcript"]
    assert failed.user_failure_data.metadata["code"].value == "unknown_recording"
    assert "unknown_recording: see http://127.0.0.1:3001/" in failed.user_failure_data.description
    assert failed.error.cause is None


@pytest.mark.parametrize("previews", ["on", "off"])
@pytest.mark.parametrize(
    ("address", "link"),
    [
        ({"api_port": 3001}, "http://127.0.0.1:3001/#/meetings/weekly"),
        ({"api_public_url": "https://meetings.example/x/"}, "https://meetings.example/x/#/meetings/weekly"),
        ({"api_port": 0}, None),  # any free port: unknown until the service listens
    ],
)
def test_every_materialization_of_a_recording_leads_to_its_page(
    address: dict[str, Any], link: str | None, previews: str
) -> None:
    settings = Settings(**address, ui_previews=previews)
    made = redacted(settings, dg.AssetMaterialization("minutes", partition="weekly"))
    found = made.metadata.get("page")
    assert (None if found is None else found.value) == link
    assert "page" not in redacted(settings, dg.AssetMaterialization("meetings")).metadata


def test_everything_that_works_on_recordings_is_redacted() -> None:
    definitions = build_definitions()
    graph = list(definitions.resolve_all_job_defs())
    nodes = [node.definition for job in graph for node in job.nodes]
    assert len(nodes) > 8
    for node in nodes:
        assert isinstance(node, dg.OpDefinition)
        assert is_redacting(node.compute_fn.decorated_fn), node.name  # type: ignore[union-attr]
