"""The ledger of a run: what it may reuse, which runs it waits for, and that it buys nothing without its lease."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.answers import CORRECTION
from meeting_pipeline.domain.errors import AnswersUsedUp, WorkerFenced
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction import policies as extraction_policies
from meeting_pipeline.steps.extraction.run_ledger import RunLedger
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.ledger.cost_queries import Span
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import Clock
from meeting_pipeline_tests.steps.journeys import transcribed
from meeting_pipeline_tests.store.samples import question, reply

OTHER = "run-2"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a run starts to wait for another."""
    event, real = threading.Event(), time.sleep

    def sleep(seconds: float) -> None:
        event.set()
        real(seconds)

    monkeypatch.setattr(extraction_policies, "ASKED_ELSEWHERE_LOOK_SECONDS", 0.01)
    monkeypatch.setattr("meeting_pipeline.steps.extraction.run_ledger.time", SimpleNamespace(sleep=sleep))
    return event


@pytest.fixture
def row(installation: Installation) -> Recording:
    """A recording with two live runs, ``run-1`` and ``run-2``."""
    found = transcribed(installation)
    installation.store.lifecycle.begin(found.key, OTHER, collecting=False)
    return found


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def books(
    installation: Installation,
    row: Recording,
    run_id: str = "run-1",
    *,
    requested_by_user: bool = False,
    earlier: tuple[str, ...] = (),
) -> RunLedger:
    bought_by = (run_id, *earlier) if requested_by_user else None
    return RunLedger(installation.store.llm_calls, row.key, run_id, bought_by=bought_by)


def states(installation: Installation) -> list[str]:
    return sorted(answer.state for answer in installation.store.costs.answers(Span()))


def buy(ledger: RunLedger, text: str) -> None:
    assert ledger.begin(question()) is None
    ledger.answered(question(), reply(text))


def test_an_automatic_run_uses_what_any_run_paid_for(installation: Installation, row: Recording) -> None:
    buy(books(installation, row), "paid")
    assert books(installation, row, OTHER).begin(question()) == reply("paid")


def test_a_run_that_a_person_asked_for_uses_its_own_alone(installation: Installation, row: Recording) -> None:
    buy(books(installation, row), "old")
    buy(books(installation, row, OTHER, requested_by_user=True), "new")
    assert books(installation, row, OTHER, requested_by_user=True).begin(question()) == reply("new")


def test_a_run_that_a_person_executes_again_uses_what_the_earlier_one_bought(
    installation: Installation, row: Recording
) -> None:
    buy(books(installation, row, requested_by_user=True), "new")
    again = books(installation, row, OTHER, requested_by_user=True, earlier=("run-1",))
    assert again.begin(question()) == reply("new")


@pytest.mark.parametrize("requested_by_user", [True, False])
def test_a_run_waits_for_the_answer_that_another_is_asking_for(
    installation: Installation,
    row: Recording,
    pool: ThreadPoolExecutor,
    waits: threading.Event,
    requested_by_user: bool,
) -> None:
    first = books(installation, row)
    assert first.begin(question()) is None
    waiting = pool.submit(books(installation, row, OTHER, requested_by_user=requested_by_user).begin, question())
    assert waits.wait(300)
    first.answered(question(), reply("shared"))
    assert waiting.result(300) == reply("shared")
    assert states(installation) == ["answered"]


def test_a_run_buys_itself_when_the_other_got_nothing(
    installation: Installation, row: Recording, pool: ThreadPoolExecutor, waits: threading.Event
) -> None:
    first = books(installation, row)
    assert first.begin(question()) is None
    waiting = pool.submit(books(installation, row, OTHER).begin, question())
    assert waits.wait(300)
    first.unanswered(question(), "provider_busy", perhaps_billed=False)
    assert waiting.result(300) is None
    assert states(installation) == ["asking"]


def test_a_run_that_is_fenced_while_it_waits_stops(
    installation: Installation, row: Recording, pool: ThreadPoolExecutor, waits: threading.Event
) -> None:
    assert books(installation, row).begin(question()) is None
    waiting = pool.submit(books(installation, row, OTHER).begin, question())
    assert waits.wait(300)
    installation.store.leases.end(OTHER)
    with pytest.raises(WorkerFenced):
        waiting.result(300)


def test_what_was_paid_for_is_noted_by_a_worker_that_was_declared_dead(
    installation: Installation, row: Recording, clock: Clock
) -> None:
    ledger = books(installation, row)
    assert ledger.begin(question()) is None
    clock.advance(policies.LEASE_SECONDS + 1)
    for silent in installation.store.lease_watch.silent_workers():
        installation.store.lease_watch.revoke_silent_lease(silent)
    ledger.answered(question(), reply("late"))
    with pytest.raises(WorkerFenced):
        ledger.begin(question("another"))
    assert states(installation) == ["answered"]


def test_an_answer_that_is_no_longer_good_is_known_and_not_bought_word_for_word(
    installation: Installation, row: Recording
) -> None:
    buy(books(installation, row), "old")
    later = books(installation, row, OTHER)
    assert later.begin(question()) == reply("old")
    later.answered(question(), reply("old"), "invalid_answer")
    assert later.begin(question()) == reply("old").model_copy(update={"problem": "invalid_answer"})
    assert states(installation) == ["unusable"]


def test_a_call_in_which_the_provider_failed_is_made_again(installation: Installation, row: Recording) -> None:
    ledger = books(installation, row)
    assert ledger.begin(question()) is None
    ledger.answered(question(), reply(""), "provider_unavailable")
    assert ledger.begin(question()) is None
    assert states(installation) == ["asking", "unusable"]


def test_a_person_gets_an_answer_where_none_was_usable(installation: Installation, row: Recording) -> None:
    ledger = books(installation, row)
    assert ledger.begin(question()) is None
    ledger.answered(question(), reply(""), "refused")
    assert books(installation, row, OTHER, requested_by_user=True).begin(question()) is None
    assert books(installation, row).begin(question()) is not None


def test_the_corrections_of_a_recording_have_an_end(installation: Installation, row: Recording) -> None:
    ledger = books(installation, row)
    wanted = [
        question(f"q{n}").model_copy(update={"prompt_version": f"1{CORRECTION}"})
        for n in range(store_policies.RECORDING_CORRECTIONS + 1)
    ]
    for asked in wanted[:-1]:
        assert ledger.begin(asked) is None
        ledger.answered(asked, reply())
    with pytest.raises(AnswersUsedUp):
        ledger.begin(wanted[-1])
    assert ledger.begin(wanted[0]) == reply()
    assert ledger.begin(question("first")) is None
    assert books(installation, row, OTHER, requested_by_user=True).begin(wanted[-1]) is None
