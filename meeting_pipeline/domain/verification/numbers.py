"""Numbers in a text, in digits or in words: "ten thousand" and "10,000" are the same number.

Belongs here: the numbers of a text, clock times. Must not go here: numbers in words (``number_words.py``), which
numbers a claim may contain.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from meeting_pipeline.domain.text import normalized
from meeting_pipeline.domain.verification.number_words import (
    ALL_SCALES,
    LETTER_SCALES,
    LONGEST,
    ORDINALS,
    TENS,
    WHOLE_SCALES,
    form,
    halves,
    price,
    spelled,
)
from meeting_pipeline.domain.verification.wordlists import MONTHS, NUMBER_WORDS
from meeting_pipeline.domain.verification.words import is_content, tokens_of

_NUMBER: Final = re.compile(r"\d++(?:[.,:]\d++)*+")
_GROUPED: Final = re.compile(r"\d{1,3}+(?:,\d{3})++(?:\.\d++)?+")
_SPLIT_UNIT: Final = re.compile(r"(?<=\d)(?=[a-z])")
_CLOCK_WORDS: Final = {("half", "past"): "30", ("quarter", "past"): "15"}
_PARTS_OF_HOURS: Final = {
    ("half", "an", "hour"): "30",
    ("quarter", "of", "an", "hour"): "15",
    ("three", "quarters", "of", "an", "hour"): "45",
}
"""They are also said in minutes: "half an hour" is thirty minutes."""
_LOOSE: Final = frozenset(("one", "first", "second"))
"""As often a pronoun, a conjunction or a unit as a number: they count in what was said, and in a claim only in a date."""
UNIT_NAMES: Final = frozenset(("tb", "gb", "mb", "kb", "kg", "km", "cm", "mm", "kw", "kwh", "eur", "usd", "gbp", "chf"))
"""Short names of units in capitals name nobody."""


@lru_cache(maxsize=4_096)
def numbers_of(text: str, *, claim: bool = False) -> frozenset[str]:
    """The numbers of a text, each in one form. ``claim``: leave out words that are only sometimes numbers."""
    tokens = number_tokens(text)
    found: set[str] = set()
    position = 0
    while position < len(tokens):
        if claim and tokens[position] in _LOOSE and not _in_number(tokens, position):
            position += 1
            continue
        values, length = _number_at(tokens, position, claim=claim)
        found.update(values)
        position += max(length, 1)
    return frozenset(found if claim else found | with_scale_of_others(tokens, found))


def with_scale_of_others(tokens: Sequence[str], found: Iterable[str]) -> set[str]:
    """Beside "four hundred and ten thousand", "three hundred and eighty five" may mean thousands too."""
    scales = [ALL_SCALES[word] for word in ("thousand", "million") if word in tokens]
    scaled = {str(int(one) * scales[0]) for one in found if scales and one.isdigit() and 9 < int(one) < 1_000}
    if "hundred" in tokens:  # "she asks four hundred, I offered three"
        scaled |= {str(int(one) * 100) for one in found if one.isdigit() and 0 < int(one) < 10}
    return scaled


def _in_number(tokens: Sequence[str], position: int) -> bool:
    """Whether the loose number word at ``position`` is part of a date or of a longer number."""
    near = tokens[position + 1 : position + 3]
    before = tokens[max(position - 2, 0) : position]
    return (
        any(word in MONTHS for word in near)
        or (bool(near) and (near[0] in ALL_SCALES or near[0] == "point"))
        or bool(
            before and (before[-1] in MONTHS or before[-1] in TENS or before[-1] in ALL_SCALES or before[-1] == "point")
        )
    )


def number_tokens(text: str) -> list[str]:
    """The words; numbers with their commas and points, and split from letters: "10k" is "10", "k"."""
    text = normalized("NFKC", text)
    tokens: list[str] = []
    position = 0
    for found in _NUMBER.finditer(text):
        tokens.extend(_words(text[position : found.start()]))
        tokens.append(found[0])
        position = found.end()
    tokens.extend(_words(text[position:]))
    return tokens


def _words(text: str) -> Iterator[str]:
    for token in tokens_of(text.replace("-", " ")):
        plain = token.removesuffix("'s")  # "five's good"
        if token[0].isdecimal():
            yield from _SPLIT_UNIT.split(plain)
        else:
            yield plain if plain in NUMBER_WORDS else token


def counts_something(text: str, number: str) -> bool:
    """Whether a word with content is right after this number: "twenty-five people"."""
    tokens = number_tokens(text)
    for place in range(len(tokens)):
        values, length = _number_at(tokens, place, claim=False)
        if number in values:
            following = tokens[place + max(length, 1) : place + max(length, 1) + 1]
            return bool(following) and is_content(following[0])
    return True


def is_number(tokens: Sequence[str], at: int) -> bool:
    """Whether a number in digits or words is here. Words that are only sometimes numbers do not count."""
    token = tokens[at]
    return token[0].isdigit() or (token in NUMBER_WORDS and len(token) > 2 and token not in _LOOSE)


def _number_at(tokens: Sequence[str], position: int, *, claim: bool) -> tuple[set[str], int]:
    """The forms of the number that begins here, and how many tokens it has; ``0`` if there is none."""
    token = tokens[position]
    if tuple(tokens[position : position + 2]) in _CLOCK_WORDS:
        return {_CLOCK_WORDS[token, tokens[position + 1]]}, 2  # "half past six" is 6:30
    if _NUMBER.fullmatch(token):
        return _digits(tokens, position)
    if token in ORDINALS:
        return {str(ORDINALS[token])}, 1
    for reading in (
        _part_of_an_hour(tokens, position),
        price(tokens, position),
        halves(tokens, position),
        spelled(tokens, position, claim=claim),
    ):
        if reading[1]:
            return reading
    if token in WHOLE_SCALES and (not claim or (position and tokens[position - 1] in ("a", "one", "the"))):
        words, length = spelled(("one", *tokens[position : position + LONGEST]), 0, claim=claim)
        if length > 2:  # "a hundred and sixty"
            return words, length - 1
    if token in ALL_SCALES and token not in LETTER_SCALES and not claim:
        return {str(ALL_SCALES[token])}, 1  # "a hundred", "a dozen"
    if token in ALL_SCALES and token not in LETTER_SCALES and position and tokens[position - 1] in ("a", "one", "the"):
        return {str(ALL_SCALES[token])}, 1
    return set(), 0


def _part_of_an_hour(tokens: Sequence[str], position: int) -> tuple[set[str], int]:
    for words, minutes in _PARTS_OF_HOURS.items():
        if tuple(tokens[position : position + len(words)]) == words:
            return {minutes}, len(words)
    return set(), 0


def _digits(tokens: Sequence[str], position: int) -> tuple[set[str], int]:
    token = tokens[position]
    following = tokens[position + 1] if position + 1 < len(tokens) else ""
    if ":" in token:
        return _clock(token), 1
    value = float(token.replace(",", "")) if token.count(".") < 2 and _is_grouped(token) else None
    if value is None:
        return {part.lstrip("0") or "0" for part in re.split("[.,]", token)}, 1
    if following in ALL_SCALES:
        length = 2
        value *= ALL_SCALES[following]
        return {form(value)}, length
    return {form(value)}, 1


def _is_grouped(token: str) -> bool:
    return "," not in token or _GROUPED.fullmatch(token) is not None


def _clock(token: str) -> set[str]:
    hour, _, minute = token.partition(":")
    parts = {hour.lstrip("0") or "0"} | {part.lstrip("0") for part in minute.split(":") if part.strip("0")}
    return {part for part in parts if part}
