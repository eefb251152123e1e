"""The model is changed: the UI shows the partitions that are behind, the bill comes before the money, and then they are fresh."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, RESPONSE_SECONDS, Dropped, Outside, System

pytestmark = pytest.mark.scenario

BEFORE, AFTER = "gpt-6-luna", "gpt-6.1-terra"
COUNT = 6
STATUS = """query($k: AssetKeyInput!, $p: String!) { assetNodeOrError(assetKey: $k) { ... on AssetNode {
    staleStatus(partition: $p) staleCauses(partition: $p) { category } } } }"""
ASSETS = (*Insight.names(), "minutes")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with Outside() as outside:
        outside.providers.settings(extra_models=[BEFORE, AFTER])
        running = QuickSystem(tmp_path_factory.mktemp("stale") / "home", outside, OPENAI_MODEL=BEFORE).start()
        try:
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="module")
def delivered(system: System) -> list[Dropped]:
    names = [f"behind-{number}" for number in range(COUNT)]
    dropped = [system.drop(f"{one}.wav", media.wav(one), hook=one, title=f"Meeting {one}") for one in names]
    for one in dropped:
        system.wait_until_told(one.hook)
    system.wait_until_idle()
    return dropped


@pytest.fixture(scope="module")
def keys(system: System, delivered: list[Dropped]) -> list[str]:
    return [system.key(one) for one in delivered]


def status(system: System, asset: str, key: str) -> tuple[str, list[str]]:
    found = system.ui.ask(STATUS, k={"path": [asset]}, p=key)["assetNodeOrError"]
    return found["staleStatus"], sorted(cause["category"] for cause in found["staleCauses"])


def statuses(system: System, keys: list[str]) -> set[str]:
    return {status(system, asset, key)[0] for asset in ASSETS for key in keys}


def command(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        system.quick_command(*arguments), env=system.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def shown(system: System, *arguments: str) -> Any:
    done = command(system, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_was_just_made_is_fresh(system: System, keys: list[str]) -> None:
    found = {(asset, key): status(system, asset, key) for asset in ASSETS for key in keys}
    assert {at: one for at, one in found.items() if one[0] != "FRESH"} == {}
    assert shown(system, "stale")["versions"] == []


@pytest.fixture(scope="module")
def changed(system: System, keys: list[str]) -> System:
    system.stop()
    return system.start(OPENAI_MODEL=AFTER)


def test_the_ui_shows_every_partition_as_behind_minutes_included(changed: System, keys: list[str]) -> None:
    for asset in ASSETS:
        assert {status(changed, asset, key)[0] for key in keys} == {"STALE"}
        assert status(changed, asset, keys[0])[1] == ["CODE"]
    assert status(changed, "transcript", keys[0])[0] == "FRESH"


def test_the_command_line_and_the_api_say_how_many_and_since_when(changed: System, keys: list[str]) -> None:
    def noticed() -> bool:
        return all(version["since"] for version in shown(changed, "stale")["versions"])

    changed.wait_for(noticed, "the running system to notice its new model")
    versions = {version["insight"]: version for version in shown(changed, "stale")["versions"]}
    assert set(versions) == set(Insight.names())
    assert all(set(version["recording_ids"]) == set(keys) for version in versions.values())
    assert {version["model"] for version in versions.values()} == {BEFORE}
    over_http = (
        httpx.get(f"{changed.api_url}/v1/stale", trust_env=False, timeout=RESPONSE_SECONDS).raise_for_status().json()
    )
    assert over_http["results"] == len(Insight.names()) * COUNT
    assert over_http["cost_usd"] > 0


def test_nothing_is_bought_before_somebody_agrees(changed: System, keys: list[str]) -> None:
    calls = len(changed.outside.providers.ledger()["llm_calls"])
    refused = subprocess.run(
        changed.quick_command("reprocess", "--stale"), env=changed.environment({"MEETING_PIPELINE_ASK_ABOVE_USD": "0"}),
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert len(changed.outside.providers.ledger()["llm_calls"]) == calls


def test_a_sample_first_then_all_and_the_bill_was_right(
    changed: System, keys: list[str], delivered: list[Dropped]
) -> None:
    sample = shown(changed, "reprocess", "--stale", "--sample", "2", "--dry-run")
    assert sample["recordings"] == len(sample["recording_ids"]) == 2
    plan = shown(changed, "reprocess", "--stale", "--dry-run")
    assert (plan["recordings"], plan["transcripts"], plan["webhooks"]) == (COUNT, 0, COUNT)
    before = changed.rows("SELECT count(*) AS calls, sum(cost_usd) AS usd FROM paid_answers")[0]
    done = command(changed, "reprocess", "--stale", "--yes", "--wait")
    assert done.returncode == 0, done.stdout + done.stderr
    after = changed.rows("SELECT count(*) AS calls, sum(cost_usd) AS usd FROM paid_answers")[0]
    assert after["calls"] - before["calls"] == plan["calls"]
    assert after["usd"] - before["usd"] == pytest.approx(plan["total_usd"], rel=0.1)
    assert len(changed.outside.providers.ledger()["orders"]) == COUNT
    for one in delivered:
        changed.wait_until_told(one.hook, times=2)


def test_then_everything_is_fresh_again(changed: System, keys: list[str]) -> None:
    changed.wait_until_idle()
    assert statuses(changed, keys) == {"FRESH"}
    assert shown(changed, "stale")["versions"] == []
    nothing = command(changed, "reprocess", "--stale")
    assert nothing.returncode == 2
    assert "Nothing was started" in nothing.stderr
