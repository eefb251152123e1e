"""A campaign over many meetings in the real system, from a changed prompt to the last webhook, and new recordings beside it.

Run: ``.venv/bin/python -m benchmarks.campaign [--recordings 200] [--screenshot FILE] [--postgres-url URL]``, and
``.venv/bin/python -m benchmarks.campaign --latency [--recordings 500] [--newcomers 12]``. Providers and the receiver of webhooks
are on loopback; each call of the language model takes ``--llm-seconds``. Prints what was measured; fails if something was paid
twice, told before the promotion, not in order, spent beyond the cap and the calls in flight, or if the bill was off by more than
a tenth. Must not go here: anything that a test relies on.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from meeting_pipeline.settings import with_driver
from meeting_pipeline.store.tables import Promotion
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

NAME = "measured"
SAMPLE_NAME: Final = "sample"
SAMPLE: Final = 10
INSIGHT = "action_items"
QUESTION = "Question: who has promised what? List only what somebody has taken on, with the words that say so."
NOTHING = json.dumps({"action_items": []})
"""The answer to the new question: much shorter than those to the old one, so that a bill which knows no better is wrong."""
PATIENCE_SECONDS = 3600.0
RUNS = 2
"""Runs of a campaign at a time."""
OFF_BY: Final = 0.1
"""How far a bill may be off."""
SLOWER: Final = 1.2
"""How much longer a new recording may take while a campaign runs."""
STALE: Final = """query($k: AssetKeyInput!, $p: String!) { assetNodeOrError(assetKey: $k) { ... on AssetNode {
    staleStatus(partition: $p) } } }"""


def main() -> None:
    """Prepare, measure, print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--recordings", type=int, default=200)
    arguments.add_argument(
        "--latency", action="store_true", help="measure new recordings beside a campaign, and no more"
    )
    arguments.add_argument("--newcomers", type=int, default=12, help="with --latency: recordings dropped one by one")
    arguments.add_argument("--llm-seconds", type=float, default=1.0)
    arguments.add_argument("--screenshot", type=Path, help="where to put a picture of the stale partitions in the UI")
    arguments.add_argument("--postgres-url", help="an empty database; without it, SQLite")
    chosen = arguments.parse_args()
    more = {"MEETING_PIPELINE_DATABASE_URL": chosen.postgres_url} if chosen.postgres_url else {}
    calls = max(
        1, min(16, chosen.recordings // 25)
    )  # the default; fewer for a few recordings, so that a cap can stop anything
    more |= {"MEETING_PIPELINE_BATCH_CALLS": str(calls)}
    with Outside() as outside, tempfile.TemporaryDirectory() as folder:
        outside.providers.settings(extra_models=["gpt-6-luna"], llm_seconds=0.1)
        system = System(Path(folder) / "home", outside, OPENAI_MODEL="gpt-6-luna", **more).start()
        try:
            began = time.monotonic()
            dropped = _completed(system, chosen.recordings)
            _print("recordings, completed in s", (len(dropped), round(time.monotonic() - began, 1)))
            outside.providers.settings(llm_seconds=chosen.llm_seconds)
            if chosen.latency:
                _latency(system, chosen.newcomers)
            else:
                _acceptance(system, dropped, calls, chosen.screenshot)
        finally:
            system.kill()


def _completed(system: System, count: int) -> list[Dropped]:
    """Short meetings with transcripts, of different lengths, all told once."""
    dropped = []
    for number in range(count):
        name = f"meeting-{number:04}"
        lines = [("Dana", f"We talk about {name}, and the release ships in two steps.")]
        lines += [("Priya", "I will send the draft of the plan by Friday."), ("Dana", "We decided to keep the plan.")]
        text = media.vtt(*(lines * (1 + number % 5)))
        dropped.append(system.drop(f"{name}.vtt", text.encode(), hook=name, title=f"Meeting {name}"))
    for one in dropped:
        system.wait_until_told(one.hook, seconds=PATIENCE_SECONDS)
    system.wait_until_idle(PATIENCE_SECONDS)
    return dropped


# --- from a changed prompt to the last webhook --------------------------------------------------------------------------


def _acceptance(system: System, dropped: list[Dropped], calls: int, screenshot: Path | None) -> None:
    _change_the_prompt(system)
    keys = [system.key(one) for one in dropped]
    _check_stale(system, keys, screenshot)
    _sample(system)
    told = [len(system.outside.told(one.hook)) for one in dropped]
    assert told == [1] * len(dropped), "something was told before the promotion"
    plan = ["reprocess", "--stale", "--insight", INSIGHT, "--hold"]
    bill = json.loads(_command(system, *plan, "--dry-run", "--json"))
    _print(
        "bill by the sample: USD, calls, recordings that corrected it",
        (bill["total_usd"], bill["calls"], bill["tried"]),
    )
    assert bill["transcripts"] == 0
    _until_killed(system, plan, bill, calls)
    system.start()
    _wait(system, "finished")
    system.wait_until_idle(PATIENCE_SECONDS)
    _check_purchases(system, len(dropped), bill["total_usd"])
    assert [len(system.outside.told(one.hook)) for one in dropped] == told, "something was told before the promotion"
    _print("diff of one", _command(system, "diff", keys[0]).splitlines()[:4])
    _promote(system, dropped)
    _restore(system, dropped[0], keys[0])


def _change_the_prompt(system: System) -> None:
    """As ``prompts promote`` does after its measurements; what is asked from now on gets a much shorter answer."""
    system.stop()
    url = system.settings.get("MEETING_PIPELINE_DATABASE_URL") or f"sqlite:///{system.home / 'meetings.sqlite3'}"
    engine = sa.create_engine(with_driver(url))
    with Session(engine) as session, session.begin():
        prompt = {"name": "promises", "questions": {INSIGHT: QUESTION}, "model": None}
        session.add(
            Promotion(
                id=uuid.uuid4().hex, version="promises", evaluation_id=None, prompt=prompt, worse=[], reason="measured",
                promoted_by="benchmark", promoted_at=datetime.now(UTC),
            )
        )  # fmt: skip
    engine.dispose()
    system.outside.providers.fault("POST /v1/responses", "output", insight=INSIGHT, times=-1, text=NOTHING)
    system.start()


def _check_stale(system: System, keys: list[str], screenshot: Path | None) -> None:
    stale = json.loads(_command(system, "stale", "--json"))["versions"]
    assert {version["insight"] for version in stale} == {INSIGHT}, stale
    on_the_command_line = sum(len(version["recording_ids"]) for version in stale)
    asked = [system.ui.ask(STALE, k={"path": [INSIGHT]}, p=key)["assetNodeOrError"]["staleStatus"] for key in keys]
    _print("stale: on the command line, in the Dagster UI", (on_the_command_line, asked.count("STALE")))
    assert on_the_command_line == asked.count("STALE") == len(keys)
    if screenshot is not None:
        _photograph(f"{system.ui.url}/assets/{INSIGHT}?view=partitions&partition={keys[0]}", screenshot)


def _photograph(url: str, file: Path) -> None:
    from playwright.sync_api import Error, sync_playwright

    from meeting_pipeline_tests.browsing import ARGUMENTS, installed

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1440, "height": 1100})
        page.goto(url, timeout=120_000)
        with contextlib.suppress(Error):  # whatever it shows by then is the picture
            page.get_by_text("Unsynced").first.wait_for(timeout=60_000)
        page.screenshot(path=str(file))
        browser.close()


