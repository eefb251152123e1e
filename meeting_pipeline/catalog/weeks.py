"""Sums over the meetings of each week, and their plots, from the files of the table of meetings.

Must not go here: what the table holds (``tables.py``), other charts (``charts.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.catalog.charts import as_markdown, tall_figure
from meeting_pipeline.catalog.columns import MEETINGS
from meeting_pipeline.catalog.files import folders_of

if TYPE_CHECKING:
    from pandas import DataFrame

WEEKS: Final = 26
"""Weeks that are plotted, the latest: half a year, as wide as a plot can be read."""
_BLUE, _ORANGE, _RED = "#2563eb", "#d97706", "#dc2626"
_COLUMNS: Final = ("date", "status", "duration_minutes", "gaps", "action_items", "decisions", "cost_usd")


@dataclass(frozen=True)
class Week:
    """A week, from the Monday on which it begins; ``None`` if there is none."""

    begins: date | None = None
    meetings: int = 0
    hours: float = 0.0
    action_items: int = 0
    decisions: int = 0
    with_gaps: int = 0
    failed: int = 0
    cost_usd: float = 0.0


def by_week(exports: Path) -> list[Week]:
    """The latest weeks that have meetings, oldest first; weeks without meetings between them are there, too."""
    import pandas as pd

    paths = sorted(folders_of(exports, MEETINGS)[0].glob("*.parquet"))
    if not paths:
        return []
    rows = pd.concat([pd.read_parquet(path, columns=list(_COLUMNS)) for path in paths], ignore_index=True)
    rows = rows.dropna(subset=["date"])
    if not len(rows):
        return []
    begins = rows["date"] - pd.to_timedelta(rows["date"].dt.day_of_week, unit="D")
    newest = begins.max()
    rows = rows.assign(week=begins)[begins > newest - timedelta(weeks=WEEKS)]
    sums = {day.date(): _week(day.date(), found) for day, found in rows.groupby("week")}
    first = min(sums)
    count = (newest.date() - first).days // 7 + 1
    days = [first + timedelta(weeks=number) for number in range(count)]
    return [sums.get(day, Week(day)) for day in days]


def _week(begins: date, rows: "DataFrame") -> Week:
    return Week(
        begins=begins,
        meetings=len(rows),
        hours=float(rows["duration_minutes"].sum()) / 60,
        action_items=int(rows["action_items"].sum()),
        decisions=int(rows["decisions"].sum()),
        with_gaps=int(((rows["gaps"] != "") & (rows["status"] == "completed")).sum()),
        failed=int((rows["status"] == "failed").sum()),
        cost_usd=float(rows["cost_usd"].sum()),
    )


def chart(found: Sequence[Week]) -> str:
    """Four plots over these weeks, as Markdown."""
    figure = tall_figure(24)
    axes = figure.subplots(4, 1, sharex=True)
    places = range(len(found))
    labels = [week.begins.strftime("%b %d") if week.begins else "" for week in found]
    sound = [week.meetings - week.failed - week.with_gaps for week in found]
    axes[0].bar(places, sound, color=_BLUE)
    axes[0].bar(places, [week.with_gaps for week in found], bottom=sound, color=_ORANGE)
    upper = [week.meetings - week.failed for week in found]
    axes[0].bar(places, [week.failed for week in found], bottom=upper, color=_RED)
    titles = ("Meetings (orange: gaps, red: failed)", "Hours", "Action items (orange: decisions)", "USD")
    axes[1].bar(places, [week.hours for week in found], color=_BLUE)
    axes[2].plot(places, [week.action_items for week in found], color=_BLUE, marker="o", markersize=3)
    axes[2].plot(places, [week.decisions for week in found], color=_ORANGE, marker="o", markersize=3)
    axes[3].bar(places, [week.cost_usd for week in found], color=_BLUE)
    for one, title in zip(axes, titles, strict=True):
        one.set_title(title, fontsize=10, loc="left")
        one.tick_params(labelsize=8)
        one.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xticks(places, labels, rotation=60)
    return as_markdown(figure)
