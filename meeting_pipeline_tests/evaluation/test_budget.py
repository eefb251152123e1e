"""A measurement never spends more than it may."""

import pytest

from meeting_pipeline.domain.answers import LLMRequest, LLMResponse
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.evaluation.budget import Budget, highest_cost_per_call, require_known_price
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.evaluation.sets import meeting

REQUEST = LLMRequest(insight=Insight.SUMMARY, digest="d", model="m", prompt_version="p")


def reply(usd: float) -> LLMResponse:
    return LLMResponse(text="{}", model="m", usage=Usage(calls=1, cost_usd=usd))


def budget(max_usd: float, call_usd: float) -> Budget:
    made = Budget(max_usd)
    made.call_usd = call_usd
    return made


def test_a_call_that_may_cost_too_much_is_not_made() -> None:
    spending = budget(1.0, 0.4)
    spending.begin(REQUEST)
    spending.begin(REQUEST)
    with pytest.raises(OperatorError) as caught:
        spending.begin(REQUEST)
    assert caught.value.code == "budget_reached"
    assert "--max-usd" in caught.value.advice


def test_what_a_call_did_not_cost_is_available_again() -> None:
    spending = budget(1.0, 0.6)
    spending.begin(REQUEST)
    spending.answered(REQUEST, reply(0.1))
    spending.begin(REQUEST)
    assert spending.spent_usd == pytest.approx(0.1)


def test_a_call_that_may_have_been_billed_counts_in_full() -> None:
    spending = budget(1.0, 0.6)
    spending.begin(REQUEST)
    spending.unanswered(REQUEST, "lost", perhaps_billed=True)
    with pytest.raises(OperatorError):
        spending.begin(REQUEST)
    free = budget(1.0, 0.6)
    free.begin(REQUEST)
    free.unanswered(REQUEST, "busy", perhaps_billed=False)
    free.begin(REQUEST)
    assert free.spent_usd == 0


def test_the_price_of_another_model_is_not_known() -> None:
    plain = load_settings({})
    require_known_price(plain, plain.openai_model)
    with pytest.raises(OperatorError, match="OPENAI_USD_PER_MILLION") as caught:
        require_known_price(plain, "other")
    assert caught.value.code == "unknown_price"
    priced = load_settings({"OPENAI_MODEL": "other", "OPENAI_USD_PER_MILLION": "1,0.1,2"})
    require_known_price(priced, "other")
    with pytest.raises(OperatorError):
        require_known_price(priced, "third")


def test_the_most_that_a_call_costs_grows_with_price_and_transcript() -> None:
    cheap, dear = load_settings({}), load_settings({"OPENAI_USD_PER_MILLION": "10,1,50"})
    short, long = meeting().transcript, meeting(turns=["A: word " + "word " * 9_000], gold={}, traps=[]).transcript
    assert (
        0 < highest_cost_per_call(cheap, short) < highest_cost_per_call(cheap, long) < highest_cost_per_call(dear, long)
    )
