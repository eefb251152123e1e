"""A bill before anything is bought: within ten percent of what the ledger says afterwards."""

import json
from datetime import UTC, datetime

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import with_questions
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import VARIABLES
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.operations.bill import bill, transcripts_to_buy
from meeting_pipeline.steps.operations.reprocess_plan import (
    StaleChoice,
    plan_chosen,
    plan_stale,
    require_permission_to_buy,
)
from meeting_pipeline.steps.operations.stale import note_in_use, stale_report, stale_results
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.store.ledger.cost_queries import Span
from meeting_pipeline.store.results.origins import Chosen
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith, accepted
from meeting_pipeline_tests.scenario.media import vtt
from meeting_pipeline_tests.steps.journeys import begun, collected, completed

LINES = (
    ("Dana", "Good morning, we decided to ship the release in two steps, and the second one comes after the audit."),
    ("Priya", "I will send the draft of the plan by Friday, and I will ask the auditors for their list of questions."),
)
OTHER = "Question: what was this meeting about? Answer in one sentence."
INSIGHTS = tuple(Insight)
ASKED = len(INSIGHTS) - 1
"""The export names its speakers, so no model is asked for names."""


def long_talk(name: str, times: int) -> str:
    return vtt(*(LINES * times), ("Dana", f"That was {name}."))


def meetings(installation: Installation, *times: int) -> list[Recording]:
    """Completed meetings of different lengths."""
    rows = []
    for number, many in enumerate(times):
        row = accepted(installation, f"m{number}.vtt", long_talk(f"m{number}", many))
        collected(installation, row, f"run-{number}")
        completed(installation, row, f"run-{number}")
        rows.append(row)
    return rows


def make_again(
    installation: Installation, rows: list[Recording], *insights: Insight, hold: bool = False, name: str = "again"
) -> None:
    for number, row in enumerate(rows):
        run_id = f"{name}-{number}"
        begun(installation, row, run_id)
        extract(installation, row.key, run_id, insights, requested_by_user=True, hold=hold)
        installation.store.leases.end(run_id)


def spent(installation: Installation, *, again: bool) -> tuple[int, int, float]:
    """Calls, input tokens and dollars of the ledger."""
    calls = [call for call in installation.store.costs.answers(Span()) if call.run_id.startswith("again") == again]
    return len(calls), sum(call.input_tokens for call in calls), sum(call.cost_usd for call in calls)


@pytest.fixture(params=["off", "on"])
def opened(request: pytest.FixtureRequest, open_with: OpenWith, providers: Providers) -> Installation:
    """Without and with a cache at the provider, which all calls about a transcript share."""
    return open_with(**providers.environment(), **{VARIABLES["openai_prompt_cache"]: request.param})


@pytest.mark.parametrize("insights", [(Insight.SUMMARY,), (Insight.SUMMARY, Insight.DECISIONS), INSIGHTS])
def test_the_bill_is_within_ten_percent_of_what_is_bought(
    opened: Installation, providers: Providers, insights: tuple[Insight, ...]
) -> None:
    rows = meetings(opened, 10, 60, 200)
    with with_questions(dict.fromkeys(insights, OTHER)):
        again = plan_stale(opened, StaleChoice())
        assert set(again.plan.backfilled) == {row.key for row in rows}
        providers.clear()  # by then, the provider has forgotten what it had cached
        make_again(opened, rows, *insights)
    calls, tokens, usd = spent(opened, again=True)
    assert usd > 0
    assert again.bill.calls == calls
    assert again.bill.input_tokens == pytest.approx(tokens, rel=0.1)
    assert again.bill.usd == pytest.approx(usd, rel=0.1)
    assert again.bill.transcripts == 0


LONG = json.dumps(
    {"sentences": [{"segment_ids": [0], "text": "We ship the release in two steps. " * 9}] * 20, "topics": []}
)
"""Far longer than the usual answer of the scripted model."""


def answers_long(providers: Providers) -> None:
    """From now on; what the provider had cached is forgotten."""
    providers.clear()
    providers.fault("POST /v1/responses", "output", insight="summary", times=-1, text=LONG)


@pytest.mark.parametrize("hold", [True, False])
def test_a_sample_corrects_the_bill_where_new_answers_have_another_length(
    opened: Installation, providers: Providers, *, hold: bool
) -> None:
    rows = meetings(opened, *range(4, 12))
    summary = Insight.SUMMARY
    with with_questions({summary: OTHER}):
        blind = plan_stale(opened, StaleChoice((summary.value,))).bill
        assert (blind.tried, blind.untried) == (0, len(rows))
        answers_long(providers)
        make_again(opened, rows[::3], summary, hold=hold, name="sample")
        again = plan_stale(opened, StaleChoice((summary.value,))).bill
        assert (again.tried, again.untried) == (3, 0)
        left = {result.key for result in stale_results(opened, ["summary"])}
        assert len(left) == (len(rows) if hold else 5), "what is held is stale until it is promoted"
        answers_long(providers)
        make_again(opened, [row for row in rows if row.key in left], summary)
    _, _, usd = spent(opened, again=True)
    assert again.usd == pytest.approx(usd, rel=0.1)
    assert abs(blind.usd - usd) > 0.2 * usd, "without the sample it could not be known"


