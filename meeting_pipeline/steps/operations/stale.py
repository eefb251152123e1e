"""Which results are stale, since when, and the cost of making them again.

Must not go here: finding them (``store/results/origins.py``), prices (``expected_calls.py``), output (``cli/``, ``api/``).
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.fingerprints import fingerprints_in_use
from meeting_pipeline.steps.operations.bill import Bill, bill
from meeting_pipeline.steps.operations.expected_calls import Expected, expected
from meeting_pipeline.store.results.origins import Chosen, StaleResult


@dataclass(frozen=True)
class StaleVersion:
    """The stale results of one insight that were made in the same way. ``since``: since when they are stale, if it is known.

    ``in_use``: the fingerprint with which they would be made now. ``keys``: the recordings, the latest meeting first.
    """

    insight: str
    fingerprint: str
    in_use: str
    provider: str
    model: str
    replaced: bool
    since: datetime | None
    keys: tuple[str, ...]
    calls: int
    usd: float
    unpriced: int
    by_length: int


@dataclass(frozen=True)
class StaleReport:
    """All of them. ``total``: the bill of making everything again at once."""

    versions: tuple[StaleVersion, ...]
    total: Bill


def in_use(installation: Installation, insights: Collection[str] = ()) -> dict[str, str]:
    """The fingerprints in use of these insights, or of all."""
    every = fingerprints_in_use(installation.analyst)
    return {name: fingerprint for name, fingerprint in every.items() if not insights or name in insights}


def note_in_use(installation: Installation) -> list[str]:
    """Remember since when the running system makes results in this way. Returns the insights for which that is new."""
    return installation.store.origins.note_in_use(in_use(installation))


def stale_results(
    installation: Installation, insights: Collection[str] = (), chosen: Chosen | None = None, sample: int | None = None
) -> list[StaleResult]:
    """The stale results, the latest meeting first. ``sample``: of only this many recordings.

    A sample is spread over all of them, and is the same each time for the same recordings.
    """
    rows = installation.store.origins.stale(in_use(installation, insights), chosen)
    if sample is None:
        return rows
    taken = set(sampled({row.key for row in rows}, sample))
    return [row for row in rows if row.key in taken]


def sampled(keys: Collection[str], many: int) -> list[str]:
    """So many of these recordings, in their order: spread over all, and the same each time for the same recordings."""
    taken = set(sorted(keys, key=lambda key: hashlib.sha256(key.encode()).digest())[:many])
    return [key for key in keys if key in taken]


def stale_report(
    installation: Installation, insights: Collection[str] = (), chosen: Chosen | None = None
) -> StaleReport:
    """All stale results of these insights, or of all, with what making them again costs."""
    wanted = in_use(installation, insights)
    rows = installation.store.origins.stale(wanted, chosen)
    since = installation.store.origins.in_use_since(wanted)
    costs = expected(installation, rows)
    groups: dict[tuple[str, str, str], list[StaleResult]] = {}
    for row in rows:
        groups.setdefault((row.result, row.fingerprint, row.model), []).append(row)
    versions = [
        _version(group, wanted[name], since.get(name), [costs[row.key, row.result] for row in group])
        for (name, _, _), group in groups.items()
    ]
    order = list(wanted)
    versions.sort(key=lambda one: (order.index(one.insight), -len(one.keys), one.fingerprint))
    return StaleReport(tuple(versions), bill(installation, rows))


def _version(
    group: Sequence[StaleResult], fingerprint: str, changed_at: datetime | None, costs: Sequence[Expected]
) -> StaleVersion:
    first = group[0]
    since = min(row.since for row in group) if first.replaced else changed_at
    return StaleVersion(
        insight=first.result,
        fingerprint=first.fingerprint,
        in_use=fingerprint,
        provider=first.provider,
        model=first.model,
        replaced=first.replaced,
        since=since,
        keys=tuple(row.key for row in group),
        calls=sum(len(cost.calls) for cost in costs),
        usd=sum(cost.usd for cost in costs),
        unpriced=sum(cost.unpriced for cost in costs),
        by_length=sum(cost.by_length for cost in costs),
    )
