"""Records with changed results: lets tests name the four insights as fields."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from meeting_pipeline.domain.insight_results import ActionItems, Decisions, InsightResult, Speakers
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight

_WRAPPED: Final[Mapping[str, Callable[[Any], InsightResult]]] = {
    "speakers": lambda names: Speakers(names=names),
    "summary": lambda summary: summary,
    "action_items": lambda items: ActionItems.model_construct(items=items),
    "decisions": lambda decisions: Decisions(decisions=decisions),
}


def fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a record. ``values`` may also contain ``speakers``, ``summary``, ``action_items`` and ``decisions``."""
    results = {Insight(name): _WRAPPED[name](values[name]) for name in _WRAPPED if values.get(name) is not None}
    return {**{name: value for name, value in values.items() if name not in _WRAPPED}, "results": results}


def changed(record: MeetingRecord, **changes: Any) -> MeetingRecord:
    """``dataclasses.replace`` that also accepts these names; ``None`` removes a result."""
    kept = {insight: result for insight, result in record.results.items() if insight.value not in changes}
    new = fields(changes)
    return replace(record, **{**new, "results": {**kept, **new["results"]}})
