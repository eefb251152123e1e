"""`stale` shows what would be made otherwise today; `reprocess --stale` plans it, asks, and starts it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from meeting_pipeline.cli import confirming
from meeting_pipeline.domain.fingerprints import VERIFICATION_VERSION
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations import reprocess_plan
from meeting_pipeline.steps.operations.bill import Purchase
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.dagster_ui import Ui, running_ui
from meeting_pipeline_tests.store.samples import completed

PAID = {"OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-6-luna"}
UNKNOWN = {**PAID, "OPENAI_MODEL": "nobody-knows-it"}
NEVER = {**PAID, "MEETING_PIPELINE_ASK_ABOVE_USD": "0"}


@pytest.fixture
def ui(home: Path) -> Iterator[Ui]:
    with running_ui(home) as found:
        yield found


@pytest.fixture
def keys(installation: Installation) -> list[str]:
    """Meetings that were made by another program."""
    return [completed(installation.store, number, hook="http://127.0.0.1:9/hook").key for number in (1, 2, 3)]


def test_it_says_how_many_of_each_insight_and_what_they_cost(run: Run, keys: list[str]) -> None:
    text = run("stale", **PAID).stdout
    for insight in Insight.names():
        assert f"{insight}: 3 recordings, made with 1/v{VERIFICATION_VERSION} (simulated scripted), now " in text
    assert "since not yet known; 3 calls, " in text
    assert "reprocess --stale --dry-run" in text
    assert keys[0] not in text
    assert keys[0] in run("stale", "--insight", "summary", **PAID).stdout


def test_an_unknown_price_is_unknown_and_not_zero(run: Run, keys: list[str]) -> None:
    assert "unknown (no price is known)" in run("stale", **UNKNOWN).stdout
    assert " 0.0000 USD" not in run("stale", **UNKNOWN).stdout
    found = json.loads(run("stale", "--json", **UNKNOWN).stdout)
    assert found["cost_usd"] is None
    assert found["unpriced_calls"] == 12


def test_nothing_stale_is_said(run: Run, installation: Installation) -> None:
    assert run("stale").stdout == "Nothing is stale.\n"


@pytest.mark.parametrize("command", [("stale",), ("reprocess", "--stale", "--dry-run")])
def test_an_insight_that_does_not_exist_is_refused_with_those_that_do(
    run: Run, installation: Installation, command: tuple[str, ...]
) -> None:
    result = run(*command, "--insight", "summry")
    assert result.exit_code == 2
    assert "choose from speakers, summary" in result.output


def test_a_dry_run_shows_the_bill_and_starts_nothing(run: Run, ui: Ui, keys: list[str]) -> None:
    text = run("reprocess", "--stale", "--dry-run", **PAID).stdout
    assert "Recordings: 3" in text
    assert "12 results by 12 calls, 1200 tokens in" in text
    assert "Transcripts bought: 0\n" in text
    assert "Webhooks that follow: at most 3" in text
    found = json.loads(run("reprocess", "--stale", "--sample", "1", "--dry-run", "--json", **PAID).stdout)
    assert (found["recordings"], found["calls"], found["webhooks"]) == (1, 4, 1)
    assert found["usd"] == pytest.approx(4 * (100 * 0.1 + 10 * 0.5) / 1e6, abs=1e-6)
    assert ui.started == ui.backfills == []


def test_it_starts_runs_of_just_what_is_stale_and_the_minutes(run: Run, ui: Ui, keys: list[str]) -> None:
    result = run("reprocess", "--stale", "--insight", "summary", **PAID)
    assert result.exit_code == 0, result.output
    recordings = [one for started in ui.started for one in _recordings(started)]
    assert sorted(str(one["key"]) for one in recordings) == sorted(keys)
    assert {tuple(one["assets"]) for one in recordings} == {("summary", "minutes")}


def _recordings(started: dict[str, Any]) -> list[dict[str, Any]]:
    config = started["runConfigData"]
    found = json.loads(config) if isinstance(config, str) else config
    listed: list[dict[str, Any]] = found["ops"]["process_each"]["config"]["recordings"]
    return listed


@pytest.mark.parametrize(("environment", "why"), [(NEVER, "more than 0 USD"), (UNKNOWN, "unknown")])
def test_what_costs_much_or_nobody_knows_what_is_refused_without_a_terminal(
    run: Run, ui: Ui, keys: list[str], environment: dict[str, str], why: str
) -> None:
    refused = run("reprocess", "--stale", **environment)
    assert refused.exit_code == 2
    assert why in refused.stderr
    assert "--yes" in refused.stderr
    assert ui.started == []
    assert run("reprocess", "--all", "--assets", "summary", **environment).exit_code == 2
    assert ui.backfills == []
    assert run("reprocess", "--stale", "--yes", **environment).exit_code == 0
    assert ui.started


def test_on_a_terminal_it_asks(run: Run, ui: Ui, keys: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])
    asked: list[str] = []

    def confirm(text: str, **_: object) -> None:
        asked.append(text)
        if not next(answers):
            raise click.Abort

    monkeypatch.setattr(confirming, "_has_terminal", lambda: True)
    monkeypatch.setattr(click, "confirm", confirm)
    assert run("reprocess", "--stale", **NEVER).exit_code == 1
    assert ui.started == []
    assert run("reprocess", "--stale", **NEVER).exit_code == 0
    assert ui.started
    assert all(text.startswith("Spend 0.0") for text in asked)


def test_a_plan_that_grew_while_a_person_thought_it_over_is_asked_about_again(
    run: Run, ui: Ui, keys: list[str], installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(text: str, **_: object) -> None:
        if not asked:
            completed(installation.store, 4)
        asked.append(text)

    monkeypatch.setattr(confirming, "_has_terminal", lambda: True)
    monkeypatch.setattr(click, "confirm", confirm)
    result = run("reprocess", "--stale", **NEVER)
    assert result.exit_code == 0, result.output
    assert len(asked) == 2
    assert "There is more to do than a moment ago" in result.stderr


def test_transcripts_are_not_bought_again_by_the_way(
    run: Run, ui: Ui, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        reprocess_plan, "transcripts_to_buy", lambda _, keys: [Purchase(key, 0.21, True) for key in keys]
    )
    refused = run("reprocess", "--all", **PAID)
    assert refused.exit_code == 2
    assert "3 transcripts would be bought again, for 0.63 USD" in refused.stderr
    assert "--buy-transcripts" in refused.stderr
    assert ui.backfills == ui.started == []
    assert "Transcripts bought: 3, 0.63 USD" in run("reprocess", "--all", "--dry-run", **PAID).stdout
    assert run("reprocess", "--all", "--buy-transcripts", **PAID).exit_code == 0
    assert run("reprocess", "--all", "--assets", "summary", **PAID).exit_code == 0


def test_without_a_key_no_result_of_a_model_becomes_a_draft(run: Run, ui: Ui, keys: list[str]) -> None:
    assert "Left as they are: 12 results of a language model" in run("reprocess", "--stale", "--dry-run").stdout
    result = run("reprocess", "--stale", "--yes")
    assert result.exit_code == 2
    assert "Nothing was started" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("--stale", "--all"), ("--stale", "--assets", "summary"), ("--all", "--title", "x"),
        ("--all", "--json"), ("--stale", "--since", "yesterday"), ("--stale", "--sample", "0"),
    ],
)  # fmt: skip
def test_options_that_make_no_sense_together_are_refused(
    run: Run, ui: Ui, keys: list[str], arguments: tuple[str, ...]
) -> None:
    assert run("reprocess", *arguments, **PAID).exit_code == 2
    assert ui.started == ui.backfills == []
