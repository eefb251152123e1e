"""Builds an insight that is a list of items from just a description of its fields.

Belongs here: the prompt, and the models of answer and result. Must not go here: the description
(``list_description.py``), checking answers (``listed_answers.py``), how the result is shown (``domain/insight_lists.py``).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from pydantic import ConfigDict, ValidationError, create_model

from meeting_pipeline.domain.insight_forms import Field, FieldKind
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.verdicts import Claim
from meeting_pipeline.insights.list_description import Description, ListedField
from meeting_pipeline.insights.listed_answers import ListedAnswers
from meeting_pipeline.insights.spec import InsightSpec
from meeting_pipeline.insights.wire import Wire


def listed_insight(found: Description) -> InsightSpec[Any, Any]:
    """Build the insight from its description."""
    quoted = [field.name for field in found.fields if field.quote]
    own = {name: f"{name}_evidence" for name in quoted[1:]}  # the evidence of the first one is the item's
    item, result = _result_models(found, own)
    answers = ListedAnswers(found.fields, quoted[0], own, item, result)
    return InsightSpec(
        form=ListedForm(
            insight=Insight.named(found.name),
            title=found.title,
            result=result,
            description=found.description,
            counted=f"{found.name}_count",
            gap_text=found.gap_text,
            items="items",
            nothing=found.nothing,
            fields=tuple(
                Field(
                    one.name, one.title, one.kind, description=one.ask, choices=one.choices, evidence=own.get(one.name)
                )
                for one in found.fields
            ),
        ),
        question=_question(found, quoted[0]),
        wire=_wire(found, quoted[0]),
        check=answers.check,
        merge=answers.merge,
        revision=found.prompt_version,
    )


@dataclass(frozen=True, kw_only=True)
class ListedForm(ListForm[InsightResult]):
    """The form of an insight whose description can change while results for an earlier description are stored."""

    def read(self, payload: dict[str, Any]) -> InsightResult | None:
        """The stored result; ``None`` if it does not fit the current description."""
        try:
            return self.result.model_validate(payload)
        except ValidationError:
            return None


def _question(found: Description, first: str) -> str:
    lines = [f"Question: {found.question.strip()}", "One entry per item, in order of time, under `items`."]
    lines.append(f"`segment_ids` and `quote`: evidence of `{first}`.")
    for one in found.fields:
        missing = "" if one.required or one.kind is FieldKind.PEOPLE else " Null if it was not said."
        if one.quote and one.name != first:
            lines.append(f"`{one.name}_segment_ids` and `{one.name}_quote`: evidence of `{one.name}`.")
        lines.append(f"`{one.name}`: {one.ask.strip()}{_FORMATS.get(one.kind, '')}{missing}")
    return "\n".join(lines) + "\n"


_FORMATS: Final = {
    FieldKind.STATEMENT: " One sentence that can be understood without the transcript.",
    FieldKind.PERSON: " LABEL of the speaker; the name as said of somebody who does not speak.",
    FieldKind.PEOPLE: " LABELs of speakers; names as said of people who do not speak; may be empty.",
    FieldKind.DATE: " As YYYY-MM-DD, counted from the date of the meeting.",
}


def _wire(found: Description, first: str) -> type[Wire]:
    """The shape of the answer. Evidence precedes what rests on it: a model writes fields in this order."""
    fields: dict[str, Any] = {"segment_ids": (list[int], ...), "quote": (str | None, ...)}
    for one in found.fields:
        kind = _wire_type(one)
        if one.quote and one.name != first:
            fields |= {f"{one.name}_segment_ids": (list[int], ...), f"{one.name}_quote": (str | None, ...)}
        fields[one.name] = (kind if one.required or one.kind is FieldKind.PEOPLE else kind | None, ...)
    item: type[Wire] = create_model(f"{found.name}_item", __base__=Wire, **fields)
    answer: type[Wire] = create_model(f"{found.name}_answer", __base__=Wire, items=(list[item], ...))
    return answer


def _wire_type(one: ListedField) -> Any:
    match one.kind:
        case FieldKind.STATEMENT | FieldKind.TEXT | FieldKind.PERSON | FieldKind.DATE:
            return str
        case FieldKind.PEOPLE:
            return list[str]
        case FieldKind.NUMBER:
            return float
        case FieldKind.YES_NO:
            return bool
        case FieldKind.CHOICE:
            return Literal[one.choices]


def _result_models(found: Description, own: dict[str, str]) -> tuple[type[Value], type[InsightResult]]:
    fields: dict[str, Any] = {one.name: _stored_type(one) for one in found.fields}
    fields |= dict.fromkeys(own.values(), (Evidence | None, None))
    fields |= {"evidence": (Evidence | None, None), "candidate": (bool, False)}
    item: type[Value] = create_model(f"{found.name}_stored_item", __base__=_StoredItem, **fields)
    result: type[InsightResult] = create_model(
        f"{found.name}_result", __base__=InsightResult, items=(tuple[item, ...], ...)
    )  # fmt: skip
    return item, result


class _StoredItem(Claim):
    # Results stored for an earlier version of the file stay readable: removed fields are ignored, and new fields have no
    # value.
    model_config = ConfigDict(frozen=True, extra="ignore")


def _stored_type(one: ListedField) -> tuple[Any, Any]:
    match one.kind:
        case FieldKind.STATEMENT | FieldKind.TEXT | FieldKind.PERSON | FieldKind.CHOICE:
            return (str | None, None)
        case FieldKind.PEOPLE:
            return (tuple[str, ...], ())
        case FieldKind.DATE:
            return (date | None, None)
        case FieldKind.NUMBER:
            return (float | None, None)
        case FieldKind.YES_NO:
            return (bool | None, None)
