"""How a claim of one version differs from the same claim of another: its fields with their values for people, and its words.

Must not go here: which claims are the same (``matched_claims.py``), whole versions (``version_diff.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.insight_forms import Field, FieldKind, forms
from meeting_pipeline.domain.insight_results import Topic
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import clock
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.word_diff import Piece, word_diff

_NOT_SAID: Final = frozenset(
    {"verdict", "reasons", "segment_ids", "status_segment_id", "evidence", "confidence", "start_ms", "end_ms"}
)
"""Fields of a claim that are compared apart, or not: the ids of segments and the confidence say nothing to people."""


@dataclass(frozen=True)
class FieldChange:
    """A field of a claim with its values for people; ``None``: it has none."""

    name: str
    title: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ClaimChange:
    """A claim of both versions that says or rests on something else. ``words``: the difference of its text."""

    before: JudgedClaim
    after: JudgedClaim
    fields: tuple[FieldChange, ...]
    words: tuple[Piece, ...]


def claim_change(record: MeetingRecord, insight: Insight, before: JudgedClaim, after: JudgedClaim) -> ClaimChange:
    """The difference of a claim of two versions; without ``fields`` if it is none for people."""
    fields = tuple(_fields(record, insight, before, after))
    return ClaimChange(before, after, fields, word_diff(before.text, after.text) if fields else ())


def _fields(record: MeetingRecord, insight: Insight, before: JudgedClaim, after: JudgedClaim) -> Iterator[FieldChange]:
    known = {field.name: field for field in forms()[insight].fields}
    for name in dict.fromkeys((*known, *type(before.value).model_fields, *type(after.value).model_fields)):
        if name in _NOT_SAID:
            continue
        one, other = (_shown(record, known.get(name), getattr(claim.value, name, None)) for claim in (before, after))
        if one != other:
            title = known[name].title if name in known and known[name].title else _title(name)
            yield FieldChange(name, title, one, other)
    for name, read in (("quote", _quote), ("time", _time_of_topic)):
        one, other = read(before.value), read(after.value)
        if one != other:
            yield FieldChange(name, _title(name), one, other)
    if before.verdict is not after.verdict:
        yield FieldChange("verdict", "Verdict", before.verdict.value, after.verdict.value)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _quote(value: Value) -> str | None:
    evidence = getattr(value, "evidence", None)
    return evidence.quote or None if isinstance(evidence, Evidence) else None


def _time_of_topic(value: Value) -> str | None:
    return f"{clock(value.start_ms)} to {clock(value.end_ms)}" if isinstance(value, Topic) else None


def _shown(record: MeetingRecord, field: Field | None, value: Any) -> str | None:
    """A value for people; ``None`` if there is none."""
    match value:
        case None | "" | ():
            return None
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(dict.fromkeys(record.speaker_name(str(one)) for one in value))
        case Evidence():
            return value.quote or None
    if field is not None and field.kind is FieldKind.PERSON:
        return record.speaker_name(str(value))
    return record.with_names(str(value))


def claim_place(record: MeetingRecord, claim: JudgedClaim) -> str | None:
    """When the words of a claim were said, for people; ``None`` if that is unknown."""
    if isinstance(claim.value, Topic):
        return _time_of_topic(claim.value)
    start_ms = record.start_ms(claim.evidence.segment_ids) if claim.evidence is not None else None
    return clock(start_ms) if start_ms is not None else None
