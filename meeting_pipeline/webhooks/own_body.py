"""The body that one submission gets: that of the event, thin if it wants it so, with the reference and metadata it gave.

An event has one stored body. What is sent is made from it at each attempt, and only from what never changes, so that every
attempt sends the same bytes. Must not go here: the event's own fields (``payload.py``).
"""

import json
from collections.abc import Mapping
from typing import Any, Final

_AFTER: Final = "job_id"
"""The field that the submitter's own fields follow."""
_RECORD: Final = "meeting"
"""What a thin body lacks: nearly all of its bytes."""


def own_body(body: bytes, *, thin: bool, reference: str | None, metadata: Mapping[str, Any] | None) -> bytes:
    """The body for one submission: UTF-8 JSON, the same bytes for the same arguments.

    ``reference`` and ``metadata`` are in it if either was given. Otherwise a full body is the event's, byte for byte.
    """
    attached = {} if reference is None and metadata is None else {"reference": reference, "metadata": metadata or {}}
    if not thin and not attached:
        return body
    told: dict[str, Any] = {}
    for name, value in json.loads(body).items():
        if name != _RECORD or not thin:
            told[name] = value
        if name == _AFTER:
            told |= attached
    text = json.dumps(told | attached, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")
