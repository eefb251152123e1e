"""The body for one submission: the event's body in the requested form, with the submission's reference and metadata.

An event has one stored body. Each attempt builds its body from this and other data that never changes, so every attempt sends
the same bytes. Must not go here: the event's own fields (``payload.py``).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.chat_message import ChatMessage, chat_message
from meeting_pipeline.webhooks.slack import slack_message
from meeting_pipeline.webhooks.teams import teams_message

THIN: Final = "thin"


@dataclass(frozen=True)
class ChatForm:
    """How a chat takes a message. ``largest_bytes``: a longer message loses lines; ``None``: the content's limits suffice."""

    render: Callable[[ChatMessage], Mapping[str, Any]]
    largest_bytes: int | None = None


CHATS: Final[Mapping[str, ChatForm]] = {
    "slack": ChatForm(slack_message),
    "teams": ChatForm(teams_message, policies.TEAMS_BYTES),
}
"""To add a chat, add a module for its JSON, a line here, and its name to ``WebhookBody``."""
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
    if form in CHATS:
        return _message(json.loads(body), CHATS[form])
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


def _message(event: Mapping[str, Any], form: ChatForm) -> bytes:
    for lines in range(policies.CHAT_LINES, 0, -1):
        made = _json(form.render(chat_message(event, lines=lines)))
        if form.largest_bytes is None or len(made) <= form.largest_bytes:
            return made
    return _json(form.render(chat_message(event, lines=0)))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
