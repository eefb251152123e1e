"""What an analyst sees of an insight: descriptions of the assets, and the metadata of each materialization.

Every materialization of an asset carries the same keys with the same types, a gap too, so that numbers plot. Names are
resolved for the preview as they are at this moment. Must not go here: deciding what is a gap (``insights.py``).
"""

from collections.abc import Mapping, Sequence

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.defs.preview import count, excerpt, measure, notice, preview
from meeting_pipeline.domain.document import escape_markdown
from meeting_pipeline.domain.models import ActionItems, Decisions, Evidence, Insight, Speakers, Summary, Usage
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.text import clock
from meeting_pipeline.steps.extraction.extract import Extracted, Missing

_QUOTE_CHARACTERS = 140
_SUMMARY_CHARACTERS = 600
_ITEM_CHARACTERS = 160

CODE_VERSIONS: Mapping[Insight, str] = dict.fromkeys(Insight, "1")
"""Version of our own code for each insight. A changed prompt shows in ``prompt_version``, without a change here."""

_GAPS = (
    "\n\nOptional: when it cannot be had, the recording completes with a visible gap, the check turns amber, and the gap "
    "is asked for again by itself, later and later. An earlier good version is never replaced by a gap."
)
DESCRIPTIONS: Mapping[Insight, str] = {
    Insight.SPEAKERS: "Who the speaker labels are: label, name, confidence, and the words that tell." + _GAPS,
    Insight.SUMMARY: "What the meeting was about: a short summary, and topics with their time ranges." + _GAPS,
    Insight.ACTION_ITEMS: (
        "Who undertook to do what by when: task, owner, due date (resolved against the meeting's date, with the words as "
        "said), and the quote that it rests on." + _GAPS
    ),
    Insight.DECISIONS: "What was settled, by whom, and the quote that it rests on." + _GAPS,
}

_COLUMNS: Mapping[Insight, tuple[str, ...]] = {
    Insight.SPEAKERS: ("label", "name", "confidence", "at", "quote"),
    Insight.SUMMARY: ("topic", "from", "to"),
    Insight.ACTION_ITEMS: ("task", "owner", "due", "due_as_said", "status", "at", "quote"),
    Insight.DECISIONS: ("decision", "decided_by", "status", "at", "quote"),
}


def outcome_tag(found: Extracted) -> str:
    """Value of ``policies.OUTCOME_TAG`` for a good result."""
    return policies.OUTCOME_DRAFT if found.answer.provenance.draft else policies.OUTCOME_AVAILABLE


def extracted_metadata(found: Extracted, record: MeetingRecord) -> dict[str, dg.MetadataValue]:
    """Metadata of a good result. Calls and cost are those of this run, unusable answers among them: they add up."""
    answer, coverage = found.answer, found.answer.coverage
    rows = _rows(answer.result, record)
    return {
        "outcome": dg.MetadataValue.text(outcome_tag(found)),
        "preview": _preview(found, rows, record),
        "result": _table(found.insight, rows),
        "problem": dg.MetadataValue.text("none"),
        "what_to_do": dg.MetadataValue.text(answer.provenance.note or "nothing"),
        "next_try": dg.MetadataValue.text("not needed"),
        "item_count": count(len(rows)),
        "version": count(found.version),
        "provider": dg.MetadataValue.text(f"{answer.provenance.provider} ({answer.provenance.model})"),
        "prompt_version": dg.MetadataValue.text(answer.prompt_version),
        "covers": dg.MetadataValue.text(
            f"{coverage.segments_read} of {coverage.segments_total} segments, in {coverage.parts} part(s)"
        ),
        "reused": dg.MetadataValue.bool(found.reused),
        **_spent(found.spent),
    }


