"""Totals and their labels, including those that come from maintained sums: of both ledgers and of the outbox.

Maintained sums (``kept_sums.py``) are not reduced when a recording is deleted: a total must not fall.
Must not go here: totals of events (``event_totals.py``), storing totals (``counters.py``), names of metrics (``api/metrics/``).
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.metrics.kept_sums import Group, Sums


class Total(NamedTuple):
    """What is counted: a name and the values of its labels."""

    name: str
    labels: tuple[str, ...] = ()


class Totals(defaultdict[Total, float]):
    """The value of each total; 0 for a missing one."""

    def __init__(self) -> None:
        super().__init__(float)

    def add(self, others: Mapping[Total, float]) -> "Totals":
        """Add the others to these totals, and return these."""
        for total, value in others.items():
            self[total] += value
        return self


def of_ledgers(sums: Mapping[Group, Sums]) -> Totals:
    """Totals of both ledgers and of the outbox."""
    totals = Totals()
    for group, found in sums.items():
        _ADDS.get(group.name, _nothing)(totals, group.labels, found)
    return totals


def _of_orders(totals: Totals, labels: tuple[str, ...], found: Sums) -> None:
    totals[Total("orders", labels)] += found.number
    totals[Total("order_usd", labels)] += found.amount


def _of_calls(totals: Totals, labels: tuple[str, ...], found: Sums) -> None:
    insight, model, state, code = labels
    if not found.number:
        return  # its calls are in another state by now
    if state in BILLED:
        totals[Total("answers", (insight, model))] += found.number
        totals[Total("answer_usd", (model,))] += found.amount
        for kind, number in (("input", found.input), ("cached", found.cached), ("output", found.output)):
            totals[Total("tokens", (model, kind))] += number
    if state in ("unusable", "lost"):
        totals[Total("wasted_answers", (insight, state, code or "unknown"))] += found.number


def _of_attempts(totals: Totals, labels: tuple[str, ...], found: Sums) -> None:
    host, result = labels
    totals[Total("webhook_attempts", (host, result))] += found.number
    totals[Total("webhook_seconds", (host,))] += found.amount / 1000


def _nothing(_totals: Totals, _labels: tuple[str, ...], _found: Sums) -> None:
    """Sums that are no totals."""


_ADDS: Final = {"orders_placed": _of_orders, "calls": _of_calls, "attempts": _of_attempts}
