"""The gate: a version becomes the default only if no guarded figure is worse than that of the current version.

Must not go here: measuring (``measuring.py``), what "worse" means (``comparing.py``).
"""

from dataclasses import dataclass
from typing import Any

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.evaluation.storing import compared
from meeting_pipeline.evaluation.versions import PROGRAM, PromptFile, find_version, version_name
from meeting_pipeline.providers.selection import analyst
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.results.evaluations import Evaluations
from meeting_pipeline.store.tables import EvaluationRow


@dataclass(frozen=True)
class Decision:
    """What the gate found. ``objections``: why the version should not become the default; empty: nothing is worse."""

    version: str
    prompt: PromptFile | None
    row: EvaluationRow
    current: str
    objections: tuple[str, ...]


def examine(settings: Settings, evaluations: Evaluations, version: str) -> Decision:
    """Compare a version with the one in force.

    Raises: OperatorError ``unknown_version``, ``not_measured`` (this version or the one in force, on the same meetings),
        ``other_model`` (the settings name another model).
    """
    prompt = find_version(settings, version)
    if prompt is not None and prompt.model not in (None, settings.openai_model):
        raise OperatorError(
            "other_model",
            f"The version {version} uses the model {prompt.model}, and the settings name {settings.openai_model}.",
            f"Set {VARIABLES['openai_model']}={prompt.model} first.",
        )
    row = evaluations.latest(version)
    if row is None:
        raise _not_measured(version)
    promoted = evaluations.promoted()
    current = promoted.version if promoted is not None else version_name(analyst(settings))
    objections = [] if row.complete else ["answers are missing in its measurement"]
    if current != version:
        baseline = evaluations.latest(current, row.set_hash, complete=True)
        if baseline is None:
            raise _not_measured(current)
        objections += [str(worse) for worse in compared(row, baseline)]
    return Decision(version, prompt, row, current, tuple(objections))


def promote(evaluations: Evaluations, decision: Decision, *, reason: str | None, by: str) -> None:
    """Make the version the default. Raises: OperatorError ``not_promoted`` if there are objections and no reason."""
    if decision.objections and not reason:
        raise OperatorError(
            "not_promoted",
            f"{decision.version} is worse than {decision.current}: {'; '.join(decision.objections)}.",
            "Improve it, or give a --reason, which is recorded.",
        )
    evaluations.promote(
        version=decision.version,
        evaluation_id=decision.row.id,
        prompt=_kept(decision.prompt),
        worse=decision.objections,
        reason=reason,
        promoted_by=by,
    )


def _kept(prompt: PromptFile | None) -> dict[str, Any]:
    """What is stored: nothing for the questions of the program, which an upgrade may improve."""
    return {} if prompt is None or prompt.name == PROGRAM else prompt.model_dump()


def _not_measured(version: str) -> OperatorError:
    return OperatorError(
        "not_measured",
        f"The version {version} was not measured on these meetings.",
        f"Measure it: meeting-pipeline prompts measure {version}",
    )
