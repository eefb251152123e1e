"""Where the files of recordings are: in the folder, or in object storage; and the row's part of moving them.

Must not go here: the files (``files/``), the order in which they are moved (``steps/operations/move_storage.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.recordings.new_recordings import StoredIn
from meeting_pipeline.store.recordings.staged_objects import take_staged
from meeting_pipeline.store.tables import Recording, RunLease, StagedObject


@dataclass(frozen=True)
class FilePlace:
    """The files of one recording, the submitted one first, whose hash is ``sha256``. ``prefix``: ``None`` in the folder."""

    key: str
    sha256: str
    prefix: str | None
    stored_in: str | None
    files: tuple[str, ...]


@retrying
class FilePlaces:
    """Repository of the places of files."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def after(self, key: str, limit: int, *, in_objects: bool) -> Sequence[FilePlace]:
        """Recordings with files in the folder, or in object storage, whose keys come after this one, in their order."""
        where = Recording.object_prefix.is_not(None) if in_objects else Recording.object_prefix.is_(None)
        query = select(Recording).where(where, Recording.key > key).order_by(Recording.key).limit(limit)
        with self._context.database.read() as session:
            return [_place(row) for row in session.scalars(query)]

    def count(self, *, in_objects: bool) -> int:
        """How many recordings have their files in the folder, or in object storage."""
        where = Recording.object_prefix.is_not(None) if in_objects else Recording.object_prefix.is_(None)
        with self._context.database.read() as session:
            return session.scalar(select(func.count()).select_from(Recording).where(where)) or 0

    def runs_at_work(self) -> int:
        """How many runs have a live lease, on any machine."""
        with self._context.database.read() as session:
            return session.scalar(select(func.count()).select_from(RunLease).where(RunLease.state == "live")) or 0

    def moved(self, place: FilePlace, to: StoredIn) -> bool:
        """The files are at a new place, complete. False if the recording is gone, or was moved by somebody else.

        Objects at the new place are taken; those at the old one are noted as belonging to no recording.
        Raises: StoreUnavailable ``upload_given_up``.
        """
        here = Recording.object_prefix.is_(None) if place.prefix is None else Recording.object_prefix == place.prefix
        values = {"object_prefix": to.prefix, "stored_in": to.folder, "stored_on": to.host}
        with self._context.database.write() as session:
            key = session.scalar(
                update(Recording)
                .where(Recording.key == place.key, here)
                .values(values)
                .returning(Recording.key)
                .execution_options(synchronize_session=False)
            )
            if key is None:
                return False
            if to.prefix is not None:
                take_staged(session, to.prefix)
            if place.prefix is not None:
                session.add(
                    StagedObject(
                        prefix=place.prefix,
                        stored_in=place.stored_in or "",
                        removing=True,
                        created_at=self._context.now(),
                    )
                )
            return True


def _place(row: Recording) -> FilePlace:
    names = (row.media_file or row.transcript_file, row.transcript_file, row.prepared_file)
    files = tuple(dict.fromkeys(name for name in names if name))
    return FilePlace(row.key, row.sha256, row.object_prefix, row.stored_in, files)
