"""What must be true when all faults are over: I1 to I9. Each function yields one line for each violation.

Checked against rows, the provider's ledger and the receiver's log, without any of the system's own code.
Must not go here: how long recovery took (``recovery.py``), where canaries were found (``traces.py``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from meeting_pipeline_tests.chaos.observer import TERMINAL, Disturbance, Handed, Log, Reader

ROWS_OF = {
    "transcript": ("segments", "segments"),
    "speakers": ("speakers", "names"),
    "action_items": ("action_items", "items"),
    "decisions": ("decisions", "decisions"),
}
"""Kind of result -> table of its current rows, and field of its payload."""
LOSING = ("kill", "crash", "freeze", "database", "disk", "up")
"""Prefixes of disturbances that can occur between a paid response and its row."""
ANSWERS_AT_ONCE = 4
RUNS_AT_ONCE = 4
SLACK_S = 2.0
PROVIDER_CODES = ("provider_unavailable", "provider_busy", "provider_timeout")
"""Error codes of a recording whose attempts were used up while the provider worked for others."""
AIMED_S = 120.0
"""Upper bound for all attempts of a recording, with scaled waits, retries of a call and slow responses."""


@dataclass
class Facts:
    """The final state. ``received``: what the receiver got, oldest first; ``ledger``: the provider's."""

    recordings: dict[str, dict[str, Any]]
    submissions: list[dict[str, Any]]
    events: dict[str, list[dict[str, Any]]]
    told: dict[str, list[dict[str, Any]]]
    deliveries: list[dict[str, Any]]
    artifacts: list[dict[str, Any]]
    counts: dict[str, dict[str, int]]
    leases: list[dict[str, Any]]
    received: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    lost_answers: int = 0
    aimed: tuple[float, ...] = ()
    """When a provider damaged single responses, as Unix seconds; times when it was unavailable are not included."""

    @property
    def by_hash(self) -> dict[str, dict[str, Any]]:
        """Recordings by the hash of the dropped file."""
        return {row["sha256"]: row for row in self.recordings.values()}

    def accepted(self, hook: str) -> list[dict[str, Any]]:
        """Deliveries that a hook answered with 2xx, in order of arrival."""
        return [entry for entry in self.received if entry["name"] == hook and 200 <= entry["status"] < 300]


def load_facts(
    reader: Reader,
    *,
    received: list[dict[str, Any]],
    ledger: dict[str, Any],
    lost_answers: int,
    aimed: tuple[float, ...],
) -> Facts:
    """Read everything that the invariants need."""
    events, told = defaultdict(list), defaultdict(list)
    for row in reader.rows("SELECT * FROM recording_events ORDER BY recording_key, seq"):
        events[row["recording_key"]].append(row)
    for row in reader.rows("SELECT * FROM webhook_events ORDER BY recording_key, revision"):
        told[row["recording_key"]].append(row)
    counts = {
        table: {
            row["recording_key"]: row["n"]
            for row in reader.rows(f"SELECT recording_key, count(*) AS n FROM {table} GROUP BY recording_key")  # noqa: S608 - our own names
        }
        for table, _ in ROWS_OF.values()
    }
    return Facts(
        recordings={row["key"]: row for row in reader.rows("SELECT * FROM recordings")},
        submissions=reader.rows("SELECT * FROM submissions"),
        events=events,
        told=told,
        deliveries=reader.rows("SELECT * FROM webhook_deliveries"),
        artifacts=reader.rows("SELECT * FROM artifacts ORDER BY recording_key, kind, version"),
        counts=counts,
        leases=reader.rows("SELECT * FROM run_leases WHERE state IN ('live', 'fenced')"),
        received=received,
        orders=ledger["orders"],
        calls=ledger["llm_calls"],
        lost_answers=lost_answers,
        aimed=aimed,
    )


