"""Insights as analysts see them: the descriptions of the assets and the metadata of each materialization.

Every materialization of an asset, including a gap, has the same keys with the same types, so that Dagster can plot the
numbers. The preview shows speaker names as they are when the asset is materialized.
Must not go here: the table of one insight, which its form provides (``domain/insight_forms.py``), deciding what is a gap
(``insights.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from meeting_pipeline.defs.assets.changes_metadata import changes_metadata
from meeting_pipeline.defs.assets.verdict_metadata import unverified_line, unverified_table, with_verdicts
from meeting_pipeline.defs.preview import advice_about, count, excerpt, measure, notice, preview
from meeting_pipeline.domain.claim_edits import claims_of, selected
from meeting_pipeline.domain.document import escape_markdown
from meeting_pipeline.domain.insight_forms import Form, forms
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.unverified import NOT_CONFIRMED
from meeting_pipeline.domain.version_diff import VersionDiff
from meeting_pipeline.steps.extraction.outcomes import Extracted, Missing
from meeting_pipeline.steps.processing.outcome_words import insight_outcome

_SUMMARY_CHARACTERS = 600
"""Of a summary in the UI: a paragraph."""
_ITEM_CHARACTERS = 160
"""Of an item in the UI: about two lines."""

_MEANINGS = {
    "task": "what has to be done",
    "owner": "who does it: a name, or a label where no name is known",
    "due": "the day that the words mean, counted from the date of the meeting",
    "due_as_said": "the words as they were said",
    "status": "open, done, dropped or superseded; empty if unknown",
    "decision": "what was decided",
    "decided_by": "who decided it, as far as the meeting says",
    "label": "label of diarization, or the name that a transcript export gives",
    "name": "the name that was found for the label",
    "confidence": "0 to 1",
    "topic": "the subject of a part of the meeting",
    "from": "where the part begins",
    "to": "where the part ends",
    "at": "where in the recording it was said",
    "quote": "the words that support it",
    "verdict": "whether the words of the meeting support it, or who accepted it",
}
"""Columns of the insights that come with the program; those of a user's insight are described in its file."""
_GAPS = (
    "\n\nOptional: if it cannot be extracted, the recording completes with a visible gap, the check turns amber, and the "
    "gap is retried automatically with back-off. An earlier good version is never replaced by a gap."
)


def described(form: Form[Any]) -> str:
    """Description of the asset."""
    return form.description + _GAPS


def extracted_metadata(
    found: Extracted, record: MeetingRecord, diff: VersionDiff | None = None
) -> dict[str, dg.MetadataValue]:
    """Metadata of a usable result. ``diff``: from the version before it.

    Calls and cost are those of this run, including unusable responses, so they can be summed.
    """
    answer, coverage = found.answer, found.answer.coverage
    parts = "part" if coverage.parts == 1 else "parts"
    claims = list(claims_of(found.insight, answer.result, record.claim_edits))
    facts = selected(answer.result, claims, lambda claim: claim.published)
    rows = with_verdicts(forms()[found.insight].table(facts, record), claims)
    withheld = [claim for claim in claims if claim.withheld and claim.says_something]
    return {
        "outcome": dg.MetadataValue.text(insight_outcome(found)),
        "preview": _preview(found, facts, rows, withheld, record),
        "result": _table(found.insight, rows),
        "unverified": unverified_table(withheld, record),
        "unverified_count": count(len(withheld)),
        "changes": changes_metadata(diff, record),
        "problem": dg.MetadataValue.text("none"),
        "what_to_do": dg.MetadataValue.text(advice_about(answer.provenance)),
        "next_attempt": dg.MetadataValue.text("not needed"),
        "item_count": count(len(rows)),
        "version": count(found.version),
        "provider": dg.MetadataValue.text(f"{answer.provenance.provider} ({answer.provenance.model})"),
        "prompt_version": dg.MetadataValue.text(answer.prompt_version),
        "covers": dg.MetadataValue.text(
            f"{coverage.segments_read} of {coverage.segments_total} segments, in {coverage.parts} {parts}"
        ),
        "reused": dg.MetadataValue.bool(found.reused),
        **_spent(found.spent),
    }


def missing_metadata(gap: Missing, record: MeetingRecord) -> dict[str, dg.MetadataValue]:
    """Metadata of a gap, under the same keys. An unknown number has no value, because unknown is not zero."""
    next_attempt = _next_attempt(gap, record)
    shown = (
        f"version {gap.kept_version} stays, from an earlier attempt" if gap.kept_version else "the record shows a gap"
    )
    blocks = [notice(f"Gap: no result this time; {shown}."), escape_markdown(gap.error.message)]
    return {
        "outcome": dg.MetadataValue.text(insight_outcome(gap)),
        "preview": preview([*blocks, escape_markdown(f"Next attempt: {next_attempt}.")]),
        "result": _table(gap.insight, []),
        "unverified": unverified_table([], record),
        "unverified_count": count(None),
        "changes": changes_metadata(None, record),
        "problem": dg.MetadataValue.text(gap.error.code),
        "what_to_do": dg.MetadataValue.text(gap.error.advice or "nothing"),
        "next_attempt": dg.MetadataValue.text(next_attempt),
        "item_count": count(None),
        "version": count(gap.kept_version),
        "provider": dg.MetadataValue.text("none"),
        "prompt_version": dg.MetadataValue.text("none"),
        "covers": dg.MetadataValue.text("nothing"),
        "reused": dg.MetadataValue.bool(False),
        **_spent(gap.spent),
    }


def _spent(usage: Usage) -> dict[str, dg.MetadataValue]:
    return {
        "llm_calls": count(usage.calls),
        "input_tokens": count(usage.input_tokens),
        "output_tokens": count(usage.output_tokens),
        "cached_tokens": count(usage.cached_tokens),
        "cost_usd": measure(None if usage.unpriced_calls else usage.cost_usd, 6),
        "unpriced_calls": count(usage.unpriced_calls),
    }


def _next_attempt(gap: Missing, record: MeetingRecord) -> str:
    due = next((known.retry_at for known in record.gaps if known.insight is gap.insight), None)
    if due is not None:
        return f"automatically, at {due:%Y-%m-%d %H:%M} UTC"
    return "when somebody materializes this partition"


def _preview(
    found: Extracted,
    facts: InsightResult,
    rows: Sequence[Mapping[str, str]],
    withheld: Sequence[JudgedClaim],
    record: MeetingRecord,
) -> dg.MarkdownMetadataValue:
    answer = found.answer
    blocks = []
    if answer.provenance.draft:
        blocks.append(notice(answer.provenance.note or "Draft."))
    form = forms()[found.insight]
    if text := form.abstract(facts, record):
        blocks.append(excerpt(text, _SUMMARY_CHARACTERS))
    else:
        blocks += [f"- {excerpt(form.headline(row), _ITEM_CHARACTERS)}" for row in rows]
    if withheld:
        blocks = blocks or ["Nothing that can be stated as a fact."]
        blocks.append(notice(f"{NOT_CONFIRMED}:"))
        blocks += [f"- {excerpt(unverified_line(claim, record), _ITEM_CHARACTERS)}" for claim in withheld]
    return preview(blocks or ["Nothing was found."])


def _table(insight: Insight, rows: Sequence[Mapping[str, str]]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in rows], column_schema(insight))


def column_schema(insight: Insight) -> dg.TableSchema:
    """The columns of the table that each materialization shows."""
    names = (*forms()[insight].columns(), "verdict")
    return dg.TableSchema([dg.TableColumn(name, "string", _MEANINGS.get(name)) for name in names])
