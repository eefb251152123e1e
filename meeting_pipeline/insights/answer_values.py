"""Fits a single JSON value of a model to a plain type, if its meaning is certain. No type of value raises.

Must not go here: lists, entries and their fields (``answer_shape.py``).
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_ID: Final = re.compile(r"\[?\s{0,5}+(?:(?:segment|line|seg|s)[\s_-]?)?+(?P<id>[0-9]{1,9})\s{0,5}+\]?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_YES_NO: Final[Mapping[str, bool]] = {"true": True, "yes": True, "false": False, "no": False}


class Misfit:
    """The value has no certain meaning as what was asked for."""


MISFIT: Final = Misfit()


def _text(value: object) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):  # a speaker label can be a number
        return str(value)
    if not isinstance(value, str):
        return MISFIT
    try:
        value.encode()  # a lone surrogate cannot be stored
    except UnicodeEncodeError:
        return MISFIT
    return value


def _whole(value: object) -> Any:
    if isinstance(value, bool):
        return MISFIT
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else MISFIT
    found = _ID.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(found["id"]) if found is not None else MISFIT


def _number(value: object) -> Any:
    if isinstance(value, bool):
        return MISFIT
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return MISFIT
    found = isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    return float(found[0]) if found else MISFIT


def _yes_no(value: object) -> Any:
    if isinstance(value, bool):
        return value
    return _YES_NO.get(value.strip().casefold(), MISFIT) if isinstance(value, str) else MISFIT


def choice(choices: tuple[Any, ...], value: object) -> Any:
    """The value as one of these, whatever its case; ``MISFIT`` if it is none, or could be two of them."""
    if not isinstance(value, str):
        return MISFIT
    same = [one for one in choices if isinstance(one, str) and one.casefold() == value.strip().casefold()]
    return value if value in choices else same[0] if len(same) == 1 else MISFIT


AS: Final[Mapping[Any, Any]] = {str: _text, int: _whole, float: _number, bool: _yes_no}
"""How a value is read, by the type that is wanted. Each gives ``MISFIT`` for a value without a certain meaning."""
