"""Finds the JSON in a model's text: without its thoughts, a Markdown fence, or prose around it.

Servers without structured outputs return such texts. Every step takes linear time on any text. Must not go here: which fields an
answer has (``answer_shape.py``).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_TRIES: Final = 50
"""Positions at which a JSON value may begin that are tried: with more, it is unclear which one is the answer. Each try reads at
most the rest of the text."""
_LONGEST_NUMBER: Final = 100
"""Digits: see ``domain/strict_json.py``."""
_THOUGHTS: Final = re.compile(
    r"(?P<open><(?:think|thinking|thought|reasoning|reflection)>|\[THINK\])"
    r"|(?P<close></(?:think|thinking|thought|reasoning|reflection)>|\[/THINK\])",
    re.IGNORECASE,
)
_CHANNEL: Final = "<|message|>"
"""Precedes each part of an answer in the format "harmony"; the last part is the answer."""
_BEGIN: Final = re.compile(r'\{\s{0,40}+["}]|\[\s{0,40}+[\[{\]"]')
_COMMA_BEFORE_END: Final = re.compile(r'(?P<kept>"(?:[^"\\]|\\(?:.|\Z))*+(?:"|\Z))|,(?=\s*+[}\]])', re.DOTALL)


class Unclear:
    """Represents a JSON value whose meaning is unclear: an object with two values for one name, NaN, a huge number."""


UNCLEAR: Final = Unclear()


@dataclass(frozen=True)
class Found:
    """The JSON values in an answer. ``whole``: the answer is this one value, and nothing else."""

    values: tuple[Any, ...]
    whole: bool = False


def readings(text: str) -> Iterator[Found]:
    """The ways to read an answer, best first: as JSON, then as JSON within other text, each time also without superfluous commas.

    Values are in the order of the text, and do not hold each other. Uncertain parts of a value are ``UNCLEAR``.
    """
    bare = text.strip().removeprefix("\ufeff").strip()
    for attempt in (bare, _COMMA_BEFORE_END.sub(_kept, bare)):
        try:
            value, end = _DECODER.raw_decode(attempt)
        except (ValueError, RecursionError):
            continue
        if end == len(attempt):
            if isinstance(value, str):  # JSON in a JSON string
                bare = value
                break
            yield Found((value,), whole=True)
            return
    bare = without_thoughts(bare)
    yield Found(tuple(_embedded(bare)))
    yield Found(tuple(_embedded(_COMMA_BEFORE_END.sub(_kept, bare))))


def without_thoughts(text: str) -> str:
    """What a model wrote after or between its thoughts. Thoughts without an end are everything up to the end."""
    kept: list[str] = []
    begin, depth = text.rfind(_CHANNEL) + len(_CHANNEL) if _CHANNEL in text else 0, 0
    for found in _THOUGHTS.finditer(text, begin):
        if found["open"]:
            if depth == 0:
                kept.append(text[begin : found.start()])
            depth += 1
        else:
            if depth == 0:
                kept.clear()  # the beginning of the thoughts was part of the prompt
            depth = max(depth - 1, 0)
        begin = found.end()
    if depth == 0:
        kept.append(text[begin:])
    return "\n".join(kept)


def _embedded(text: str) -> Iterator[Any]:
    begin, tries = 0, 0
    while tries < _TRIES and (found := _BEGIN.search(text, begin)) is not None:
        tries += 1
        try:
            value, begin = _DECODER.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            begin = found.start() + 1
            continue
        yield value


def _kept(found: "re.Match[str]") -> str:
    return found["kept"] or ""


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and (isinstance(value, dict | list) or found[key] != value):
            return UNCLEAR
        found[key] = value
    return found


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else UNCLEAR


def _number(digits: str) -> Any:
    number = float(digits)
    return UNCLEAR if number in (float("inf"), float("-inf")) else number


_DECODER: Final = json.JSONDecoder(
    strict=False,  # line breaks in strings
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=lambda _word: UNCLEAR,
)
