"""The columns of the two cross-meeting tables, with their types and what they contain. They are a contract with analysts.

Must not go here: the values (``tables.py``), files (``files.py``).
"""

from typing import Final

from meeting_pipeline.domain.insight_forms import forms

MEETINGS: Final = "meetings"
ACTION_ITEMS: Final = "action_item_register"
TABLES: Final = (MEETINGS, ACTION_ITEMS)
_MEETING_COLUMNS = {
    "recording_id": "string",
    "title": "string",
    "date": "datetime64[s]",
    "status": "string",
    "duration_minutes": "float64",
    "speakers": "Int64",
    "speaker_names": "string",
    "main_speaker": "string",
    "main_speaker_share": "Float64",
    "gaps": "string",
    "draft": "boolean",
    "provider": "string",
    "revision": "Int64",
    "cost_usd": "float64",
    "unpriced_purchases": "int64",
}
ITEM_COLUMNS = {
    "task": "string",
    "owner": "string",
    "due_date": "datetime64[s]",
    "due_as_said": "string",
    "recording_id": "string",
    "title": "string",
    "meeting_date": "datetime64[s]",
    "at_seconds": "Float64",
    "quote": "string",
    "candidate": "boolean",
    "verdict": "string",
    "reasons": "string",
    "accepted_by": "string",
    "draft": "boolean",
    "status": "string",
    "edited_by": "string",
}
_DESCRIPTIONS = {
    "recording_id": "id of the recording; its partition key in Dagster",
    "title": "title of the meeting",
    "date": "day of the meeting",
    "duration_minutes": "length of the recording",
    "speakers": "number of speakers; empty if there is no transcript",
    "speaker_names": "names, or labels where no name is known",
    "main_speaker": "who spoke longest",
    "main_speaker_share": "their share of all spoken time, 0 to 1",
    "gaps": "results that are missing",
    "draft": "whether any of its results is a draft of the offline engine",
    "provider": "who made the transcript",
    "revision": "revision of the record that was last delivered to the submitter",
    "cost_usd": "total cost at the providers as far as prices are known, including answers that could not be used",
    "unpriced_purchases": "purchases whose price is unknown, and which are not in the cost",
    "task": "the task",
    "owner": "the person responsible: a name, or a label where no name is known; empty if nobody was named",
    "due_date": "the date that the words mean, counted from the date of the meeting",
    "due_as_said": "the words as they were said",
    "meeting_date": "day of the meeting",
    "at_seconds": "where in the recording it was said",
    "quote": "the quote it is based on",
    "candidate": "too uncertain to be stated as a fact; compare it with the recording",
    "verdict": "whether the words of the meeting support it: verified, unverified or not_checked",
    "reasons": "why it is unverified, as codes; empty if it is not",
    "accepted_by": "who accepted it as a fact; empty if nobody did",
    "edited_by": "who changed or added it; empty if nobody did",
}


def meeting_columns() -> dict[str, str]:
    """Columns of the table of meetings, with a count for each insight that can be counted."""
    columns: dict[str, str] = {}
    for name, kind in _MEETING_COLUMNS.items():
        if name == "gaps":
            columns |= dict.fromkeys(counted_insights(), "Int64")
        columns[name] = kind
    return columns


_STATUS = {
    MEETINGS: "completed or failed",
    ACTION_ITEMS: "open, done, dropped or superseded; empty if unknown",
}


def describe(column: str, table: str) -> str:
    """What a column of a table contains, for readers."""
    if column == "status":
        return _STATUS[table]
    return _DESCRIPTIONS.get(column, "number of items; empty if they are a gap")


def counted_insights() -> list[str]:
    """The insights with a column that counts their items."""
    return [form.insight.value for form in forms().values() if form.counted]


def table_columns() -> dict[str, dict[str, str]]:
    """The columns of each table, by the table's name."""
    return {MEETINGS: meeting_columns(), ACTION_ITEMS: ITEM_COLUMNS}
