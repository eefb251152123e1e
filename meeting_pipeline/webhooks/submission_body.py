"""The body for one submission: the event's body in the requested form, with the submission's reference and metadata.

An event has one stored body. Each attempt builds its body from this and other data that never changes, so every attempt sends
the same bytes. Must not go here: the event's own fields (``payload.py``).
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.chat_message import chat_message
from meeting_pipeline.webhooks.slack import slack_message
from meeting_pipeline.webhooks.teams import teams_message

FULL: Final = "full"
THIN: Final = "thin"
SLACK: Final = "slack"
TEAMS: Final = "teams"

_AFTER: Final = "job_id"
"""The field that the submitter's own fields follow."""
_RECORD: Final = "meeting"
"""What a thin body lacks: nearly all of its bytes."""


def body_for_submission(body: bytes, *, form: str, reference: str | None, metadata: Mapping[str, Any] | None) -> bytes:
    """The body for one submission: UTF-8 JSON, the same bytes for the same arguments.

    ``form``: ``full``, ``thin``, or the message that a chat shows: ``slack``, ``teams``; any other is ``full``.
    ``reference`` and ``metadata`` are in it if either was given, and never in a message to a chat. Otherwise a full body is the
    event's, byte for byte.
    """
    if form in (SLACK, TEAMS):
        return _message(json.loads(body), form)
    thin = form == THIN
    attached = {} if reference is None and metadata is None else {"reference": reference, "metadata": metadata or {}}
    if not thin and not attached:
        return body
    told: dict[str, Any] = {}
    for name, value in json.loads(body).items():
        if name != _RECORD or not thin:
            told[name] = value
        if name == _AFTER:
            told |= attached
    return _json(told | attached)


def _message(event: Mapping[str, Any], form: str) -> bytes:
    if form == SLACK:
        return _json(slack_message(chat_message(event)))
    for lines in range(policies.CHAT_LINES, 0, -1):
        made = _json(teams_message(chat_message(event, lines=lines)))
        if len(made) <= policies.TEAMS_BYTES:
            return made
    return _json(teams_message(chat_message(event, lines=0)))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
