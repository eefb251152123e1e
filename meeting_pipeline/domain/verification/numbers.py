"""Numbers in a text, in digits or in words: "ten thousand" and "10,000" are the same number.

Belongs here: reading numbers, ordinals and clock times. Must not go here: which numbers a claim may contain.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from meeting_pipeline.domain.text import normalized
from meeting_pipeline.domain.verification.wordlists import MONTHS, NUMBER_WORDS
from meeting_pipeline.domain.verification.words import tokens_of

_NUMBER: Final = re.compile(r"\d++(?:[.,:]\d++)*+")
_GROUPED: Final = re.compile(r"\d{1,3}+(?:,\d{3})++(?:\.\d++)?+")
_SPLIT_UNIT: Final = re.compile(r"(?<=\d)(?=[a-z])")
_SMALL_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_SMALL: Final = {word: value for value, word in enumerate(_SMALL_WORDS.split())}
_TENS_WORDS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS: Final = {word: value * 10 for value, word in enumerate(_TENS_WORDS.split(), start=2)}
_ORDINAL_WORDS: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
    "seventeenth eighteenth nineteenth twentieth"
)
_ORDINALS: Final = {word: value for value, word in enumerate(_ORDINAL_WORDS.split(), start=1)} | {"thirtieth": 30}
_ALL_SCALES: Final = {
    "dozen": 12, "hundred": 100, "thousand": 1_000, "k": 1_000, "grand": 1_000, "million": 1_000_000, "m": 1_000_000,
    "mn": 1_000_000, "billion": 1_000_000_000, "bn": 1_000_000_000,
}  # fmt: skip
_LETTER_SCALES: Final = frozenset(("k", "m", "mn", "bn"))
_WHOLE_SCALES: Final = frozenset(("hundred", "thousand", "million", "billion"))
_CLOCK_WORDS: Final = {("half", "past"): "30", ("quarter", "past"): "15"}
_LOOSE: Final = frozenset(("one", "first", "second"))
"""As often a pronoun, a conjunction or a unit as a number: they count in what was said, and in a claim only in a date."""
_LONGEST: Final = 40
"""Tokens of one number in words; longer is not one number."""


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
    return frozenset(found)


def _in_number(tokens: Sequence[str], position: int) -> bool:
    """Whether the loose number word at ``position`` is part of a date or of a longer number."""
    near = tokens[position + 1 : position + 3]
    before = tokens[max(position - 2, 0) : position]
    return (
        any(word in MONTHS for word in near)
        or (bool(near) and (near[0] in _ALL_SCALES or near[0] == "point"))
        or bool(
            before
            and (before[-1] in MONTHS or before[-1] in _TENS or before[-1] in _ALL_SCALES or before[-1] == "point")
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
        yield from _SPLIT_UNIT.split(token) if token[0].isdecimal() else (token,)


def is_number(tokens: Sequence[str], at: int) -> bool:
    """Whether a number in digits or words stands here. Words that are only sometimes numbers do not count."""
    token = tokens[at]
    return token[0].isdigit() or (token in NUMBER_WORDS and len(token) > 2 and token not in _LOOSE)


def _number_at(tokens: Sequence[str], position: int, *, claim: bool) -> tuple[set[str], int]:
    """The forms of the number that begins here, and how many tokens it has; ``0`` if there is none."""
    token = tokens[position]
    if tuple(tokens[position : position + 2]) in _CLOCK_WORDS:
        return {_CLOCK_WORDS[token, tokens[position + 1]]}, 2  # "half past six" is 6:30
    if _NUMBER.fullmatch(token):
        return _digits(tokens, position)
    if token in _ORDINALS:
        return {str(_ORDINALS[token])}, 1
    spelled, length = _spelled(tokens, position, claim=claim)
    if length:
        return spelled, length
    if token in _WHOLE_SCALES and (not claim or (position and tokens[position - 1] in ("a", "one", "the"))):
        spelled, length = _spelled(("one", *tokens[position : position + _LONGEST]), 0, claim=claim)
        if length > 2:  # "a hundred and sixty"
            return spelled, length - 1
    if token in _ALL_SCALES and token not in _LETTER_SCALES and not claim:
        return {str(_ALL_SCALES[token])}, 1  # "a hundred", "a dozen"
    if (
        token in _ALL_SCALES
        and token not in _LETTER_SCALES
        and position
        and tokens[position - 1] in ("a", "one", "the")
    ):
        return {str(_ALL_SCALES[token])}, 1
    return set(), 0


def _digits(tokens: Sequence[str], position: int) -> tuple[set[str], int]:
    token = tokens[position]
    following = tokens[position + 1] if position + 1 < len(tokens) else ""
    if ":" in token:
        return _clock(token), 1
    value = float(token.replace(",", "")) if token.count(".") < 2 and _is_grouped(token) else None
    if value is None:
        return {part.lstrip("0") or "0" for part in re.split("[.,]", token)}, 1
    if following in _ALL_SCALES:
        length = 2
        value *= _ALL_SCALES[following]
        return {_form(value)}, length
    return {_form(value)}, 1


def _is_grouped(token: str) -> bool:
    return "," not in token or _GROUPED.fullmatch(token) is not None


def _clock(token: str) -> set[str]:
    hour, _, minute = token.partition(":")
    parts = {hour.lstrip("0") or "0"} | {part.lstrip("0") for part in minute.split(":") if part.strip("0")}
    return {part for part in parts if part}


def _spelled(tokens: Sequence[str], position: int, *, claim: bool) -> tuple[set[str], int]:
    """A number in words. Digits one by one ("four seven one one") and years ("twenty twenty six") are read as such too."""
    groups: list[int] = []
    scaled = False
    total = current = 0
    at = position
    for at in range(position, min(len(tokens), position + _LONGEST)):
        word, before, after = (
            tokens[at],
            tokens[at - 1] if at > position else "",
            tokens[at + 1] if at + 1 < len(tokens) else "",
        )
        if word in _SMALL or word in _TENS:
            value = _SMALL.get(word, _TENS.get(word, 0))
            if groups and before in _TENS and 0 < value < 10:
                groups[-1] += value
            else:
                groups.append(value)
            current += value
        elif groups and word in _ALL_SCALES and word not in _LETTER_SCALES:
            scaled = True
            total, current = (total, current * 100) if word == "hundred" else (total + current * _ALL_SCALES[word], 0)
        elif before in _TENS and word in _ORDINALS and _ORDINALS[word] < 10:
            return {_form(total + current + _ORDINALS[word])}, at + 1 - position
        elif groups and word == "point" and after in _SMALL:
            return _decimals(tokens, position, at, total + current)
        elif not (scaled and word == "and" and _is_value(after)):
            break
    else:
        at += 1
    if not groups:
        return set(), 0
    return ({_form(total + current)} if scaled else _readings(groups, claim=claim)), at - position


def _decimals(tokens: Sequence[str], position: int, point: int, whole: int) -> tuple[set[str], int]:
    digits: list[str] = []
    for word in tokens[point + 1 : point + _LONGEST]:
        if _SMALL.get(word, 10) > 9:
            break
        digits.append(str(_SMALL[word]))
    return {f"{whole}.{''.join(digits)}"}, point + 1 + len(digits) - position


def _is_value(word: str) -> bool:
    return word in _SMALL or word in _TENS


def _readings(groups: Sequence[int], *, claim: bool) -> set[str]:
    """One number, or several in a row; digits, the halves of a year and a price ("three eighty") may also be one."""
    together = "".join(str(value) for value in groups)
    joined = all(value < 10 for value in groups) or (len(groups) == 2 and all(9 < value < 100 for value in groups))
    if joined and claim:
        return {together}
    price = [groups[0] + groups[1] / 100] if len(groups) == 2 and groups[0] < 100 and 9 < groups[1] < 100 else []
    return {*(_form(value) for value in (*groups, *price)), *((together,) if joined else ())}


def _form(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.6f}".rstrip("0")
