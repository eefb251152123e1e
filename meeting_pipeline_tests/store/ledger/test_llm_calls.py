"""The ledger of language-model calls: only one live run makes a call, responses are reused, and no cost is lost."""

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.ledger.llm_calls import AskedByAnotherRun, Begun, Known
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import LLMCall
from meeting_pipeline_tests.store.samples import PAID, Clock, Journey, bought, question, race, reply


@pytest.fixture
def journey(store: Store) -> Journey:
    return Journey(store).accept().begin()


def second_run(store: Store, journey: Journey, run_id: str = "second") -> str:
    store.lifecycle.begin(journey.key, run_id, collecting=False)
    return run_id


def row(store: Store, answer_id: str) -> LLMCall:
    with store.database.read() as session:
        return session.get_one(LLMCall, answer_id)


def begun(store: Store, journey: Journey, run_id: str | None = None) -> str:
    found = store.llm_calls.begin(journey.key, run_id or journey.run_id, question())
    assert isinstance(found, Begun)
    return found.id


def test_a_question_is_a_row_before_it_is_asked(store: Store, journey: Journey) -> None:
    asking = row(store, begun(store, journey))
    assert (asking.state, asking.insight, asking.run_id, asking.cost_usd) == ("asking", "summary", journey.run_id, 0.0)
    assert (asking.answer, asking.ended_at) == (None, None)


def test_an_answer_is_noted_with_what_it_cost_and_used_again(store: Store, journey: Journey) -> None:
    answer_id = bought(store, journey.key, journey.run_id, question(), '{"a": 1}')
    noted = row(store, answer_id)
    assert (noted.state, noted.model, noted.input_tokens, noted.cached_tokens) == ("answered", "m-2025", 100, 40)
    found = store.llm_calls.begin(journey.key, second_run(store, journey), question())
    assert found == Known(answer_id, reply('{"a": 1}'))


def test_the_newest_answer_is_used(store: Store, journey: Journey, clock: Clock) -> None:
    first = bought(store, journey.key, journey.run_id, question(), "old")
    clock.advance(1)
    newer = store.llm_calls.begin(journey.key, second_run(store, journey), question(), bought_by={"second"})
    assert isinstance(newer, Begun)
    store.llm_calls.answered(newer.id, reply("new"))
    found = store.llm_calls.begin(journey.key, journey.run_id, question())
    assert isinstance(found, Known)
    assert (found.id, found.reply.text) == (newer.id, "new")
    own = store.llm_calls.begin(journey.key, journey.run_id, question(), bought_by={journey.run_id})
    assert isinstance(own, Known)
    assert own.id == first


def test_another_recording_or_question_has_its_own_answer(store: Store, journey: Journey) -> None:
    bought(store, journey.key, journey.run_id, question("one"))
    other = Journey(store, number=2).accept().begin()
    assert isinstance(store.llm_calls.begin(journey.key, journey.run_id, question("two")), Begun)
    assert isinstance(store.llm_calls.begin(other.key, other.run_id, question("one")), Begun)


def test_an_unusable_answer_is_kept_with_its_cost_and_not_bought_twice(store: Store, journey: Journey) -> None:
    noted = row(store, bought(store, journey.key, journey.run_id, question(), problem="refused"))
    assert (noted.state, noted.error_code, noted.cost_usd) == ("unusable", "refused", 0.01)
    found = store.llm_calls.begin(journey.key, journey.run_id, question())
    assert isinstance(found, Known)
    assert (found.reply.problem, found.reply.usage) == ("refused", PAID)


def test_a_usable_answer_is_used_though_a_later_one_is_not(store: Store, journey: Journey, clock: Clock) -> None:
    first, second = begun(store, journey), begun(store, journey)
    store.llm_calls.answered(first, reply("good"))
    clock.advance(1)
    store.llm_calls.answered(second, reply("bad"), "invalid_answer")
    assert store.llm_calls.begin(journey.key, journey.run_id, question()) == Known(first, reply("good"))


def test_a_good_answer_can_be_found_unusable_later(store: Store, journey: Journey) -> None:
    answer_id = bought(store, journey.key, journey.run_id, question())
    store.llm_calls.answered(answer_id, reply(), "invalid_answer")
    assert row(store, answer_id).state == "unusable"
    found = store.llm_calls.begin(journey.key, journey.run_id, question())
    assert isinstance(found, Known)
    assert found.reply.problem == "invalid_answer"


def test_one_of_many_runs_asks_and_the_others_are_told_who(store: Store, journey: Journey) -> None:
    runs = [second_run(store, journey, f"run-{i}") for i in range(6)]
    found = race(6, lambda i: store.llm_calls.begin(journey.key, runs[i], question()))
    [first] = [i for i, one in enumerate(found) if isinstance(one, Begun)]
    assert [one for one in found if not isinstance(one, Begun)] == [AskedByAnotherRun(runs[first])] * 5


def test_the_same_run_may_ask_again(store: Store, journey: Journey) -> None:
    assert begun(store, journey) != begun(store, journey)


