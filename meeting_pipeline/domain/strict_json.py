"""Strict parsing of external JSON: what the standard library silently accepts is refused with a reason.

Belongs here: which JSON is accepted at all. Must not go here: which fields a document has (pydantic models).
Source: RFC 8259, section 4 (names should be unique) and section 6 (no NaN, no infinity).
"""

import json
from typing import Any, Final, NoReturn

from meeting_pipeline.domain.text import short_line

_SHOWN_KEY: Final = 60
"""Characters of a key in a message: it comes from outside, and may be of any length."""
_LONGEST_NUMBER: Final = 100
"""Maximum number of digits. None of our numbers has more than ten; Python's limit is a few thousand."""


class BadJson(ValueError):
    """The text is not JSON that we accept. The message says why in a few words. It may show a key, but never a value."""


def strict_json(text: str | bytes) -> Any:
    """Parse this text; bytes are UTF-8.

    Raises: BadJson for invalid JSON, a duplicate key in an object, NaN and infinities, integers of more than a hundred
        digits, floats that overflow, and nesting too deep for Python.
    """
    try:
        return json.loads(
            text.decode("utf-8-sig") if isinstance(text, bytes) else text,
            object_pairs_hook=_unique,
            parse_constant=_no_number,
            parse_int=_integer,
            parse_float=_finite,
        )
    except BadJson:
        raise
    except RecursionError:
        raise _bad("it is nested too deeply") from None
    except ValueError:  # not chained: the cause quotes the text, which may contain a secret
        raise BadJson("is not valid JSON in UTF-8") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _bad(f'an object has the key "{short_line(key, _SHOWN_KEY)}" twice')
        found[key] = value
    return found


def _no_number(word: str) -> NoReturn:
    raise _bad(f"{word} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise _bad("a number is too large")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _bad("a number is too large")
    return number


def _bad(why: str) -> BadJson:
    return BadJson(f"is not valid JSON that can be accepted: {why}")
