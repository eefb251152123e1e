"""``meeting-pipeline eval``: figures on the terminal, without an installation."""

import json
from pathlib import Path

from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.control import Providers

LABELLED = """
turns: ["A: I will send the report by Friday.", "B: Thank you."]
gold: {actions: [{text: Send the report, owner: A, turns: [0]}]}
"""


def test_our_own_set_is_measured_by_default_and_no_home_is_made(run: Run, home: Path) -> None:
    done = run("eval", "--insight", "action_items", "--worst")
    assert done.exit_code == 0
    assert "action items (facts): precision" in done.stdout
    assert "0.36" in done.stdout
    assert "1. **" in done.stdout
    assert not home.exists()


def test_a_set_of_ones_own_is_measured_and_printed_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "weekly.yaml").write_text(LABELLED)
    found = json.loads(run("eval", "--set", str(tmp_path), "--json").stdout)
    assert found["complete"]
    assert found["meetings"]["weekly"]["action_items.shown.found"] == 1
    assert found["figures"]["owners"]["value"] == 1.0


def test_a_series_that_is_not_there_is_wrong_use(run: Run) -> None:
    done = run("eval", "--series", "nobody")
    assert done.exit_code == 2
    assert "negation" in done.stderr


def test_a_budget_that_allows_no_call_measures_nothing(run: Run) -> None:
    done = run("eval", "--max-usd", "0", OPENAI_API_KEY="sk-test")
    assert done.exit_code == 2
    assert "--max-usd" in done.stdout


def test_a_model_without_a_known_price_is_refused_in_one_line(run: Run) -> None:
    done = run("eval", "--model", "dear", OPENAI_API_KEY="sk-test")
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert "OPENAI_USD_PER_MILLION" in done.stderr


def test_a_wrong_file_is_named_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "weekly.yaml").write_text("turns: []")
    done = run("eval", "--set", str(tmp_path))
    assert done.exit_code == 2
    assert "weekly.yaml" in done.stderr


def test_a_language_model_is_measured_with_tokens_and_cost(run: Run, providers: Providers) -> None:
    done = run("eval", "--json", **providers.environment())
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["provider"] == "openai"
    assert found["complete"]
    assert found["figures"]["tokens.input"]["value"] > 100
    assert 0 < found["figures"]["cost_usd"]["value"] < 0.01
    assert found["figures"]["action_items.shown.f1"]["value"] > 0.5
