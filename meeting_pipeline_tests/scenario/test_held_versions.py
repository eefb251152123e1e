"""Other answers are held for some meetings, looked at, promoted, and taken back for one: told only when somebody decides."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import httpx
import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, RESPONSE_SECONDS, Dropped, System

pytestmark = pytest.mark.scenario

COUNT = 4
INSIGHT = "action_items"
NOTHING = json.dumps({INSIGHT: []})
"""The answer to what stands for a better question: there are no action items."""


@pytest.fixture(scope="module")
def system(plain: System) -> System:
    return plain


@pytest.fixture(scope="module")
def dropped(system: System) -> list[Dropped]:
    names = [f"versions-{number}" for number in range(COUNT)]
    found = [system.drop(f"{one}.wav", media.wav(one), hook=one, title=f"Meeting {one}") for one in names]
    for one in found:
        system.wait_until_told(one.hook)
    system.wait_until_idle()
    return found


@pytest.fixture(scope="module")
def keys(system: System, dropped: list[Dropped]) -> list[str]:
    return [system.key(one) for one in dropped]


def run(system: System, *arguments: str) -> str:
    done = subprocess.run(
        system.quick_command(*arguments),
        env=system.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def items(body: Any) -> int:
    return len(body["meeting"][INSIGHT])


def calls(system: System, dropped: list[Dropped]) -> list[int]:
    return [len(system.outside.calls(f"Meeting {one.hook}")) for one in dropped]


@pytest.fixture(scope="module")
def held(system: System, dropped: list[Dropped], keys: list[str]) -> list[int]:
    """Holds other action items of all meetings. Returns the calls about each before that."""
    before = calls(system, dropped)
    system.outside.providers.fault("POST /v1/responses", "output", insight=INSIGHT, times=-1, text=NOTHING)
    said = run(system, "reprocess", *keys, "--assets", INSIGHT, "--hold", "--wait")
    system.outside.providers.clear_faults()
    assert said.count(f": held: {INSIGHT}.") == COUNT
    system.wait_until_idle()
    return before


def test_one_question_is_asked_for_each_and_nothing_is_told(
    system: System, dropped: list[Dropped], keys: list[str], held: list[int]
) -> None:
    assert calls(system, dropped) == [number + 1 for number in held]
    assert [len(system.outside.told(one.hook)) for one in dropped] == [1] * COUNT
    states = [(row["available"], row["hold"]) for row in system.artifacts(keys[0], INSIGHT)]
    assert [(bool(available), hold) for available, hold in states] == [(True, None), (False, "held")]
    with httpx.Client(base_url=system.api_url, timeout=RESPONSE_SECONDS, trust_env=False) as api:
        assert items(api.get(f"/v1/meetings/{keys[0]}").json()) > 0
    assert len(system.ui.materializations(INSIGHT, keys[0])) == 1


def test_everybody_can_see_what_would_change(system: System, keys: list[str], held: list[int]) -> None:
    said = run(system, "diff", keys[0])
    assert "Before: version 1 (current)" in said
    assert "Removed (" in said
    with httpx.Client(base_url=system.api_url, timeout=RESPONSE_SECONDS, trust_env=False) as api:
        (found,) = api.get(f"/v1/recordings/{keys[0]}/diff").json()["diffs"]
    assert (found["insight"], found["after"]["state"], found["added"]) == (INSIGHT, "held", [])


@pytest.fixture(scope="module")
def promoted(system: System, dropped: list[Dropped], keys: list[str], held: list[int]) -> list[Any]:
    """Promotes all of them, one by an API call. Returns the second event of each."""
    for key in keys[1:]:
        assert f"Current now: {INSIGHT} version 2" in run(system, "versions", "promote", key, "--reason", "fewer")
    with httpx.Client(base_url=system.api_url, timeout=RESPONSE_SECONDS, trust_env=False) as api:
        answer = api.post(f"/v1/recordings/{keys[0]}/versions:promote", json={"reason": "fewer"})
        assert answer.json()["versions"] == {INSIGHT: 2}, answer.text
    return [system.wait_until_told(one.hook, times=2)[1] for one in dropped]


def test_each_promotion_is_one_revision_and_buys_nothing(
    system: System, dropped: list[Dropped], held: list[int], promoted: list[Any]
) -> None:
    assert [(body["revision"], items(body)) for body in promoted] == [(2, 0)] * COUNT
    system.wait_until_idle()
    assert [len(system.outside.told(one.hook)) for one in dropped] == [2] * COUNT
    assert calls(system, dropped) == [number + 1 for number in held]


def test_dagster_shows_what_was_promoted(system: System, keys: list[str], promoted: list[Any]) -> None:
    system.wait_for(lambda: len(system.ui.materializations(INSIGHT, keys[0])) == 2, "the promoted version in Dagster")


def test_one_is_taken_back(system: System, dropped: list[Dropped], keys: list[str], promoted: list[Any]) -> None:
    said = run(system, "versions", "restore", keys[0], "--insight", INSIGHT, "--version", "1", "--reason", "lost one")
    assert f"Restored: {INSIGHT} version 3 of {keys[0]}." in said
    body = system.wait_until_told(dropped[0].hook, times=3)[2]
    assert body["revision"] == 3
    assert items(body) > 0
    assert "restored from version 1" in run(system, "versions", keys[0])
    system.wait_until_idle()
    assert [len(system.outside.told(one.hook)) for one in dropped] == [3, *[2] * (COUNT - 1)]
