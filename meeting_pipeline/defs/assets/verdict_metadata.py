"""Verdicts as analysts see them: a column in the table of facts, and a table of withheld claims.

Must not go here: the other metadata of an insight (``insight_metadata.py``), the words about reasons (``domain/unverified.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Final

import dagster as dg

from meeting_pipeline.domain.insight_results import SpeakerName
from meeting_pipeline.domain.item_text import where
from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.unverified import reason_sentences

_COLUMNS: Final = ("claim", "reasons", "why", "at", "quote")


def with_verdicts(rows: Sequence[Mapping[str, str]], claims: Sequence[JudgedClaim]) -> list[dict[str, str]]:
    """The rows of the facts, each with the verdict on it. The rows are those of one part of the result."""
    verdicts = [""] * len(rows)
    for part in reversed(list(dict.fromkeys(claim.part for claim in claims))):
        own = [claim for claim in claims if claim.part == part and _has_a_row(claim)]
        if len(own) == len(rows):
            verdicts = [_verdict(claim) for claim in own]
    return [{**row, "verdict": verdict} for row, verdict in zip(rows, verdicts, strict=True)]


def unverified_table(claims: Sequence[JudgedClaim], record: MeetingRecord) -> dg.TableMetadataValue:
    """The claims that the words of the meeting do not confirm, each with the reasons and the quote."""
    columns = [dg.TableColumn(name, "string") for name in _COLUMNS]
    return dg.MetadataValue.table([_row(claim, record) for claim in claims], dg.TableSchema(columns=columns))


def unverified_line(claim: JudgedClaim, record: MeetingRecord) -> str:
    """Such a claim as a line of a preview."""
    return f"{record.with_names(claim.text)} ({reason_sentences(claim)})"


def _row(claim: JudgedClaim, record: MeetingRecord) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "claim": record.with_names(claim.text),
            "reasons": ", ".join(claim.reasons),
            "why": reason_sentences(claim),
            **where(claim.evidence, record),
        }
    )


def _has_a_row(claim: JudgedClaim) -> bool:
    """A label has a row even if its name is withheld."""
    return claim.published or isinstance(claim.value, SpeakerName)


def _verdict(claim: JudgedClaim) -> str:
    if not claim.published or not claim.says_something:
        return ""
    return f"accepted by {claim.accepted_by}" if claim.accepted_by is not None else claim.verdict.value
