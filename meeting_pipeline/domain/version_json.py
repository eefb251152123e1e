"""Versions and their differences as JSON values: what the API and ``--json`` have in common.

Must not go here: text for people (``diff_text.py``).
"""

from collections.abc import Sequence
from typing import Any

from meeting_pipeline.domain.claim_changes import claim_place
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.record_json import utc_text
from meeting_pipeline.domain.result_versions import ResultVersion
from meeting_pipeline.domain.version_diff import VersionDiff
from meeting_pipeline.domain.word_diff import Piece


def version_fields(version: ResultVersion) -> dict[str, Any]:
    """A version, with its state in its provenance too: a version that is held is not a result yet."""
    usage = version.usage
    verdicts = version.verdicts
    return {
        "kind": version.kind.value,
        "version": version.version,
        "state": version.state.value,
        "made_at": utc_text(version.made_at),
        "run_id": version.run_id,
        "provenance": {**version.provenance.model_dump(mode="json"), "state": version.state.value},
        "prompt_version": version.prompt_version,
        "transcript_version": version.transcript_version,
        "restored_from": version.restored_from,
        "verdicts": None if verdicts is None else {verdict.value: count for verdict, count in verdicts.items()},
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
        "unpriced_calls": usage.unpriced_calls,
        "changes": [
            {
                "change": note.change.value,
                "made_by": note.made_by,
                "made_at": utc_text(note.made_at),
                "reason": note.reason,
            }
            for note in version.notes
        ],
    }


def diff_fields(diff: VersionDiff, record: MeetingRecord) -> dict[str, Any]:
    """The difference of two versions of an insight."""
    return {
        "insight": diff.insight.value,
        "before": version_fields(diff.before) if diff.before is not None else None,
        "after": version_fields(diff.after) if diff.after is not None else None,
        "differs": diff.differs,
        "added": [_claim(claim, record) for claim in diff.added],
        "removed": [_claim(claim, record) for claim in diff.removed],
        "changed": [
            {
                "before": _claim(change.before, record),
                "after": _claim(change.after, record),
                "fields": [
                    {"name": field.name, "title": field.title, "before": field.before, "after": field.after}
                    for field in change.fields
                ],
                "words": _pieces(change.words),
            }
            for change in diff.changed
        ],
        "same": diff.same,
        "text": _pieces(diff.text),
    }


def _claim(claim: JudgedClaim, record: MeetingRecord) -> dict[str, Any]:
    """``state`` is what becomes of it with what people said about it: a claim that was deleted stays deleted."""
    evidence = claim.evidence
    return {
        "claim_id": claim.claim_id,
        "part": claim.part,
        "text": claim.text,
        "verdict": claim.verdict.value,
        "reasons": list(claim.reasons),
        "state": claim.state.value,
        "quote": evidence.quote or None if evidence is not None else None,
        "at": claim_place(record, claim),
    }


def _pieces(pieces: Sequence[Piece]) -> list[dict[str, str]]:
    return [{"op": piece.op.value, "text": piece.text} for piece in pieces]
