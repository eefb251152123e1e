"""Held versions: asked and paid for once, promoted without another call, and harmless when nothing comes of them."""

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.steps.extraction.compare import compare
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.steps.processing.attempts import Attempt
from meeting_pipeline.steps.processing.one_recording import Item, process
from meeting_pipeline.steps.processing.stages import Extractions, extract_insights
from meeting_pipeline.store.results.results import Results
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.steps.extraction.test_extract import ASK, PAID, ask, calls, next_run
from meeting_pipeline_tests.steps.journeys import transcribed


@pytest.fixture
def row(paid: Installation) -> Recording:
    """A completed recording with all insights."""
    found = transcribed(paid)
    ask(paid, found, list(Insight))
    finish(paid, found.key, "run-1")
    paid.store.leases.end("run-1")
    return found


def held_run(installation: Installation, row: Recording, run_id: str = "held-1") -> Extractions:
    next_run(installation, row, run_id)
    item = Item(row.key, 0, tuple(insight.value for insight in PAID), requested_by_user=True, hold=True)
    (found,) = process(installation, item, run_id, lambda _: None)
    installation.store.leases.end(run_id)
    assert isinstance(found, Extractions)
    return found


def states(installation: Installation, row: Recording) -> list[tuple[int, str]]:
    return [(one.version, one.state.value) for one in installation.store.version_history.of(row.key, Insight.SUMMARY)]


def test_a_held_run_asks_once_and_its_promotion_asks_nothing(
    paid: Installation, providers: Providers, row: Recording
) -> None:
    before = paid.store.records.get(row.key)
    held_run(paid, row)
    assert len(calls(providers)) == 6
    after = paid.store.records.get(row.key)
    assert (after.results, after.gaps, after.stamps) == (before.results, before.gaps, before.stamps)
    assert paid.store.recordings.get(row.key).changed_at is None
    paid.store.versions.promote(row.key, "Ada")
    assert len(calls(providers)) == 6
    assert states(paid, row) == [(2, "current"), (1, "earlier")]


def test_a_held_run_reports_how_its_versions_differ(paid: Installation, row: Recording) -> None:
    found = held_run(paid, row)
    assert found.held
    assert {
        insight: (d.before and d.before.version, d.after and d.after.version) for insight, d in found.diffs.items()
    } == dict.fromkeys(PAID, (1, 2))


def test_a_failure_of_a_held_run_is_no_gap_and_harms_nothing(
    paid: Installation, providers: Providers, row: Recording
) -> None:
    before = paid.store.records.get(row.key)
    providers.fault(ASK, "status", status=400, insight="summary", times=-1)
    found = held_run(paid, row)
    assert [type(one) for one in found.outcomes if one.insight is Insight.SUMMARY] == [Missing]
    assert paid.store.records.get(row.key).gaps == before.gaps == ()
    assert states(paid, row) == [(1, "current")]
    assert paid.store.version_history.held(row.key) == [Insight.ACTION_ITEMS, Insight.DECISIONS]


def test_an_answer_of_a_held_run_that_died_is_not_bought_again_when_it_is_run_again(
    paid: Installation, providers: Providers, row: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise RuntimeError("dies before it is stored")

    next_run(paid, row, "held-1")
    with monkeypatch.context() as patch:
        patch.setattr(Results, "store_held_answer", die)
        with pytest.raises(RuntimeError):
            extract(paid, row.key, "held-1", PAID, requested_by_user=True, hold=True)
    paid.store.leases.end("held-1")
    assert len(calls(providers)) == 6
    next_run(paid, row, "held-2")
    extract(paid, row.key, "held-2", PAID, requested_by_user=True, hold=True, earlier=["held-1"])
    again = extract(paid, row.key, "held-2", PAID, requested_by_user=True, hold=True, earlier=["held-1"])
    assert len(calls(providers)) == 6
    assert all(isinstance(one, Extracted) and one.reused for one in again.values())
    assert states(paid, row) == [(2, "held"), (1, "current")]


def test_an_attempt_leaves_the_gaps_of_the_recording_to_their_own_runs(
    paid: Installation, providers: Providers
) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "status", status=400, insight="summary", times=1)
    extract_insights(paid, Attempt(row.key, "run-1", 3), list(Insight))
    finish(paid, row.key, "run-1")
    paid.store.leases.end("run-1")
    before = paid.store.records.get(row.key).gaps
    assert [gap.insight for gap in before] == [Insight.SUMMARY]
    held_run(paid, row)
    assert paid.store.records.get(row.key).gaps == before
    assert states(paid, row) == [(2, "held")]
    paid.store.versions.promote(row.key, "Ada", insights=[Insight.SUMMARY])
    assert paid.store.records.get(row.key).gaps == ()


def test_versions_that_do_not_exist_are_not_compared(paid: Installation, row: Recording) -> None:
    with pytest.raises(PermanentError) as caught:
        compare(paid, row.key, Insight.SUMMARY, before=1, after=9)
    assert caught.value.code == "no_such_version"


def test_what_the_new_answer_leaves_out_is_shown_as_removed(
    paid: Installation, providers: Providers, row: Recording
) -> None:
    providers.fault(ASK, "output", insight="action_items", times=-1, text='{"action_items": []}')
    diff = held_run(paid, row).diffs[Insight.ACTION_ITEMS]
    assert len(diff.removed) == 1
    assert (diff.added, diff.changed, diff.same) == ((), (), 0)
