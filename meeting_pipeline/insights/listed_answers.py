"""Turns a model's answer into the items of a list, each with its verdict; and joins the items of several parts.

Must not go here: the question, and the models of answer and result (``item_lists.py``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.due_dates import plausible_date
from meeting_pipeline.domain.insight_forms import FieldKind
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verification.basis import Source, verdict_on
from meeting_pipeline.domain.verification.listed import item_claim, unquoted_reasons
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.list_description import ListedField
from meeting_pipeline.insights.merging import join, likeness
from meeting_pipeline.insights.people import people, person
from meeting_pipeline.insights.plain import plain_text, statement
from meeting_pipeline.insights.spec import Shown

_NO_EVIDENCE: Final = Evidence(segment_ids=(), quote="")


@dataclass(frozen=True)
class ListedAnswers:
    """Check and merge of one listed insight."""

    fields: Sequence[ListedField]
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
        values = {one.name: _clean(one, getattr(entry, one.name), shown) for one in self.fields}
        if any(one.required and values[one.name] in (None, "", ()) for one in self.fields):
            return None
        why: list[str] = []
        for one in self.fields:
            if one.quote and values[one.name] not in (None, ()):
                found = self._evidence(one, entry, values, shown)
                values |= found.values
                why.extend(found.reasons)
        if all(values.get(name) is None for name in ("evidence", *self.own.values())):
            why.append("quote_not_found")
        elif values.get("evidence") is not None:
            why.extend(self._unquoted(entry, values, shown))
        return self.item(**values, **verdict_on(shown.meeting, why), candidate=shown.uncertain)

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

    def _unquoted(self, entry: Any, values: dict[str, Any], shown: Shown) -> tuple[str, ...]:
        """Problems with numbers and days of fields without a quote: the item's evidence must contain them."""
        found = [(one, values[one.name]) for one in self.fields if not one.quote and values[one.name] is not None]
        texts = [_claimed(one, value) for one, value in found if one.kind in (FieldKind.NUMBER, FieldKind.TEXT)]
        days = [value for one, value in found if one.kind is FieldKind.DATE]
        source = Source(shown.meeting, entry.segment_ids, entry.quote or "", shown.segments)
        return unquoted_reasons(source, texts, days)

    def _people(self, values: dict[str, Any], judged: ListedField, *, first: bool) -> list[str]:
        """The people whom the evidence of ``judged`` must support: its own, and of the first one those without evidence."""
        found: list[str] = []
        for one in self.fields:
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
        head = self.fields[0].name
        mine, theirs = getattr(one, head) or "", getattr(other, head) or ""
        return likeness(mine, one.evidence or _NO_EVIDENCE, theirs, other.evidence or _NO_EVIDENCE)

    def _fuller(self, one: Any, other: Any) -> Any:
        return other if self._fullness(other) > self._fullness(one) else one

    def _fullness(self, item: Any) -> tuple[bool, int]:
        return (not item.withheld, sum(getattr(item, field.name) not in (None, ()) for field in self.fields))


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
