"""Submissions over HTTP: the response, and the description of the request. Add fields, never rename or remove one.

Must not go here: the schema of a recording (``recordings.py``).
"""

from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel, Field

from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import results_url
from meeting_pipeline.media.formats import USUAL_TRANSCRIPTS
from meeting_pipeline.settings import Settings


class SubmissionLinks(BaseModel):
    """Links: paths of this service, except `dagster`."""

    self: str
    events: str = Field(description="Server-sent events of this recording until it is finished.")
    meeting: str = Field(description="The whole record as JSON.")
    dagster: str = Field(description="Absolute URL of the partition in the Dagster UI.")


class IgnoredDetail(BaseModel):
    """A detail that was sent but not used, because the content is already known with a different one."""

    field: str
    given: Any = Field(description="As it was sent.")
    kept: Any = Field(description="What the recording has.")
    advice: str = Field(description="How to apply it.")


class Submission(BaseModel):
    """The result of a submission. The recording is stored durably and will get an outcome, whatever happens."""

    recording_id: str
    status: RecordingStatus
    stage: Stage
    duplicate: bool = Field(description="Whether the same content was submitted before; nothing is bought again.")
    retried: bool = Field(description="Whether that recording had failed and is retried.")
    note: str | None = Field(description="Notes for the submitter, such as a transcript that was not used.")
    ignored: list[IgnoredDetail] = Field(
        default_factory=list, description="Details that were sent but not used; `note` names them too."
    )
    links: SubmissionLinks


def submission_links(settings: Settings, key: str) -> SubmissionLinks:
    """The links of a recording that was just submitted."""
    base = settings.api_base_path
    path = f"{base}/v1/recordings/{quote(key)}"
    return SubmissionLinks(
        self=path,
        events=f"{path}/events",
        meeting=f"{base}/v1/meetings/{quote(key)}",
        dagster=results_url(settings, key),
    )


def request_body() -> dict[str, Any]:
    """The OpenAPI description of both bodies, which are read as streams, bypassing the framework."""
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
                "description": "The fields below as one JSON object, instead of single fields.",
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
    f"The recording, or a transcript export ({USUAL_TRANSCRIPTS}) alone. The file name's extension "
    "tells the type. Send the other fields first: errors in them are then reported before the upload."
)
_TRANSCRIPT: Final = "A transcript export of the same meeting; no transcription is bought then."
_SOURCE: Final = "URL of the recording. It is fetched once, before the response; redirects are not followed."
_DESCRIPTIONS: Final = {
    "title": "Title of the meeting; default: the file's name.",
    "webhook_url": "Receives the outcome.",
    "webhook_secret": "Sent back as X-Webhook-Secret.",
    "webhook_body": "`full` (the default): webhooks have the whole record. `thin`: they have only ids, status and links. "
    "`slack`, `teams`: they are messages for an incoming webhook of Slack or a workflow of Teams.",
    "mail_to": "Addresses that get the minutes by e-mail, if the installation sends mail; repeat the field for each.",
    "reference": "Your own name for it, such as an id in your system. Returned with it, and searchable; at most 200 "
    "characters.",
    "metadata": "Your own data, returned with it and searchable: an object of at most 50 keys and 8 KB. A "
    "form field holds it as JSON.",
    "participants": "Names; repeat the field for each.",
    "keyterms": "Words to expect; repeat the field for each.",
    "language": "Such as en or en_us; default: detected.",
    "speakers_expected": "Number of speakers.",
    "multichannel": "Each channel or audio track is one speaker, as in recordings of calls; default: the installation's setting.",
    "languages": "Languages that may be spoken, if `language` is not given; repeat the field for each.",
    "redact_pii": "Whether AssemblyAI removes personal data; refused where another provider transcribes.",
    "filter_profanity": "Whether AssemblyAI masks profane words.",
    "custom_spelling": 'How to write what is said, such as {"SQL": ["sequel"]}; a form field holds it as JSON.',
    "date": "Local date of the meeting. Default: a date in the file's name, when it was recorded or changed, or today.",
    "timezone": "IANA time zone of the meeting, such as Europe/Berlin; default: that of the installation.",
    "file_modified_at": "When the file was last modified (ISO 8601); used as the date of the meeting if nothing better is "
    "known.",
}
