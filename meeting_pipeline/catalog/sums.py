"""Sums over the rows of a part. Those of all parts are added up for the cross-meeting assets, without reading their files.

Must not go here: the rows (``tables.py``), where sums are stored (``files.py``).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from meeting_pipeline.catalog.columns import ACTION_ITEMS, MEETINGS

if TYPE_CHECKING:
    from pandas import DataFrame

ROWS = "rows"


def sums_of(tables: "Mapping[str, DataFrame]") -> dict[str, dict[str, float]]:
    """The sums of each table."""
    return {name: {ROWS: len(frame), **_SUMS[name](frame)} for name, frame in tables.items()}


def added(parts: Iterable[Mapping[str, Mapping[str, float]]]) -> dict[str, Counter[str]]:
    """The sums of all parts together, by table."""
    total: dict[str, Counter[str]] = {name: Counter() for name in _SUMS}
    for part in parts:
        for name, sums in part.items():
            total[name].update(sums)
    return total


def _meetings(frame: "DataFrame") -> dict[str, float]:
    return {
        "minutes_in_all": float(frame["duration_minutes"].sum()),
        "with_gaps": int((frame["gaps"] != "").sum()),
        "drafts": int(frame["draft"].sum()),
        "failed": int((frame["status"] == "failed").sum()),
        "cost_usd": float(frame["cost_usd"].sum()),
    }


def _action_items(frame: "DataFrame") -> dict[str, float]:
    return {
        "with_due_date": int(frame["due_date"].notna().sum()),
        "nobody_named": int(frame["owner"].isna().sum()),
        "candidates": int(frame["candidate"].sum()),
        "unverified": int((frame["verdict"] == "unverified").sum()),
    }


_SUMS = {MEETINGS: _meetings, ACTION_ITEMS: _action_items}
