"""Deleting a recording: rows and files at once, and later what is left of it elsewhere.

The rows go first, in one transaction that notes what is left; then the files. A crash in between leaves files that the next
round of clearing finds by that note. Must not go here: rows (``store/deletions.py``), who may delete.
"""

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from meeting_pipeline.domain.errors import PipelineError, ProviderRefused, StoreUnavailable
from meeting_pipeline.providers.ports import Rejected, SpeechToText, Unknown
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.steps.staging import placing, staging_folder
from meeting_pipeline.store.deletions import Deleted, Reference

_log = logging.getLogger(__name__)


def delete_recording(installation: Installation, key: str, deleted_by: str, *, drop_deliveries: bool = False) -> None:
    """Delete a recording that is over, with its files. What it cost stays in the books.

    Its partition in Dagster and its transcript at the provider go soon after, by the system's next intake run.
    Raises: PermanentError ``unknown_recording``, ``not_finished``, ``deliveries_pending``; StoreUnavailable.
    """
    with placing(installation):
        installation.store.deletions.delete(key, deleted_by, drop_deliveries=drop_deliveries)
        with suppress(OSError):  # the next round of clearing finds them
            _remove_files(installation, key)


def _remove_files(installation: Installation, key: str) -> None:
    """Out of the way by one rename, then gone. The caller holds the right to change which recordings have a folder."""
    place = installation.settings.recordings / key
    if place.is_dir():
        with staging_folder(installation) as folder:  # what a crash leaves there is removed by the next intake
            place.rename(folder / uuid.uuid4().hex)


def clear_deleted(installation: Installation, deleted: Deleted, unregister: Callable[[str], None]) -> None:
    """Clear what is left of a deleted recording: files, partition (``unregister``), transcripts at the provider.

    Each may be gone already. What cannot be cleared now is due again later. Raises: StoreUnavailable.
    """
    deletions = installation.store.deletions
    with placing(installation):
        if installation.store.recordings.find(deleted.key) is None:
            try:
                _remove_files(installation, deleted.key)
            except OSError as error:
                _log.warning("the files of deleted %s are deleted later: %s", deleted.key, error.strerror)
                deletions.cleared(deleted.key)
                return
            if deleted.registered:
                unregister(deleted.key)
        # The same content may have been handed in again: then the partition is the new recording's.
        if deleted.registered:
            deletions.unregistered(deleted.key)
    for reference in deleted.references:
        if not reference.forgotten and _forget(installation, deleted.key, reference):
            deletions.forgotten(deleted.key, reference)
    deletions.cleared(deleted.key)


def _forget(installation: Installation, key: str, reference: Reference) -> bool:
    """Whether the provider holds nothing of this order any more."""
    try:
        return _is_forgotten(installation.speech.named(reference.provider), reference)
    except StoreUnavailable:
        raise
    except PipelineError as error:
        _log.warning("the transcript of deleted %s is deleted at %s later: %s", key, reference.provider, error.code)
        return False


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
