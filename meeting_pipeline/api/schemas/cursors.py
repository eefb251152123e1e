"""Opaque cursors of lists: base64url of JSON, validated when a client sends one back.

Must not go here: the order of a list (its repository).
"""

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.store.outbox import queries
from meeting_pipeline.store.outbox.mails import MailPosition
from meeting_pipeline.store.recordings.queries import PagePosition

LONGEST: Final = 400
"""Characters of a cursor that are decoded: ours have fewer."""
_ID: Final = re.compile(r"[0-9a-f]{32}")
_LARGEST: Final = 2**31 - 1
"""Largest value of an integer column on every database."""


def write_cursor(position: PagePosition) -> str:
    """Encode a position in the list of recordings as a cursor."""
    return write_parts([position.submitted_at.isoformat(), position.key])


def read_cursor(cursor: str) -> PagePosition:
    """Decode a cursor of the list of recordings. Raises: ApiError 400 ``bad_cursor``."""
    moment, key = read_parts(cursor, 2)
    if not isinstance(key, str) or not is_key(key):
        raise bad_cursor()
    return PagePosition(_moment(moment), key)


def write_delivery_cursor(position: queries.PagePosition) -> str:
    """Encode a position in the list of deliveries as a cursor."""
    return write_parts([position.created_at.isoformat(), position.revision, position.id])


def read_delivery_cursor(cursor: str) -> queries.PagePosition:
    """Decode a cursor of the list of deliveries. Raises: ApiError 400 ``bad_cursor``."""
    moment, revision, delivery = read_parts(cursor, 3)
    if not isinstance(delivery, str) or not _ID.fullmatch(delivery):
        raise bad_cursor()
    if not isinstance(revision, int) or isinstance(revision, bool) or not 0 <= revision <= _LARGEST:
        raise bad_cursor()
    return queries.PagePosition(_moment(moment), revision, delivery)


def write_mail_cursor(position: MailPosition) -> str:
    """Encode a position in the list of mails as a cursor."""
    return write_parts([position.created_at.isoformat(), position.id])


def read_mail_cursor(cursor: str) -> MailPosition:
    """Decode a cursor of the list of mails. Raises: ApiError 400 ``bad_cursor``."""
    moment, mail = read_parts(cursor, 2)
    if not isinstance(mail, str) or not _ID.fullmatch(mail):
        raise bad_cursor()
    return MailPosition(_moment(moment), mail)


def write_parts(parts: list[Any]) -> str:
    """Encode values of JSON as a cursor."""
    text = json.dumps(parts, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_parts(cursor: str, *counts: int) -> list[Any]:
    """Decode a cursor with one of these ``counts`` of values; the caller validates them. Raises: ApiError 400 ``bad_cursor``."""
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise bad_cursor() from error
    if not isinstance(found, list) or len(found) not in counts:
        raise bad_cursor()
    return found


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.utcoffset() is None:
            raise bad_cursor()
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_cursor() from error


def bad_cursor() -> ApiError:
    """The error for a cursor that was not made here."""
    return ApiError(
        400,
        "bad_cursor",
        "This cursor was not issued by this service.",
        "Send `next_cursor` unchanged, or start from the beginning.",
    )
