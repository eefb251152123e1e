"""The columns of the contract with analysts, version 1: what each view has, of which type, and what it means.

Within a version, columns and views are only added. Changing a name, a type or a meaning needs a new version, whose views exist
alongside the old ones for as long as the old version is supported. The documentation and the Parquet files follow this table.
Must not go here: how a view gets its rows (``views.py``).
"""

from dataclasses import dataclass
from typing import Final

CONTRACT: Final = "v1"
"""Version of the contract: the prefix of its views, and the folder of its Parquet files."""


@dataclass(frozen=True)
class Column:
    """A column. ``kind``: ``string``, ``int``, ``float``, ``bool``, ``date`` or ``time`` (a moment, in UTC)."""

    name: str
    kind: str
    meaning: str


def _columns(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


_ID: Final = ("recording_id", "string", "the recording; its partition key in Dagster")
_DRAFT: Final = ("draft", "bool", "whether the result is a draft made on this machine; empty if the result is gone")
_VERSION: Final = ("version", "int", "version of the result that the row is part of; see `versions`")
_VERDICTS: Final = (
    ("verdict", "string", "whether the words of the meeting support it: verified, unverified or not_checked"),
    ("accepted_by", "string", "who accepted it as a fact; empty if nobody did"),
)
_ITEM: Final = (
    ("quote", "string", "the quote that supports it"),
    ("segment_id", "int", "the first segment that supports it: joins `segments`"),
    ("candidate", "bool", "too uncertain to be stated as a fact"),
    ("status", "string", "open, done, dropped or superseded; empty if unknown"),
    *_VERDICTS,
    ("edited_by", "string", "who changed or added it; empty if nobody did"),
    _DRAFT,
    _VERSION,
)

VIEWS: Final[dict[str, tuple[Column, ...]]] = {
    "recordings": _columns(
        _ID,
        ("title", "string", "title of the meeting"),
        ("original_name", "string", "name of the submitted file"),
        ("meeting_date", "date", "day of the meeting"),
        ("source", "string", "how it was submitted"),
        ("status", "string", "pending, processing, completed or failed"),
        ("stage", "string", "its stage, while it is not finished"),
        ("error_code", "string", "why it failed, or what it waits for"),
        ("duration_ms", "int", "length of the recording"),
        ("size_bytes", "int", "size of the file"),
        ("submitted_at", "time", "when it was accepted"),
        ("completed_at", "time", "when it got its outcome"),
        ("revision", "int", "last revision of the record that submitters were sent"),
    ),
    "meetings": _columns(
        _ID,
        ("title", "string", "title of the meeting"),
        ("meeting_date", "date", "day of the meeting"),
        ("duration_ms", "int", "length of the recording"),
        ("segment_count", "int", "segments of the transcript"),
        ("speaker_count", "int", "speakers of the transcript"),
        ("item_count", "int", "action items, withheld ones left out"),
        ("decision_count", "int", "decisions, withheld ones left out"),
        ("gap_count", "int", "results that are missing"),
        ("draft", "bool", "whether any current result is a draft made on this machine"),
        ("version", "int", "version of the transcript"),
    ),
    "segments": _columns(
        _ID,
        ("segment_id", "int", "its number in the recording, from 0"),
        ("speaker", "string", "label of the speaker: joins `speakers`"),
        ("start_ms", "int", "from the beginning of the recording"),
        ("end_ms", "int", "from the beginning of the recording"),
        ("text", "string", "what was said"),
        ("confidence", "float", "0 to 1; empty if the provider gives none"),
        ("edited_by", "string", "who corrected it; empty if nobody did"),
        _DRAFT,
        _VERSION,
    ),
    "speakers": _columns(
        _ID,
        ("speaker", "string", "label in the transcript"),
        ("name", "string", "name; empty if none is known, or if it is withheld"),
        ("confidence", "float", "0 to 1"),
        *_VERDICTS,
        _DRAFT,
        _VERSION,
    ),
    "items": _columns(
        _ID,
        ("item_id", "int", "number of the action item in its recording, from 0"),
        ("task", "string", "what has to be done"),
        ("owner", "string", "label or name of the person responsible; empty if nobody was named"),
        ("due_date", "date", "the day that the words mean"),
        ("due_words", "string", "the words as they were said"),
        *_ITEM,
    ),
    "decisions": _columns(
        _ID,
        ("decision_id", "int", "number of the decision in its recording, from 0"),
        ("decision", "string", "what was decided"),
        *_ITEM,
    ),
    "topics": _columns(
        _ID,
        ("topic_id", "int", "number of the topic in its recording, from 0"),
        ("title", "string", "the subject"),
        ("start_ms", "int", "from the beginning of the recording"),
        ("end_ms", "int", "from the beginning of the recording"),
        ("verdict", "string", "verified or not_checked; others are not in this view"),
        _DRAFT,
        _VERSION,
    ),
    "summaries": _columns(
        _ID,
        ("sentence_id", "int", "number of the sentence in the summary, from 0"),
        ("text", "string", "the sentence; `{A}` stands for the speaker with this label"),
        ("segment_id", "int", "the first segment that supports it: joins `segments`"),
        ("verdict", "string", "verified or not_checked; others are not in this view"),
        _DRAFT,
        _VERSION,
    ),
    "insights": _columns(
        _ID,
        ("insight", "string", "name of an insight without its own view"),
        ("item_id", "int", "number of the item in its result, from 0"),
        ("fields", "string", "the fields of the item, as JSON"),
        ("quote", "string", "the quote that supports it"),
        ("segment_id", "int", "the first segment that supports it: joins `segments`"),
        ("candidate", "bool", "too uncertain to be stated as a fact"),
        *_VERDICTS,
        _DRAFT,
        _VERSION,
    ),
    "costs": _columns(
        _ID,
        ("cost_id", "string", "id of the purchase in the ledger"),
        ("kind", "string", "transcript, or the name of an insight"),
        ("state", "string", "where the purchase is"),
        ("provider", "string", "provider of a transcription; empty for an answer of a language model"),
        ("model", "string", "language model; empty for a transcription"),
        ("cost_usd", "float", "the part with a known price"),
        ("unpriced", "int", "parts whose price is unknown"),
        ("created_at", "time", "when the call or order began"),
    ),
    "versions": _columns(
        _ID,
        ("kind", "string", "transcript, minutes, or the name of an insight"),
        ("version", "int", "number of the version, from 1"),
        ("current", "bool", "whether it is the version that is shown"),
        ("available", "bool", "false for a failed attempt, and for a version that waits for a person"),
        ("provider", "string", "who made it"),
        ("model", "string", "with which model"),
        ("prompt_version", "string", "with which version of the question"),
        ("error_code", "string", "why the attempt failed; empty if it did not"),
        ("draft", "bool", "whether it is a draft made on this machine"),
        ("created_at", "time", "when it was made"),
    ),
    "events": _columns(
        _ID,
        ("event_id", "int", "number of the event in its recording, from 1, without gaps"),
        ("type", "string", "what happened"),
        ("status", "string", "status of the recording from then on"),
        ("stage", "string", "stage of the recording from then on"),
        ("at", "time", "when"),
    ),
}
"""View, without its prefix -> its columns, in order."""


def view_name(table: str) -> str:
    """The name of a view in the database."""
    return f"{CONTRACT}_{table}"
