"""The plan of a chaos run: what is dropped and what goes wrong, when. The same seed gives the same plan.

Belongs here: random choices. Must not go here: carrying them out (``harness.py``, ``faults_*.py``).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PROCESSES = ("worker", "code-server", "daemon", "webserver", "launcher", "http-service")
DROP_EVERY_S = 8.0
FAULT_EVERY_S = (5.0, 16.0)
"""Seconds between two faults, so that most recordings meet one and some meet several."""
SHORT_S, SHORT_DROPS_S, SHORT_FAULTS_S = 180.0, 5.0, (3.0, 7.0)
"""A run shorter than ``SHORT_S`` is denser, so that faults hit something."""
FIRST_FAULT_S = 8.0
FREEZE_S = (2.0, 12.0, 45.0)
"""A short freeze, one longer than a heartbeat, one longer than a lease."""
PROVIDER_ROUTES = ("POST /v2/upload", "POST /v2/transcript", "GET /v2/transcript*", "POST /v1/responses")
DROP_KINDS = (("audio", 72), ("canary", 10), ("transcript", 8), ("again", 5), ("refused", 3), ("unusable", 2))
"""``again``: content dropped before; ``refused``: the provider rejects it; ``unusable``: not a recording at all."""


@dataclass(frozen=True)
class PlannedDrop:
    """A file to submit. ``at``: seconds after the start of the fault window; ``of``: the number that it repeats."""

    at: float
    number: int
    kind: str
    of: int | None = None


@dataclass(frozen=True)
class PlannedFault:
    """A fault. ``how`` holds the parameters of its kind."""

    at: float
    kind: str
    how: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """The whole plan of a run."""

    seed: int
    database: str
    seconds: float
    drops: tuple[PlannedDrop, ...]
    faults: tuple[PlannedFault, ...]

    def save(self, path: Path) -> None:
        """Write the plan, for a replay."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read a saved plan."""
        found = json.loads(path.read_text(encoding="utf-8"))
        drops = tuple(PlannedDrop(**drop) for drop in found.pop("drops"))
        return cls(drops=drops, faults=tuple(PlannedFault(**fault) for fault in found.pop("faults")), **found)


def make_plan(seed: int, seconds: float, database: str, points: Sequence[str]) -> Plan:
    """Draw a plan. ``points``: names of crash points to choose from; ``database``: ``sqlite`` or ``postgres``."""
    short = seconds < SHORT_S
    drop_every_s, fault_every_s = (SHORT_DROPS_S, SHORT_FAULTS_S) if short else (DROP_EVERY_S, FAULT_EVERY_S)
    dice = random.Random(f"{seed}:{database}")
    drops = tuple(_drops(dice, seconds, drop_every_s))
    faults = tuple(_faults(dice, seconds, database, points, fault_every_s))
    return Plan(seed, database, seconds, drops, faults)


def _drops(dice: random.Random, seconds: float, every_s: float) -> Iterator[PlannedDrop]:
    kinds, weights = zip(*DROP_KINDS, strict=True)
    at, number, repeatable = 0.0, 0, list[int]()
    while at < seconds:
        (kind,) = dice.choices(kinds, weights)
        if kind == "again" and not repeatable:
            kind = "audio"
        yield PlannedDrop(round(at, 2), number, kind, dice.choice(repeatable) if kind == "again" else None)
        if kind in ("audio", "canary"):
            repeatable.append(number)
        number += 1
        at += dice.uniform(0.5, 1.5) * every_s


def _faults(
    dice: random.Random, seconds: float, database: str, points: Sequence[str], every_s: tuple[float, float]
) -> Iterator[PlannedFault]:
    kinds, names = _bag(dice, _kinds(database, bool(points))), _bag(dice, points)
    at = FIRST_FAULT_S
    while at < seconds:
        kind = next(kinds)
        how = {"point": next(names)} if kind == "crash" else _how(dice, kind)
        yield PlannedFault(round(at, 2), kind, how)
        at += dice.uniform(*every_s)


def _bag(dice: random.Random, things: Sequence[str]) -> Iterator[str]:
    """Each item once in random order, then again: a long run meets every kind, a short one a fair share."""
    while things:
        yield from dice.sample(things, len(things))


def _kinds(database: str, crashes: bool) -> list[str]:
    """Every kind of fault, repeated according to its weight."""
    kinds = ["kill:worker"] * 3 + [f"kill:{name}" for name in (*PROCESSES[1:], "supervisor", "everything")]
    kinds += ["freeze:worker"] * 2 + [f"freeze:{name}" for name in (*PROCESSES[1:], "supervisor")]
    kinds += ["crash"] * 6 * crashes
    kinds += [
        f"provider:{name}"
        for name in (
            "429",
            "429-later",
            "5xx",
            "reset-before",
            "reset-after",
            "cut",
            "malformed",
            "html",
            "drip",
            "gone",
        )
    ]
    kinds += [f"receiver:{name}" for name in ("5xx", "429", "reset-before", "reset-after", "drip", "gone")]
    kinds += {
        "sqlite": ["database:locked"] * 3,
        "postgres": ["database:terminate", "database:terminate", "database:down", "database:restart"],
    }[database]
    return [*kinds, "disk:full"]


def _how(dice: random.Random, kind: str) -> dict[str, Any]:
    group, _, name = kind.partition(":")
    if group == "freeze":
        return {"seconds": dice.choice(FREEZE_S) * round(dice.uniform(0.8, 1.2), 2)}
    if group == "provider":
        return _provider(dice, name)
    if group == "receiver":
        return {"seconds": round(dice.uniform(5, 20), 1)} if name == "gone" else {"times": dice.randint(1, 4)}
    if group in ("database", "disk"):
        return {"seconds": round(dice.uniform(2, 15), 1)}
    return {}


def _provider(dice: random.Random, name: str) -> dict[str, Any]:
    if name == "gone":
        return {"seconds": round(dice.uniform(5, 25), 1)}
    how: dict[str, Any] = {"match": dice.choice(PROVIDER_ROUTES), "times": dice.randint(1, 4)}
    if name == "5xx":
        how["status"] = dice.choice((500, 502, 503, 504))
    if name == "429-later":
        how["retry_after"] = dice.randint(1, 6)
    return how