def test_two_recordings_are_no_sample(opened: Installation) -> None:
    rows = meetings(opened, 5, 6, 7, 8)
    with with_questions({Insight.SUMMARY: OTHER}):
        make_again(opened, rows[:2], Insight.SUMMARY, hold=True, name="sample")
        assert (bill := plan_stale(opened, StaleChoice()).bill).tried == 0
        assert bill.untried == 2, "of the other two the last answers are known"


def test_another_model_is_billed_at_its_own_price(opened: Installation, open_with: OpenWith) -> None:
    rows = meetings(opened, 40)
    before = bill(opened, opened.store.origins.results_of([rows[0].key], Insight.names()))
    other = opened.settings.model_copy(update={"openai_model": "gpt-6.1-terra"})
    dearer = Installation(other, opened.store)
    again = plan_stale(dearer, StaleChoice())
    assert again.bill.results == len(INSIGHTS)
    assert again.bill.usd > 5 * before.usd


def test_an_unknown_price_is_named_and_is_not_zero(opened: Installation) -> None:
    meetings(opened, 5)
    unknown = Installation(opened.settings.model_copy(update={"openai_model": "nobody-knows-it"}), opened.store)
    report = stale_report(unknown)
    assert report.total.unpriced == report.total.calls == ASKED
    assert report.total.usd == 0


def test_what_only_rules_have_made_is_estimated_from_its_length(
    installation: Installation, open_with: OpenWith, providers: Providers
) -> None:
    rows = meetings(installation, 60)
    assert bill(installation, installation.store.origins.results_of([rows[0].key], Insight.names())).usd == 0
    paid = open_with(**providers.environment())
    again = plan_stale(paid, StaleChoice())
    assert again.bill.by_length == len(INSIGHTS)  # whether the names are known is only seen when they are made
    make_again(paid, rows, *INSIGHTS)
    calls, tokens, _ = spent(paid, again=True)
    assert calls == ASKED
    assert again.bill.input_tokens / again.bill.calls == pytest.approx(tokens / calls, rel=0.25)


def test_results_of_a_model_are_not_replaced_by_drafts_of_rules(opened: Installation, open_with: OpenWith) -> None:
    meetings(opened, 5)
    without_key = open_with()
    again = plan_stale(without_key, StaleChoice())
    assert again.plan.backfilled == ()
    assert again.drafts >= len(INSIGHTS) - 1


def test_a_sample_is_the_same_each_time_and_part_of_all(opened: Installation) -> None:
    meetings(opened, 3, 3, 3, 3)
    with with_questions({Insight.SUMMARY: OTHER}):
        every = {row.key for row in stale_results(opened)}
        first = {row.key for row in stale_results(opened, sample=2)}
        assert first == {row.key for row in stale_results(opened, sample=2)}
        assert len(first) == 2
        assert first < every
        assert stale_results(opened, sample=2, chosen=Chosen(title="no such title")) == []
        assert stale_results(opened, ["decisions"]) == []


def test_the_report_says_since_when_once_the_running_system_has_noticed(opened: Installation) -> None:
    meetings(opened, 3)
    note_in_use(opened)
    with with_questions({Insight.SUMMARY: OTHER}):
        assert [version.since for version in stale_report(opened).versions] == [None]
        before = datetime.now(UTC)
        assert note_in_use(opened) == ["summary"]
        (version,) = stale_report(opened).versions
        assert version.since is not None
        assert version.since >= before
        assert (version.insight, len(version.keys), version.calls) == ("summary", 1, 1)


def test_transcripts_are_bought_again_only_with_leave_and_the_sum_is_named(
    opened: Installation, providers: Providers, open_with: OpenWith
) -> None:
    row = accepted(opened, "sound.wav")
    order_due(opened, "worker")
    installation = opened.store
    order = installation.orders.list([row.key])[0]
    assert order.state == "ordered"
    begun(opened, row, "run-1")
    same = plan_chosen(opened, [row.key], ("transcript",))
    assert same.purchases == ()
    assert transcripts_to_buy(opened, [row.key]) == []
    other = Installation(opened.settings.model_copy(update={"speech_models": ("universal-3-5-pro",)}), opened.store)
    (purchase,) = transcripts_to_buy(other, [row.key])
    assert purchase.usd > 0
    assert purchase.known
    again = plan_chosen(other, [], ("transcript",))
    require_permission_to_buy(again, allowed=False)
    with pytest.raises(OperatorError, match="1 transcripts would be bought again"):
        require_permission_to_buy(type(again)(again.plan, again.same, None, again.bill, (purchase,)), allowed=False)
