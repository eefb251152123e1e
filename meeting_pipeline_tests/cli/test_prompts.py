"""``meeting-pipeline prompts``: a version becomes the default only if it is not worse, or for a recorded reason."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.evaluation.reading import OWN_SET
from meeting_pipeline.evaluation.versions import known_versions, version_name
from meeting_pipeline.insights.registry import SPECS, use_questions
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.selection import analyst
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.store.results.evaluations import NewEvaluation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.control import Providers

KEY = {"OPENAI_API_KEY": "sk-test"}
QUESTION = "Question: who does what?"
SHORTER = f"name: shorter\nquestions: {{action_items: '{QUESTION}'}}\n"


def question() -> str:
    return next(spec.question for insight, spec in SPECS.items() if insight.value == "action_items")


@pytest.fixture(autouse=True)
def own_questions_afterwards() -> Iterator[None]:
    """Promotions last as long as the process."""
    before = question()
    yield
    use_questions({})
    assert question() == before


@pytest.fixture
def settings(installation: Installation, home: Path) -> Settings:
    """The settings of the commands, with a file of questions in the home."""
    (home / "prompts").mkdir()
    (home / "prompts" / "shorter.yaml").write_text(SHORTER)
    return load_settings({"MEETING_PIPELINE_HOME": str(home), **KEY})


@pytest.fixture
def current(settings: Settings) -> str:
    return version_name(analyst(settings))


@pytest.fixture
def trial(settings: Settings, current: str) -> str:
    (name,) = set(known_versions(settings)) - {current}
    return name


def measured(installation: Installation, version: str, f1: float, *, complete: bool = True) -> None:
    """Store a measurement with this F1."""
    figures: dict[str, Any] = {
        "action_items.f1": {"value": f1, "low": f1 - 0.1, "high": f1 + 0.1},
        "cost_usd": {"value": 0.01, "low": 0.01, "high": 0.01},
    }
    new = NewEvaluation(
        version=version, set_hash="set", provider="openai", model="m", prompt_versions={}, meetings=8, complete=complete,
        cost_usd=0.1, figures=figures,
    )  # fmt: skip
    installation.store.evaluations.add(new)


def test_a_better_version_becomes_the_default_and_its_question_is_asked(
    run: Run, installation: Installation, current: str, trial: str
) -> None:
    measured(installation, current, 0.5)
    measured(installation, trial, 0.6)
    done = run("prompts", "promote", trial, **KEY)
    assert done.exit_code == 0, done.output
    promoted = installation.store.evaluations.promoted()
    assert promoted is not None
    assert (promoted.version, promoted.worse, promoted.reason) == (trial, [], None)
    assert promoted.promoted_by
    listed = run("prompts", "list", **KEY).stdout.splitlines()
    assert len(json.loads(run("prompts", "list", "--json", **KEY).stdout)) == len(listed) - 1
    assert question() == QUESTION
    assert [line for line in listed if trial in line and "promoted" in line]


def test_a_worse_version_is_refused_and_says_in_what(
    run: Run, installation: Installation, current: str, trial: str
) -> None:
    measured(installation, current, 0.5)
    measured(installation, trial, 0.3)
    done = run("prompts", "promote", trial, **KEY)
    assert done.exit_code == 2
    assert "action items (facts): F1: 0.3, now 0.5" in done.stderr
    assert "--reason" in done.stderr
    assert installation.store.evaluations.promoted() is None


def test_a_reason_overrides_the_gate_and_is_recorded(
    run: Run, installation: Installation, current: str, trial: str
) -> None:
    measured(installation, current, 0.5)
    measured(installation, trial, 0.3)
    assert run("prompts", "promote", trial, "--reason", "half the price", **KEY).exit_code == 0
    promoted = installation.store.evaluations.promoted()
    assert promoted is not None
    assert promoted.reason == "half the price"
    assert promoted.worse == ["action items (facts): F1: 0.3, now 0.5"]


def test_an_incomplete_measurement_is_an_objection(
    run: Run, installation: Installation, current: str, trial: str
) -> None:
    measured(installation, current, 0.5)
    measured(installation, trial, 0.9, complete=False)
    assert "answers are missing" in run("prompts", "promote", trial, **KEY).stderr


@pytest.mark.parametrize("known", [(), ("trial",), ("current",)])
def test_both_versions_must_be_measured(
    run: Run, installation: Installation, current: str, trial: str, known: tuple[str, ...]
) -> None:
    for name in known:
        measured(installation, {"trial": trial, "current": current}[name], 0.5)
    done = run("prompts", "promote", trial, **KEY)
    assert done.exit_code == 2
    assert f"prompts measure {current if 'trial' in known else trial}" in done.stderr


def test_the_version_in_force_may_be_promoted_first_and_promoted_again_to_go_back(
    run: Run, installation: Installation, current: str, trial: str
) -> None:
    for version in (current, trial):
        measured(installation, version, 0.5)
    for version in (current, trial):
        assert run("prompts", "promote", version, **KEY).exit_code == 0
    assert run("prompts", "list", **KEY).exit_code == 0
    assert question() == QUESTION
    assert run("prompts", "promote", trial, **KEY).exit_code == 0
    run("prompts", "list", **KEY)
    assert question() == QUESTION
    back = run("prompts", "promote", current, **KEY)
    assert (back.exit_code, back.stderr) == (0, "")
    run("prompts", "list", **KEY)
    assert question() != QUESTION


@pytest.mark.usefixtures("installation")
def test_a_version_that_does_not_exist_is_named_in_one_line(run: Run) -> None:
    done = run("prompts", "promote", "nothing")
    assert done.exit_code == 2
    assert "There are: rules_rules-" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_rules_are_measured_and_stored(run: Run, installation: Installation) -> None:
    (version,) = known_versions(installation.settings)
    done = run("prompts", "measure", version)
    assert done.exit_code == 0
    assert "action items" in done.stdout
    row = installation.store.evaluations.latest(version)
    assert row is not None
    assert row.meetings == 8


@pytest.fixture
def without_traps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two meetings instead of our own set. The loopback model walks into traps; one that finds nothing does not."""
    folder = tmp_path / "labelled"
    folder.mkdir()
    shutil.copy(OWN_SET / "month_end.yaml", folder)
    turns = "turns: ['A: I will send the report by Friday.', 'B: Thank you.']"
    (folder / "short.yaml").write_text(f"{turns}\ngold: {{actions: [{{text: Send the report, turns: [0]}}]}}\n")
    monkeypatch.setattr("meeting_pipeline.evaluation.reading.OWN_SET", folder)


