"""A campaign over twelve meetings is paused at its cap, killed, resumed, reported and promoted: nothing is paid twice."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import AN_HOUR, PATIENCE_SECONDS, RESPONSE_SECONDS, Dropped, Outside, System

pytestmark = pytest.mark.scenario

COUNT = 12
NAME = "fewer-items"
INSIGHTS = ("action_items", "decisions")
NOTHING = json.dumps({"action_items": []})
"""The answer to what stands for a better question: there are no action items."""
RUNS, CALLS = 2, 1
"""Runs of a campaign at a time, and calls at a time in each: a campaign lasts long enough for something to happen meanwhile."""
IN_FLIGHT = RUNS * CALLS
"""Calls that can be in progress when the cap is reached."""


@pytest.fixture(scope="module")
def system(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with Outside() as outside:
        outside.providers.settings(extra_models=["gpt-6-luna"])
        settings = {"MEETING_PIPELINE_BATCH_RECORDINGS": "3", "MEETING_PIPELINE_BATCH_CALLS": str(CALLS)}
        home = tmp_path_factory.mktemp("campaigns") / "home"
        running = QuickSystem(home, outside, OPENAI_MODEL="gpt-6-luna", **settings).start()
        try:
            yield running
        finally:
            running.kill()


def drop(system: System, name: str) -> Dropped:
    return system.drop(f"{name}.wav", media.wav(name), hook=name, title=f"Meeting {name}")


@pytest.fixture(scope="module")
def dropped(system: System) -> list[Dropped]:
    found = [drop(system, f"campaign-{number:02}") for number in range(COUNT)]
    for one in found:
        system.wait_until_told(one.hook)
    system.wait_until_idle()
    return found


@pytest.fixture(scope="module")
def keys(system: System, dropped: list[Dropped]) -> list[str]:
    return [system.key(one) for one in dropped]


def command(system: System, *arguments: str) -> str:
    done = subprocess.run(
        system.quick_command(*arguments), env=system.environment(), capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def campaign(system: System) -> Any:
    return json.loads(command(system, "campaigns", "show", NAME, "--json"))


def is_now(system: System, state: str) -> bool:
    rows = system.rows("SELECT state FROM campaigns WHERE name = :name", name=NAME)
    return [row["state"] for row in rows] == [state]


def done(system: System) -> int:
    rows = system.rows(
        "SELECT count(*) AS many FROM campaign_recordings WHERE campaign = :n AND state = 'done'", n=NAME
    )
    return int(rows[0]["many"])


@dataclass(frozen=True)
class Capped:
    """The campaign at its cap. ``bill``: what it was expected to cost; ``before``: calls before it."""

    bill: float
    cap: float
    before: int
    shown: Any


@pytest.fixture(scope="module")
def capped(system: System, keys: list[str]) -> Capped:
    """Started with a cap of a third of its bill; waits until it is paused."""
    providers = system.outside.providers
    plan = ["reprocess", "--all", "--hold", "--assets", ",".join(INSIGHTS)]
    bill = json.loads(command(system, *plan, "--dry-run", "--json"))["total_usd"]
    before = len(providers.ledger()["llm_calls"])
    providers.fault("POST /v1/responses", "output", insight="action_items", times=-1, text=NOTHING)
    said = command(system, *plan, "--campaign", NAME, "--max-usd", str(bill / 3), "--yes")
    assert f"Campaign {NAME}: action_items, decisions of {COUNT} recordings." in said
    system.wait_for(lambda: is_now(system, "paused"), "the campaign to reach its cap")
    system.wait_until_idle()
    return Capped(bill, bill / 3, before, campaign(system))


def test_it_pauses_at_the_cap_and_says_so(capped: Capped) -> None:
    assert capped.shown["pause_code"] == "cap_reached"
    assert "its cap is" in capped.shown["pause_reason"]
    assert [note["change"] for note in capped.shown["notes"]] == ["started", "paused"]
    assert 0 < capped.shown["done"] < COUNT
    assert capped.shown["waiting"] == COUNT - capped.shown["done"], "what was not begun waits"


def test_no_more_is_spent_than_the_cap_and_what_was_in_flight(system: System, capped: Capped) -> None:
    dearest = system.rows("SELECT max(cost_usd) AS usd FROM paid_answers WHERE campaign = :n", n=NAME)[0]["usd"]
    assert capped.cap <= capped.shown["spent_usd"] + 1e-6
    assert capped.shown["spent_usd"] <= capped.cap + IN_FLIGHT * dearest
    bought = len(system.outside.providers.ledger()["llm_calls"]) - capped.before
    assert capped.shown["calls"] == bought, "the ledger and the provider agree"


def test_nothing_was_told_and_no_gap_was_left(system: System, capped: Capped, dropped: list[Dropped]) -> None:
    assert [len(system.outside.told(one.hook)) for one in dropped] == [1] * COUNT
    assert system.rows("SELECT * FROM gaps") == []


@dataclass(frozen=True)
class Finished:
    """The campaign after it was killed and resumed. ``cut_off``: calls in progress when everything was killed."""

    cut_off: int
    newcomer: Dropped
    done_before_newcomer: int
    shown: Any


@pytest.fixture(scope="module")
def finished(system: System, capped: Capped) -> Finished:
    """Resumed with a higher cap, killed as soon as more is done, started again.

    A new recording comes while the campaign waits for the model.
    """
    providers = system.outside.providers
    providers.settings(llm_seconds=4.0)
    command(system, "campaigns", "resume", NAME, "--max-usd", str(capped.bill * 3), "--reason", "worth it")
    system.wait_for(lambda: done(system) > capped.shown["done"], "the campaign to continue")
    system.kill()
    asking = "SELECT count(*) AS many FROM paid_answers WHERE campaign = :n AND state = 'asking'"
    cut_off = int(system.rows(asking, n=NAME)[0]["many"])
    providers.settings(llm_seconds=0.2)
    providers.fault("POST /v1/responses", "slow", times=-1, words="Meeting campaign", seconds=AN_HOUR)
    newcomer = drop(system, "newcomer")
    system.start()
    system.wait_until_told(newcomer.hook)
    done_before = done(system)
    providers.clear_faults("slow")
    system.wait_for(lambda: is_now(system, "finished"), "the campaign to finish")
    system.wait_until_idle()
    return Finished(cut_off, newcomer, done_before, campaign(system))


def test_it_survives_a_sudden_death_of_everything_and_finishes(finished: Finished) -> None:
    assert (finished.shown["done"], finished.shown["failed"]) == (COUNT, 0)
    assert [note["change"] for note in finished.shown["notes"]] == ["started", "paused", "resumed", "finished"]


def test_no_answer_was_bought_twice(system: System, capped: Capped, finished: Finished) -> None:
    twice = system.rows(
        "SELECT recording_key, question_hash FROM paid_answers WHERE campaign = :n AND state = 'answered' "
        "GROUP BY recording_key, question_hash HAVING count(*) > 1",
        n=NAME,
    )
    assert twice == []
    assert finished.shown["calls"] == COUNT * len(INSIGHTS)
    newcomers = len(system.outside.calls("Meeting newcomer"))
    bought = len(system.outside.providers.ledger()["llm_calls"]) - capped.before - newcomers
    assert bought <= COUNT * len(INSIGHTS) + finished.cut_off, "beyond what was cut off, nothing was asked again"


def test_a_new_recording_went_first(finished: Finished) -> None:
    assert finished.done_before_newcomer < COUNT


def test_the_report_says_what_would_change(system: System, finished: Finished, keys: list[str]) -> None:
    report = json.loads(command(system, "campaigns", "report", NAME, "--json"))
    items, decided = report["insights"]
    assert (items["insight"], items["differ"], items["claims"]) == ("action_items", COUNT, 0)
    assert items["removed"] >= COUNT
    assert (decided["insight"], decided["differ"]) == ("decisions", 0)
    assert {one["recording_id"] for one in report["largest_changes"]} == set(keys)
    assert f"Changed: {COUNT} meetings" in command(system, "campaigns", "report", NAME)


def test_promoting_tells_each_change_once(
    system: System, finished: Finished, dropped: list[Dropped], keys: list[str]
) -> None:
    assert [len(system.outside.told(one.hook)) for one in dropped] == [1] * COUNT, "none before the promotion"
    first = command(system, "campaigns", "promote", NAME, keys[0], "--reason", "fewer items")
    assert first.count("Current now") == 1
    assert command(system, "campaigns", "promote", NAME).count("Current now") == COUNT - 1
    for one in dropped:
        body = system.wait_until_told(one.hook, times=2)[1]
        assert (body["revision"], body["meeting"]["action_items"]) == (2, [])
    system.wait_until_idle()
    assert [len(system.outside.told(one.hook)) for one in dropped] == [2] * COUNT
    assert campaign(system)["promoted"] == COUNT
    assert "holds no versions" in command(system, "campaigns", "promote", NAME)


def test_the_api_shows_the_same(system: System, finished: Finished) -> None:
    over_http = (
        httpx.get(f"{system.api_url}/v1/campaigns/{NAME}", trust_env=False, timeout=RESPONSE_SECONDS)
        .raise_for_status()
        .json()
    )
    shown = campaign(system)
    for name in ("state", "done", "failed", "spent_usd", "max_usd", "calls", "changed", "promoted"):
        assert over_http[name] == shown[name]


@pytest.fixture(scope="module")
def backfilled(system: System, finished: Finished, keys: list[str]) -> str:
    """A backfill that a person starts in the Dagster UI, with a cap that two of its five recordings reach. The campaign."""
    system.stop()
    bought = system.rows("SELECT cost_usd FROM paid_answers WHERE insight = 'summary' ORDER BY created_at")
    cap = 1.5 * bought[0]["cost_usd"]
    limits = {"MEETING_PIPELINE_BACKFILL_HOLD": "on", "MEETING_PIPELINE_BACKFILL_MAX_USD": f"{cap:.9f}"}
    system.start(MEETING_PIPELINE_MAX_CONCURRENT_RUNS="2", **limits)
    backfill = system.ui.backfill(["summary"], keys[:5])
    system.wait_for(lambda: system.ui.backfill_status(backfill).startswith("COMPLETED"), "the backfill to end")
    return f"backfill-{backfill}"


def test_a_backfill_of_the_ui_is_a_campaign_that_pauses_at_the_cap_of_the_settings(
    system: System, backfilled: str, keys: list[str]
) -> None:
    shown = json.loads(command(system, "campaigns", "show", backfilled, "--json"))
    assert (shown["state"], shown["pause_code"], shown["hold"]) == ("paused", "cap_reached", True)
    assert shown["recordings"] == 5, "all its partitions, also those whose runs came after the cap"
    assert shown["done"] in (2, 3), "the cap, and what was in flight"
    assert shown["expected_usd"] > 0
    runs = system.ui.runs(meeting_pipeline__campaign=backfilled)
    assert len(runs) == 5
    assert {run["status"] for run in runs} == {"SUCCESS", "FAILURE"}


def test_the_rest_of_it_is_made_when_it_is_resumed_and_discarded_like_any_other(
    system: System, backfilled: str, dropped: list[Dropped]
) -> None:
    told = [len(system.outside.told(one.hook)) for one in dropped]
    command(system, "campaigns", "resume", backfilled, "--max-usd", "5")

    def over() -> bool:
        return bool(system.rows("SELECT 1 FROM campaigns WHERE name = :n AND state = 'finished'", n=backfilled))

    system.wait_for(over, "the campaign to finish")
    shown = json.loads(command(system, "campaigns", "show", backfilled, "--json"))
    assert (shown["done"], shown["calls"]) == (5, 5), "nothing was bought twice"
    assert command(system, "campaigns", "discard", backfilled).count("Discarded") == 5
    assert [len(system.outside.told(one.hook)) for one in dropped] == told
