"""Intake: a settled file of the drop folder becomes an accepted recording, or is set aside with the reason.

The order is what keeps promises: copy durably, judge the copy, commit the row, and only then delete the original. A
crash at any point leaves the original in the drop folder; taking it again finds the content known.
Must not go here: finding files (``inbox.py``), buying transcriptions (``ordering.py``).
"""

import logging
import shutil
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from meeting_pipeline.domain.errors import IntakeRefused, PermanentError, PipelineError
from meeting_pipeline.domain.keys import mint_key
from meeting_pipeline.domain.models import MediaFacts, SidecarOptions, Source
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.media.formats import is_media, is_transcript
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline.steps.durable import copy_durably, sync_folder
from meeting_pipeline.steps.inbox import Candidate
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.steps.set_aside import set_aside
from meeting_pipeline.steps.sidecar import read_sidecar
from meeting_pipeline.store.recordings import Accepted, NewRecording
from meeting_pipeline.webhooks.addresses import check_url
from meeting_pipeline.webhooks.signing import check_submitter_secret

_log = logging.getLogger(__name__)
_STAGING = ".incoming"
"""Below the recordings folder, so that moving a copy to its place is one rename."""


@dataclass(frozen=True)
class Taken:
    """A file that became a recording, or a further submission of one."""

    accepted: Accepted
    new: NewRecording


@dataclass(frozen=True)
class Refused:
    """A file that was set aside."""

    code: str
    message: str
    note: Path


@dataclass
class IntakeReport:
    """What an intake did."""

    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    left: int = 0
    """Files that changed while they were copied, or that the disk had no room for: the next intake looks again."""


@dataclass(frozen=True)
class _Copy:
    folder: Path
    main: Path
    transcript: Path | None
    sha256: str
    size_bytes: int


def take_in(
    installation: Installation, candidates: Iterable[Candidate], source: Source = "drop_folder"
) -> IntakeReport:
    """Take each candidate by itself: what is wrong with one delays none of the others."""
    report = IntakeReport()
    for candidate in candidates:
        try:
            _take_one(installation, candidate, source, report)
        except OSError as error:
            _log.warning("left in the drop folder: %s", error.strerror or type(error).__name__)
            report.left += 1
        except PipelineError as error:
            _refuse(installation, candidate, error, source, report)
        except Exception as error:  # noqa: BLE001 - a bug met by one file must not stop the others; it is told in the note
            _log.exception("intake failed on one file")
            unexpected = PermanentError(
                "internal_error",
                f"The pipeline could not handle this file ({type(error).__name__}).",
                "Report it with the log of the intake run; put the file back into the drop folder to try again.",
            )
            _refuse(installation, candidate, unexpected, source, report)
    return report


def _take_one(installation: Installation, candidate: Candidate, source: Source, report: IntakeReport) -> None:
    options = read_sidecar(candidate.sidecar) if candidate.sidecar else SidecarOptions()
    _check_target(installation, options)
    before = candidate.main.lstat()
    copy = _stage(installation, candidate)
    try:
        after = candidate.main.lstat()
        if (before.st_size, before.st_mtime_ns, before.st_ctime_ns) != (
            after.st_size,
            after.st_mtime_ns,
            after.st_ctime_ns,
        ):
            report.left += 1
            return
        known = installation.store.recordings.find_by_hash(copy.sha256)
        facts, duration_ms = (None, known.duration_ms) if known else _judge(copy)
        new = _describe(installation, candidate, copy, options, source, facts, duration_ms)
        if known is None:
            _move_into_place(installation, copy, new.key)
        accepted = installation.store.recordings.accept(new)
    finally:
        shutil.rmtree(copy.folder, ignore_errors=True)
    report.taken.append(Taken(accepted, new))
    _clear(candidate)


