"""Claim edits made by people, and how verdicts and edits change a record.

See ``docs/adr/0036-unverified-claims-are-withheld.md``. Stored results are never rewritten: verdicts and edits are applied
whenever a record is loaded. From then on the record's ``results`` contain only facts, so nothing rendered from them can present
anything else.
Must not go here: storing edits (``store/edits/claim_edits.py``), speaker edits (``speaker_edits.py``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from meeting_pipeline.domain.edited_claims import edited, with_results_for
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.insight_lists import ListForm
from meeting_pipeline.domain.insight_results import InsightResult, SpeakerName, Summary, SummarySentence, Topic
from meeting_pipeline.domain.item_edits import ItemEdit
from meeting_pipeline.domain.judged_claims import ClaimEdit, JudgedClaim, claim_id, text_of
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.summary_text import text_with
from meeting_pipeline.domain.value import Value


def judged(
    record: MeetingRecord, edits: Iterable[ClaimEdit] = (), item_edits: Iterable[ItemEdit] = ()
) -> MeetingRecord:
    """The record with its claims listed as people edited them, and with only the published ones in ``results``.

    A record that was judged before is returned unchanged.
    """
    if record.claims is not None:
        return record
    by_id = {edit.claim_id: edit for edit in edits}
    found = [claim for insight, result in record.results.items() for claim in claims_of(insight, result, by_id)]
    items = tuple(item_edits)
    claims = edited(record, found, items, by_id.values())
    whole = replace(record, claim_edits=by_id, item_edits=items, results=with_results_for(record.results, items))
    return with_claims(whole, claims)


def with_claims(record: MeetingRecord, claims: Sequence[JudgedClaim]) -> MeetingRecord:
    """The record with these claims, and with the published ones of them in its results."""
    results = {
        insight: selected(result, [claim for claim in claims if claim.insight is insight], _is_published)
        for insight, result in record.results.items()
    }
    return replace(record, claims=tuple(claims), results=results)


def claims_of(insight: Insight, result: InsightResult, edits: Mapping[str, ClaimEdit]) -> Iterator[JudgedClaim]:
    """The claims of a stored result, in order, each with its edit."""
    form = forms().get(insight)
    head = form.fields[0].name if form is not None and form.fields else None
    for part, values in parts(result):
        for value in values:
            text = text_of(value, head)
            known = claim_id(insight, text, value)
            yield JudgedClaim(known, insight, part, value, text, edits.get(known))


def parts(result: InsightResult) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """The attributes of a result that hold claims."""
    for name in type(result).model_fields:
        values = getattr(result, name)
        if isinstance(values, tuple) and values and all(isinstance(value, Value) for value in values):
            yield name, values


def selected(
    result: InsightResult, claims: Sequence[JudgedClaim], keep: Callable[[JudgedClaim], bool]
) -> InsightResult:
    """The result with only these claims. A label whose name is left out stays, without a name."""
    changed: dict[str, Any] = {}
    for part in dict.fromkeys(claim.part for claim in claims):
        changed[part] = tuple(
            claim.value if keep(claim) else _nameless(claim.value)
            for claim in claims
            if claim.part == part and (keep(claim) or isinstance(claim.value, SpeakerName))
        )
    if isinstance(result, Summary) and "sentences" in changed:
        facts = [claim.value.text for claim in claims if claim.published and isinstance(claim.value, SummarySentence)]
        changed["short_summary"] = text_with(result, facts)
    return result.model_copy(update=changed) if changed else result


def named_claims(record: MeetingRecord, claims: Iterable[JudgedClaim]) -> Iterator[JudgedClaim]:
    """The claims with people's merges of speakers applied and with names for marks. Names of merged labels are left out."""
    for claim in claims:
        value = _named(record, claim)
        if value is not None:
            text = claim.text if isinstance(claim.value, SpeakerName) else record.with_names(claim.text)
            yield replace(claim, value=value, text=text)


def _named(record: MeetingRecord, claim: JudgedClaim) -> Value | None:
    value = claim.value
    match value:
        case SpeakerName():
            return None if value.label in record.merged else value
        case Topic():
            return value.model_copy(update={"title": record.with_names(value.title)})
        case SummarySentence():
            return value.model_copy(update={"text": record.with_names(value.text)})
    form = forms()[claim.insight]
    if isinstance(form, ListForm):
        return form.named_item(value, record)
    result = record.results[claim.insight]
    alone = result.model_copy(update={**{part: () for part, _ in parts(result)}, claim.part: (value,)})
    found: tuple[Value, ...] = getattr(form.named(alone, record), claim.part)
    return found[0] if found else None


def unverified_counts(record: MeetingRecord) -> dict[str, int]:
    """How many claims of each insight are withheld. An insight without a result is not named."""
    counts = {insight.value: 0 for insight in record.results}
    for claim in listed(record):
        if claim.withheld:
            counts[claim.insight.value] += 1
    return counts


def listed(record: MeetingRecord, insight: Insight | None = None) -> tuple[JudgedClaim, ...]:
    """The claims that say something, of all insights or of one."""
    return tuple(
        claim
        for claim in judged(record).claims or ()
        if claim.says_something and (insight is None or claim.insight is insight)
    )


def waiting(record: MeetingRecord) -> tuple[ClaimEdit, ...]:
    """Edits of claims that no current result makes. They apply again when one does."""
    present = {claim.edit.claim_id for claim in record.claims or () if claim.edit is not None}
    return tuple(edit for edit in record.claim_edits.values() if edit.claim_id not in present)


def _is_published(claim: JudgedClaim) -> bool:
    return claim.published


def _nameless(value: Value) -> Value:
    return SpeakerName(label=value.label, name=None, confidence=0.0) if isinstance(value, SpeakerName) else value
