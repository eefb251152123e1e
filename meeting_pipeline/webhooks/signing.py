"""Signatures according to Standard Webhooks 1.0.0: ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``.

Belongs here: headers of a request and their verification. Must not go here: storage of the secrets.
"""

import base64
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from standardwebhooks import Webhook, WebhookVerificationError

from meeting_pipeline.domain.errors import PermanentError

_SECRET_BYTES = 32
"""The specification requires 24 to 64 bytes."""
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


def new_signing_secret() -> str:
    """Generate a new ``whsec_...``."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def check_signing_secret(secret: str) -> None:
    """Check a configured signing secret.

    Raises: PermanentError ``bad_setting``; the message never shows the secret.
    """
    try:
        size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if not secret.startswith("whsec_") or not 24 <= size <= 64:
        raise PermanentError(
            "bad_setting",
            "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET: must be whsec_ and the base64 of 24 to 64 bytes.",
            "Unset it to have one generated.",
        )


def check_submitter_secret(secret: str) -> None:
    """Check, at submission, that a submitter's secret can be sent as a header.

    Raises: PermanentError ``webhook_secret_refused``; the message never shows the secret.
    """
    if _HEADER_VALUE.fullmatch(secret) is None:
        raise PermanentError(
            "webhook_secret_refused",
            "The webhook secret contains characters that an HTTP header cannot carry.",
            "Use ASCII letters, digits and punctuation, without spaces at either end.",
        )


def signed_headers(
    event_id: str,
    body: bytes,
    secret: str,
    submitter_secret: str | None,
    at: datetime,
    *,
    also: Sequence[str] = (),
) -> dict[str, str]:
    """Return the headers for one attempt at ``at``; ``secret`` is the ``whsec_...`` that signs, ``body`` is UTF-8.

    ``also``: secrets that also sign during a rotation. The header has one signature for each, separated by spaces (Standard
    Webhooks 1.0.0, section "Zero downtime secret rotation"). ``submitter_secret`` is sent as ``X-Webhook-Secret``.
    Raises: ValueError if ``at`` is naive; PermanentError ``webhook_secret_refused``.
    """
    if at.tzinfo is None:
        raise ValueError("the moment of a signature must be timezone-aware")
    moment = at.astimezone(UTC)  # the library treats the wall clock of any time zone as UTC
    text = body.decode("utf-8")
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": f"meeting-pipeline/{version('meeting-pipeline')}",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(one).sign(event_id, moment, text) for one in (secret, *also)),
    }
    if submitter_secret is not None:
        check_submitter_secret(submitter_secret)
        headers["X-Webhook-Secret"] = submitter_secret
    return headers


def verify(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Whether a received request was signed with ``secret`` within five minutes of now. For receivers."""
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library raises ValueError for malformed values
        return False
    return True
