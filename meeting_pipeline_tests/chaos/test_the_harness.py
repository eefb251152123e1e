"""The harness fails when it should: with a deliberate bug in the system, and when the observer sees what must never happen."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from meeting_pipeline_tests.chaos.deliberate_bugs import BUGS, RECORDINGS, TRACES, write_bugs
from meeting_pipeline_tests.chaos.harness import Harness
from meeting_pipeline_tests.chaos.invariants import Facts, broken
from meeting_pipeline_tests.chaos.observer import Disturbance, Handed, Log, Sighting, unhappened
from meeting_pipeline_tests.chaos.recovery import recoveries, standstills, too_slow
from meeting_pipeline_tests.chaos.report import Rest
from meeting_pipeline_tests.chaos.schedule import Plan, PlannedDrop, PlannedFault
from meeting_pipeline_tests.chaos.speed import Beside, measured_slack

SHA = "ab" * 32
SECRET = "canary-submitter-1"
BODY = '{"event":"meeting.completed"}'
GENEROUS = 4.0
"""How much slower the machine may become during a run."""
HOPELESS = (1,)
"""The recording that a bug leaves with its provider for ever (``TRACES``)."""


def _entry(**changes: Any) -> dict[str, Any]:
    headers = {"webhook-id": "evt_1", "x-webhook-secret": SECRET, **changes.pop("headers", {})}
    return {"name": "h0", "headers": headers, "body": BODY, "status": 204, "signature_ok": True, **changes}


def _facts(**changes: Any) -> Facts:
    row = {"key": "k", "sha256": SHA, "status": "completed", "stage": "done", "revision": 1, "event_seq": 2}
    artifacts = [
        {"recording_key": "k", "kind": kind, "version": 1, "available": True, "payload": {"segments": [1]}}
        for kind in ("transcript", "minutes")
    ]
    event = {"id": "evt_1", "recording_key": "k", "revision": 1, "type": "meeting.completed", "body": BODY.encode()}
    found = {
        "recordings": {"k": {**row, "error_code": None}},
        "submissions": [],
        "events": {"k": [{"seq": 1}, {"seq": 2}]},
        "told": {"k": [event]},
        "deliveries": [{"id": "d", "recording_key": "k", "state": "delivered"}],
        "artifacts": artifacts,
        "counts": {"segments": {"k": 1}, "speakers": {}, "action_items": {}, "decisions": {}},
        "leases": [],
        "received": [_entry()],
        "orders": [{"sha256": SHA}],
        "calls": [{"insight": "summary", "model": "m", "prompt": "p", "time": 10.0}],
    }
    return Facts(**{**found, **changes})


LOG = Log(handed=[Handed(0, "audio", "r0.wav", SHA, "h0", SECRET, 1.0)])


def test_a_good_run_is_green() -> None:
    assert broken(_facts(), LOG) == []


def _row(**changes: Any) -> dict[str, dict[str, Any]]:
    return {"k": {**_facts().recordings["k"], **changes}}


def _told(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    return {"k": [{**_facts().told["k"][0], **changes}]}


@pytest.mark.parametrize(
    ("invariant", "changes"),
    [
        ("I1", {"recordings": {}}),
        ("I1", {"recordings": _row(status="processing", stage="extracting")}),
        ("I2", {"received": []}),
        ("I2", {"received": [_entry(status=503)]}),
        ("I2", {"received": [_entry(), _entry(body="{}")]}),
        ("I2", {"received": [_entry(signature_ok=False)]}),
        ("I2", {"received": [_entry(headers={"x-webhook-secret": "another"})]}),
        ("I2", {"recordings": _row(revision=2)}),
        ("I3", {"received": [_entry(), _entry(headers={"webhook-id": "evt_9"})]}),
        ("I3", {"received": [_entry(body="{}")]}),
        ("I3", {"told": _told(type="meeting.failed")}),
        ("I4", {"orders": [{"sha256": SHA}, {"sha256": SHA}]}),
        ("I4", {"calls": _facts().calls * 2}),
        ("I5", {"counts": {**_facts().counts, "segments": {}}}),
        ("I5", {"counts": {**_facts().counts, "decisions": {"k": 1}}}),
        ("I5", {"artifacts": _facts().artifacts[:1]}),
        ("I6", {"events": {"k": [{"seq": 2}]}}),
        ("I8", {"leases": [{"run_id": "r", "recording_key": "k"}]}),
        ("I8", {"deliveries": [{"id": "d", "recording_key": "k", "state": "leased"}]}),
    ],
)
def test_each_invariant_can_be_broken(invariant: str, changes: dict[str, Any]) -> None:
    assert [line for line in broken(_facts(**changes), LOG) if line.startswith(invariant)]


@pytest.mark.parametrize(("aimed", "red"), [((), True), ((-50.0,), True), ((95.0, 98.0), False), ((101.0,), True)])
def test_a_recording_that_an_outage_failed_is_seen(aimed: tuple[float, ...], red: bool) -> None:
    failed = _row(status="failed", error_code="provider_unavailable", completed_at=100.0)
    told = _told(type="meeting.failed")
    found = broken(_facts(recordings=failed, told=told, aimed=aimed), LOG)
    assert bool([line for line in found if "by an outage" in line]) is red


def test_a_second_bill_after_a_death_in_between_is_explained() -> None:
    twice = [{**_facts().calls[0], "time": moment} for moment in (10.0, 50.0)]
    assert broken(_facts(calls=twice), LOG)
    assert not broken(_facts(calls=twice), replace(LOG, disturbances=[Disturbance(11.0, 11.0, "kill:worker")]))


@pytest.mark.parametrize(
    "after",
    [
        None,
        {"status": "processing", "revision": 1, "event_seq": 9},
        {"status": "completed", "revision": 0, "event_seq": 9},
    ],
)
def test_a_state_that_un_happens_is_seen(after: dict[str, Any] | None) -> None:
    assert list(unhappened({"status": "completed", "revision": 1, "event_seq": 9}, after))


@pytest.mark.parametrize(("again_at", "red"), [(130.0, False), (190.0, True), (None, True)])
def test_a_recording_that_is_not_continued_in_time_is_seen(again_at: float | None, red: bool) -> None:
    started = {"seq": 1, "type": "run_started", "at": 90.0, "data": {"run_id": "first"}}
    again = {"seq": 2, "type": "run_started", "at": again_at, "data": {"run_id": "second"}}
    history = {"k": [started, again] if again_at is not None else [started]}
    workers = {"first": Sighting("first", 77, "k", gone_at=100.2)}
    found = recoveries(workers, history, [Disturbance(100.0, 100.0, "kill:worker", pids=(77,))])
    assert bool(list(too_slow(found))) is red
    assert bool(list(too_slow(found, 4.0))) is (again_at is None)


def test_a_system_that_stands_still_is_seen() -> None:
    assert list(standstills([0.0, 100.0, 200.0])) == []
    assert list(standstills([0.0, 100.0, 400.0]))


@pytest.mark.parametrize(
    ("after", "found"),
    [(419.0, []), (500.0, ["I10 it came to rest after 500 s, not"]), (None, ["I10 it did not come"])],
)
def test_rest_that_comes_after_the_limit_or_never_is_seen(after: float | None, found: list[str]) -> None:
    seen = Rest(after, 420.0).violations()
    assert len(seen) == len(found)
    assert all(line.startswith(start) and "420 s" in line for line, start in zip(seen, found, strict=True))


def test_how_much_slower_the_machine_became_is_told_by_its_middle() -> None:
    beside = Beside()
    assert beside.slower_than(1.0) == 1.0
    beside.slowness = [1.0, 30.0, 6.0]
    assert beside.slower_than(2.0) == 3.0


# --- deliberate bugs in a real system: minutes long, ``make chaos-check`` ------------------------------------------------


@pytest.fixture(scope="module")
def with_bugs(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, str]]:
    """The harness's report for a system with one bug per invariant, and its recordings by title."""
    drops = tuple(PlannedDrop(number / 2, number, "audio") for number in range(RECORDINGS))
    plan = Plan(0, "sqlite", 15.0, drops, ())
    bugs = write_bugs(tmp_path_factory.mktemp("bugs") / "bugs")
    harness = Harness(plan, python_path=bugs, slack=measured_slack(), hopeless=HOPELESS)
    report = harness.run()
    return report.violations, {row["title"]: key for key, row in harness.recordings.items()}


@pytest.mark.chaos
@pytest.mark.timeout(3600)  # the limits of a run are in the harness, and grow with the load
@pytest.mark.parametrize("invariant", BUGS)
def test_the_bug_that_breaks_an_invariant_is_found(with_bugs: tuple[list[str], dict[str, str]], invariant: str) -> None:
    violations, keys = with_bugs
    wanted = re.sub(r"\{(\d+)\}", lambda found: keys[f"Chaos number {found[1]}"], TRACES[invariant])
    assert [line for line in violations if wanted in line], "\n".join(violations)


@pytest.mark.chaos
@pytest.mark.timeout(3600)  # the limits of a run are in the harness, and grow with the load
def test_a_system_without_a_bug_is_green() -> None:
    drops = tuple(PlannedDrop(number / 2, number, "audio") for number in range(RECORDINGS))
    plan = Plan(0, "sqlite", 15.0, drops, (PlannedFault(0.0, "crash", {"point": "ordering.order_noted"}),))
    # Other tests may begin after the measurement, and no limit is what this is about.
    report = Harness(plan, every_point=True, slack=GENEROUS * measured_slack()).run()
    assert report.violations == [], report.as_text()
