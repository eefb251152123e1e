"""Opaque cursors of lists: base64url of JSON, checked when it comes back.

Must not go here: what a list is ordered by (its repository).
"""

import base64
import binascii
import json
from datetime import datetime

from meeting_pipeline.api.problems import ApiError
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.store.overviews import Place

LONGEST = 400


def write_cursor(place: Place) -> str:
    """The cursor that stands for a place in the list of recordings."""
    text = json.dumps([place.submitted_at.isoformat(), place.key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> Place:
    """The place that a cursor stands for. Raises: ApiError 400 ``bad_cursor``."""
    try:
        found = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        moment, key = found
        place = Place(datetime.fromisoformat(moment), key)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise _bad() from error
    if not isinstance(key, str) or not is_key(key) or place.submitted_at.utcoffset() is None:
        raise _bad()
    return place


def _bad() -> ApiError:
    return ApiError(
        400, "bad_cursor", "This cursor was not made by this service.", "Take `next_cursor` as it is, or begin anew."
    )
