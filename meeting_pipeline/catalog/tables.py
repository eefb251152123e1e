"""The two cross-meeting tables as data frames. Records are read one at a time: all transcripts would not fit in memory.

Must not go here: which columns there are (``columns.py``), files (``files.py``), pictures (``charts.py``).
"""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from meeting_pipeline.catalog.columns import ACTION_ITEMS, MEETINGS, TABLES, counted_insights, table_columns
from meeting_pipeline.domain.claim_edits import judged, listed
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.insight_results import ActionItem
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.units import MS_PER_MINUTE

if TYPE_CHECKING:
    from pandas import DataFrame

_log = logging.getLogger(__name__)
ROWS_VERSION: Final = 3
"""Raise it when rows are made differently: then all of them are made again."""
_ORDER: Final = {MEETINGS: ("date", "recording_id"), ACTION_ITEMS: ("due_date", "meeting_date", "recording_id")}


def frames(
    records: Iterable[MeetingRecord], names: Sequence[str] = TABLES, *, mark_unverified: bool = False
) -> "dict[str, DataFrame]":
    """These tables, from one pass over the records. ``mark_unverified``: include unverified items, marked by their verdict.

    A record whose rows cannot be built (a bug) is logged and left out: one record must not make the others unavailable.
    """
    kinds = table_columns()
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in names}
    for record in records:
        for name in names:
            rows[name] += _rows(record, _ROWS[name], kinds[name], marked=mark_unverified)
    return {name: in_order(name, _frame(rows[name], kinds[name])) for name in names}


def in_order(name: str, frame: "DataFrame") -> "DataFrame":
    """The table in its order. Rows of a recording that are equal in it keep theirs."""
    return frame.sort_values(list(_ORDER[name]), kind="stable", na_position="last", ignore_index=True)


def replaced(name: str, known: "DataFrame", fresh: "DataFrame", keys: Collection[str]) -> "DataFrame":
    """The table with new rows of these recordings: those that are not in ``fresh`` vanish."""
    import pandas as pd

    kept = known[~known["recording_id"].isin(list(keys))]
    return in_order(name, pd.concat([kept, fresh], ignore_index=True).astype(table_columns()[name]))


def meetings_frame(records: Iterable[MeetingRecord]) -> "DataFrame":
    """One row per recording that has an outcome, by date. An unknown count (a gap) is missing, not zero."""
    return frames(records, [MEETINGS])[MEETINGS]


def action_items_frame(records: Iterable[MeetingRecord]) -> "DataFrame":
    """One row per action item of completed meetings, by due date; items without one come last."""
    return frames(records, [ACTION_ITEMS])[ACTION_ITEMS]


def _rows(
    record: MeetingRecord,
    made: Callable[[MeetingRecord, bool], list[dict[str, object]]],
    columns: dict[str, str],
    *,
    marked: bool,
) -> list[dict[str, object]]:
    """The rows of a record; empty if they do not fit the columns or cannot be written to a file."""
    try:
        rows = made(judged(record), marked)
        for row in rows:
            _require_fitting(row, columns)
    except Exception as error:  # noqa: BLE001 - a bug met by one record
        _log.error("%s is left out of the tables: its rows cannot be built (%s)", record.key, type(error).__name__)
        return []
    return rows


def _require_fitting(row: dict[str, object], columns: dict[str, str]) -> None:
    """Raises: UnicodeEncodeError for text that cannot be written; ValueError, OverflowError for an invalid number."""
    for name, kind in columns.items():
        value = row[name]
        if value is None:
            continue
        if kind == "string":
            str(value).encode()
        elif kind == "Int64" and not -(2**63) <= int(str(value)) < 2**63:
            raise OverflowError(name)
        elif kind.lower() == "float64":
            float(str(value))


def _frame(rows: list[dict[str, object]], columns: dict[str, str]) -> "DataFrame":
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _meeting(record: MeetingRecord, _marked: bool) -> list[dict[str, object]]:
    shares = talk_shares(record)
    labels = record.transcript.speakers if record.transcript else ()
    names = dict.fromkeys(record.speaker_name(label) for label in labels)
    main = max(shares, key=lambda name: shares[name]) if shares else None
    stamp = record.stamps.get("transcript")
    return [
        {
            "recording_id": record.key,
            "title": record.title,
            "date": record.meeting_date,
            "status": record.status.value,
            "duration_minutes": round(record.duration_ms / MS_PER_MINUTE, 2),
            "speakers": len(names) if record.transcript else None,
            "speaker_names": ", ".join(names),
            "main_speaker": main,
            "main_speaker_share": round(shares[main], 3) if main else None,
            **{name: _number(record, Insight(name)) for name in counted_insights()},
            "gaps": ", ".join(gap.insight.value for gap in record.gaps),
            "draft": record.draft,
            "provider": stamp.provenance.provider if stamp else None,
            "revision": record.revision,
            "cost_usd": round(record.cost_usd, 6),
            "unpriced_purchases": record.unpriced_purchases,
        }
    ]


def _number(record: MeetingRecord, insight: Insight) -> int | None:
    result = record.results.get(insight)
    return None if result is None else forms()[insight].count(result)


def talk_shares(record: MeetingRecord) -> dict[str, float]:
    """Share of all spoken time by speaker name, 0..1, in order of first appearance; empty without times."""
    if record.transcript is None:
        return {}
    spoken: dict[str, int] = {}
    for segment in record.transcript.segments:
        name = record.speaker_name(segment.speaker)
        spoken[name] = spoken.get(name, 0) + segment.end_ms - segment.start_ms
    total = sum(spoken.values())
    return {name: ms / total for name, ms in spoken.items()} if total else {}


def _items(record: MeetingRecord, marked: bool) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    if record.status != RecordingStatus.COMPLETED:
        return rows
    for claim in listed(record, Insight.ACTION_ITEMS):
        item = claim.value
        if not isinstance(item, ActionItem) or not (claim.published or (marked and claim.withheld)):
            continue
        start = record.start_ms(item.evidence.segment_ids)
        rows.append(
            {
                "task": item.task,
                "owner": record.speaker_name(item.owner) if item.owner else None,
                "due_date": item.due_date,
                "due_as_said": item.due_words,
                "recording_id": record.key,
                "title": record.title,
                "meeting_date": record.meeting_date,
                "at_seconds": start / 1000 if start is not None else None,
                "quote": item.evidence.quote,
                "candidate": item.candidate,
                "verdict": claim.verdict.value,
                "reasons": ", ".join(claim.reasons),
                "accepted_by": claim.accepted_by,
                "draft": record.draft,
                "status": item.status.value if item.status is not None else None,
                "edited_by": claim.edited_by,
            }
        )
    return rows


_ROWS: Final[dict[str, Callable[[MeetingRecord, bool], list[dict[str, object]]]]] = {
    MEETINGS: _meeting,
    ACTION_ITEMS: _items,
}
