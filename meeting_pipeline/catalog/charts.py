"""Small charts for the metadata of the cross-meeting assets, as PNG inside Markdown.

Must not go here: the rows (``tables.py``).
"""

import base64
import io
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meeting_pipeline.domain.text import short_line

if TYPE_CHECKING:
    from datetime import datetime

    from matplotlib.figure import Figure
    from pandas import DataFrame

_NEWEST = 30
"""Bars in a chart; more would be unreadable."""


def meetings_chart(frame: "DataFrame") -> str:
    """Minutes of the newest meetings, as Markdown; meetings with gaps are marked by colour."""
    shown = frame.sort_values(["date", "recording_id"]).tail(_NEWEST)
    figure, axes = _figure("Minutes per meeting (orange: gaps or failed)", len(shown))
    odd = (shown["gaps"] != "") | (shown["status"] != "completed")
    axes.barh(range(len(shown)), shown["duration_minutes"], color=["#d97706" if o else "#2563eb" for o in odd])
    axes.set_yticks(range(len(shown)), [_short(title) for title in shown["title"]])
    return as_markdown(figure)


def action_items_chart(frame: "DataFrame") -> str:
    """Items of the newest meetings by owner, as Markdown."""
    counts = frame["owner"].fillna("nobody named").value_counts().head(_NEWEST)[::-1]
    figure, axes = _figure("Items of the newest meetings by owner", len(counts))
    axes.barh(range(len(counts)), list(counts), color="#2563eb")
    axes.set_yticks(range(len(counts)), [_short(str(owner)) for owner in counts.index])
    return as_markdown(figure)


def commitments_chart(by_age: Mapping[str, int], by_owner: Mapping[str, tuple[int, int]]) -> str:
    """Open commitments by age and by owner, as Markdown; overdue ones are marked by colour."""
    owners = list(by_owner.items())[:_NEWEST][::-1]
    figure, first = _figure("Open by owner (orange: overdue)", len(owners) + len(by_age) + 3)
    first.remove()
    axes = figure.subplots(2, 1, height_ratios=[max(len(owners), 1), len(by_age)])
    for one in axes:
        one.tick_params(labelsize=8)
        one.spines[["top", "right"]].set_visible(False)
    axes[0].set_title("Open by owner (orange: overdue)", fontsize=10, loc="left")
    names = [_short(name) for name, _ in owners]
    axes[0].barh(range(len(owners)), [in_time for _, (in_time, _) in owners], color="#2563eb")
    axes[0].barh(
        range(len(owners)),
        [late for _, (_, late) in owners],
        left=[in_time for _, (in_time, _) in owners],
        color="#d97706",
    )
    axes[0].set_yticks(range(len(owners)), names)
    axes[1].set_title("Open by age", fontsize=10, loc="left")
    axes[1].barh(range(len(by_age)), list(by_age.values())[::-1], color="#2563eb")
    axes[1].set_yticks(range(len(by_age)), [name.replace("_", " ") for name in by_age][::-1])
    return as_markdown(figure)


def versions_chart(names: Sequence[str], values: Mapping[str, Sequence[float | None]]) -> str:
    """Figures over versions as lines, oldest first, as Markdown. A figure that was not measured leaves a gap."""
    figure, axes = _figure("Figures by version, oldest first", 10)
    for title, line in values.items():
        axes.plot(
            range(len(names)), [float("nan") if value is None else value for value in line], marker="o", label=title
        )
    axes.set_xticks(range(len(names)), [_short(name) for name in names], rotation=30, ha="right")
    axes.set_ylim(0, 1.02)
    axes.legend(fontsize=8)
    return as_markdown(figure)


def campaigns_chart(lines: Mapping[str, Sequence[tuple["datetime", float]]], title: str) -> str:
    """Steps over time, one line for each campaign, as Markdown. A campaign without any value is left out."""
    figure, axes = _figure(title, 10)
    for name, points in lines.items():
        if points:
            axes.step([at for at, _ in points], [value for _, value in points], where="post", label=_short(name))
    axes.set_ylim(bottom=0)
    axes.tick_params(axis="x", rotation=30)
    if axes.lines:
        axes.legend(fontsize=8)
    return as_markdown(figure)


def _figure(title: str, rows: int) -> "tuple[Figure, Any]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, max(1.4, 0.28 * rows + 0.8)), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=10, loc="left")
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def tall_figure(rows: int) -> "Figure":
    """An empty figure for several plots. ``rows``: as many lines of text would be as high."""
    from matplotlib.figure import Figure

    return Figure(figsize=(7, 0.28 * rows + 0.8), layout="constrained")


def _short(text: str) -> str:
    # "$" would start mathematical notation
    return short_line(text, 32).replace("$", r"\$")


def as_markdown(figure: "Figure") -> str:
    """A figure as a picture inside Markdown."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The font lacks the letters of many scripts and draws boxes instead; the table below the chart has the text.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure.savefig(buffer, format="png", dpi=80)
    return f"![chart](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})"
