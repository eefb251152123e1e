"""Deletes a recording: rows and files immediately, its traces elsewhere later.

The rows are deleted first, in one transaction that records what is left; then the files. If we crash in between, the next
round of erasing finds the files by that record. Each round writes to the receipt what it removed where, and what is left.
Must not go here: rows (``store/deletions/deletions.py``), copies in files (``erase_files.py``), who may delete.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final, Protocol

from meeting_pipeline.domain.errors import PipelineError, ProviderRefused, StorageRefused, StoreUnavailable
from meeting_pipeline.files.object_errors import not_set
from meeting_pipeline.home import is_folder_absent
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import Rejected, SpeechToText, Unknown
from meeting_pipeline.steps.intake.staging import placing, this_folder
from meeting_pipeline.steps.isolation import isolated_item
from meeting_pipeline.steps.mounted_folder import is_absent_here
from meeting_pipeline.steps.operations.erase_files import erase_in_files
from meeting_pipeline.store.deletions.values import Deleted, InFolder, Reference, Trace
from meeting_pipeline.store.engine.compacting import empty_journal

_log = logging.getLogger(__name__)
_ROUND: Final = "erasure"
"""Place in a receipt: a failed round of erasing as a whole. The next round that completes removes it."""
_FAILED: Final = Trace(left="internal_error")


class Register(Protocol):
    """What is kept about recordings outside the store: by Dagster."""

    def unregister(self, key: str) -> None:
        """Forget the partition."""

    def erase(self, deleted: Deleted, *, again: bool) -> Mapping[str, Trace]:
        """Remove everything kept about the recording; returns the traces by place.

        ``again``: the same content was submitted again and has the same key.
        """

    def compact(self) -> Trace:
        """Overwrite the space of rows removed from databases."""


def delete_recording(installation: Installation, key: str, deleted_by: str, *, drop_deliveries: bool = False) -> None:
    """Delete a finished recording with its files. Its costs stay in the ledgers.

    The intake runs of the running system later remove its data in Dagster, its rows in the tables of all meetings and its
    transcript at the provider.
    Raises: PermanentError ``unknown_recording``, ``not_finished``, ``deliveries_pending``; StoreUnavailable.
    """
    with placing(installation):
        row = installation.store.recordings.get(key)
        objects = [(row.stored_in, row.object_prefix)] if row.object_prefix is not None else []
        has_files = row.media_file is not None or row.transcript_file is not None
        folder = InFolder(row.stored_in) if has_files and not objects else None
        installation.store.deletions.delete(key, deleted_by, drop_deliveries=drop_deliveries)
        try:
            removed = _remove_files(installation, key, folder)
        except OSError:
            return  # the next round removes them
        installation.store.deletions.note(key, "files", _with_objects(installation, removed, objects))


def _remove_files(installation: Installation, key: str, folder: InFolder | None) -> Trace:
    """Delete the files in the folder of this machine. The caller holds the lock of ``placing``.

    ``folder``: the one that the files were put into. Returns how many files there were, and whether another machine, or a disk
    that is not mounted, has some.
    """
    away = folder is not None and is_absent_here(installation, folder.identity)
    left = "files_elsewhere" if away else None
    if left is None and not is_folder_absent(installation.settings):
        # Without an identity, it could not be distinguished from an empty place once it is empty.
        with suppress(OSError, StoreUnavailable):
            this_folder(installation)
    return Trace(installation.folder.delete(key), left)


def _with_objects(installation: Installation, removed: Trace, objects: Sequence[tuple[str | None, str]]) -> Trace:
    """Delete the objects too. Those that cannot be deleted now are retried in the next round."""
    count, left = removed.removed, removed.left
    for stored_in, prefix in objects:
        try:
            if installation.objects is None:
                raise not_set()
            installation.objects.require_same(stored_in)
            count += installation.objects.delete(prefix)
        except (StoreUnavailable, StorageRefused) as error:
            _log.warning("objects of a deleted recording will be deleted later: %s", error.code)
            left = error.code
    return Trace(count, left)


class _NoRegister:
    """For callers that keep no register except partitions."""

    def __init__(self, unregister: Callable[[str], None]) -> None:
        self.unregister = unregister

    def erase(self, _deleted: Deleted, *, again: bool) -> Mapping[str, Trace]:
        return {}

    def compact(self) -> Trace:
        return Trace()


def clear_deleted(installation: Installation, deleted: Deleted, unregister: Callable[[str], None]) -> None:
    """Erase the traces of one deleted recording, if no register except partitions is kept."""
    clear_round(installation, [deleted], _NoRegister(unregister))


def clear_round(installation: Installation, due: Sequence[Deleted], register: Register) -> None:
    """Erase the traces of deleted recordings: files, data in the register, transcripts at the provider.

    Each trace may be gone already. Traces that cannot be erased now are retried later. Unexpected errors are retried too, and
    do not delay other recordings. Raises: StoreUnavailable.
    """
    found = [(deleted, _clear_or_note(installation, deleted, register)) for deleted in due]
    compacted = _FAILED
    with isolated_item(_log, "compacting the databases"):
        compacted = _compact(installation, register)
    for deleted, traces in found:
        with isolated_item(_log, "noting what was erased of a deleted recording") as item:
            installation.store.deletions.end_round(
                deleted.key, {**traces, "database_pages": compacted}, of=deleted.deleted_at
            )
        if item.failed:
            installation.store.deletions.defer(deleted.key, of=deleted.deleted_at)
    empty_journal(installation.store.database)  # the row no longer has the key, but its old database page may


def _clear_or_note(installation: Installation, deleted: Deleted, register: Register) -> Mapping[str, Trace]:
    traces: Mapping[str, Trace] = {_ROUND: _FAILED}
    with isolated_item(_log, "erasing what is left of a deleted recording"):
        traces = _clear(installation, deleted, register)
    return traces  # noqa: RET504 - the block may be left halfway


def _clear(installation: Installation, deleted: Deleted, register: Register) -> dict[str, Trace]:
    deletions = installation.store.deletions
    with placing(installation):
        again = installation.store.recordings.find(deleted.key) is not None
        if not again:
            try:
                files = _remove_files(installation, deleted.key, deleted.folder)
            except OSError as error:
                _log.warning("files of a deleted recording will be deleted later: %s", error.strerror)
                return {"files": Trace(left="files_in_the_way")}
            if deleted.registered:
                register.unregister(deleted.key)
        # The same content may have been submitted again: then the partition belongs to the new recording.
        if deleted.registered:
            deletions.note_unregistered(deleted.key)
        # Objects are never those of another recording: each has its own prefix.
        traces = {"files": _with_objects(installation, Trace() if again else files, deleted.objects)}
        traces |= register.erase(deleted, again=again)
        # After the register: the last lines of a run that it found to be over are now in the logs.
        traces |= erase_in_files(installation, deleted, again=again)
    forgotten, left = 0, None
    for reference in deleted.references:
        if reference.forgotten:
            continue
        code = _forget(installation, reference)
        left = code or left
        if code is None:
            forgotten += 1
            deletions.note_forgotten(deleted.key, reference)
    return {**traces, "provider": Trace(forgotten, left)}


def _compact(installation: Installation, register: Register) -> Trace:
    ours, theirs = installation.store.deletions.compact(), register.compact()
    return Trace(ours.removed + theirs.removed, ours.left or theirs.left)


def _forget(installation: Installation, reference: Reference) -> str | None:
    """Delete the order at the provider. Returns why it may still store something of it; ``None`` if it does not."""
    try:
        return None if _is_forgotten(installation.speech.named(reference.provider), reference) else "still_transcribing"
    except StoreUnavailable:
        raise
    except PipelineError as error:
        _log.warning("a transcript will be deleted at %s later: %s", reference.provider, error.code)
        return error.code


def _is_forgotten(provider: SpeechToText, reference: Reference) -> bool:
    order_id = reference.order_id
    if order_id is None and reference.upload_url is not None:  # its response was lost: it may have been placed
        order_id = provider.find_order(reference.upload_url, datetime.fromisoformat(reference.since))
    if order_id is None:
        return True
    try:
        provider.forget(order_id)
    except ProviderRefused:  # it knows no such order, or is still processing it
        return isinstance(provider.poll([order_id]).get(order_id), Unknown | Rejected)
    return True
