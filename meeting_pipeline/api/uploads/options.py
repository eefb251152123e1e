"""The options of a request, which are the same as in a sidecar. Errors name fields and never show a value.

Must not go here: reading a body (``multipart_form.py``).
"""

import hashlib
import hmac
import json
from typing import Any, Final, NoReturn, TypeVar

from pydantic import Field, ValidationError

from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.strict_json import BadJson, strict_json
from meeting_pipeline.domain.text import short_line
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.engine.secrets import encryption_key

T = TypeVar("T", bound=SidecarOptions)
LISTS: Final = frozenset({"participants", "keyterms", "languages", "mail_to"})
FIELDS: Final = frozenset(SidecarOptions.model_fields)
_PURPOSE: Final = b"meeting_pipeline: fingerprint of a submission, 1"
_LATER: Final = (
    "timezone",
    "multichannel",
    "webhook_body",
    "mail_to",
    "reference",
    "metadata",
    *SpeechOptions.model_fields,
)
"""Options that came after fingerprints had been stored without them; ``None`` if they are not given."""
_ADVICE: Final = "See `errors`."


class FieldProblem(ApiError):
    """A request with invalid fields: 422, with each field and its problem."""

    def __init__(self, fields: list[dict[str, Any]]) -> None:
        super().__init__(422, "invalid_request", "The request is invalid.", _ADVICE)
        self.errors = fields


class SourceSubmission(SidecarOptions):
    """The body of a submission by URL."""

    source_url: str = Field(
        max_length=2000, description="URL of the recording; fetched once, redirects are not followed."
    )


def refuse_field(name: str, why: str) -> NoReturn:
    """Refuse a field. Raises: FieldProblem."""
    raise FieldProblem([{"at": name[: policies.SHOWN_CHARACTERS], "problem": why}])


def options_from(given: dict[str, Any]) -> SidecarOptions:
    """The options in these fields. Raises: FieldProblem."""
    return _validated(SidecarOptions, given)


def source_from(body: bytes) -> tuple[str, SidecarOptions]:
    """The URL and options in a JSON body. Raises: FieldProblem."""
    found = _validated(SourceSubmission, read_json(body, "body"))
    options = found.model_dump(exclude={"source_url"})
    return found.source_url, SidecarOptions.model_validate(options)


def read_json(text: bytes, name: str) -> dict[str, Any]:
    """Parse a JSON object. Raises: FieldProblem."""
    try:
        found = strict_json(text)
    except BadJson as error:
        refuse_field(name, str(error))
    if not isinstance(found, dict):
        refuse_field(name, "is not a JSON object in UTF-8")
    return found


def _validated(kind: type[T], given: dict[str, Any]) -> T:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        fields = [
            {"at": short_line(".".join(map(str, e["loc"])), policies.SHOWN_CHARACTERS) or "body", "problem": e["msg"]}
            for e in found[: policies.SHOWN_FIELDS]
        ]
    raise FieldProblem(fields)  # not chained: the cause contains the values


def fingerprint(settings: Settings, options: SidecarOptions, **content: str | None) -> str:
    """A keyed hash of a submission. It needs a key because it covers a secret that could be guessed."""
    # Excluded: an option about the file rather than the meeting, and a later field if it is not given, so that existing
    # fingerprints stay valid.
    later = {name for name in _LATER if getattr(options, name) in (None, ())}
    dumped = options.model_dump(mode="json", exclude={"file_modified_at", *later})
    said = json.dumps([dumped, content], sort_keys=True)
    secret = hmac.digest(encryption_key(settings).encode(), _PURPOSE, hashlib.sha256)
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()
