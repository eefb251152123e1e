"""Marks recordings that lack vectors, and removes vectors of words that are no longer in the transcript.

Runs inside the transaction that changes the results, so an erased word is in no vector from then on. Must not go here: making
vectors (``steps/embedding/``), writing them (``vector_sets.py``), finding by them (``nearest.py``).
"""

from datetime import UTC, datetime
from functools import cache
from typing import Final

from sqlalchemy import Select, bindparam, delete, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.embedding_windows import EmbeddingWindow, digest_of, windows_of
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.store.tables import SearchVector, SearchVectorSet

AT_ONCE: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Due since long ago."""
_UNSYNCED: Final = {"synchronize_session": False}


def note_vectors(session: Session, key: str, record: MeetingRecord) -> None:
    """Note that the vectors of a recording are due, unless it has those of its current transcript.

    Without any, nothing is compared: an installation that does not search by meaning pays for one look.
    """
    if record.transcript is None:
        return
    known = session.scalar(_digest_of(), {"of_key": key})
    if known is None:
        session.add(SearchVectorSet(recording_key=key, due_at=AT_ONCE, failures=0, model="", digest=""))
        session.flush()
        return
    windows = windows_of(record.transcript.segments) if known else []
    if known and digest_of(windows) != known:
        remove_stale(session, key, windows)
        again = {"due_at": AT_ONCE, "failures": 0, "error_code": None, "digest": "", "signs": None}
        change = update(SearchVectorSet).where(SearchVectorSet.recording_key == key).values(again)
        session.execute(change, execution_options=_UNSYNCED)


@cache
def _digest_of() -> Select[tuple[str]]:
    """Made once: it is part of storing any result."""
    return select(SearchVectorSet.digest).where(SearchVectorSet.recording_key == bindparam("of_key"))


def remove_stale(
    session: Session, key: str, windows: list[EmbeddingWindow], model: str | None = None
) -> frozenset[int]:
    """Delete vectors that are not of these windows, or of another model. Returns the positions of the windows that have one."""
    columns = (SearchVector.position, SearchVector.first_segment, SearchVector.last_segment,
               SearchVector.start_character, SearchVector.digest, SearchVector.model)  # fmt: skip
    rows = session.execute(select(*columns).where(SearchVector.recording_key == key)).all()
    wanted = {place: (one.first, one.last, one.start, one.digest) for place, one in enumerate(windows)}
    good = {
        place
        for place, *is_of, made_by in rows
        if wanted.get(place) == tuple(is_of) and (model is None or made_by == model)
    }
    gone = sorted({row.position for row in rows} - good)
    if gone:
        stale = delete(SearchVector).where(SearchVector.recording_key == key, SearchVector.position.in_(gone))
        session.execute(stale, execution_options=_UNSYNCED)
    return frozenset(good)
