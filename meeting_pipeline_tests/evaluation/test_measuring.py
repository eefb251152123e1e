"""Versions are measured through the port of analysts; the offline rules on our own set, and what they must reach there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from meeting_pipeline.domain.answers import Answer, LLMRequest, LLMResponse, MeetingContext
from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError
from meeting_pipeline.domain.provenance import Coverage, Provenance, Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.evaluation.measuring import Measurement, measure
from meeting_pipeline.evaluation.reading import OWN_SET, read_set
from meeting_pipeline.evaluation.report import report_json, report_text
from meeting_pipeline.evaluation.versions import MEASURED, Version, version
from meeting_pipeline.evaluation.worst import to_markdown, worst_items
from meeting_pipeline.providers.llm_ports import NO_LEDGER, Ledger
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.evaluation.sets import action, actions, meeting

ACTIONS = [Insight.ACTION_ITEMS]


@dataclass
class Scripted:
    """An analyst that buys one call per answer and gives what the test says."""

    answer: Callable[[], Any]
    usd: float = 0.01
    name: str = "scripted"
    model: str = "m-1"
    asked: list[str] = field(default_factory=list)

    def prompt_version(self, insight: Insight) -> str:
        return f"v1-{insight.value}"

    def extract(
        self, insight: Insight, transcript: Transcript, context: MeetingContext, ledger: Ledger = NO_LEDGER
    ) -> Answer:
        request = LLMRequest(insight=insight, digest="d", model=self.model, prompt_version="v1")
        ledger.begin(request)
        self.asked.append(insight.value)
        usage = Usage(calls=1, input_tokens=100, output_tokens=10, cost_usd=self.usd)
        ledger.answered(request, LLMResponse(text="{}", model=self.model, usage=usage))
        result = self.answer()
        if isinstance(result, PipelineError):
            result.usage = usage
            raise result
        return Answer(
            insight=insight,
            result=result,
            coverage=Coverage(segments_read=1, segments_total=1),
            usage=usage,
            provenance=Provenance(provider=self.name, model=self.model),
            prompt_version="v1",
        )

    def check(self) -> str:
        return "fine"


def scripted(answer: Callable[[], Any], usd: float = 0.01) -> Version:
    dear = load_settings({"OPENAI_USD_PER_MILLION": "1,1,13"})  # a call may cost 0.42 USD
    return Version("m-1_v1", Scripted(answer, usd), dear, paid=True)


def test_items_tokens_and_cost_are_measured() -> None:
    version_ = scripted(lambda: actions(action(1, due=date(2026, 11, 20))))
    found = measure(version_, [meeting("one"), meeting("two")], ACTIONS, max_usd=1.0)
    values = {name: figure.value for name, figure in found.figures.items()}
    assert values["action_items.f1"] == values["owners"] == values["due_dates"] == 1.0
    assert (values["tokens.input"], values["tokens.output"]) == (100, 10)
    assert values["cost_usd"] == pytest.approx(0.01)
    assert found.complete
    assert "decisions" not in report_text(found).partition("FIGURE")[2]


def test_a_missing_answer_counts_as_nothing_found_and_is_named() -> None:
    found = measure(scripted(lambda: BadAnswer("cut_off", "Cut off.")), [meeting()], ACTIONS, max_usd=1.0)
    assert not found.complete
    assert found.figures["answers.missing"].value == 1.0
    assert found.figures["action_items.recall"].value == 0.0
    assert found.figures["cost_usd"].value == pytest.approx(0.01)
    assert "weekly: Cut off." in report_text(found)


def test_it_stops_before_the_budget_is_exceeded() -> None:
    version_ = scripted(actions, usd=0.4)
    found = measure(version_, [meeting(f"m{number}") for number in range(5)], ACTIONS, max_usd=1.0)
    assert len(found.results) == 2
    assert not found.complete
    assert "--max-usd" in found.stopped
    assert isinstance(version_.analyst, Scripted)
    assert len(version_.analyst.asked) == 2


def test_a_wrong_key_is_an_error_of_the_measurement() -> None:
    with pytest.raises(OperatorError, match="refused"):
        measure(scripted(lambda: OperatorError("openai_key_refused", "refused")), [meeting()], ACTIONS, max_usd=1.0)


def test_the_worst_items_begin_with_facts_that_rest_on_a_trap() -> None:
    items = actions(action(4, task="Say bye"), action(2, task="Call the bank"))
    found = measure(scripted(lambda: items), [meeting()], ACTIONS, max_usd=1.0)
    worst = worst_items(found.results)
    assert [item.text for item in worst] == ["Call the bank", "Say bye", "Send the report"]
    assert "trap" in worst[0].why
    assert "missed" in worst[2].why
    assert to_markdown(worst).count("\n") == 2
    assert len(worst_items(found.results, limit=1)) == 1
    assert report_json(found)["worst"][0]["text"] == "Call the bank"


def test_a_scripted_truth_that_is_withheld_is_among_the_worst() -> None:
    answer = {"task": "Buy a boat", "owner": "B", "segment_ids": [1], "quote": "I will buy a boat for the team"}
    claim = {"insight": "action_items", "right": True, "kind": "plain", "answer": answer}
    found = measure(scripted(actions), [meeting(claims=[claim])], ACTIONS, max_usd=1.0)
    assert [item.text for item in worst_items(found.results)] == ["Buy a boat", "Send the report"]


@pytest.fixture(scope="module")
def rules() -> Measurement:
    """The offline rules on our own set."""
    with version(load_settings({})) as measured:
        return measure(measured, read_set(OWN_SET), MEASURED, max_usd=0.0)


def test_the_rules_are_measured_without_a_key_and_cost_nothing(rules: Measurement) -> None:
    assert rules.complete
    assert rules.provider == "offline"
    assert rules.figures["cost_usd"].value == 0
    assert rules.figures["answers.missing"].value == 0


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("action_items.shown.recall", 0.8),
        ("action_items.shown.f1", 0.75),
        ("decisions.shown.f1", 0.85),
        ("owners", 0.9),
        ("due_dates", 0.85),
        ("names.precision", 0.9),
    ],
)
def test_the_rules_reach_on_our_own_set_what_they_reached_before(rules: Measurement, name: str, least: float) -> None:
    value = rules.figures[name].value
    assert value is not None
    assert value >= least


def test_no_summary_of_the_rules_has_numbers_or_names_that_nobody_said(rules: Measurement) -> None:
    assert rules.figures["summary.numbers"].value == rules.figures["summary.names"].value == 0
