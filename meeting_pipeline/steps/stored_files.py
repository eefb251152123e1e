"""The stored files of one recording, wherever they are: in the folder of recordings, or in object storage.

Must not go here: the storages (``files/``), storing new files (``intake/staging.py``), what a missing file means for a recording
(``transcription/stored_copy.py``).
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.files.folder import staging_folder
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.files.port import Files, StoredFile
from meeting_pipeline.foundation.disk_space import lacking
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.store.tables import Recording

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecordingFiles:
    """The files of a recording. Each method raises as that of the port, and StorageRefused ``storage_changed``."""

    files: Files
    place: str
    stored_in: str | None

    def has(self, name: str) -> bool:
        """Whether this file is there."""
        with suppress(FileNotFoundError):
            self.facts(name)
            return True
        return False

    def facts(self, name: str) -> StoredFile:
        """A file's size. Raises: FileNotFoundError."""
        with self._in_the_same_storage():
            return self.files.facts(self.place, name)

    def read(self, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A range of a file. Raises: FileNotFoundError."""
        with self._in_the_same_storage():
            return self.files.read(self.place, name, start, length)

    def put(self, name: str, source: Path) -> None:
        """Store a file that is missing."""
        self.files.put(self.place, name, source)

    @contextmanager
    def at_hand(self, name: str, scratch: Path) -> Iterator[Path]:
        """The file under a path of this machine. Raises: FileNotFoundError."""
        with ExitStack() as stack:
            with self._in_the_same_storage():
                path = stack.enter_context(self.files.at_hand(self.place, name, scratch))
            yield path

    @contextmanager
    def _in_the_same_storage(self) -> Iterator[None]:
        """A file that is missing from another storage than the recording's is not gone."""
        try:
            yield
        except FileNotFoundError:
            if isinstance(self.files, ObjectFiles):
                self.files.require_same(self.stored_in)
            raise


def files_of(installation: Installation, row: Recording) -> RecordingFiles:
    """The files of a recording. Raises: StorageRefused ``storage_not_set``."""
    return RecordingFiles(installation.files_at(row.object_prefix), row.object_prefix or row.key, row.stored_in)


def sound_name(files: RecordingFiles, row: Recording) -> str | None:
    """The name of the audio file that providers and players get: the prepared copy, if there is one, else the recording itself.

    ``None`` if there is no audio.
    """
    if row.prepared_file is None:
        return row.media_file
    if files.has(row.prepared_file):
        return row.prepared_file
    _log.warning("the prepared copy of %s is missing: the recording itself is used", row.key)
    return row.media_file


@contextmanager
def audio_at_hand(installation: Installation, row: Recording) -> Iterator[Audio]:
    """What a transcription needs of a recording, under paths of this machine until the end of the block.

    From object storage, only the file that is transcribed is copied: the transcript export if there is one.
    Raises: PermanentError ``no_content`` if nothing was stored, or the object is gone; OSError, StoreUnavailable (also
    ``disk_full``), StorageRefused.
    """
    if row.object_prefix is None:
        yield audio_of(installation, row)
        return
    files = files_of(installation, row)
    with staging_folder(installation.settings.recordings) as scratch, ExitStack() as stack:
        try:
            name = row.transcript_file or sound_name(files, row)
            if name is None:
                raise nothing_stored()
            lack = lacking(scratch, files.facts(name).size_bytes)
            if lack is not None:
                raise lack
            path = stack.enter_context(files.at_hand(name, scratch))
        except FileNotFoundError as error:
            raise missing_copy() from error
        exported = name == row.transcript_file
        yield Audio(
            media_path=None if exported else path,
            transcript_path=path if exported else None,
            duration_ms=row.duration_ms,
            participants=tuple(row.participants),
        )


@contextmanager
def sound_at_hand(installation: Installation, row: Recording) -> Iterator[Audio]:
    """Only the audio of a recording, under a path of this machine until the end of the block. Raises: as ``audio_at_hand``.

    In the folder of recordings, whether it exists is not checked: see ``transcription/stored_copy.py``.
    """
    files = files_of(installation, row)
    name = sound_name(files, row)
    if name is None:
        raise nothing_stored()
    if row.object_prefix is None:  # nothing is written into a folder that may not be mounted
        yield Audio(installation.folder.path(row.key, name), None, row.duration_ms, tuple(row.participants))
        return
    with staging_folder(installation.settings.recordings) as scratch, ExitStack() as stack:
        try:
            lack = lacking(scratch, files.facts(name).size_bytes)
            if lack is not None:
                raise lack
            path = stack.enter_context(files.at_hand(name, scratch))
        except FileNotFoundError as error:
            raise missing_copy() from error
        yield Audio(path, None, row.duration_ms, tuple(row.participants))


def audio_of(installation: Installation, row: Recording) -> Audio:
    """The files of a recording in the folder; whether they exist is not checked. Raises: PermanentError ``no_content``."""
    if row.media_file is None and row.transcript_file is None:
        raise nothing_stored()
    folder, sound = installation.folder, sound_name(files_of(installation, row), row)
    return Audio(
        media_path=folder.path(row.key, sound) if sound else None,
        transcript_path=folder.path(row.key, row.transcript_file) if row.transcript_file else None,
        duration_ms=row.duration_ms,
        participants=tuple(row.participants),
    )


def link_to_sound(installation: Installation, row: Recording, seconds: float) -> str | None:
    """An address at which the audio of a recording can be read for this long; ``None`` if it is not in object storage.

    Raises: PermanentError ``no_content`` if the object is gone; StoreUnavailable, StorageRefused.
    """
    if row.object_prefix is None or installation.objects is None:
        return None
    files = files_of(installation, row)
    name = sound_name(files, row)
    if name is None:
        return None
    try:
        files.facts(name)
    except FileNotFoundError as error:
        raise missing_copy() from error
    return installation.objects.link(files.place, name, seconds)


def audio_elsewhere(row: Recording) -> Audio:
    """Data of a recording whose provider already has its audio: no file is needed."""
    return Audio(None, None, row.duration_ms, tuple(row.participants))


def missing_copy() -> PermanentError:
    """The error for a recording whose file is gone."""
    return PermanentError(
        "no_content", "The stored copy of this recording is missing.", "Restore it from a backup, or drop it again."
    )


def nothing_stored() -> PermanentError:
    """The error for a recording without files."""
    return PermanentError("no_content", "Nothing of this recording was stored.", "Drop the recording again.")