@pytest.mark.usefixtures("without_traps")
def test_a_prompt_that_finds_nothing_is_measured_and_refused_and_a_better_one_is_promoted(
    run: Run, installation: Installation, home: Path, providers: Providers
) -> None:
    """With the loopback model, which gives an empty list where the question asks it to be lazy."""
    providers.fault("POST /v1/responses", "output", words="be lazy", times=-1, text='{"action_items": []}')
    (home / "prompts").mkdir()
    long = "Question: be lazy." + " Do not look." * 500  # so that it is not cheaper
    (home / "prompts" / "lazy.yaml").write_text(f"name: lazy\nquestions: {{action_items: '{long}'}}\n")
    given = providers.environment()
    known = known_versions(load_settings({"MEETING_PIPELINE_HOME": str(home), **given}))
    lazy = next(name for name, prompt in known.items() if prompt is not None)
    good = next(name for name in known if name != lazy)
    for version in (good, lazy):
        assert run("prompts", "measure", version, **given).exit_code == 0
    refused = run("prompts", "promote", lazy, **given)
    assert refused.exit_code == 2
    assert "action items with candidates: F1: 0, now" in refused.stderr
    assert run("prompts", "promote", lazy, "--reason", "to see it", **given).exit_code == 0
    better = run("prompts", "promote", good, **given)
    assert better.exit_code == 0, better.stderr
    promoted = installation.store.evaluations.promoted()
    assert promoted is not None
    assert (promoted.version, promoted.worse, promoted.prompt) == (good, [], {})
