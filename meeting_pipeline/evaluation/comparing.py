"""Whether a version is worse than another, beyond what chance explains.

Must not go here: figures (``figures.py``), what happens to a worse version.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from meeting_pipeline.evaluation.figures import METRICS, Figure, Metric


@dataclass(frozen=True)
class Worse:
    """A figure in which a version is worse than the current one beyond the interval of the current one."""

    metric: Metric
    value: float | None
    current: Figure

    def __str__(self) -> str:
        """One line for people."""
        value = "not measured" if self.value is None else f"{self.value:.4g}"
        return f"{self.metric.title}: {value}, now {self.current.value:.4g}"


def worse_figures(new: Mapping[str, Figure], current: Mapping[str, Figure], *names: str) -> list[Worse]:
    """The guarded figures (or those named) in which ``new`` is worse. One that is no longer measured is worse."""
    chosen = [metric for metric in METRICS if (metric.name in names if names else metric.guarded)]
    return [
        Worse(metric, _value(new, metric), current[metric.name])
        for metric in chosen
        if metric.name in current and _is_worse(metric, _value(new, metric), current[metric.name])
    ]


def _value(figures: Mapping[str, Figure], metric: Metric) -> float | None:
    found = figures.get(metric.name)
    return None if found is None else found.value


def _is_worse(metric: Metric, value: float | None, current: Figure) -> bool:
    if current.value is None:
        return False
    if value is None:
        return True
    if metric.better == "higher":
        return value < (current.value if current.low is None else current.low)
    return value > (current.value if current.high is None else current.high)