def test_who_waits_gets_the_answer(store: Store, journey: Journey) -> None:
    answer_id = begun(store, journey)
    other = second_run(store, journey)
    assert store.llm_calls.begin(journey.key, other, question()) == AskedByAnotherRun(journey.run_id)
    store.llm_calls.answered(answer_id, reply("x"))
    assert store.llm_calls.begin(journey.key, other, question(), bought_by={other, journey.run_id}) == Known(
        answer_id, reply("x")
    )


def test_a_question_of_a_fenced_run_is_waited_for_as_long_as_its_worker_lives(
    store: Store, journey: Journey, clock: Clock
) -> None:
    answer_id, other = begun(store, journey), second_run(store, journey)
    assert store.lease_watch.fence_lease(journey.run_id)
    with pytest.raises(WorkerFenced):
        store.llm_calls.begin(journey.key, journey.run_id, question("more"))
    for _ in range(8):
        clock.advance(policies.HEARTBEAT_SECONDS)
        store.leases.heartbeat(journey.run_id)
        assert store.llm_calls.begin(journey.key, other, question()) == AskedByAnotherRun(journey.run_id)
    store.llm_calls.answered(answer_id, reply("x"))
    assert store.llm_calls.begin(journey.key, other, question()) == Known(answer_id, reply("x"))


def test_a_question_of_a_fenced_run_that_fell_silent_is_free_to_be_asked(
    store: Store, journey: Journey, clock: Clock
) -> None:
    begun(store, journey)
    store.lease_watch.fence_lease(journey.run_id)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert isinstance(store.llm_calls.begin(journey.key, second_run(store, journey), question()), Begun)


def test_a_question_of_a_dead_run_is_free_to_be_asked(store: Store, journey: Journey, clock: Clock) -> None:
    begun(store, journey)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert isinstance(store.llm_calls.begin(journey.key, second_run(store, journey), question()), Begun)


def test_a_question_of_a_run_that_ended_is_free_to_be_asked(store: Store, journey: Journey) -> None:
    begun(store, journey)
    store.leases.end(journey.run_id)
    assert isinstance(store.llm_calls.begin(journey.key, second_run(store, journey), question()), Begun)


def test_a_question_that_was_asked_too_long_ago_is_free_to_be_asked(
    store: Store, journey: Journey, clock: Clock
) -> None:
    begun(store, journey)
    other = second_run(store, journey)
    clock.advance(store_policies.ASKED_ELSEWHERE_SECONDS + 1)
    for run_id in (journey.run_id, other):
        assert store.leases.heartbeat(run_id)
    assert isinstance(store.llm_calls.begin(journey.key, other, question()), Begun)


def test_a_worker_without_a_lease_buys_nothing_and_notes_what_it_paid_for(
    store: Store, journey: Journey, clock: Clock
) -> None:
    answer_id = begun(store, journey)
    clock.advance(policies.LEASE_SECONDS + 1)
    [silent] = store.lease_watch.silent_workers()
    assert store.lease_watch.revoke_silent_lease(silent)
    with pytest.raises(WorkerFenced):
        store.llm_calls.begin(journey.key, journey.run_id, question("another"))
    store.llm_calls.answered(answer_id, reply("late"))
    found = store.llm_calls.begin(journey.key, second_run(store, journey), question())
    assert isinstance(found, Known)
    assert found.reply.text == "late"


def test_a_call_that_cost_nothing_leaves_no_row(store: Store, journey: Journey) -> None:
    store.llm_calls.unanswered(begun(store, journey), "provider_busy", perhaps_billed=False)
    with store.database.read() as session:
        assert session.query(LLMCall).count() == 0


def test_a_call_whose_answer_was_lost_stays_and_is_free_to_be_asked(store: Store, journey: Journey) -> None:
    answer_id = begun(store, journey)
    store.llm_calls.unanswered(answer_id, "provider_timeout", perhaps_billed=True)
    assert (row(store, answer_id).state, row(store, answer_id).error_code) == ("lost", "provider_timeout")
    assert isinstance(store.llm_calls.begin(journey.key, second_run(store, journey), question()), Begun)


def test_an_answer_that_is_noted_stays_though_its_loss_is_told_too(store: Store, journey: Journey) -> None:
    answer_id = bought(store, journey.key, journey.run_id, question())
    for perhaps_billed in (True, False):
        store.llm_calls.unanswered(answer_id, "provider_timeout", perhaps_billed=perhaps_billed)
    assert row(store, answer_id).state == "answered"


def test_what_a_run_spent_is_told_by_insight_unusable_answers_too(store: Store, journey: Journey) -> None:
    bought(store, journey.key, journey.run_id)
    bought(store, journey.key, journey.run_id, problem="cut_off")
    bought(store, journey.key, journey.run_id, question("d", Insight.DECISIONS))
    bought(store, journey.key, second_run(store, journey))
    begun(store, journey)
    assert store.llm_calls.spent(journey.key, journey.run_id) == {
        Insight.SUMMARY: PAID + PAID,
        Insight.DECISIONS: PAID,
    }
    assert store.llm_calls.spent(journey.key, "nobody") == {}
