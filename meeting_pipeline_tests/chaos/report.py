"""The result of a run: counts, recovery times, violations; as text for people and as JSON.

Must not go here: checking invariants (``invariants.py``).
"""

from __future__ import annotations

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from meeting_pipeline_tests.chaos.faults_services import Services
from meeting_pipeline_tests.chaos.invariants import Facts, repeated_questions
from meeting_pipeline_tests.chaos.observer import Observer
from meeting_pipeline_tests.chaos.recovery import (
    BOUND_S,
    Recovery,
    middle_and_most,
    moved_on,
    recoveries,
    standstills,
    too_slow,
)
from meeting_pipeline_tests.chaos.schedule import Plan


@dataclass(frozen=True)
class Rest:
    """When no work was left, in seconds after the last fault (``None``: never), and the limit for that."""

    after_s: float | None
    limit_s: float

    def violations(self) -> list[str]:
        """I10."""
        limit = f"within {self.limit_s:.0f} s, the limit computed before the run"
        if self.after_s is None:
            return [f"I10 it did not come to rest, neither {limit}, nor after it"]
        return [f"I10 it came to rest after {self.after_s:.0f} s, not {limit}"] if self.after_s > self.limit_s else []


@dataclass
class Report:
    """A finished run. Seconds are wall-clock seconds."""

    seed: int
    database: str
    minutes: float
    dropped: dict[str, int]
    outcomes: dict[str, int]
    faults: dict[str, int]
    fault_hits: dict[str, int]
    purchases: dict[str, int]
    model_calls: dict[str, int]
    webhooks: dict[str, int]
    recovery: dict[str, dict[str, float | int | None]]
    quiet_s: float | None
    quiet_limit_s: float
    starts: int
    looks: dict[str, int]
    slack: float
    slowness: dict[str, float]
    violations: list[str]

    def as_json(self) -> str:
        """The whole report."""
        return json.dumps(asdict(self), indent=1)

    def as_text(self) -> str:
        """One line per fact."""
        quiet = f"{self.quiet_s:.0f} s after the last fault" if self.quiet_s is not None else "NEVER"
        lines = [
            f"chaos on {self.database}, seed {self.seed}, {self.minutes:g} min of faults; everything done: {quiet} "
            f"(limit {self.quiet_limit_s:.0f} s)",
            f"dropped      {_counts(self.dropped)}",
            f"outcomes     {_counts(self.outcomes)}",
            f"faults       {sum(self.faults.values())}: {_counts(self.faults)}",
            f"  that hit   {_counts(self.fault_hits)}",
            f"purchases    {_counts(self.purchases)}",
            f"model calls  {_counts(self.model_calls)}",
            f"webhooks     {_counts(self.webhooks)}",
        ]
        for kind, times in self.recovery.items():
            if times["n"]:
                lines.append(f"recovery     {kind}: {times['n']}, median {times['median_s']} s, max {times['max_s']} s")
        lines.append(
            f"machine      bounds x {self.slack:g}; slower than usual during the run: {_counts(self.slowness)}"
        )
        lines += [f"starts of up {self.starts}; looks {_counts(self.looks)}", f"violations   {len(self.violations)}"]
        return "\n".join([*lines, *(f"  {one}" for one in self.violations)])


def make_report(
    plan: Plan,
    facts: Facts,
    observer: Observer,
    services: Services,
    rest: Rest,
    starts: int,
    slack: float,
    slowness: list[float],
) -> Report:
    """Collect the counts. Adds recoveries that were too slow to the violations, with bounds multiplied by ``slack``.

    ``slowness``: how much slower than usual the machine was, sampled during the run.
    """
    log = observer.log
    log.violations += rest.violations()
    found = recoveries(observer.workers, facts.events, log.disturbances)
    log.violations += too_slow(found, slack)
    log.violations += standstills(_moments(facts), slack)
    hits = [*services.provider_faults.log, *services.receiver_faults.log]
    states = Counter(row["state"] for row in facts.deliveries)
    return Report(
        seed=plan.seed,
        database=plan.database,
        minutes=round(plan.seconds / 60, 2),
        dropped=dict(Counter(one.kind for one in log.handed)),
        outcomes=dict(
            Counter(
                f"{row['status']}" + f" {row['error_code']}" * bool(row["error_code"])
                for row in facts.recordings.values()
            )
        ),
        faults=dict(sorted(Counter(one.kind for one in log.disturbances).items())),
        fault_hits=dict(Counter(hit.kind for hit in hits)),
        purchases={
            "orders": len(facts.orders),
            "recordings": len({order["sha256"] for order in facts.orders}),
            "uploads": len(services.provider_state.ledger.uploads),
        },
        model_calls={
            "billed": len(facts.calls),
            "questions": len(facts.calls) - len(repeated_questions(facts)),
            "billed again": len(repeated_questions(facts)),
            "answers spoiled on their way": facts.lost_answers,
        },
        webhooks={
            "events": sum(map(len, facts.told.values())),
            "deliveries": len(facts.deliveries),
            **{f"of them {state}": count for state, count in states.items()},
            "arrived": len(facts.received),
            "accepted": sum(200 <= entry["status"] < 300 for entry in facts.received),
        },
        recovery=_recovery(found, facts, observer),
        quiet_s=rest.after_s,
        quiet_limit_s=rest.limit_s,
        starts=starts,
        looks={"all": log.looks, "blind": log.blind},
        slack=slack,
        slowness={"median": _shown(statistics.median(slowness)), "max": _shown(max(slowness))} if slowness else {},
        violations=log.violations,
    )


def _recovery(found: list[Recovery], facts: Facts, observer: Observer) -> dict[str, dict[str, float | int | None]]:
    continued = [one.continued_s for one in found if one.continued_s is not None]
    shown = {
        "worker died, noticed": middle_and_most([one.noticed_s for one in found if one.noticed_s is not None]),
        "worker died, continued by another run": middle_and_most(continued),
        f"... of them within {BOUND_S:.0f} s": middle_and_most([s for s in continued if s <= BOUND_S]),
    }
    moments = _moments(facts)
    by_kind = defaultdict(list)
    for one in observer.log.disturbances:
        seconds = moved_on(one, moments)
        if seconds is not None:
            by_kind[one.kind].append(seconds)
    return shown | {f"{kind}, next step of any recording": middle_and_most(s) for kind, s in sorted(by_kind.items())}


def _moments(facts: Facts) -> list[float]:
    return sorted(event["at"] for events in facts.events.values() for event in events)


def _shown(times: float) -> float:
    return round(times, 1)


def _counts(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
