"""Figures with intervals, from the counts of single meetings.

An interval comes from a bootstrap over whole meetings, because items of one meeting are not independent of each other. The
meetings of one series are not independent either, so with few series the true uncertainty is larger.
Must not go here: the counts (``scoring.py``), what is shown (``report.py``).
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from meeting_pipeline.domain.value import Value
from meeting_pipeline.evaluation import policies
from meeting_pipeline.evaluation.meetings import KINDS
from meeting_pipeline.evaluation.scoring import FACTS, SHOWN, Tally, added

Better = Literal["higher", "lower", ""]


class Figure(Value):
    """A measured value with its interval. ``value`` is ``None`` if there was nothing to measure."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Metric:
    """How a figure is computed from counts. ``better``: which direction is; empty: it only describes."""

    name: str
    title: str
    of: Callable[[Mapping[str, float]], float | None]
    better: Better = "higher"
    guarded: bool = False
    """Whether a version must not be worse in it than the current one."""


def _ratio(part: str, whole: str) -> Callable[[Mapping[str, float]], float | None]:
    return lambda counts: counts[part] / counts[whole] if counts[whole] else None


def _f1(name: str, gold: str, found: str = "found") -> Callable[[Mapping[str, float]], float | None]:
    def of(counts: Mapping[str, float]) -> float | None:
        if not counts[gold] and not counts[f"{name}.predicted"]:
            return None
        precision = counts[f"{name}.right"] / counts[f"{name}.predicted"] if counts[f"{name}.predicted"] else 0.0
        recall = counts[f"{name}.{found}"] / counts[gold] if counts[gold] else 0.0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    return of


def _kappa(kind: str) -> Callable[[Mapping[str, float]], float | None]:
    """Cohen's kappa over the turns of the meetings."""

    def of(counts: Mapping[str, float]) -> float | None:
        both, gold, mine, none = (counts[f"{kind}.turns_{cell}"] for cell in ("yes_yes", "yes_no", "no_yes", "no_no"))
        total = both + gold + mine + none
        if not total or not both + gold:
            return None
        by_chance = ((both + gold) * (both + mine) + (none + gold) * (none + mine)) / total**2
        return ((both + none) / total - by_chance) / (1 - by_chance) if by_chance < 1 else None

    return of


def _trapped(kind: str) -> Callable[[Mapping[str, float]], float | None]:
    return lambda counts: float(counts[f"{kind}.trapped"]) if counts[f"{kind}.traps"] else None


def _turns(kind: str) -> Callable[[Mapping[str, float]], float | None]:
    cells = [f"{kind}.turns_{cell}" for cell in ("yes_yes", "yes_no", "no_yes", "no_no")]
    return lambda counts: counts[f"{kind}.turns_near"] / total if (total := sum(counts[c] for c in cells)) else None


def _of_kind(kind: str) -> list[Metric]:
    title = kind.replace("_", " ")
    facts, shown, gold = f"{kind}.{FACTS}", f"{kind}.{SHOWN}", f"{kind}.gold"
    return [
        Metric(f"{kind}.precision", f"{title} (facts): precision", _ratio(f"{facts}.right", f"{facts}.predicted")),
        Metric(f"{kind}.recall", f"{title} (facts): recall", _ratio(f"{facts}.found", gold)),
        Metric(f"{kind}.f1", f"{title} (facts): F1", _f1(facts, gold), guarded=True),
        Metric(f"{kind}.shown.precision", f"{title} with candidates: precision", _ratio(f"{shown}.right", f"{shown}.predicted")),
        Metric(f"{kind}.shown.recall", f"{title} with candidates: recall", _ratio(f"{shown}.found", gold)),
        Metric(f"{kind}.shown.f1", f"{title} with candidates: F1", _f1(shown, gold), guarded=True),
        Metric(f"{kind}.content", f"{title}: words of the label that are said", _ratio(f"{kind}.content", f"{kind}.matched")),
        Metric(f"{kind}.kappa", f"{title}: agreement by turns (kappa)", _kappa(kind)),
        Metric(f"{kind}.chance", f"{title}: precision of a random turn", _turns(kind), ""),
        Metric(f"{kind}.unverified", f"{title}: share withheld as unverified", _ratio(f"{kind}.withheld", f"{kind}.all"), ""),
        Metric(f"{kind}.trapped", f"{title}: facts that rest on a trap", _trapped(kind), "lower", guarded=True),
    ]  # fmt: skip


METRICS: Final[tuple[Metric, ...]] = (
    *(metric for kind in KINDS for metric in _of_kind(kind)),
    Metric("owners", "owners: right", _ratio("action_items.owners_right", "action_items.owners"), guarded=True),
    Metric("due_dates", "due dates: right", _ratio("action_items.dues_right", "action_items.dues"), guarded=True),
    Metric("names.precision", "speaker names: precision", _ratio("names.right", "names.predicted")),
    Metric("names.recall", "speaker names: recall", _ratio("names.right", "names.gold")),
    Metric("names.f1", "speaker names: F1", _f1("names", "names.gold", "right"), guarded=True),
    Metric("lies", "scripted lies published as facts", _ratio("claims.lies", "claims.false"), "lower", guarded=True),
    Metric("true_withheld", "scripted truths withheld", _ratio("claims.true_withheld", "claims.true"), "lower", guarded=True),
    Metric("summary.numbers", "unsupported numbers per summary", _ratio("summary.numbers", "summary.n"), "lower", guarded=True),
    Metric("summary.names", "unsupported names per summary", _ratio("summary.names", "summary.n"), "lower", guarded=True),
    Metric("answers.missing", "answers missing", _ratio("answers.missing", "answers.asked"), "lower", guarded=True),
    Metric("tokens.input", "input tokens per meeting", _ratio("tokens.input", "meetings"), "lower"),
    Metric("tokens.cached", "cached input tokens per meeting", _ratio("tokens.cached", "meetings"), ""),
    Metric("tokens.output", "output tokens per meeting", _ratio("tokens.output", "meetings"), "lower"),
    Metric("cost_usd", "USD per meeting", _ratio("cost_usd", "meetings"), "lower", guarded=True),
)  # fmt: skip
"""All figures, in the order of the table."""


def figures(tallies: Sequence[Tally], *, draws: int = policies.DRAWS, seed: int = policies.SEED) -> dict[str, Figure]:
    """All figures by name, with intervals if there is more than one meeting."""
    total = added(tallies)
    source = random.Random(seed)  # noqa: S311 - not a secret
    count = len(tallies)
    samples = [added(source.choices(tallies, k=count)) for _ in range(draws if count > 1 else 0)]
    return {metric.name: _figure(metric, total, samples) for metric in METRICS}


def _figure(metric: Metric, total: Tally, samples: Sequence[Tally]) -> Figure:
    value = metric.of(total)
    drawn = sorted(found for sample in samples if (found := metric.of(sample)) is not None)
    if value is None or not drawn:
        return Figure(value=value)
    tail = (1 - policies.INTERVAL) / 2
    low, high = drawn[int(tail * len(drawn))], drawn[min(len(drawn) - 1, int((1 - tail) * len(drawn)))]
    return Figure(value=value, low=low, high=high)
