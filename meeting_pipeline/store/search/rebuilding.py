"""Indexing recordings that are not indexed yet, one per transaction, and overwriting deleted words.

An upgrade and ``search --rebuild`` mark recordings; each is indexed from its stored results and its mark removed in the same
transaction, so this can be interrupted anywhere. Until then its old lines, if any, are found as before. Must not go here: how a
recording is indexed (``indexing.py``), when (``steps/operations/index_search.py``).
"""

import logging
from typing import Final

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.results.record_rows import UNREADABLE
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.search import postgres
from meeting_pipeline.store.search.indexing import index_recording, remove_from_index
from meeting_pipeline.store.tables import Recording, SearchPending

_log = logging.getLogger(__name__)
_NOTE_ALL: Final = text(
    "INSERT INTO search_pending (recording_key) SELECT key FROM recordings WHERE true ON CONFLICT (recording_key) DO NOTHING"
)
_MERGE: Final = text("INSERT INTO search_words (search_words, rank) VALUES ('merge', :pages)")
_CHANGES: Final = text("SELECT total_changes()")


@retrying
class SearchIndex:
    """Repository of the recordings that still have to be indexed."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def note_all(self) -> int:
        """Note every recording, so that all are indexed again. Returns how many are noted."""
        with self._context.database.write() as session:
            note_all(session)
            return session.scalar(select(func.count()).select_from(SearchPending)) or 0

    def is_behind(self) -> bool:
        """Whether a recording is noted."""
        with self._context.database.read() as session:
            return session.scalar(select(SearchPending.recording_key).limit(1)) is not None

    def index_next(self, *, rewrite_all: bool = False) -> bool:
        """Index one noted recording. ``rewrite_all``: write all of its lines, also those that seem right. False if none is noted.

        A recording whose stored results cannot be read is logged and left out.
        """
        with self._context.database.read() as session:
            key = session.scalar(select(SearchPending.recording_key).order_by(SearchPending.recording_key).limit(1))
        if key is None:
            return False
        with self._context.database.write() as session:
            row = session.get(Recording, key, with_for_update=True)
            if row is None or not _index(session, row, rewrite_all=rewrite_all):
                session.execute(delete(SearchPending).where(SearchPending.recording_key == key))
        return True

    def similar_names(self) -> str:
        """Whether misspelled names are found, and if not, why, for people."""
        if self._context.database.sqlite:
            return "Names are found by their parts: SQLite has no trigrams for misspelled ones."
        with self._context.database.read() as session:
            if postgres.has_trigrams(session):
                return "Misspelled names are found with the extension pg_trgm."
        return "Names are found by their parts. For misspelled ones: CREATE EXTENSION pg_trgm in this database."


def note_all(session: Session) -> None:
    """Note every recording that is in this transaction's database."""
    session.execute(_NOTE_ALL)


def _index(session: Session, row: Recording, *, rewrite_all: bool) -> bool:
    try:
        record = load_record(session, row)
    except UNREADABLE as error:
        _log.error("the results of %s cannot be read (%s): it is not indexed", row.key, type(error).__name__)
        return False
    if rewrite_all:
        remove_from_index(session, row.key)
    index_recording(session, row, record)
    return True


def merge_deleted(database: Database) -> None:
    """Overwrite deleted words in SQLite's index: FTS5 keeps them beside a note of their deletion until it merges both.

    In many short transactions, so that writers need not wait long. PostgreSQL's index is cleared by ``VACUUM``.
    """
    if not database.sqlite:
        return
    pages = -policies.SEARCH_MERGE_PAGES  # negative: merge everything into one
    while True:
        with database.write() as session:
            before = session.scalar(_CHANGES) or 0
            session.execute(_MERGE, {"pages": pages})
            if (session.scalar(_CHANGES) or 0) - before < 2:  # as https://sqlite.org/fts5.html#the_merge_command says
                return
        pages = policies.SEARCH_MERGE_PAGES
