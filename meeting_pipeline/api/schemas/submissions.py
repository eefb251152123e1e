"""How a submission is answered, and how its request is described. Add fields, never rename or remove one.

Must not go here: what a recording looks like (``recordings.py``).
"""

from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel, Field

from meeting_pipeline.domain.models import RecordingStatus, SidecarOptions, Stage
from meeting_pipeline.installation import results_url
from meeting_pipeline.settings import Settings


class SubmissionLinks(BaseModel):
    """Where to go from here: paths of this service, but for `dagster`."""

    self: str
    events: str = Field(description="Server-sent events of this recording, until it has its outcome.")
    meeting: str = Field(description="Everything that is known, as JSON.")
    dagster: str = Field(description="Absolute: the same partition in the Dagster UI.")


class Submission(BaseModel):
    """What became of a submission. It is stored: whatever happens now, the recording gets an outcome."""

    recording_id: str
    status: RecordingStatus
    stage: Stage
    duplicate: bool = Field(description="Whether the same content was known already; it is not bought again.")
    retried: bool = Field(description="Whether the known recording had failed, and is tried again.")
    note: str | None = Field(description="What the submitter should know, such as a transcript that is not used.")
    links: SubmissionLinks


def submission_links(settings: Settings, key: str) -> SubmissionLinks:
    """The links of a recording that was just handed in."""
    base = settings.api_base_path
    path = f"{base}/v1/recordings/{quote(key)}"
    return SubmissionLinks(
        self=path,
        events=f"{path}/events",
        meeting=f"{base}/v1/meetings/{quote(key)}",
        dagster=results_url(settings, key),
    )


def request_body() -> dict[str, Any]:
    """OpenAPI's description of the two bodies; they are read as streams, past the framework."""
    options = SidecarOptions.model_json_schema()["properties"]
    described = {name: {**schema, "description": _DESCRIPTIONS[name]} for name, schema in options.items()}
    form = {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {"type": "string", "format": "binary", "description": _FILE},
            "transcript": {"type": "string", "format": "binary", "description": _TRANSCRIPT},
            "options": {
                "type": "string",
                "contentMediaType": "application/json",
                "description": "The fields below as one JSON object, instead of them.",
            },
            **described,
        },
    }
    source = {
        "type": "object",
        "required": ["source_url"],
        "additionalProperties": False,
        "properties": {
            "source_url": {"type": "string", "maxLength": 2000, "description": _SOURCE},
            **described,
        },
    }
    return {
        "required": True,
        "content": {"multipart/form-data": {"schema": form}, "application/json": {"schema": source}},
    }


_FILE: Final = (
    "The recording, or a transcript export (.vtt, .srt, .txt) alone. The ending of its name announces the type. "
    "Fields are best sent before it: what is wrong with them is told at once."
)
_TRANSCRIPT: Final = "A transcript export of the same meeting: then nothing is bought."
_SOURCE: Final = "Where the recording is. It is fetched once, before the answer, without redirects."
_DESCRIPTIONS: Final = {
    "title": "Title of the meeting; else the file's name.",
    "webhook_url": "Hears the outcome.",
    "webhook_secret": "Sent back as X-Webhook-Secret.",
    "participants": "Names; the field is repeated.",
    "keyterms": "Words to expect; the field is repeated.",
    "language": "Such as en or en_us; else it is detected.",
    "speakers_expected": "How many people speak.",
    "date": "Local day of the meeting; else a date in the file's name, when it was recorded or changed, today.",
    "timezone": "IANA name of the zone where the meeting took place, such as Europe/Berlin; else the installation's.",
    "file_modified_at": "When the file was last changed, by ISO 8601; dates the meeting where nothing better is known.",
}
