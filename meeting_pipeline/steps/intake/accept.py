"""Turns a durable copy in the staging folder into an accepted recording, or rejects it with an exception.

The drop folder (``ingest.py``) and the HTTP service share this path; each handles rejected files differently. The copy is
inspected and moved into place, or uploaded to object storage, and its row is committed. Content that is already known gets a
further submission instead.
Must not go here: where the copy comes from, its description (``arrival.py``), what happens to a rejected one.
"""

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused, PermanentError, StoreUnavailable
from meeting_pipeline.domain.mail_addresses import outside
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.files.port import PlaceTaken
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.formats import USUAL_TRANSCRIPTS, is_media, is_transcript, too_large, transcript_too_large
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.intake.arrival import Arrival, describe
from meeting_pipeline.steps.intake.object_uploads import remove_uploaded, upload_ahead
from meeting_pipeline.steps.intake.probe import Probe, probe
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult
from meeting_pipeline.steps.intake.staging import StagedCopy, move_into_place, placing, restore_missing
from meeting_pipeline.store.recordings.new_recordings import Accepted, KeyTaken, NewRecording, StoredIn
from meeting_pipeline.store.recordings.recordings import Also
from meeting_pipeline.store.tables import Recording
from meeting_pipeline.webhooks.addresses import check_url
from meeting_pipeline.webhooks.signing import check_submitter_secret

_SHOWN_ENDING = 20
"""Characters of an ending in a message: a file name may end with anything."""
_DOCUMENTS: Final = frozenset({".pdf", ".doc", ".dot", ".pages", ".wps", ".xls", ".xlsx", ".numbers", ".ppt", ".pptx"})
"""Documents that are not read, but can be saved as ones that are."""
_SAVED_AS: Final = (
    "Open it in its program, save it as a Word document (.docx) or as plain text (.txt), and submit that file."
)
_CHAT: Final = re.compile(r".{1,240} [-\N{EN DASH}] Chat(?: ?\(?\d{1,3}\)?)?\.(?:sbv|txt)", re.IGNORECASE)
"""What Meet calls the chat of a meeting. It has the form of captions, so only the name tells."""


@dataclass(frozen=True)
class Taken:
    """A file that became a recording, or a further submission of one."""

    accepted: Accepted
    new: NewRecording
    spare_transcript: bool = False
    """Whether the submitted transcript export is not used, because the recording was already known without one."""


def admit(
    installation: Installation, copy: StagedCopy, arrival: Arrival, *, probing: Probe = probe, also: Also | None = None,
) -> Taken:  # fmt: skip
    """Inspect a copy, move it into place and commit its row. A rejected copy leaves nothing behind.

    ``probing`` decodes and measures it. ``also`` runs in the row's transaction.
    Raises: IntakeRefused; StoreUnavailable, StorageRefused, OSError.
    """
    probed: ProbeResult | None = None
    ahead: StoredIn | None = None
    taken: Taken | None = None
    used = False
    avoid: set[str] = set()
    try:
        while taken is None:
            if _is_new(installation, copy, probed, ahead):
                probed = probed or probing(copy)
                ahead = ahead or upload_ahead(installation, copy.folder)
            with placing(installation) as alone:
                # Nobody can delete it, or accept it elsewhere, between this check and the row.
                known = installation.store.recordings.find_by_hash(copy.sha256)
                if known is None and (probed is None or (ahead is None and installation.objects is not None)):
                    continue  # it has been deleted since
                measured = probed or ProbeResult(None, known.duration_ms if known else 0)
                new = describe(installation, copy, arrival, measured, alone=alone, avoid=avoid)
                taken = _commit(installation, copy, new, known, ahead, also)
                avoid.add(new.key)
        used = known is None and not taken.accepted.duplicate
        crash_point("intake.row_committed", taken.accepted.key)
        return taken
    finally:
        if ahead is not None and not used:
            remove_uploaded(installation, ahead)


