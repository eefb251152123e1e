"""A measurement as a table for people and as JSON for programs.

Must not go here: figures (``figures.py``), the choice of the worst items (``worst.py``).
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from meeting_pipeline.domain.text import table
from meeting_pipeline.evaluation import policies
from meeting_pipeline.evaluation.figures import METRICS, Figure, Metric
from meeting_pipeline.evaluation.measuring import Measurement
from meeting_pipeline.evaluation.worst import worst_items

_COUNTS: Final = ("tokens.input", "tokens.cached", "tokens.output")
HUMAN: Final = {"action_items.kappa": policies.HUMAN_KAPPA}
"""What people reach, where it has been published; see the policy for the source."""


def report_text(measurement: Measurement) -> str:
    """The version, the set, and a table of the figures that could be measured."""
    total = measurement.total
    labels = f"{total['action_items.gold']:g} action items and {total['decisions.gold']:g} decisions labelled"
    head = [
        f"Version {measurement.version} ({measurement.provider}, {measurement.model})",
        f"Set {measurement.fingerprint}: {len(measurement.results)} meetings, {labels}; "
        f"{total['claims.false']:g} scripted lies, {total['claims.true']:g} scripted truths",
    ]
    interval = f"{policies.INTERVAL:.0%} interval"
    figures = table(("FIGURE", "VALUE", interval.upper(), "PEOPLE"), _rows(measurement))
    problems = [f"{result.meeting.name}: {why}" for result in measurement.results for why in result.problems]
    tail = [*problems, *([f"Stopped: {measurement.stopped}"] if measurement.stopped else [])]
    return "\n".join([*head, "", figures, *([""] if tail else []), *tail])


def report_json(measurement: Measurement) -> dict[str, Any]:
    """Everything, with the counts of each meeting and the worst items."""
    return {
        "version": measurement.version,
        "provider": measurement.provider,
        "model": measurement.model,
        "prompt_versions": measurement.prompt_versions,
        "insights": list(measurement.insights),
        "set": measurement.fingerprint,
        "meetings": {result.meeting.name: dict(result.tally) for result in measurement.results},
        "complete": measurement.complete,
        "stopped": measurement.stopped or None,
        "problems": {r.meeting.name: list(r.problems) for r in measurement.results if r.problems},
        "figures": figures_json(measurement.figures),
        "people": dict(HUMAN),
        "worst": [asdict(item) for item in worst_items(measurement.results)],
    }


def figures_json(figures: dict[str, Figure]) -> dict[str, Any]:
    """The figures that could be measured."""
    return {name: figure.model_dump() for name, figure in figures.items() if figure.value is not None}


def shown(metric: Metric, value: float | None) -> str:
    """A value for people."""
    if value is None:
        return ""
    if metric.name in _COUNTS:
        return f"{value:,.0f}"
    if metric.name.endswith(".trapped"):
        return f"{value:g}"
    return f"{value:.6f}" if metric.name == "cost_usd" else f"{value:.3f}"


def _rows(measurement: Measurement) -> Sequence[tuple[str, str, str, str]]:
    rows = []
    for metric in METRICS:
        figure = measurement.figures[metric.name]
        if figure.value is None:
            continue
        bounds = f"{shown(metric, figure.low)} to {shown(metric, figure.high)}" if figure.low is not None else ""
        people = f"{HUMAN[metric.name]:.2f}" if metric.name in HUMAN else ""
        rows.append((metric.title, shown(metric, figure.value), bounds, people))
    return rows
