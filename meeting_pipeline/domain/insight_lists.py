"""The form of an insight that is a list of items, each with fields and evidence.

Most insights are such lists: they define the fields of an item, and this module does the rest. Belongs here: what all lists
share. Must not go here: a single insight (``insights/``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from meeting_pipeline.domain.document import Block, Entry, Heading, Paragraph
from meeting_pipeline.domain.insight_forms import Field, FieldKind, Form, StoredItem, evidence_json
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.item_text import edit_note, in_brackets, quoted, status_cell, status_line, where
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.verdicts import ItemClaim

R = TypeVar("R", bound=InsightResult)
_BESIDE_FIELDS: Final = frozenset({"evidence", "candidate", "verdict", "reasons"})
"""Attributes of an item that have their own columns."""


@dataclass(frozen=True, kw_only=True)
class ListForm(Form[R]):
    """A list of items.

    Attributes:
        items: attribute of the result that holds the items. An item is a ``Value`` with an attribute for each of ``fields``,
            and ``evidence`` and ``candidate``. The first field says what the item is.
        nothing: what the minutes say if there are no items.
    """

    items: str
    nothing: str = "None were found."

    def items_of(self, result: R | None) -> Sequence[Any]:
        """The items; empty if the result is missing."""
        found: Sequence[Any] = getattr(result, self.items) if result is not None else ()
        return found

    def named(self, result: R, record: MeetingRecord) -> R:
        """See ``Form``."""
        items = tuple(self.named_item(item, record) for item in self.items_of(result))
        return result.model_copy(update={self.items: items})

    def named_item(self, item: Value, record: MeetingRecord) -> Value:
        """One item, in the way of ``named``."""
        changed: dict[str, Any] = {}
        for one in self.fields:
            value = getattr(item, one.name)
            if one.kind is FieldKind.STATEMENT and value:
                changed[one.name] = record.with_names(value)
            elif one.kind is FieldKind.PERSON and value is not None:
                changed[one.name] = record.merged.get(value, value)
            elif one.kind is FieldKind.PEOPLE:
                changed[one.name] = tuple(dict.fromkeys(record.merged.get(person, person) for person in value))
        return item.model_copy(update=changed)

    def section(self, result: R | None, record: MeetingRecord) -> Iterator[Block]:
        """See ``Form``. Candidates come after facts, under a heading of their own; without facts, none is needed."""
        if result is None:
            return
        items = self.items_of(result)
        said = {id(claim.value): note for claim in record.claims or () if (note := edit_note(claim))}
        facts = [self._entry(item, record, said) for item in items if not item.candidate]
        candidates = [self._entry(item, record, said) for item in items if item.candidate]
        yield from facts
        if not facts and not candidates:
            withheld = record.claims_withheld(self.insight)
            yield Paragraph(f"No {self.label} can be stated as facts." if withheld else self.nothing)
        if facts and candidates:
            yield Heading(3, f"Candidate {self.label}")
        if candidates:
            yield Paragraph(f"These {self.label} are not certain. Compare each with the recording.")
            yield from candidates

    def _entry(self, item: Any, record: MeetingRecord, said: Mapping[int, str]) -> Entry:
        head = self.fields[0]
        quotes = [quoted(item.evidence, record)] if item.evidence is not None and item.evidence.quote else []
        notes = [said[id(item)]] if id(item) in said else []
        details = (*status_line(item, record), *quotes, *notes)
        return Entry(self.shown(item, head, record), details, head.title, tuple(self.facts(item, record)))

    def facts(self, item: Any, record: MeetingRecord) -> Iterator[tuple[str, str]]:
        """Titles and values of an item's other fields, as the minutes show them before its quote."""
        for one in self.fields[1:]:
            value = self.shown(item, one, record) or one.empty
            if not value:
                continue
            own: Evidence | None = getattr(item, one.evidence) if one.evidence else None
            yield one.title, f"{value} ({quoted(own, record)})" if own is not None else value

    def shown(self, item: Any, one: Field, record: MeetingRecord) -> str:
        """A field's value for people; empty if there is none."""
        value = getattr(item, one.name)
        if value is None:
            return ""
        match one.kind:
            case FieldKind.STATEMENT:
                return record.with_names(value)
            case FieldKind.PERSON:
                return record.speaker_name(value)
            case FieldKind.PEOPLE:
                return ", ".join(dict.fromkeys(record.speaker_name(person) for person in value))
            case FieldKind.DATE:
                return str(value.isoformat())
            case FieldKind.YES_NO:
                return "yes" if value else "no"
            case FieldKind.TEXT | FieldKind.NUMBER | FieldKind.CHOICE:
                return str(value)

    def as_json(self, result: R | None, record: MeetingRecord) -> list[dict[str, Any]] | None:
        """See ``Form``. People are given both as labels and by name."""
        if result is None:
            return None
        return [self._item_json(item, record) for item in self.items_of(result)]

    def _item_json(self, item: Any, record: MeetingRecord) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in self.fields:
            value = getattr(item, one.name)
            if one.kind is FieldKind.PERSON:
                found |= {one.name: value, f"{one.name}_name": record.speaker_name(value) if value else None}
            elif one.kind is FieldKind.PEOPLE:
                names = [record.speaker_name(person) for person in value]
                found |= {one.name: list(value), f"{one.name}_names": names}
            else:
                found[one.name] = value.isoformat() if one.kind is FieldKind.DATE and value is not None else value
            if one.evidence:
                own = getattr(item, one.evidence)
                found[one.evidence] = None if own is None else evidence_json(own, record)
        if isinstance(item, ItemClaim):
            found |= {"status": item.status and item.status.value, "status_segment_id": item.status_segment_id}
        found["candidate"] = item.candidate
        found["evidence"] = None if item.evidence is None else evidence_json(item.evidence, record)
        return found

    def columns(self) -> tuple[str, ...]:
        """See ``Form``."""
        return (*(one.name for one in self.fields), "status", "at", "quote")

    def table(self, result: R, record: MeetingRecord) -> list[dict[str, str]]:
        """See ``Form``."""
        return [self._row(item, record) for item in self.items_of(result)]

    def _row(self, item: Any, record: MeetingRecord) -> dict[str, str]:
        cells = {one.name: self.shown(item, one, record) for one in self.fields}
        return {**cells, "status": status_cell(item), **where(item.evidence, record)}

    def headline(self, row: Mapping[str, str]) -> str:
        """See ``Form``."""
        return " ".join(filter(None, (row[self.columns()[0]], in_brackets(row))))

    def count(self, result: R) -> int:
        """See ``Form``."""
        return len(self.items_of(result))

    def stored_items(self, result: R) -> Sequence[StoredItem]:
        """See ``Form``."""
        return [self._stored(item) for item in self.items_of(result)]

    def _stored(self, item: Any) -> StoredItem:
        whole: dict[str, Any] = item.model_dump(mode="json")
        fields = {name: value for name, value in whole.items() if name not in _BESIDE_FIELDS}
        evidence: Evidence | None = item.evidence
        quote = None if evidence is None else evidence.quote
        return StoredItem(fields, quote, () if evidence is None else evidence.segment_ids, item.candidate)

    def json_schema(self) -> dict[str, Any]:
        """See ``Form``."""
        properties: dict[str, Any] = {}
        for one in self.fields:
            properties[one.name] = {**_schema(one), **({"description": one.description} if one.description else {})}
            if one.kind is FieldKind.PERSON:
                properties[f"{one.name}_name"] = _schema(Field("", ""))
            elif one.kind is FieldKind.PEOPLE:
                properties[f"{one.name}_names"] = _STRINGS
            if one.evidence:
                properties[one.evidence] = _EVIDENCE
        properties |= {"candidate": {"type": "boolean"}, "evidence": _EVIDENCE, **_CLAIM}
        items = {"type": "object", "properties": properties, "required": list(properties)}
        return {"anyOf": [{"type": "array", "items": items}, {"type": "null"}], "description": self.description}


_STRINGS: Final = {"type": "array", "items": {"type": "string"}}
_CLAIM: Final = {
    "claim_id": {"type": "string"},
    "verdict": {"$ref": "#/components/schemas/Verdict"},
    "reasons": _STRINGS,
    "accepted_by": {"anyOf": [{"type": "string"}, {"type": "null"}]},
}
_EVIDENCE: Final = {"anyOf": [{"$ref": "#/components/schemas/Evidence"}, {"type": "null"}]}


def _schema(one: Field) -> dict[str, Any]:
    plain: dict[str, Any]
    match one.kind:
        case FieldKind.STATEMENT | FieldKind.TEXT | FieldKind.PERSON:
            plain = {"type": "string"}
        case FieldKind.PEOPLE:
            return _STRINGS
        case FieldKind.DATE:
            plain = {"type": "string", "format": "date"}
        case FieldKind.NUMBER:
            plain = {"type": "number"}
        case FieldKind.YES_NO:
            plain = {"type": "boolean"}
        case FieldKind.CHOICE:
            plain = {"type": "string", "enum": list(one.choices)}
    return {"anyOf": [plain, {"type": "null"}]}
