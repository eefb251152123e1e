"""What a submission says of its recording (name, title, day of the meeting, channels), and the row that this becomes.

Must not go here: which files and recipients are accepted, committing the row (``accept.py``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.meeting_day import day_of_meeting
from meeting_pipeline.domain.recording import Source
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.text import normalized, one_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.formats import is_media
from meeting_pipeline.providers.redaction import CANNOT_REDACT
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult
from meeting_pipeline.steps.intake.staging import StagedCopy
from meeting_pipeline.steps.intake.time_zone import meeting_zone
from meeting_pipeline.store.recordings.new_recordings import NewRecording

_NAME_CHARACTERS: Final = 255
"""The longest name of a file on usual file systems, and the width of the columns."""


@dataclass(frozen=True)
class Arrival:
    """The details of a submission, without its files.

    ``modified_at``: when the submitter's file was last changed, ``None`` if unknown. It dates the meeting if nothing
    better is known (``domain/meeting_day.py``).
    """

    name: str
    modified_at: datetime | None
    options: SidecarOptions
    source: Source


@dataclass(frozen=True)
class DatedMeeting:
    """The day of a meeting, and the time zone in which that day is meant."""

    day: date
    zone: str | None


def dated_meeting(installation: Installation, arrival: Arrival, recorded: datetime | None) -> DatedMeeting:
    """The day of a meeting, by one rule for all kinds of submission. ``recorded``: the time stated in the file itself."""
    options = arrival.options
    zone = meeting_zone(installation.settings, options)
    day = options.date or day_of_meeting(
        name=arrival.name,
        moments=(recorded, options.file_modified_at, arrival.modified_at),
        arrived=installation.store.context.now(),
        zone=zone.rules,
    )
    return DatedMeeting(day, zone.name)


def is_multichannel(installation: Installation, options: SidecarOptions) -> bool:
    """Whether each channel of a recording is one speaker: as the submitter says, else the settings."""
    return installation.settings.multichannel == "on" if options.multichannel is None else options.multichannel


def plain_name(name: str) -> str:
    """A file name or title for display: one line, NFC, without undecodable bytes, at most ``_NAME_CHARACTERS`` characters."""
    text = normalized("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    return one_line(text)[:_NAME_CHARACTERS] or "recording"


def with_plain_title(options: SidecarOptions) -> SidecarOptions:
    """The options, with the title as one clean line."""
    return options.model_copy(update={"title": plain_name(options.title)}) if options.title else options


def describe(
    installation: Installation,
    copy: StagedCopy,
    arrival: Arrival,
    probed: ProbeResult,
    *,
    alone: bool,
    avoid: Collection[str] = (),
) -> NewRecording:
    """The row of a recording: its key, title and day. ``alone``: nobody else chooses a key before the row is written.

    ``avoid``: keys that are taken where files are stored.

    Raises: IntakeRefused ``option_unsupported``.
    """
    options = arrival.options
    recorded = probed.facts.recorded_at if probed.facts else None
    dated = dated_meeting(installation, arrival, datetime.fromisoformat(recorded) if recorded else None)
    title = options.title or plain_name(Path(arrival.name).stem)
    has_transcript = copy.transcript is not None
    provider = installation.speech.choose(has_transcript=has_transcript)
    if options.redacts and not installation.speech.redacts(provider.name):
        raise IntakeRefused("option_unsupported", *CANNOT_REDACT)
    # Dagster includes keys in everything that it stores.
    words = title if installation.settings.ui_previews == "on" else ""
    return NewRecording(
        key=installation.store.recordings.free_key(dated.day, words, copy.sha256, counted=alone, avoid=avoid),
        title=title,
        original_name=plain_name(arrival.name),
        source=arrival.source,
        sha256=copy.sha256,
        size_bytes=copy.size_bytes,
        media_file=copy.main.name if is_media(copy.main) else None,
        transcript_file=copy.transcript.name if copy.transcript else None,
        facts=probed.facts,
        duration_ms=probed.duration_ms,
        meeting_date=dated.day,
        timezone=dated.zone,
        options=options,
        needs_order=provider.remote,
        prepared_file=probed.prepared_file,
        multichannel=probed.multichannel,
    )