def _sample(system: System) -> None:
    plan = ["reprocess", "--stale", "--insight", INSIGHT, "--hold", "--sample", str(SAMPLE)]
    blind = json.loads(_command(system, *plan, "--dry-run", "--json"))
    _command(system, *plan, "--campaign", SAMPLE_NAME, "--yes", "--wait")
    system.wait_until_idle(PATIENCE_SECONDS)
    (row,) = system.rows("SELECT sum(cost_usd) AS usd FROM paid_answers WHERE campaign = :n", n=SAMPLE_NAME)
    _print("the sample: bill before any new answer, USD; spent", (blind["total_usd"], round(row["usd"], 6)))
    _print("  results whose new length nobody knew", blind["untried"])
    report = json.loads(_command(system, "campaigns", "report", SAMPLE_NAME, "--json"))
    assert report["insights"][0]["differ"] == SAMPLE


def _until_killed(system: System, plan: list[str], bill: dict[str, Any], calls: int) -> None:
    """Started with a cap of two fifths of its bill, paused there, resumed, and killed as soon as it has bought more."""
    cap = bill["total_usd"] * 0.4
    _command(system, *plan, "--campaign", NAME, "--max-usd", f"{cap:.9f}", "--yes")
    began = time.monotonic()
    _wait(system, "paused")
    system.wait_until_idle(PATIENCE_SECONDS)
    shown = _campaign(system)
    dearest = _one(system, "SELECT max(cost_usd) FROM paid_answers WHERE campaign = :n")
    in_flight = RUNS * calls * dearest
    _print("spent at the cap, cap, s", (shown["spent_usd"], round(cap, 6), round(time.monotonic() - began, 1)))
    assert shown["pause_code"] == "cap_reached"
    assert shown["spent_usd"] <= cap + in_flight, "more was spent than the cap and what was in flight"
    _command(system, "campaigns", "resume", NAME, "--max-usd", str(bill["total_usd"] * 3))
    system.wait_for(lambda: _campaign(system)["calls"] > shown["calls"], "the campaign to continue", PATIENCE_SECONDS)
    system.kill()
    states = "SELECT count(*) FROM campaign_recordings WHERE campaign = :n AND state = 'done'"
    _print("killed with kill -9 at, of all recordings", f"{_one(system, states) / bill['recordings']:.0%}")


