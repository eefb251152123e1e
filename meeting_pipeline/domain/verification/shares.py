"""Shares: "12 percent", "0.12" and "twelve per cent" are one, and "a quarter" is 25 percent.

Must not go here: other numbers (``numbers.py``).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from meeting_pipeline.domain.verification.numbers import is_number, number_tokens, numbers_of

_PARTS: Final = {
    "half": 50,
    "third": 33,
    "thirds": 33,
    "quarter": 25,
    "quarters": 25,
    "fifth": 20,
    "fifths": 20,
    "tenth": 10,
}
_TIMES: Final = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_BETWEEN: Final = frozenset(("the", "our", "all", "of", "that", "this", "their", "your"))
_LONGEST: Final = 12
"""Words of one percentage."""


@lru_cache(maxsize=4_096)
def shares_of(text: str) -> MappingProxyType[str, str]:
    """The shares of a text in percent, by the number that is there."""
    tokens = number_tokens(text)
    return MappingProxyType(dict(_percentages(tokens)) | dict(_fractions(text)) | dict(_parts(tokens)))


def _percentages(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
    for at, token in enumerate(tokens):
        if token not in ("%", "percent") and tuple(tokens[at : at + 2]) != ("per", "cent"):
            continue
        start = at
        while start and at - start < _LONGEST and (is_number(tokens, start - 1) or tokens[start - 1] == "point"):
            start -= 1
        for number in numbers_of(" ".join(tokens[start:at])):
            yield number, number


def _fractions(text: str) -> Iterator[tuple[str, str]]:
    for number in numbers_of(text):
        if number.startswith("0."):
            yield number, f"{float(number) * 100:.4f}".rstrip("0").rstrip(".")


def _parts(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Fractions in words, alone: "a third of the seats", "three quarters"."""
    for at, word in enumerate(tokens):
        before = tokens[at - 1] if at else ""
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        if word in _PARTS and after in _BETWEEN and (before in _TIMES or word == "half"):
            yield f"{before} {word}", str(_PARTS[word] * _TIMES.get(before, 1) + (word == "thirds"))