def _stage(installation: Installation, candidate: Candidate) -> _Copy:
    folder = installation.settings.recordings / _STAGING / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        main = folder / f"original{candidate.main.suffix.lower()}"
        sha256, size = copy_durably(candidate.main, main)
        transcript = main if is_transcript(main) else None
        if candidate.transcript is not None:
            transcript = folder / f"transcript{candidate.transcript.suffix.lower()}"
            copy_durably(candidate.transcript, transcript)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _Copy(folder, main, transcript, sha256, size)


def _judge(copy: _Copy) -> tuple[MediaFacts | None, int]:
    """Facts of the media (``None`` for a transcript alone) and the duration in ms. Raises: IntakeRefused."""
    transcript = read_transcript(copy.transcript) if copy.transcript else None
    if is_media(copy.main):
        from meeting_pipeline.media.inspection import inspect_media

        facts = inspect_media(copy.main)
        return facts, facts.duration_ms
    if transcript is None:
        raise IntakeRefused(
            "unsupported_type",
            f"Files of type {copy.main.suffix or 'without an ending'} are not taken.",
            "Drop audio, video, or a .vtt, .srt or .txt transcript export.",
        )
    return None, transcript.duration_ms


def _check_target(installation: Installation, options: SidecarOptions) -> None:
    if options.webhook_url is not None:
        check_url(options.webhook_url, installation.settings.webhook_allow)
    if options.webhook_secret is not None:
        check_submitter_secret(options.webhook_secret)


def _describe(
    installation: Installation, candidate: Candidate, copy: _Copy, options: SidecarOptions, source: Source,
    facts: MediaFacts | None, duration_ms: int,
) -> NewRecording:  # fmt: skip
    stem = plain_name(candidate.main.stem)
    meeting_date = options.date or _date_of(candidate.main)
    media_file = copy.main.name if is_media(copy.main) else None
    has_transcript = copy.transcript is not None
    provider = installation.speech.choose(has_transcript=has_transcript)
    return NewRecording(
        key=mint_key(meeting_date, options.title or stem, copy.sha256),
        title=options.title or stem,
        original_name=plain_name(candidate.main.name),
        source=source,
        sha256=copy.sha256,
        size_bytes=copy.size_bytes,
        media_file=media_file,
        transcript_file=copy.transcript.name if copy.transcript else None,
        facts=facts,
        duration_ms=duration_ms,
        meeting_date=meeting_date,
        options=options,
        needs_order=provider.remote,
    )


def _date_of(path: Path) -> date:
    """Without word from the submitter, a meeting is dated by the file's modification time (UTC)."""
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC).date()


def plain_name(name: str) -> str:
    """A file name as data to show: NFC, without control characters and undecodable bytes, at most 255 characters."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    return "".join(" " if unicodedata.category(c).startswith("C") else c for c in text).strip()[:255] or "recording"


def _move_into_place(installation: Installation, copy: _Copy, key: str) -> None:
    place = installation.settings.recordings / key
    if place.exists():
        shutil.rmtree(place)  # left by a crash between this rename and the row: no recording knows it
    copy.folder.rename(place)
    sync_folder(place)
    sync_folder(place.parent)


def _clear(candidate: Candidate) -> None:
    """Row and copy are durable: the originals may go. Shared companions stay for the other recording."""
    for path in candidate.files:
        if path == candidate.main or not candidate.shared:
            path.unlink(missing_ok=True)


def _refuse(
    installation: Installation, candidate: Candidate, error: PipelineError, source: Source, report: IntakeReport
) -> None:
    """Set the files aside; a submitter that named a good webhook target is told."""
    options = _readable_options(installation, candidate)
    if options is not None and options.webhook_url is not None:
        problem = Problem(error.code, error.message, error.advice)
        name = plain_name(candidate.main.name)
        installation.store.recordings.refuse(name, options, source, _date_of(candidate.main), problem)
    note = set_aside(candidate, error, installation.settings.rejected)
    report.refused.append(Refused(error.code, error.message, note))


def _readable_options(installation: Installation, candidate: Candidate) -> SidecarOptions | None:
    if candidate.sidecar is None:
        return None
    try:
        options = read_sidecar(candidate.sidecar)
        _check_target(installation, options)
    except PipelineError:
        return None
    return options
