"""Redact meeting content that a receiver's response repeats.

A receiver's error often quotes its input. What was said at a meeting is stored only with its results, so that deleting them
deletes all of it. Must not go here: masking secrets (``masking.py``), limits of a response (``client.py``).
"""

import json
import re
from collections.abc import Iterator

MASK = "[...]"
_WORD = re.compile(r"\w+")
_TOLD = ("recording_id", "reference", "metadata", "meeting", "commitment", "before", "text", "blocks", "attachments")
"""The fields of a body that hold words of people; the last three are those of a message for a chat."""
_SHORTEST = 5
"""Shorter words say nothing about a meeting, and masking them would make error messages unreadable."""


def without_echoed_content(answer: str, sent: bytes) -> str:
    """Mask every word of five letters or more in ``answer`` that occurs in a text of the sent meeting or commitment.

    Also masks words of its reference and metadata, and of the recording id, which contains the title in a different spelling.
    Field names stay readable, so that operators see "segments is required". ``sent`` is the webhook's body; if it is not JSON,
    nothing is masked.
    """
    try:
        body = json.loads(sent)
    except ValueError:
        return answer
    told = [body.get(name) for name in _TOLD] if isinstance(body, dict) else []
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