def missing_metadata(gap: Missing, record: MeetingRecord) -> dict[str, dg.MetadataValue]:
    """Metadata of a gap, under the same keys. What is unknown has no value, which is not zero."""
    next_try = _next_try(gap, record)
    shown = f"version {gap.kept_version} stays, from an earlier try" if gap.kept_version else "the record shows a gap"
    blocks = [notice(f"Gap: no result this time; {shown}."), escape_markdown(gap.error.message)]
    return {
        "outcome": dg.MetadataValue.text(policies.OUTCOME_GAP),
        "preview": preview([*blocks, escape_markdown(f"Next try: {next_try}.")]),
        "result": _table(gap.insight, []),
        "problem": dg.MetadataValue.text(gap.error.code),
        "what_to_do": dg.MetadataValue.text(gap.error.advice or "nothing"),
        "next_try": dg.MetadataValue.text(next_try),
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
        "cost_usd": measure(usage.cost_usd, 6),
    }


def _next_try(gap: Missing, record: MeetingRecord) -> str:
    due = next((known.retry_at for known in record.gaps if known.insight is gap.insight), None)
    if due is not None:
        return f"by itself, at {due:%Y-%m-%d %H:%M} UTC"
    return "when somebody materializes this partition"


def _preview(found: Extracted, rows: Sequence[Mapping[str, str]], record: MeetingRecord) -> dg.MarkdownMetadataValue:
    answer = found.answer
    blocks = []
    if answer.provenance.draft:
        blocks.append(notice(answer.provenance.note or "Draft."))
    if isinstance(answer.result, Summary):
        blocks.append(excerpt(record.with_names(answer.result.short_summary), _SUMMARY_CHARACTERS))
    else:
        first = _COLUMNS[found.insight][0]
        blocks += [f"- {excerpt(_headline(row, first), _ITEM_CHARACTERS)}" for row in rows]
    return preview(blocks or ["Nothing was found."])


def _headline(row: Mapping[str, str], first: str) -> str:
    if "label" in row:
        return f"{row['label']}: {row['name']}"
    owner = f"{row['owner']}:" if row.get("owner") else ""
    return " ".join(filter(None, (owner, row[first], _in_brackets(row))))


def _in_brackets(row: Mapping[str, str]) -> str:
    due = [f"due {row['due']}"] if row.get("due") else []
    status = ["candidate: compare with the recording"] if row.get("status") == "candidate" else []
    return f"({', '.join(due + status)})" if due or status else ""


def _rows(result: Speakers | Summary | ActionItems | Decisions, record: MeetingRecord) -> list[dict[str, str]]:
    match result:
        case Speakers(names=names):
            return [
                {
                    "label": n.label,
                    "name": n.name or "not told",
                    "confidence": f"{n.confidence:.2f}",
                    **_where(n.evidence, record),
                }
                for n in names
            ]
        case Summary(topics=topics):
            return [
                {"topic": record.with_names(t.title), "from": clock(t.start_ms), "to": clock(t.end_ms)} for t in topics
            ]
        case ActionItems(items=items):
            return [
                {
                    "task": record.with_names(item.task),
                    "owner": record.speaker_name(item.owner) if item.owner else "nobody named",
                    "due": item.due_date.isoformat() if item.due_date else "",
                    "due_as_said": item.due_words or "",
                    "status": "candidate" if item.candidate else "found",
                    **_where(item.evidence, record),
                }
                for item in items
            ]
        case Decisions(decisions=decisions):
            return [
                {
                    "decision": record.with_names(d.decision),
                    "decided_by": ", ".join(dict.fromkeys(record.speaker_name(who) for who in d.decided_by)),
                    "status": "candidate" if d.candidate else "found",
                    **_where(d.evidence, record),
                }
                for d in decisions
            ]


def _where(evidence: Evidence | None, record: MeetingRecord) -> dict[str, str]:
    if evidence is None:
        return {"at": "", "quote": ""}
    start = record.start_ms(evidence.segment_ids)
    return {"at": clock(start) if start is not None else "", "quote": evidence.quote[:_QUOTE_CHARACTERS]}


def _table(insight: Insight, rows: Sequence[Mapping[str, str]]) -> dg.TableMetadataValue:
    columns = [dg.TableColumn(name, "string") for name in _COLUMNS[insight]]
    return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in rows], dg.TableSchema(columns=columns))
