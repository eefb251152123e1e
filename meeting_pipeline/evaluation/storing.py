"""Store a measurement, and compare it with the version that is the default.

Must not go here: measuring (``measuring.py``), SQL (``store/results/evaluations.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meeting_pipeline.evaluation.comparing import Worse, worse_figures
from meeting_pipeline.evaluation.figures import Figure
from meeting_pipeline.evaluation.measuring import Measurement
from meeting_pipeline.evaluation.report import figures_json
from meeting_pipeline.store.results.evaluations import Evaluations, NewEvaluation
from meeting_pipeline.store.tables import EvaluationRow


@dataclass(frozen=True)
class Kept:
    """A stored measurement and what it is compared with; ``None``: nothing was measured on the same set before."""

    row: EvaluationRow
    baseline: EvaluationRow | None

    def worse(self, *names: str) -> list[Worse]:
        """The guarded figures (or those named) in which it is worse."""
        if self.baseline is None:
            return []
        return worse_figures(figures_of(self.row.figures), figures_of(self.baseline.figures), *names)


def keep(evaluations: Evaluations, measurement: Measurement) -> Kept:
    """Store a measurement."""
    new = NewEvaluation(
        version=measurement.version,
        set_hash=measurement.fingerprint,
        provider=measurement.provider,
        model=measurement.model,
        prompt_versions=measurement.prompt_versions,
        meetings=len(measurement.results),
        complete=measurement.complete,
        cost_usd=measurement.total["cost_usd"],
        figures=figures_json(measurement.figures),
    )
    row = evaluations.add(new)
    return Kept(row, evaluations.baseline(row.version, row.set_hash))


def compared(row: EvaluationRow, baseline: EvaluationRow) -> list[Worse]:
    """The guarded figures in which ``row`` is worse."""
    return worse_figures(figures_of(row.figures), figures_of(baseline.figures))


def figures_of(stored: Mapping[str, Any]) -> dict[str, Figure]:
    """Stored figures as values."""
    return {name: Figure.model_validate(figure) for name, figure in stored.items()}
