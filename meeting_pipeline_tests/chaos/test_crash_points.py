"""A SIGKILL at every named crash point, on SQLite and PostgreSQL: nothing is lost, bought twice or half done.

Checked from outside: with the providers' ledger, the receiver's log, the database and the files. A few points on SQLite
are part of every test run; ``make crashes`` covers all of them on both databases.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.foundation.crash_points import CRASH_POINTS
from meeting_pipeline_tests.chaos.crashing import Rehearsal, Rehearsed, crash_system
from meeting_pipeline_tests.chaos.speed import measured_slack
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.scenario.system import Outside

SLICE = (
    "intake.row_committed",
    "ordering.order_answered",
    "transcribing.stored",
    "extracting.one_stored",
    "finishing.before_commit",
    "finishing.committed",
)
"""The points where most would be lost or bought twice."""
pytestmark = pytest.mark.timeout(3600)
"""The first test of a plan waits for its whole rehearsal: about four minutes on two free cores."""
OF_ONE = tuple(point for point in CRASH_POINTS if not point.startswith("batch."))
"""The points that a recording passes in a run of its own: each death is then of one recording alone."""
OF_MANY = tuple(point for point in CRASH_POINTS if point.startswith("batch."))
"""The points in a run of many, on a system that has one run for all: each death is of several recordings."""
PLANS = {"slice": SLICE, "sqlite": OF_ONE, "batches": OF_MANY, "postgres": OF_ONE}
LEAST_SLACK = 4.0
"""Other tests may begin after the speed of the machine was measured."""
MARK = pytest.mark.chaos
INSIGHTS = {insight.value for insight in Insight}

each_plan = pytest.mark.parametrize("plan", [pytest.param(name, marks=MARK) for name in PLANS])
each_point = pytest.mark.parametrize(
    ("plan", "point"),
    [pytest.param(name, point, marks=MARK) for name in PLANS for point in PLANS[name]],
)


class Rehearsals:
    """One rehearsal per plan, run when a test first needs it. Providers and receiver stay up, to be queried afterwards."""

    def __init__(self, stack: contextlib.ExitStack, request: pytest.FixtureRequest) -> None:
        self._stack = stack
        self._request = request
        self._held: dict[str, Rehearsal | BaseException] = {}

    def of(self, plan: str) -> Rehearsal:
        """The finished rehearsal. One that failed is not run again: every test gets the same error."""
        if plan not in self._held:
            try:
                self._held[plan] = self._hold(plan)
            except BaseException as error:
                self._held[plan] = error
                raise
        held = self._held[plan]
        if isinstance(held, BaseException):
            pytest.fail(f"the rehearsal went wrong: {str(held)[:200]}")
        return held

    def _hold(self, plan: str) -> Rehearsal:
        settings = {"MEETING_PIPELINE_BATCH_RECORDINGS": "1"}
        if plan == "batches":
            settings = {"MEETING_PIPELINE_MAX_CONCURRENT_RUNS": "1"}
        if plan == "postgres":
            server: PostgresServer = self._request.getfixturevalue("postgres_server")
            database = server.create()
            self._stack.callback(server.drop, database)
            settings["MEETING_PIPELINE_DATABASE_URL"] = server.url(database)
        outside = self._stack.enter_context(Outside())
        if plan == "batches":
            outside.providers.settings(processing_seconds=0.0)
        folder = self._request.getfixturevalue("tmp_path_factory").mktemp(f"crashes-{plan}")
        rehearsed = crash_system(folder / "home", outside, **settings)
        try:
            rehearsed.system.slack = max(LEAST_SLACK, measured_slack())
            rehearsed.system.start()
            rehearsed.run(PLANS[plan])
        except BaseException:
            rehearsed.system.kill()
            raise
        rehearsed.system.stop()
        capture = self._request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            self._request.config.get_terminal_writer().write(f"\n{plan}: {rehearsed.table()}\n")
        return rehearsed


@pytest.fixture(scope="module")
def rehearsals(request: pytest.FixtureRequest) -> Iterator[Rehearsals]:
    with contextlib.ExitStack() as stack:
        yield Rehearsals(stack, request)


@pytest.fixture
def rehearsal(rehearsals: Rehearsals, plan: str) -> Rehearsal:
    """The finished rehearsal: all points were hit, all recordings are finished, and the system stopped cleanly."""
    return rehearsals.of(plan)


@pytest.fixture
def one(rehearsal: Rehearsal, point: str) -> Rehearsed:
    """The recording that reached the point."""
    return rehearsal.met[point]


@each_point
def test_the_process_died_there(rehearsal: Rehearsal, one: Rehearsed, point: str) -> None:
    assert one.died_at is not None
    assert not (rehearsal.orders / point).exists()


@each_point
def test_the_recording_has_its_outcome(rehearsal: Rehearsal, one: Rehearsed, point: str) -> None:
    row = rehearsal.facts["rows"][point]["recording"]
    assert (row["status"], row["stage"]) == ("failed" if one.refused else "completed", "done")


@each_point
def test_nothing_is_bought_twice(rehearsal: Rehearsal, one: Rehearsed, point: str) -> None:
    """An upload whose response was lost is repeated: uploads are free, orders are not."""
    sha256 = one.dropped.sha256
    assert len(rehearsal.outside.orders(sha256)) == (0 if one.refused else 1)
    assert len(rehearsal.outside.uploads(sha256)) >= (0 if one.refused else 1)


@each_point
def test_an_answer_that_was_stored_is_not_asked_for_again(rehearsal: Rehearsal, one: Rehearsed, point: str) -> None:
    """Four responses are in flight in parallel: those not yet stored when the process dies are charged twice."""
    billed = [call["insight"] for call in rehearsal.outside.calls(one.title)]
    counts = {insight: billed.count(insight) for insight in INSIGHTS}
    if one.refused:
        assert billed == []
    elif point == "extracting.answered":
        assert set(counts.values()) <= {1, 2}
    elif point in ("extracting.paid", "extracting.one_stored"):
        assert set(counts.values()) <= {1, 2}
        assert 1 in counts.values()
    else:
        assert counts == dict.fromkeys(INSIGHTS, 1)


@each_point
def test_its_submitter_is_told_under_one_id_with_the_same_signed_bytes(
    rehearsal: Rehearsal, one: Rehearsed, point: str
) -> None:
    entries = rehearsal.outside.receiver.received(one.dropped.hook)
    told = rehearsal.outside.told(one.dropped.hook)
    assert all(entry["signature_ok"] and entry["secret_ok"] for entry in entries)
    by_id = {(entry["headers"]["webhook-id"], entry["body"]) for entry in entries}
    revisions = sorted({body["revision"] for body in told})
    assert revisions == ([1, 2] if one.gap else [1])
    assert len(by_id) == len(revisions)
    assert {body["event"] for body in told} == {"meeting.failed" if one.refused else "meeting.completed"}
    last = max(told, key=lambda body: body["revision"])
    assert last["gaps"] == []


@each_point
def test_what_is_told_is_whole(rehearsal: Rehearsal, one: Rehearsed, point: str) -> None:
    found = rehearsal.facts["rows"][point]
    assert found["events"] == list(range(1, len(found["events"]) + 1))
    if one.refused:
        return
    last = max(rehearsal.outside.told(one.dropped.hook), key=lambda body: body["revision"])
    counts = found["counts"]
    for table in ("segments", "speakers", "action_items", "decisions"):
        assert counts[table] == len(last["meeting"][table])
    assert counts["segments"] > 0
    assert counts["speakers"] > 0
    assert counts["gaps"] == 0
    assert set(found["artifacts"]) == INSIGHTS | {"transcript", "minutes"}
    assert {kind: n for kind, n in found["artifacts"].items() if kind != "minutes"} == dict.fromkeys(
        INSIGHTS | {"transcript"}, 1
    )
    assert one.title in rehearsal.system.minutes(one.key)


@each_point
def test_it_stands_in_the_catalog(rehearsal: Rehearsal, one: Rehearsed, point: str) -> None:
    if one.refused:
        return
    assert one.key in rehearsal.facts["partitions"]
    assert rehearsal.facts["materialized"][point]


@each_plan
def test_all_points_of_the_plan_are_met(rehearsal: Rehearsal, plan: str) -> None:
    assert set(rehearsal.met) == set(PLANS[plan])


@each_plan
def test_no_file_is_left(rehearsal: Rehearsal) -> None:
    home = rehearsal.system.home
    assert [path for path in rehearsal.system.inbox.rglob("*") if path.is_file()] == []
    assert list((home / "recordings" / ".incoming").glob("*")) == []
    kept = {one.key for one in rehearsal.met.values() if not one.refused} | set(rehearsal.facts["beside"])
    folders = {path.name for path in (home / "recordings").iterdir() if not path.name.startswith(".")}
    assert folders == kept
    for key in kept:
        assert {path.name for path in (home / "recordings" / key).iterdir()} == {"original.wav", "minutes.md"}


@each_plan
def test_those_that_shared_its_run_are_told_once_and_ordered_once(rehearsal: Rehearsal, plan: str) -> None:
    assert bool(rehearsal.beside) == (plan == "batches")
    for one in rehearsal.beside:
        told = rehearsal.outside.told(one.hook)
        assert {(body["event"], body["revision"]) for body in told} == {("meeting.completed", 1)}
        assert len({body["event_id"] for body in told}) == 1
        assert len(rehearsal.outside.orders(one.sha256)) == 1


@each_plan
def test_nothing_is_held_by_the_dead(rehearsal: Rehearsal) -> None:
    assert {status for _, status in rehearsal.facts["runs"]} <= {"SUCCESS", "FAILURE"}
    assert rehearsal.facts["idle_after"] > 0


@each_plan
def test_the_databases_are_sound(rehearsal: Rehearsal) -> None:
    for path in rehearsal.system.home.rglob("*"):
        if path.suffix in (".sqlite3", ".db"):
            with contextlib.closing(sqlite3.connect(path)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], path
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == [], path
