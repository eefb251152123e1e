"""Builds an insight that is a list of items from nothing but a description of its fields.

Belongs here: wire model, result, check and merge of such an insight. Must not go here: where the description comes from
(``user_insights.py``), how the result is shown (``domain/insight_lists.py``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from pydantic import ConfigDict, ValidationError, create_model

from meeting_pipeline.domain.due_dates import plausible_date
from meeting_pipeline.domain.insight_forms import Field, FieldKind
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.verdicts import Claim, Verdict
from meeting_pipeline.domain.verification.basis import Source
from meeting_pipeline.domain.verification.items import item_claim
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.merging import join, likeness
from meeting_pipeline.insights.people import people, person
from meeting_pipeline.insights.plain import plain_text, statement
from meeting_pipeline.insights.spec import InsightSpec, Shown
from meeting_pipeline.insights.wire import Wire

_NO_EVIDENCE: Final = Evidence(segment_ids=(), quote="")


@dataclass(frozen=True, kw_only=True)
class ListedField:
    """One field of an item.

    Attributes:
        ask: the instruction to the model for this field.
        required: an item without it is dropped.
        quote: a value must have a quote from the transcript as evidence.
    """

    name: str
    title: str
    kind: FieldKind
    ask: str
    required: bool = False
    quote: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Description:
    """The description of an insight. The first field says what an item is; at least one field needs a quote."""

    name: str
    title: str
    description: str
    question: str
    fields: tuple[ListedField, ...]
    prompt_version: str
    nothing: str = "None were found."
    gap_text: str = ""


def listed_insight(found: Description) -> InsightSpec[Any, Any]:
    """Build the insight from its description."""
    quoted = [field.name for field in found.fields if field.quote]
    own = {name: f"{name}_evidence" for name in quoted[1:]}  # the evidence of the first one is the item's
    item, result = _result_models(found, own)
    shown = _Listed(found, quoted[0], own, item, result)
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
        check=shown.check,
        merge=shown.merge,
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
    for one in found.fields:
        missing = "" if one.required or one.kind is FieldKind.PEOPLE else " Null if it was not said."
        lines.append(f"`{one.name}`: {one.ask.strip()}{_FORMATS.get(one.kind, '')}{missing}")
        if one.quote and one.name != first:
            lines.append(f"`{one.name}_segment_ids` and `{one.name}_quote`: evidence of `{one.name}`.")
    lines.append(f"`segment_ids` and `quote`: evidence of `{first}`.")
    return "\n".join(lines) + "\n"


_FORMATS: Final = {
    FieldKind.STATEMENT: " One sentence that can be understood without the transcript.",
    FieldKind.PERSON: " LABEL of the speaker; the name as said of somebody who does not speak.",
    FieldKind.PEOPLE: " LABELs of speakers; names as said of people who do not speak; may be empty.",
    FieldKind.DATE: " As YYYY-MM-DD, counted from the date of the meeting.",
}


def _wire(found: Description, first: str) -> type[Wire]:
    fields: dict[str, Any] = {}
    for one in found.fields:
        kind = _wire_type(one)
        fields[one.name] = (kind if one.required or one.kind is FieldKind.PEOPLE else kind | None, ...)
        if one.quote and one.name != first:
            fields |= {f"{one.name}_segment_ids": (list[int], ...), f"{one.name}_quote": (str | None, ...)}
    fields |= {"segment_ids": (list[int], ...), "quote": (str | None, ...)}
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


@dataclass(frozen=True)
class _Listed:
    """Check and merge of one listed insight."""

    found: Description
    first: str
    own: dict[str, str]
    item: Callable[..., Any]
    result: Callable[..., InsightResult]

    def check(self, answer: Any, shown: Shown) -> InsightResult:
        """Items with their verdicts, each once, in the order given; one without a required value is dropped.

        A model that gives more than ``policies.INSIGHT_ITEMS`` repeats itself: the others are ignored.
        """
        items = (self._item(entry, shown) for entry in answer.items[: policies.INSIGHT_ITEMS])
        return self.merge([self.result(items=tuple(item for item in items if item is not None))])

    def _item(self, entry: Any, shown: Shown) -> Any:
        values = {one.name: _clean(one, getattr(entry, one.name), shown) for one in self.found.fields}
        if any(one.required and values[one.name] in (None, "", ()) for one in self.found.fields):
            return None
        why: list[str] = []
        for one in self.found.fields:
            if one.quote and values[one.name] not in (None, ()):
                found = self._evidence(one, entry, values, shown)
                values |= found.values
                why.extend(found.reasons)
        if all(values.get(name) is None for name in ("evidence", *self.own.values())):
            why.append("quote_not_found")
        claim = _verdict(shown, why)
        return self.item(**values, **claim, candidate=shown.uncertain)

    def _evidence(self, one: ListedField, entry: Any, values: dict[str, Any], shown: Shown) -> "_Found":
        """The evidence of a field and what is wrong with it. The first quoted field answers for the item's people too."""
        first = one.name == self.first
        ids = entry.segment_ids if first else getattr(entry, f"{one.name}_segment_ids")
        quote = entry.quote if first else getattr(entry, f"{one.name}_quote")
        source = Source(shown.meeting, ids, quote or "", shown.segments)
        evidence, reasons = item_claim(
            source,
            _claimed(one, values[one.name]),
            self._people(values, one, first=first),
            day=values[one.name] if one.kind is FieldKind.DATE else None,
            whole=first and one.kind is FieldKind.STATEMENT,
        )
        return _Found({"evidence" if first else self.own[one.name]: evidence}, reasons)

    def _people(self, values: dict[str, Any], judged: ListedField, *, first: bool) -> list[str]:
        """The people whom the evidence of ``judged`` must support: its own, and of the first one those without evidence."""
        found: list[str] = []
        for one in self.found.fields:
            if one is not judged and (not first or one.name in self.own):
                continue
            if one.kind is FieldKind.PERSON and values[one.name]:
                found.append(values[one.name])
            elif one.kind is FieldKind.PEOPLE:
                found.extend(values[one.name])
        return found

    def merge(self, results: Sequence[Any]) -> InsightResult:
        """All items in order. One found in two overlapping parts is kept once, in its fuller form."""
        return self.result(items=join([result.items for result in results], self._alike, self._fuller))

    def _alike(self, one: Any, other: Any) -> float:
        head = self.found.fields[0].name
        mine, theirs = getattr(one, head) or "", getattr(other, head) or ""
        return likeness(mine, one.evidence or _NO_EVIDENCE, theirs, other.evidence or _NO_EVIDENCE)

    def _fuller(self, one: Any, other: Any) -> Any:
        return other if self._fullness(other) > self._fullness(one) else one

    def _fullness(self, item: Any) -> tuple[bool, int]:
        return (not item.withheld, sum(getattr(item, field.name) not in (None, ()) for field in self.found.fields))