def broken(facts: Facts, log: Log) -> list[str]:
    """All violations of a finished run."""
    return [
        *every_recording_ends(facts, log.handed),
        *every_outcome_is_told(facts, log.handed),
        *nothing_is_told_that_was_not_committed(facts),
        *nothing_is_bought_twice(facts),
        *answers_are_bought_again_only_after_a_loss(facts, log.disturbances),
        *no_row_is_by_halves(facts),
        *events_are_gapless(facts),
        *nobody_dead_holds_anything(facts),
    ]


def every_recording_ends(facts: Facts, handed: list[Handed]) -> Iterator[str]:
    """I1. For a file that intake rejects, the end is a webhook at its hook."""
    known = facts.by_hash
    for one in handed:
        if one.kind == "unusable":
            if not any('"meeting.failed"' in entry["body"] for entry in facts.accepted(one.hook)):
                yield f"I1 {one.name}: the refused file was never told"
            continue
        row = known.get(one.sha256)
        if row is None:
            yield f"I1 {one.name}: no recording has it"
        elif row["status"] not in TERMINAL:
            yield f"I1 {one.name}: {row['status']}, {row['stage']}, waits for {row['error_code']}"
        elif one.kind != "refused" and row["status"] == "failed" and row["error_code"] in ("internal_error",):
            yield f"I1 {one.name}: failed by a bug ({row['error_code']})"
        elif one.kind != "refused" and row["status"] == "failed" and _failed_by_an_outage(row, facts.aimed):
            yield f"I1 {one.name}: failed by an outage ({row['error_code']})"


def _failed_by_an_outage(row: dict[str, Any], aimed: tuple[float, ...]) -> bool:
    """An outage uses up no attempts: a provider can fail a recording only by responses that it damaged shortly before."""
    moment = row["completed_at"]
    return row["error_code"] in PROVIDER_CODES and not any(moment - AIMED_S < at <= moment for at in aimed)


def every_outcome_is_told(facts: Facts, handed: list[Handed]) -> Iterator[str]:
    """I2. Each hook got the last revision; each revision arrived under one id with the same signed bytes, and in order."""
    known = facts.by_hash
    rows = {row["id"]: row for events in facts.told.values() for row in events}
    for one in handed:
        arrived = [entry for entry in facts.received if entry["name"] == one.hook]
        yield from _well_made(one, arrived)
        accepted = [rows[entry["headers"].get("webhook-id", "")]["revision"] for entry in facts.accepted(one.hook)
                    if entry["headers"].get("webhook-id", "") in rows]  # fmt: skip
        first = list(dict.fromkeys(accepted))
        if first != sorted(first):
            yield f"I2 {one.hook}: revisions arrived as {first}"
        row = known.get(one.sha256)
        if row is None or row["status"] not in TERMINAL:
            continue
        wanted = set(range(1, row["revision"] + 1)) if one.kind != "again" else {row["revision"]}
        if not first or not wanted <= set(first):
            states = Counter(d["state"] for d in facts.deliveries if d["recording_key"] == row["key"])
            yield f"I2 {one.hook}: {row['status']} in revision {row['revision']}, heard {first} ({dict(states)})"


def _well_made(one: Handed, arrived: list[dict[str, Any]]) -> Iterator[str]:
    bodies = defaultdict(set)
    for entry in arrived:
        headers = entry["headers"]
        bodies[headers.get("webhook-id")].add(entry["body"])
        if not entry["signature_ok"]:
            yield f"I2 {one.hook}: a delivery without a valid signature"
        if headers.get("x-webhook-secret") != one.secret:
            yield f"I2 {one.hook}: a delivery without its submitter's secret"
    for event_id, different in bodies.items():
        if len(different) > 1:
            yield f"I2 {one.hook}: {len(different)} different bodies under {event_id}"


