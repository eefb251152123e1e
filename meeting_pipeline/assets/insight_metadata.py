"""What an analyst sees of an insight: descriptions of the assets, and the metadata of each materialization.

Every materialization of an asset carries the same keys with the same types, a gap too, so that numbers plot. Names are
resolved for the preview as they are at this moment. Must not go here: deciding what is a gap (``insights.py``).
"""

from collections.abc import Mapping, Sequence

import dagster as dg

from meeting_pipeline.domain.document import escape_markdown
from meeting_pipeline.domain.models import ActionItems, Decisions, Evidence, Insight, Speakers, Summary
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.text import clock
from meeting_pipeline.steps.extracting import Extracted, Missing

_QUOTE_CHARACTERS = 140

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


def extracted_metadata(found: Extracted, record: MeetingRecord) -> dict[str, dg.MetadataValue]:
    """Metadata of a good result."""
    answer = found.answer
    rows = _rows(answer.result, record)
    coverage = answer.coverage
    return {
        "preview": dg.MetadataValue.md(_preview(found, rows)),
        "result": _table(found.insight, rows),
        "outcome": dg.MetadataValue.text("draft" if answer.provenance.draft else "available"),
        "item_count": dg.MetadataValue.int(len(rows)),
        "version": dg.MetadataValue.int(found.version),
        "reused": dg.MetadataValue.bool(found.reused),
        "provider": dg.MetadataValue.text(f"{answer.provenance.provider} ({answer.provenance.model})"),
        "note": dg.MetadataValue.text(answer.provenance.note or "none"),
        "prompt_version": dg.MetadataValue.text(answer.prompt_version),
        "covers": dg.MetadataValue.text(
            f"{coverage.segments_read} of {coverage.segments_total} segments, in {coverage.parts} part(s)"
        ),
        "llm_calls": dg.MetadataValue.int(0 if found.reused else answer.usage.calls),
        "input_tokens": dg.MetadataValue.int(0 if found.reused else answer.usage.input_tokens),
        "output_tokens": dg.MetadataValue.int(0 if found.reused else answer.usage.output_tokens),
        "cost_usd": dg.MetadataValue.float(0.0 if found.reused else round(answer.usage.cost_usd, 6)),
    }


def missing_metadata(gap: Missing) -> dict[str, dg.MetadataValue]:
    """Metadata of a gap, under the same keys."""
    instead = f"Version {gap.kept_version} stays." if gap.kept_version else "The meeting record shows a gap."
    return {
        "preview": dg.MetadataValue.md(f"**Gap: no result this time.** {escape_markdown(gap.error.message)} {instead}"),
        "result": _table(gap.insight, []),
        "outcome": dg.MetadataValue.text("unavailable"),
        "item_count": dg.MetadataValue.int(0),
        "code": dg.MetadataValue.text(gap.error.code),
        "what to do": dg.MetadataValue.text(gap.error.advice or "Nothing: it is asked for again by itself."),
        "asked_again": dg.MetadataValue.bool(gap.error.retryable),
        "llm_calls": dg.MetadataValue.int(0),
        "cost_usd": dg.MetadataValue.float(0.0),
    }


def _preview(found: Extracted, rows: Sequence[Mapping[str, str]]) -> str:
    answer = found.answer
    lines = []
    if answer.provenance.draft:
        lines.append(f"*Draft: {escape_markdown(answer.provenance.note)}*")
    if isinstance(answer.result, Summary):
        lines.append(escape_markdown(answer.result.short_summary))
    first = _COLUMNS[found.insight][0]
    lines += [f"- {escape_markdown(' '.join(filter(None, _headline(row, first))))}" for row in rows]
    return "\n".join(lines) if lines else "Nothing was found."


def _headline(row: Mapping[str, str], first: str) -> tuple[str, ...]:
    return (row.get("owner", "") and f"{row['owner']}:", row[first], row.get("name", ""), _in_brackets(row))


def _in_brackets(row: Mapping[str, str]) -> str:
    said = [row[column] for column in ("due", "status") if row.get(column) and row[column] != "found"]
    return f"({', '.join(said)})" if said else ""


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
            return [{"topic": t.title, "from": clock(t.start_ms), "to": clock(t.end_ms)} for t in topics]
        case ActionItems(items=items):
            return [
                {
                    "task": item.task,
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
                    "decision": d.decision,
                    "decided_by": ", ".join(record.speaker_name(who) for who in d.decided_by),
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
