"""Taking out of a receiver's answer what it merely repeats of the meeting that it was sent.

A receiver's error often quotes its input. What was said at a meeting stands among the results and nowhere else, so that
deleting those deletes all of it. Must not go here: masking secrets, limits of an answer (``client.py``).
"""

import json
import re
from collections.abc import Iterator

MASK = "[...]"
_WORD = re.compile(r"\w+")
_SHORTEST = 5
"""Shorter words say nothing about a meeting, and without them no error message could be read."""


def without_echoed_content(answer: str, sent: bytes) -> str:
    """``answer`` with every word of five letters or more that stands in a text of the sent meeting masked.

    So are those of the recording's id, which spells the title in its own way. The names of fields stay readable:
    "segments is required" is what an operator needs. ``sent``: a webhook's body; one that is not JSON has no texts.
    """
    try:
        body = json.loads(sent)
    except ValueError:
        return answer
    told = [body.get(name) for name in ("recording_id", "meeting")] if isinstance(body, dict) else []
    said = {word.lower() for text in _texts(told) for word in _WORD.findall(text)}
    return _WORD.sub(
        lambda found: MASK if len(found[0]) >= _SHORTEST and found[0].lower() in said else found[0], answer
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
