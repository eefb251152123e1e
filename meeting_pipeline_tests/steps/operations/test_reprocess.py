"""Which recordings get a backfill, start over, or cannot be reprocessed. HTTP and command-line tests cover the start."""

import pytest
from sqlalchemy import event

from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.reprocess import Plan, make_plan, missing, start
from meeting_pipeline_tests.store.samples import START, Journey, completed, failed, unavailable


def test_what_is_done_depends_on_how_a_recording_stands(installation: Installation) -> None:
    store = installation.store
    good, bad = completed(store, 1).key, failed(store, 2).key
    waiting = Journey(store, number=3).accept().key
    file = store.recordings.refuse("a.wav", SidecarOptions(), "cli", START.date(), Problem("silent", "It is silent."))
    plan = make_plan(installation, [good, bad, waiting, file], ResultKind.names())
    assert (plan.backfilled, plan.retried) == ((good,), (bad,))
    assert [(left.key, left.code) for left in plan.left] == [(waiting, "not_finished"), (file, "file_refused")]
    (left,) = make_plan(installation, [bad], ("summary",)).left
    assert (left.key, left.code) == (bad, "failed_recording")


def test_a_plan_takes_no_more_queries_for_more_recordings(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [failed(installation.store, number).key for number in range(1, 8)]
    monkeypatch.setattr("meeting_pipeline.store.recordings.recordings.AT_ONCE", 3)
    statements: list[str] = []
    event.listen(installation.store.database.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert make_plan(installation, keys, ResultKind.names()).retried == tuple(keys)
    assert sum("FROM recordings" in statement for statement in statements) == 3


def test_a_plan_for_a_recording_that_does_not_exist_is_refused(installation: Installation) -> None:
    with pytest.raises(PermanentError) as caught:
        make_plan(installation, [failed(installation.store, 1).key, "2025-03-14-nothing-00000000"], ResultKind.names())
    assert caught.value.code == "unknown_recording"


def test_what_is_missing_are_the_gaps_in_order_and_everything_of_a_failed_recording(
    installation: Installation,
) -> None:
    store = installation.store
    journey = Journey(store, number=1).accept().begin().collect()
    for insight in (Insight.DECISIONS, Insight.SPEAKERS):
        store.results.store_gap(journey.key, journey.run_id, unavailable(insight))
    journey.complete()
    assert missing(installation, journey.key) == ("speakers", "decisions")
    assert missing(installation, completed(store, 2).key) == ()
    assert missing(installation, failed(store, 3).key) == ResultKind.names()


def test_nothing_is_started_without_a_running_system(installation: Installation) -> None:
    key = failed(installation.store).key
    with pytest.raises(OperatorError) as caught:
        start(installation, Plan(retried=(key,)), ResultKind.names())
    assert caught.value.code == "not_running"
    assert installation.store.recordings.get(key).status == "failed"