def nothing_is_told_that_was_not_committed(facts: Facts) -> Iterator[str]:
    """I3."""
    rows = {row["id"]: row for events in facts.told.values() for row in events}
    for entry in facts.received:
        row = rows.get(entry["headers"].get("webhook-id", ""))
        if row is None:
            yield f"I3 {entry['name']}: an event that no row knows ({entry['headers'].get('webhook-id')})"
        elif row["body"].decode() != entry["body"]:
            yield f"I3 {entry['name']}: other bytes than the stored ones of {row['id']}"
    for key, row in facts.recordings.items():
        last = facts.told.get(key, [])[-1:]
        if last and row["status"] in TERMINAL and last[0]["type"] != f"meeting.{row['status']}":
            yield f"I3 {key}: is {row['status']}, and the last that was told is {last[0]['type']}"


def nothing_is_bought_twice(facts: Facts) -> Iterator[str]:
    """I4, transcripts."""
    for sha256, times in Counter(order["sha256"] for order in facts.orders).items():
        if times > 1:
            row = facts.by_hash.get(sha256 or "", {})
            yield f"I4 {row.get('key', sha256)}: ordered {times} times"


def repeated_questions(facts: Facts) -> list[tuple[float, float]]:
    """Times of two consecutive charges for the same call, for each call that was charged more than once."""
    asked = defaultdict(list)
    for call in facts.calls:
        asked[call["insight"], call["model"], call["prompt"]].append(call["time"])
    return [pair for times in asked.values() for pair in pairwise(times)]


def answers_are_bought_again_only_after_a_loss(facts: Facts, disturbances: list[Disturbance]) -> Iterator[str]:
    """I4, responses: each repeated charge needs a disturbance between the response and its row; their number is limited."""
    repeated = repeated_questions(facts)
    losses = [one for one in disturbances if one.kind.startswith(LOSING)]
    most = facts.lost_answers + ANSWERS_AT_ONCE * RUNS_AT_ONCE * len(losses)
    if len(repeated) > most:
        yield f"I4 {len(repeated)} questions were billed again, and {most} could have been lost"
    for first, second in repeated:
        if not facts.lost_answers and not any(one.at < second and one.until > first - SLACK_S for one in losses):
            yield f"I4 a question was billed at {first:.0f} and again at {second:.0f}, and nothing came in between"


def no_row_is_by_halves(facts: Facts) -> Iterator[str]:
    """I5. The current rows match the newest available version; a completed recording has a transcript and minutes."""
    newest = {(row["recording_key"], row["kind"]): row for row in facts.artifacts if row["available"]}
    for (key, kind), row in newest.items():
        if kind in ROWS_OF:
            table, field = ROWS_OF[kind]
            wanted, found = len(row["payload"][field]), facts.counts[table].get(key, 0)
            if wanted != found:
                yield f"I5 {key}: {found} of {wanted} {table}"
    for table, counts in facts.counts.items():
        kind = next(kind for kind, (name, _) in ROWS_OF.items() if name == table)
        for key in counts:
            if (key, kind) not in newest:
                yield f"I5 {key}: {table} without a version"
    yield from _completed_by_halves(facts, set(newest))


def _completed_by_halves(facts: Facts, good: set[tuple[str, str]]) -> Iterator[str]:
    for key, row in facts.recordings.items():
        missing = {kind for kind in ("transcript", "minutes") if (key, kind) not in good}
        if row["status"] == "completed" and missing:
            yield f"I5 {key}: completed without {sorted(missing)}"
    stored = Counter((row["recording_key"], row["kind"], row["version"]) for row in facts.artifacts)
    for (key, kind, version), count in stored.items():
        if count > 1:
            yield f"I5 {key}: version {version} of {kind} twice"


def events_are_gapless(facts: Facts) -> Iterator[str]:
    """I6."""
    for key, row in facts.recordings.items():
        found = [event["seq"] for event in facts.events.get(key, [])]
        if found != list(range(1, row["event_seq"] + 1)):
            yield f"I6 {key}: events {found}, and the row says {row['event_seq']}"


def nobody_dead_holds_anything(facts: Facts) -> Iterator[str]:
    """I8, rows."""
    for lease in facts.leases:
        yield f"I8 run {lease['run_id']} still has a live lease on {lease['recording_key']}"
    for one in facts.deliveries:
        if one["state"] == "leased":
            yield f"I8 delivery {one['id']} is still taken"
