"""Deleting a recording: rows and files at once, and later what is left of it elsewhere.

The rows go first, in one transaction that notes what is left; then the files. A crash in between leaves files that the next
round of erasing finds by that note. Each round notes in the receipt what it removed where, and what it could not. Must not
go here: rows (``store/deletions/deletions.py``), copies in files (``erase_files.py``), who may delete.
"""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from meeting_pipeline.domain.errors import PipelineError, ProviderRefused, StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.ports import Rejected, SpeechToText, Unknown
from meeting_pipeline.steps.intake.staging import placing, staging_folder
from meeting_pipeline.steps.isolation import one_of_many
from meeting_pipeline.steps.operations.erase_files import erase_in_files
from meeting_pipeline.store.deletions.values import Deleted, Reference, Trace

_log = logging.getLogger(__name__)
_ROUND: Final = "erasure"
"""Place in a receipt: the round of erasing as a whole. The next round that comes to its end removes it."""
_FAILED: Final = Trace(left="internal_error")


class Register(Protocol):
    """What is kept of recordings beside the store: by Dagster."""

    def unregister(self, key: str) -> None:
        """Forget the partition."""

    def erase(self, deleted: Deleted, *, again: bool) -> Mapping[str, Trace]:
        """Remove what is kept of it, by place. ``again``: the same content is here again, under the same key."""

    def compact(self) -> Trace:
        """Overwrite the room of what was removed from databases."""


def delete_recording(installation: Installation, key: str, deleted_by: str, *, drop_deliveries: bool = False) -> None:
    """Delete a recording that is over, with its files. What it cost stays in the books.

    What Dagster holds of it, the tables over all meetings and its transcript at the provider follow soon, by the system's
    intake runs.
    Raises: PermanentError ``unknown_recording``, ``not_finished``, ``deliveries_pending``; StoreUnavailable.
    """
    with placing(installation):
        installation.store.deletions.delete(key, deleted_by, drop_deliveries=drop_deliveries)
        try:
            removed = _remove_files(installation, key)
        except OSError:
            return  # the next round finds them
        installation.store.deletions.note(key, "files", Trace(removed))


def _remove_files(installation: Installation, key: str) -> int:
    """Out of the way by one rename, then gone. The caller holds the right to change which recordings have a folder.

    Returns how many files there were.
    """
    place = installation.settings.recordings / key
    if not place.is_dir():
        return 0
    count = sum(1 for path in place.rglob("*") if path.is_file())
    with staging_folder(installation) as folder:  # what a crash leaves there is removed by the next intake
        place.rename(folder / uuid.uuid4().hex)
    return count


class _NoRegister:
    """For those who keep no register beside the store."""

    def __init__(self, unregister: Callable[[str], None]) -> None:
        self.unregister = unregister

    def erase(self, _deleted: Deleted, *, again: bool) -> Mapping[str, Trace]:
        return {}

    def compact(self) -> Trace:
        return Trace()


def clear_deleted(installation: Installation, deleted: Deleted, unregister: Callable[[str], None]) -> None:
    """Clear what is left of one deleted recording, where no register but that of partitions is kept."""
    clear_round(installation, [deleted], _NoRegister(unregister))


def clear_round(installation: Installation, due: Sequence[Deleted], register: Register) -> None:
    """Erase what is left of deleted recordings: files, what the register holds, transcripts at the provider.

    Each may be gone already. What cannot be erased now is due again later, and so is what fails unexpectedly: it delays no
    other. Raises: StoreUnavailable.
    """
    found = [(deleted, _clear_or_note(installation, deleted, register)) for deleted in due]
    compacted = _FAILED
    with one_of_many(_log, "compacting the databases"):
        compacted = _compact(installation, register)
    for deleted, traces in found:
        with one_of_many(_log, "noting what was erased of a deleted recording") as item:
            installation.store.deletions.cleared(
                deleted.key, {**traces, "database_pages": compacted}, of=deleted.deleted_at
            )
        if item.failed:
            installation.store.deletions.defer(deleted.key, of=deleted.deleted_at)
    installation.store.database.settle()  # the row has lost its key, the page before that has not


def _clear_or_note(installation: Installation, deleted: Deleted, register: Register) -> Mapping[str, Trace]:
    traces: Mapping[str, Trace] = {_ROUND: _FAILED}
    with one_of_many(_log, "erasing what is left of a deleted recording"):
        traces = _clear(installation, deleted, register)
    return traces  # noqa: RET504 - the block may be left halfway


def _clear(installation: Installation, deleted: Deleted, register: Register) -> dict[str, Trace]:
    deletions = installation.store.deletions
    with placing(installation):
        again = installation.store.recordings.find(deleted.key) is not None
        if not again:
            try:
                files = _remove_files(installation, deleted.key)
            except OSError as error:
                _log.warning("files of a deleted recording are deleted later: %s", error.strerror)
                return {"files": Trace(left="files_in_the_way")}
            if deleted.registered:
                register.unregister(deleted.key)
        # The same content may have been handed in again: then the partition is the new recording's.
        if deleted.registered:
            deletions.unregistered(deleted.key)
        traces = {"files": Trace(0 if again else files)}
        traces |= register.erase(deleted, again=again)
        # After the register: of a run that it found over, the last words are in the logs.
        traces |= erase_in_files(installation, deleted, again=again)
    forgotten, left = 0, None
    for reference in deleted.references:
        if reference.forgotten:
            continue
        code = _forget(installation, reference)
        left = code or left
        if code is None:
            forgotten += 1
            deletions.forgotten(deleted.key, reference)
    return {**traces, "provider": Trace(forgotten, left)}


def _compact(installation: Installation, register: Register) -> Trace:
    ours, theirs = installation.store.deletions.compact(), register.compact()
    return Trace(ours.removed + theirs.removed, ours.left or theirs.left)


def _forget(installation: Installation, reference: Reference) -> str | None:
    """Why the provider may hold something of this order still; ``None`` if it does not."""
    try:
        return None if _is_forgotten(installation.speech.named(reference.provider), reference) else "still_transcribing"
    except StoreUnavailable:
        raise
    except PipelineError as error:
        _log.warning("a transcript is deleted at %s later: %s", reference.provider, error.code)
        return error.code


def _is_forgotten(provider: SpeechToText, reference: Reference) -> bool:
    order_id = reference.order_id
    if order_id is None and reference.upload_url is not None:  # its answer was lost: it may have been placed
        order_id = provider.find_order(reference.upload_url, datetime.fromisoformat(reference.since))
    if order_id is None:
        return True
    try:
        provider.forget(order_id)
    except ProviderRefused:  # it knows no such order, or is still at work on it
        return isinstance(provider.look([order_id]).get(order_id), Unknown | Rejected)
    return True
