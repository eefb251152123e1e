"""`ask` prints verified sentences with their places, or the best passages and why there is no answer."""

import json

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.store.samples import Journey, speakers

SAID = "I will send the price list to the customer by Friday."


def meeting(installation: Installation) -> str:
    journey = Journey(installation.store).accept().begin().collect("Hello.", "Hi.", SAID, "Thank \x1b[31m you.")
    journey.answer(speakers("Anna Berg"))
    return journey.key


def test_without_a_key_there_are_passages_and_the_reason(run: Run, installation: Installation) -> None:
    key = meeting(installation)
    result = run("ask", "who", "promised the price list?")
    assert result.exit_code == 0
    assert result.stdout.startswith("No language model is set up, so there are only the best passages and no answer.")
    assert f"2025-03-14  Weekly  ({key})\n   0:00:00  Anna Berg: Hello.\n" in result.stdout
    assert f"   0:00:02  Anna Berg: {SAID}" in result.stdout
    assert "\x1b" not in result.stdout


def test_an_answer_has_citations_and_its_cost(run: Run, installation: Installation, providers: Providers) -> None:
    key = meeting(installation)
    keys = {"OPENAI_API_KEY": providers.openai_key, "OPENAI_BASE_URL": f"{providers.url}/v1"}
    result = run("ask", "who sends the price list to the customer?", **keys)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[:3] == [
        "Anna Berg will send the price list to the customer by Friday.",
        f"  2025-03-14  Weekly  ({key})",
        f"   0:00:02  Anna Berg: {SAID}",
    ]
    assert "Asked gpt-6-luna for 0.00" in result.stdout
    found = json.loads(run("ask", "--json", "who sends the price list to the customer?", **keys).stdout)
    assert found["sentences"][0]["citations"][0]["recording_id"] == key
    assert "question" in run("ledger").stdout
    held = run("ask", "who sends the price list?", **keys, MEETING_PIPELINE_QUESTIONS_USD_PER_DAY="0")
    assert held.stdout.startswith("The limit of 0.00 USD per day for questions is reached")


def test_filters_limit_the_meetings(run: Run, installation: Installation) -> None:
    key = meeting(installation)
    for more, there in (
        (("--since", "2025-03-15"), False), (("--until", "2025-03-14"), True), (("--title", "board"), False),
        (("--recording", key[:12]), True),
    ):  # fmt: skip
        found = json.loads(run("ask", "--json", "the price list?", *more).stdout)
        assert bool(found["passages"]) == there


@pytest.mark.usefixtures("installation")
def test_what_is_no_question_is_an_error_with_advice(run: Run) -> None:
    result = run("ask", "?!")
    assert result.exit_code == 2
    assert "There is no question" in result.stderr
