"""A campaign over many meetings in the real system: cap, sudden death, latency of new recordings, promotion, one webhook each.

Run: ``.venv/bin/python -m benchmarks.campaign [--recordings 200] [--newcomers 5] [--postgres-url URL]``. Providers and the
receiver of webhooks are on loopback; each call of the language model takes ``--llm-seconds``. Prints what was measured, and
fails if something was paid twice, told before the promotion, or spent beyond the cap and the calls in flight.
Must not go here: anything that a test relies on.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

NAME = "measured"
INSIGHTS = ("action_items", "decisions")
NOTHING = json.dumps({"action_items": []})
PATIENCE_SECONDS = 3600.0
RUNS = 2
"""Runs of a campaign at a time."""


def main() -> None:
    """Prepare, measure, print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--recordings", type=int, default=200)
    arguments.add_argument(
        "--newcomers", type=int, default=5, help="recordings dropped one by one, without and during it"
    )
    arguments.add_argument("--llm-seconds", type=float, default=1.0)
    arguments.add_argument("--postgres-url", help="an empty database; without it, SQLite")
    chosen = arguments.parse_args()
    more = {"MEETING_PIPELINE_DATABASE_URL": chosen.postgres_url} if chosen.postgres_url else {}
    with Outside() as outside, tempfile.TemporaryDirectory() as folder:
        outside.providers.settings(extra_models=["gpt-6-luna"], llm_seconds=chosen.llm_seconds)
        system = System(Path(folder) / "home", outside, OPENAI_MODEL="gpt-6-luna", **more).start()
        try:
            _measure(system, chosen.recordings, chosen.newcomers)
        finally:
            system.kill()


def _measure(system: System, recordings: int, newcomers: int) -> None:
    dropped = [_drop(system, f"meeting-{number:04}") for number in range(recordings)]
    for one in dropped:
        system.wait_until_told(one.hook, seconds=PATIENCE_SECONDS)
    system.wait_until_idle(PATIENCE_SECONDS)
    _print("latency of a new recording without a campaign, s", _latencies(system, "before", newcomers))

    system.outside.providers.fault("POST /v1/responses", "output", insight="action_items", times=-1, text=NOTHING)
    plan = ["reprocess", "--all", "--hold", "--assets", ",".join(INSIGHTS)]
    bill = json.loads(_command(system, *plan, "--dry-run", "--json"))
    _print("bill: USD, calls", (bill["total_usd"], bill["calls"]))
    cap = bill["total_usd"] / 2
    _command(system, *plan, "--campaign", NAME, "--max-usd", str(cap), "--yes")
    began = time.monotonic()
    _wait(system, "paused")
    system.wait_until_idle(PATIENCE_SECONDS)
    shown = _campaign(system)
    dearest = _one(system, "SELECT max(cost_usd) FROM paid_answers WHERE campaign = :n")
    in_flight = RUNS * 16 * dearest  # the default of MEETING_PIPELINE_BATCH_CALLS, in each run
    _print("spent at the cap, cap, s", (shown["spent_usd"], cap, round(time.monotonic() - began, 1)))
    assert shown["spent_usd"] <= cap + in_flight, "more was spent than the cap and what was in flight"

    _command(system, "campaigns", "resume", NAME, "--max-usd", str(bill["total_usd"] * 3))
    system.wait_for(lambda: _campaign(system)["done"] > shown["done"], "the campaign to continue", PATIENCE_SECONDS)
    system.kill()
    cut_off = _one(system, "SELECT count(*) FROM paid_answers WHERE campaign = :n AND state = 'asking'")
    system.start()
    _print("latency of a new recording during the campaign, s", _latencies(system, "during", newcomers))
    _print("done when they were told", _campaign(system)["done"])
    _wait(system, "finished")
    system.wait_until_idle(PATIENCE_SECONDS)
    _check_purchases(system, recordings + newcomers, cut_off)  # those that were told before it are in it, too
    told = [len(system.outside.told(one.hook)) for one in dropped]
    assert told == [1] * len(dropped), "something was told before the promotion"

    began = time.monotonic()
    _command(system, "campaigns", "promote", NAME, "--reason", "measured")
    _print("promoting took, s", round(time.monotonic() - began, 1))
    for one in dropped:
        assert system.wait_until_told(one.hook, times=2, seconds=PATIENCE_SECONDS)[1]["revision"] == 2
    system.wait_until_idle(PATIENCE_SECONDS)
    assert [len(system.outside.told(one.hook)) for one in dropped] == [2] * len(dropped), "one webhook for each"
    _print("until the last webhook, s", round(time.monotonic() - began, 1))


def _check_purchases(system: System, recordings: int, cut_off: int) -> None:
    twice = _one(
        system,
        "SELECT count(*) FROM (SELECT 1 FROM paid_answers WHERE campaign = :n AND state = 'answered' "
        "GROUP BY recording_key, question_hash HAVING count(*) > 1) AS again",
    )
    shown = _campaign(system)
    _print(
        "calls, bought twice, cut off by the sudden death, USD", (shown["calls"], twice, cut_off, shown["spent_usd"])
    )
    assert twice == 0
    assert shown["done"] == recordings


def _latencies(system: System, name: str, count: int) -> list[float]:
    """Seconds from dropping a recording until its webhook, one after the other."""
    found = []
    for number in range(count):
        began = time.monotonic()
        system.wait_until_told(_drop(system, f"{name}-{number}").hook, seconds=PATIENCE_SECONDS)
        found.append(round(time.monotonic() - began, 1))
    return found


def _drop(system: System, name: str) -> Dropped:
    return system.drop(f"{name}.wav", media.wav(name), hook=name, title=f"Meeting {name}")


def _command(system: System, *arguments: str) -> str:
    done = subprocess.run(
        system.command(*arguments), env=system.environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _campaign(system: System) -> Any:
    return json.loads(_command(system, "campaigns", "show", NAME, "--json"))


def _wait(system: System, state: str) -> None:
    system.wait_for(lambda: _campaign(system)["state"] == state, f"the campaign to be {state}", PATIENCE_SECONDS)


def _one(system: System, query: str) -> Any:
    (row,) = system.rows(query, n=NAME)
    return next(iter(row.values()))


def _print(what: str, value: object) -> None:
    print(f"{what}: {value}", flush=True)


if __name__ == "__main__":
    main()
