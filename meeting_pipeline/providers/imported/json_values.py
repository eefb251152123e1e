"""Parse the text of an export that may be JSON.

Must not go here: what the JSON means (``json_exports.py``, ``formats/``), JSON that is
ours to define (``domain/strict_json.py``).
"""

import json
from typing import Any


def parsed_json(text: str) -> Any:
    """The value of a JSON text, ``None`` if it is none. Duplicate keys and NaN are let pass: programs write them.

    A text with an object in each row (JSON Lines) is the list of them.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _lines(text)


def _lines(text: str) -> Any:
    rows = [row for row in text.split("\n") if row.strip()]
    if len(rows) < 2 or not all(row.lstrip().startswith("{") and row.rstrip().endswith("}") for row in rows):
        return None
    try:
        return [json.loads(row) for row in rows]
    except (ValueError, RecursionError):
        return None