@dataclass(frozen=True)
class _Found:
    """The evidence of a field, by the attribute of the item that holds it, and why it does not hold."""

    values: dict[str, Evidence]
    reasons: tuple[str, ...]


def _claimed(one: ListedField, value: Any) -> str:
    """The text that the words must support."""
    match one.kind:
        case FieldKind.STATEMENT | FieldKind.TEXT:
            return str(value)
        case FieldKind.NUMBER:
            return str(int(value)) if value == int(value) else str(value)
        case _:
            return ""


def _verdict(shown: Shown, why: Sequence[str]) -> dict[str, Any]:
    if why:
        return {"verdict": Verdict.UNVERIFIED, "reasons": tuple(dict.fromkeys(why))}
    return {"verdict": Verdict.VERIFIED if shown.meeting.english else Verdict.NOT_CHECKED}


def _clean(one: ListedField, value: Any, shown: Shown) -> Any:
    """A value of the answer, cleaned for storage; ``None`` if there is none."""
    match one.kind:
        case FieldKind.STATEMENT:
            return statement(value or "", policies.INSIGHT_STATEMENT_CHARACTERS, shown.transcript) or None
        case FieldKind.TEXT:
            return plain_text(value or "", policies.INSIGHT_STATEMENT_CHARACTERS) or None
        case FieldKind.PERSON:
            return person(value, shown.transcript)
        case FieldKind.PEOPLE:
            return people(value, shown.transcript)
        case FieldKind.DATE:
            return plausible_date(value, shown.context.meeting_date)
        case FieldKind.NUMBER | FieldKind.YES_NO | FieldKind.CHOICE:
            return value
