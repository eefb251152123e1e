"""Parts of an item's text: its quote, its status, who edited it; for minutes, tables and previews.

Must not go here: the fields of an item (``insight_lists.py``), a single insight (``insights/``).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from meeting_pipeline.domain.judged_claims import JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.text import clock
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import ItemClaim, ItemStatus

_QUOTE_CHARACTERS: Final = 140
"""Of a quote in a table: about one line."""


def edit_note(claim: JudgedClaim) -> str:
    """Who accepted, changed or added an item; empty if nobody did."""
    if claim.added:
        return f"Added by {claim.edited_by}"
    if claim.edited_by is not None:
        return f"Edited by {claim.edited_by}"
    return f"Accepted by {claim.accepted_by}" if claim.accepted_by is not None else ""


def quoted(evidence: Evidence, record: MeetingRecord) -> str:
    """The quote of the evidence, and when it was said."""
    start_ms = record.start_ms(evidence.segment_ids)
    at = "Said" if start_ms is None else f"Said at {clock(start_ms)}"
    return f"{at}: “{evidence.quote}”"


def status_line(item: Any, record: MeetingRecord) -> Iterator[str]:
    """What became of an item that is not open any more, and when that was said."""
    if not isinstance(item, ItemClaim) or item.status in (None, ItemStatus.OPEN):
        return
    start_ms = None if item.status_segment_id is None else record.start_ms((item.status_segment_id,))
    yield f"Status: {item.status}" + (f", said at {clock(start_ms)}" if start_ms is not None else "")


CANDIDATE: Final = "candidate"


def status_cell(item: Any) -> str:
    """What became of an item, and whether it is a candidate, as a cell of a table: "open, candidate"."""
    status = item.status if isinstance(item, ItemClaim) else None
    return ", ".join([*([status.value] if status is not None else []), *([CANDIDATE] if item.candidate else [])])


def where(evidence: Evidence | None, record: MeetingRecord) -> dict[str, str]:
    """The quote and its time as cells of a table."""
    if evidence is None:
        return {"at": "", "quote": ""}
    start = record.start_ms(evidence.segment_ids)
    return {"at": clock(start) if start is not None else "", "quote": evidence.quote[:_QUOTE_CHARACTERS]}


def in_brackets(row: Mapping[str, str], *notes: str) -> str:
    """The text after an item in a preview: ``notes``, and whether it is a candidate."""
    status = ["candidate: compare with the recording"] if CANDIDATE in row.get("status", "") else []
    return f"({', '.join([*notes, *status])})" if notes or status else ""
