"""Which recordings lack vectors, and storing new ones.

If a recording changes while its vectors are made, they are not stored: the transcript is compared with the one that was read.
Must not go here: recording changes (``vector_notes.py``), calling a provider (``steps/embedding/``), finding (``nearest.py``).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.domain.embedding_windows import EmbeddingWindow, digest_of, windows_of
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.embedding_calls import note_embedded
from meeting_pipeline.store.results.record_rows import UNREADABLE
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.search.vector_notes import AT_ONCE, remove_stale
from meeting_pipeline.store.search.vectors import packed, signs_of
from meeting_pipeline.store.tables import Recording, SearchVector, SearchVectorSet

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """A recording whose vectors are due. ``missing``: the windows without one, each with its position."""

    key: str
    model: str
    digest: str
    windows: int
    missing: tuple[tuple[int, EmbeddingWindow], ...]


@dataclass(frozen=True)
class Progress:
    """Recordings with a transcript: how many have their vectors, and how many wait for them."""

    made: int
    waiting: int


@retrying
class VectorSets:
    """Repository of the vectors of recordings."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def due(self, model: str, limit: int) -> list[str]:
        """Recordings whose vectors are due now, those noted last and of the newest meetings first.

        Vectors of other models are noted first, if there are any.
        """
        if self._has_others(model):
            self._note_others(model)
        query = select(SearchVectorSet.recording_key).where(SearchVectorSet.due_at <= self._context.now())
        newest = query.order_by(SearchVectorSet.due_at.desc(), SearchVectorSet.recording_key.desc()).limit(limit)
        with self._context.database.read() as session:
            return list(session.scalars(newest))

    def open(self, key: str, model: str) -> Work | None:
        """Begin with a recording: the vectors that it lacks. ``None`` if none can be made."""
        with self._context.database.write() as session:
            row = session.get(Recording, key, with_for_update=True)
            noted = session.get(SearchVectorSet, key, with_for_update=True)
            if row is None or noted is None:
                return None
            try:
                record = load_record(session, row)
            except UNREADABLE as error:
                _log.error("the results of %s cannot be read (%s): it gets no vectors", key, type(error).__name__)
                noted.due_at, noted.error_code = None, "unreadable"
                return None
            windows = windows_of(record.transcript.segments) if record.transcript is not None else []
            there = remove_stale(session, key, windows, model)
            noted.model, noted.digest = model, digest_of(windows)
            missing = tuple((place, one) for place, one in enumerate(windows) if place not in there)
            return Work(key, model, noted.digest, len(windows), missing)

    def add(
        self, work: Work, call_id: str, made: Sequence[tuple[int, EmbeddingWindow, Sequence[float]]], usage: Usage
    ) -> bool:
        """Write vectors and what they cost, in one transaction. False if the transcript has changed or is gone."""
        with self._context.database.write() as session:
            now = self._context.now()
            current = _current(session, work)
            note_embedded(session, call_id, work.key if current is not None else None, work.model, usage, now)
            if current is None:
                return False
            rows = [
                {
                    "recording_key": work.key, "position": place, "first_segment": window.first,
                    "last_segment": window.last, "start_character": window.start, "digest": window.digest,
                    "model": work.model, "vector": packed(vector),
                }
                for place, window, vector in made
            ]  # fmt: skip
            session.execute(insert(SearchVector), rows)
            return True

    def finish(self, work: Work) -> bool:
        """Make the recording found, once it has all its vectors. False if it has not, or they differ in length."""
        with self._context.database.write() as session:
            noted = _current(session, work)
            if noted is None:
                return False
            query = select(SearchVector.vector).where(SearchVector.recording_key == work.key)
            vectors = list(session.scalars(query.order_by(SearchVector.position)))
            if len({len(vector) for vector in vectors}) > 1:  # the server has another model under the same name
                remove_stale(session, work.key, [])
                noted.digest, noted.signs, noted.failures = "", None, noted.failures + 1
                noted.error_code, noted.due_at = "invalid_answer", self._retry_at(noted.failures)
                return False
            if len(vectors) != work.windows:
                return False
            noted.signs = signs_of(vectors)
            noted.due_at, noted.failures, noted.error_code = None, 0, None
            return True

    def postpone(self, key: str, code: str, *, everybody: bool, seconds: float | None = None) -> None:
        """Retry a recording with back-off, and after many failures no more; with ``everybody`` all that are due now.

        ``seconds``: how long at least.
        """
        with self._context.database.write() as session:
            noted = session.get(SearchVectorSet, key, with_for_update=True)
            if noted is None:
                return
            noted.failures += 1
            noted.error_code = code
            until = self._context.after(max(_wait(noted.failures), seconds or 0.0))
            noted.due_at = until if everybody else self._retry_at(noted.failures, seconds)
            session.flush()
            if everybody:
                others = update(SearchVectorSet).where(SearchVectorSet.due_at <= self._context.now())
                session.execute(others.values(due_at=until), execution_options={"synchronize_session": False})

    def _retry_at(self, failures: int, seconds: float | None = None) -> datetime | None:
        """When a recording is tried again after failures of its own; ``None``: no more, each try is paid."""
        if failures >= policies.EMBEDDING_TRIES:
            return None
        return self._context.after(max(_wait(failures), seconds or 0.0))

    def note_all(self) -> None:
        """Have the vectors of all recordings compared with their transcripts, and those made that are missing."""
        with self._context.database.write() as session:
            again = update(SearchVectorSet).values(due_at=AT_ONCE, failures=0, error_code=None)
            session.execute(again, execution_options={"synchronize_session": False})

    def _has_others(self, model: str) -> bool:
        """Whether there are vectors of another model: two looks into the index, however many vectors there are."""
        before = select(SearchVectorSet.model).where(SearchVectorSet.model > "", SearchVectorSet.model < model)
        after = select(SearchVectorSet.model).where(SearchVectorSet.model > model)
        with self._context.database.read() as session:
            return any(
                session.scalar(one.order_by(SearchVectorSet.model).limit(1)) is not None for one in (before, after)
            )

    def _note_others(self, model: str) -> None:
        """They stay until a recording's turn comes, but nothing is found by them."""
        with self._context.database.write() as session:
            others = update(SearchVectorSet).where(SearchVectorSet.model.not_in(("", model)))
            again = others.values(due_at=AT_ONCE, failures=0, error_code=None, model="", digest="", signs=None)
            session.execute(again, execution_options={"synchronize_session": False})


def progress_in(session: Session, model: str) -> Progress:
    """How far making vectors has come, for people."""
    made = select(func.count()).where(SearchVectorSet.model == model, SearchVectorSet.signs.is_not(None))
    waiting = select(func.count()).where(SearchVectorSet.due_at.is_not(None))
    return Progress(session.scalar(made) or 0, session.scalar(waiting) or 0)


def _wait(failures: int) -> float:
    return backoff_s(failures - 1, policies.EMBEDDING_RETRY_SECONDS, policies.EMBEDDING_RETRY_MAX_SECONDS)


def _current(session: Session, work: Work) -> SearchVectorSet | None:
    """The row of a recording, locked, if its transcript is still what it was."""
    noted = session.get(SearchVectorSet, work.key, with_for_update=True)
    is_same = noted is not None and noted.digest == work.digest and noted.model == work.model
    return noted if is_same else None
