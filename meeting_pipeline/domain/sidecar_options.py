"""The details that a submitter can give with a recording.

Belongs here: the details, and their accepted values. Must not go here: reading the file (``steps/intake/sidecar.py``), the
effect of a detail.
"""

import datetime as dt
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from meeting_pipeline.domain.mail_addresses import MailAddresses
from meeting_pipeline.domain.meeting_day import known_zone
from meeting_pipeline.domain.speech_options import LANGUAGE_PATTERN, SpeechOptions
from meeting_pipeline.domain.submitter_data import Metadata, Reference
from meeting_pipeline.domain.text import one_line

WebhookBody = Literal["full", "thin", "slack", "teams"]
EARLIEST_MEETING: Final = date(1900, 1, 1)
LATEST_MEETING: Final = date(2199, 12, 31)
"""The accepted range of meeting dates. Sound was recorded before 1900, but no meetings. Due dates are counted from the
meeting date, and Python has no dates after the year 9999."""


def _zone_name(value: str | None) -> str | None:
    if value is not None:
        known_zone(value)
    return value


def _plain_words(value: str) -> str:
    """Names and terms go into prompts, requests and databases, so control characters and lone surrogates are removed."""
    return one_line(value)


def _no_boolean(value: object) -> object:
    """Python treats ``True`` as 1, but a submitter who writes `true` did not give a number."""
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def _yes_or_no(value: object) -> object:
    """A field of a form is text. Pydantic would also take 1, "on" and "y", which a typo may be."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _no_timestamp(value: object) -> object:
    """Pydantic reads a number as seconds since 1970, but a day must be written out."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.strip().lstrip("+-").isdecimal()):
        raise ValueError("must be a day such as 2026-11-20")
    return value


_Words = Annotated[str, Field(max_length=200), AfterValidator(_plain_words)]


class SidecarOptions(SpeechOptions):
    """Details that a submitter can give in ``NAME.json`` or on the command line (strict: unknown keys fail)."""

    title: str | None = Field(default=None, max_length=300)
    webhook_url: str | None = Field(default=None, max_length=2000)
    webhook_secret: str | None = Field(default=None, min_length=8, max_length=500)
    webhook_body: WebhookBody | None = None
    """Whether webhooks have the whole record, say only that there is one, or are messages for a chat; ``None``: the first."""
    mail_to: MailAddresses = ()
    """Who gets the minutes by e-mail, besides those whom the settings name."""
    reference: Reference | None = None
    metadata: Metadata | None = None
    participants: tuple[_Words, ...] = Field(default=(), max_length=200)
    keyterms: tuple[_Words, ...] = Field(default=(), max_length=1000)
    language: str | None = Field(default=None, pattern=LANGUAGE_PATTERN)
    speakers_expected: Annotated[int | None, BeforeValidator(_no_boolean)] = Field(default=None, ge=1, le=30)
    multichannel: Annotated[bool | None, BeforeValidator(_yes_or_no)] = Field(default=None, strict=True)
    """Whether each channel or track is one speaker; ``None``: what the installation's settings say."""

    date: Annotated[dt.date | None, BeforeValidator(_no_timestamp)] = Field(
        default=None, ge=EARLIEST_MEETING, le=LATEST_MEETING
    )
    timezone: Annotated[str | None, AfterValidator(_zone_name)] = Field(default=None, max_length=64)
    file_modified_at: dt.datetime | None = None
