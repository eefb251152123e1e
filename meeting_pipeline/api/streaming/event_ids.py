"""Ids of streamed events: a number within one recording, or an encoded position in the order of all events.

Must not go here: what comes after an id (``stream_cursors.py``).
"""

import base64
import binascii
import re
from typing import Final

from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.store.event_log.event_log import BEGINNING, Position

EVENT_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_LONGEST: Final = 64
"""Characters of an event id that are decoded: two numbers of 18 digits in base64 have 50."""


def write_position(position: Position) -> str:
    """Encode a position in the order of all events as an event id."""
    text = f"{position.transaction}.{position.position}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_position(text: str) -> Position:
    """Decode an event id to a position; ``0`` is the beginning. Raises: ApiError 400 ``bad_last_event_id``."""
    if text == "0":
        return BEGINNING
    if len(text) > _LONGEST:
        raise bad_event_id()
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise bad_event_id() from error
    transaction, _, position = decoded.partition(".")
    if not EVENT_NUMBER.fullmatch(transaction) or not EVENT_NUMBER.fullmatch(position):
        raise bad_event_id()
    return Position(int(transaction), int(position))


def bad_event_id() -> ApiError:
    """The error for an id that this service never sent."""
    return ApiError(
        400,
        "bad_last_event_id",
        "This is not the id of an event that this service sent.",
        "Read the current state, then connect without Last-Event-ID.",
    )