def _check_purchases(system: System, recordings: int, expected_usd: float) -> None:
    again = "recording_key, question_hash FROM paid_answers WHERE campaign = :n AND state = 'answered'"
    twice = _one(
        system, f"SELECT count(*) FROM (SELECT {again} GROUP BY recording_key, question_hash HAVING count(*) > 1) AS a"
    )
    shown = _campaign(system)
    off = expected_usd / shown["spent_usd"] - 1
    cut = f"{shown['unanswered_calls']} cut off"
    _print("calls, bought twice, cut off", (shown["calls"], twice, cut))
    _print("bill, spent, off by", (expected_usd, shown["spent_usd"], f"{off:+.1%}"))
    assert twice == 0
    assert shown["done"] == recordings
    assert abs(off) <= OFF_BY, "the bill was off"


def _promote(system: System, dropped: list[Dropped]) -> None:
    began = time.monotonic()
    _command(system, "campaigns", "promote", NAME, "--reason", "measured")
    _print("promoting took, s", round(time.monotonic() - began, 1))
    for one in dropped:
        system.wait_until_told(one.hook, times=2, seconds=PATIENCE_SECONDS)
    system.wait_until_idle(PATIENCE_SECONDS)
    revisions = [[body["revision"] for body in system.outside.told(one.hook)] for one in dropped]
    assert revisions == [[1, 2]] * len(dropped), "one webhook of the next revision for each, in order"
    _print("until the last webhook, s; webhooks", (round(time.monotonic() - began, 1), len(dropped)))
    assert json.loads(_command(system, "stale", "--json"))["versions"] == []


def _restore(system: System, one: Dropped, key: str) -> None:
    _command(system, "versions", "restore", key, "--insight", INSIGHT, "--version", "1", "--reason", "it was better")
    body = system.wait_until_told(one.hook, times=3, seconds=PATIENCE_SECONDS)[2]
    assert body["revision"] == 3
    assert body["meeting"]["action_items"], "the first version is back"
    _print("restored one, its webhook has the revision", body["revision"])


# --- new recordings beside a campaign ------------------------------------------------------------------------------------


def _latency(system: System, newcomers: int) -> None:
    _latencies(system, "warm", 2)
    without = _latencies(system, "before", newcomers)
    system.wait_until_idle(PATIENCE_SECONDS)
    plan = ["reprocess", "--all", "--hold", "--assets", "summary,action_items,decisions"]
    _command(system, *plan, "--campaign", NAME, "--yes")
    system.wait_for(lambda: _campaign(system)["done"] > 0, "the campaign to begin", PATIENCE_SECONDS)
    during = _latencies(system, "during", newcomers, while_it_runs=True)
    shown = _campaign(system)
    _print("without a campaign, s", without)
    _print("during it, s", during)
    _print("recordings of the campaign that were done then, of", (shown["done"], shown["recordings"]))
    assert during, "the campaign was over too soon: use more recordings or a larger --llm-seconds"
    ratio = statistics.median(during) / statistics.median(without)
    _print("medians: without, during, ratio", (statistics.median(without), statistics.median(during), round(ratio, 2)))
    assert ratio <= SLOWER, "new recordings wait too long beside a campaign"


def _latencies(system: System, name: str, count: int, *, while_it_runs: bool = False) -> list[float]:
    """Seconds from dropping a recording until its webhook, one after the other."""
    found = []
    for number in range(count):
        began = time.monotonic()
        dropped = system.drop(
            f"{name}-{number}.wav",
            media.wav(f"{name}-{number}"),
            hook=f"{name}-{number}",
            title=f"Meeting {name}-{number}",
        )
        system.wait_until_told(dropped.hook, seconds=PATIENCE_SECONDS)
        took = round(time.monotonic() - began, 1)
        if while_it_runs and _campaign(system)["state"] != "running":
            break
        found.append(took)
    return found


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
    def is_now() -> bool:
        (row,) = system.rows("SELECT state FROM campaigns WHERE name = :n", n=NAME)
        assert row["state"] in (state, "running"), f"the campaign is {row['state']}, not {state}"
        return bool(row["state"] == state)

    system.wait_for(is_now, f"the campaign to be {state}", PATIENCE_SECONDS)


def _one(system: System, query: str) -> Any:
    (row,) = system.rows(query, n=NAME)
    return next(iter(row.values()))


def _print(what: str, value: object) -> None:
    print(f"{what}: {value}", flush=True)


if __name__ == "__main__":
    main()