def _commit(
    installation: Installation, copy: StagedCopy, new: NewRecording, known: Recording | None, ahead: StoredIn | None,
    also: Also | None,
) -> Taken | None:  # fmt: skip
    """Put the files where they belong and commit the row. ``None`` if another process took the key: choose another one."""
    stored: StoredIn | None
    if known is not None:
        stored = restore_missing(installation, copy, known)
    elif ahead is not None:
        stored = ahead
    else:
        try:
            stored = move_into_place(installation, copy, new.key)
        except PlaceTaken:  # by an installation with the same folder and a database of its own
            return None
        crash_point("intake.moved_into_place", new.key)
    try:
        accepted = installation.store.recordings.accept(replace(new, stored=stored), also)
    except KeyTaken:  # by a process with another folder, between the choice of the key and the row
        if ahead is None:
            (installation.settings.recordings / new.key).rename(copy.folder)
        return None
    except Exception:
        if known is None and ahead is None:
            _take_back(installation, copy.sha256, new.key)
        raise
    spare = known is not None and known.transcript_file is None and copy.transcript not in (None, copy.main)
    return Taken(accepted, new, spare)


def _is_new(installation: Installation, copy: StagedCopy, probed: ProbeResult | None, ahead: StoredIn | None) -> bool:
    """Whether the content has to be inspected, or uploaded, because no recording has it."""
    prepared = probed is not None and (ahead is not None or installation.objects is None)
    return not prepared and installation.store.recordings.find_by_hash(copy.sha256) is None


def _take_back(installation: Installation, sha256: str, key: str) -> None:
    """Remove the files of a recording that got no row. They stay if the database is unavailable for the check."""
    recordings = installation.store.recordings
    with suppress(StoreUnavailable):
        if recordings.find_by_hash(sha256) is None and recordings.find(key) is None:
            shutil.rmtree(installation.settings.recordings / key, ignore_errors=True)


def require_kind(name: Path, size_bytes: int) -> None:
    """Check type and size before copying: copying a huge file costs time and disk space.

    Raises: IntakeRefused ``unsupported_type``, ``too_large``, ``bad_transcript`` (a chat, by its name).
    """
    if not is_media(name) and not is_transcript(name):
        kind = one_line(name.suffix)[:_SHOWN_ENDING]
        raise IntakeRefused(
            "unsupported_type",
            f"Files of type {kind} are not accepted." if kind else "Files without an extension are not accepted.",
            _SAVED_AS
            if kind.lower() in _DOCUMENTS
            else f"Submit audio, video, or a transcript export ({USUAL_TRANSCRIPTS}).",
        )
    if _CHAT.fullmatch(name.name):
        raise IntakeRefused(
            "bad_transcript",
            "The file is the chat of a meeting, not its transcript.",
            "Submit the transcript, or the recording.",
        )
    if is_media(name):
        if size_bytes > policies.MAX_RECORDING_BYTES:
            raise too_large()
    elif size_bytes > policies.MAX_TRANSCRIPT_BYTES:
        raise transcript_too_large()


def check_target(installation: Installation, options: SidecarOptions) -> None:
    """Raises: PermanentError ``webhook_url_refused``, ``bad_webhook_secret``, ``mail_to_refused``."""
    check_recipients(installation.settings, options)
    if options.webhook_url is not None:
        check_url(options.webhook_url, installation.settings.webhook_allow)
    if options.webhook_secret is not None:
        check_submitter_secret(options.webhook_secret)


def check_recipients(settings: Settings, options: SidecarOptions) -> None:
    """Whether minutes may be sent to those whom a submission names. Raises: PermanentError ``mail_to_refused``."""
    if not options.mail_to:
        return
    if settings.mail_server is None:
        raise PermanentError(
            "mail_to_refused",
            "This installation sends no mail.",
            "Omit `mail_to`, or ask the operator to set MEETING_PIPELINE_MAIL_SERVER.",
        )
    refused = outside(options.mail_to, settings.mail_allowed_domains)
    if refused:
        raise PermanentError(
            "mail_to_refused",
            f"Minutes may not be sent to addresses at {', '.join(refused)[:200]}.",
            "Omit these addresses, or ask the operator to add the domain to MEETING_PIPELINE_MAIL_DOMAINS.",
        )
