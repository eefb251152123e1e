"""Search results over HTTP. The fields are a contract: add some, never rename or remove one.

Belongs here: the response models of ``api/routes/search.py``, and its cursor. Must not go here: the order of results
(``store/search/``).
"""

import hashlib
import json
import math
from dataclasses import asdict
from datetime import date
from typing import Any, Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from meeting_pipeline.api.schemas.cursors import bad_cursor, read_parts, write_parts
from meeting_pipeline.domain.page_links import meeting_page
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.verdicts import ItemStatus
from meeting_pipeline.providers.embedding_setup import is_on
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.search.numbers import HIGHEST
from meeting_pipeline.store.search.values import Found, FoundMeeting, Hit, Place, Question

_PARTS: Final = 8
"""Values in a cursor, without the last one, which only some have."""
LONGEST: Final = 1_500
"""Characters of a cursor: it names up to 50 meetings of the first page, if meaning took part in that."""


class Range(BaseModel):
    """Characters of a text, counted as Unicode code points from 0."""

    start: int
    end: int = Field(description="The position after the last one.")


class ContextLine(BaseModel):
    """A line of the transcript near a hit."""

    position: Literal["before", "after", "source"] = Field(
        description="Next to a line of the transcript, or the line that supports an item, decision or sentence."
    )
    segment_id: int
    speaker: str = Field(description="Name of the speaker, or `Speaker A` if it is unknown.")
    start_ms: int
    text: str


class SearchHit(BaseModel):
    """A line that was found."""

    kind: LineKind
    text: str = Field(description="Plain text. A long line is cut around the first match, marked by `…`.")
    highlights: list[Range] = Field(description="Where the words of the query are in `text`.")
    people: list[str] = Field(description="Who said it, does it or decided it.")
    segment_id: int | None = Field(description="The segment, or the first one that supports it.")
    start_ms: int | None = Field(description="When it was said, from the start of the recording.")
    end_ms: int | None
    status: ItemStatus | None = Field(description="Of an action item or decision, if it is known.")
    unverified: bool = Field(description="The words of the meeting do not confirm it, and nobody has accepted it.")
    draft: bool = Field(description="Made by the offline engine.")
    by_meaning: bool = Field(
        description="It has a similar meaning, but not the words: several lines from `segment_id` on, as one text."
    )
    context: list[ContextLine]
    page: str = Field(description="Path of the page that opens the meeting at this place and plays from there.")


class SearchMeeting(BaseModel):
    """A meeting with its best hits."""

    recording_id: str
    title: str
    meeting_date: date
    duration_ms: int
    matches: int = Field(description="Number of lines that match; `hits` has at most `lines` of them.")
    hits: list[SearchHit]
    record: str = Field(description="Path of the whole record.")
    media: str | None = Field(description="Path of the recording, for an audio player.")


class SearchPage(BaseModel):
    """A page of results, best first."""

    meetings: list[SearchMeeting]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last page.")
    ranking: Literal["words", "words_and_meaning"] = Field(
        description="Whether this page also has lines found by meaning: only the first one can, if that is turned on."
    )
    ranking_note: str | None = Field(
        description="Why meaning was not used, although it is turned on; for people. The embeddings server does not "
        "respond, or the daily limit is reached."
    )
    meaning_is_on: bool = Field(description="Whether search by meaning is turned on.")
    pending: int = Field(
        description="Recordings that are not indexed yet, after an upgrade or while the index is rebuilt."
    )


def search_page(settings: Settings, question: Question, found: Found) -> SearchPage:
    """The representation of what was found."""
    return SearchPage(
        meetings=[_meeting(settings.api_base_path, one) for one in found.meetings],
        next_cursor=_cursor(question, found.after) if found.after is not None else None,
        ranking="words_and_meaning" if found.by_meaning else "words",
        ranking_note=found.why_not,
        meaning_is_on=is_on(settings),
        pending=found.pending,
    )


def _meeting(base: str, found: FoundMeeting) -> SearchMeeting:
    key = quote(found.key)
    return SearchMeeting(
        recording_id=found.key,
        title=found.title,
        meeting_date=found.meeting_date,
        duration_ms=found.duration_ms,
        matches=found.matches,
        hits=[_hit(base, found.key, hit) for hit in found.hits],
        record=f"{base}/v1/meetings/{key}",
        media=f"{base}/v1/recordings/{key}/media" if found.has_media else None,
    )


def _hit(base: str, key: str, hit: Hit) -> SearchHit:
    return SearchHit(
        kind=hit.kind,
        text=hit.text,
        highlights=[Range(start=start, end=end) for start, end in hit.highlights],
        people=list(hit.people),
        segment_id=hit.segment_id,
        start_ms=hit.start_ms,
        end_ms=hit.end_ms,
        status=ItemStatus(hit.status) if hit.status is not None else None,
        unverified=hit.withheld,
        draft=hit.draft,
        by_meaning=hit.by_meaning,
        context=[ContextLine.model_validate(asdict(near)) for near in hit.near],
        page=meeting_page(base, key, segment=hit.segment_id, at_ms=hit.start_ms),
    )


def _cursor(question: Question, place: Place) -> str:
    return write_parts(
        [_digest_of(question), place.as_of.isoformat(), place.average, place.lowest, place.ceiling, place.floor, place.score,
         place.meeting, *([list(place.seen)] if place.seen else [])]
    )  # fmt: skip


def read_place(cursor: str, question: Question) -> Place:
    """Decode a cursor of this question. Raises: ApiError 400 ``bad_cursor``."""
    asked, as_of, average, lowest, ceiling, floor, score, meeting, *rest = read_parts(cursor, _PARTS, _PARTS + 1)
    seen = rest[0] if rest else []
    if not isinstance(seen, list) or not all(map(_is_line, seen)):
        raise bad_cursor()
    if asked != _digest_of(question) or (score is None) != (meeting is None):
        raise bad_cursor()
    if not (_is_line(lowest) and _is_line(ceiling) and all(one is None or _is_line(one) for one in (floor, meeting))):
        raise bad_cursor()
    if not (_is_number(average) and (score is None or _is_number(score))):
        raise bad_cursor()
    try:
        return Place(date.fromisoformat(as_of), float(average), lowest, ceiling, floor, score, meeting, tuple(seen))
    except (TypeError, ValueError) as error:
        raise bad_cursor() from error


def _is_line(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= HIGHEST


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _digest_of(question: Question) -> str:
    """Identifies a question: the order of another one's results has nothing to do with it."""
    return hashlib.sha256(json.dumps(asdict(question), default=str).encode("utf-8", "replace")).hexdigest()[:16]
