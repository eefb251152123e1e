"""Numbers in words: "three hundred and eighty five", "twenty twenty six", "three and a half thousand", "the fifteenth".

Must not go here: numbers in digits, and a text with all of its numbers (``numbers.py``).
"""

from collections.abc import Sequence
from typing import Final

_SMALL_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_SMALL: Final = {word: value for value, word in enumerate(_SMALL_WORDS.split())}
_TENS_WORDS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS: Final = {word: value * 10 for value, word in enumerate(_TENS_WORDS.split(), start=2)}
_ORDINAL_WORDS: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
    "seventeenth eighteenth nineteenth twentieth"
)
ORDINALS: Final = {word: value for value, word in enumerate(_ORDINAL_WORDS.split(), start=1)} | {
    "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90,
}  # fmt: skip
ALL_SCALES: Final = {
    "dozen": 12, "hundred": 100, "thousand": 1_000, "k": 1_000, "grand": 1_000, "million": 1_000_000, "m": 1_000_000,
    "mn": 1_000_000, "billion": 1_000_000_000, "bn": 1_000_000_000,
}  # fmt: skip
LETTER_SCALES: Final = frozenset(("k", "m", "mn", "bn"))
WHOLE_SCALES: Final = frozenset(("hundred", "thousand", "million", "billion"))
LONGEST: Final = 40
"""Tokens of one number in words; longer is not one number."""


def ordinals_of(tokens: Sequence[str]) -> frozenset[str]:
    """Days of a month that are there as "the fifteenth" or "the 15th"."""
    found: set[str] = set()
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if before == "the" and token in TENS and following in ORDINALS:
            found.add(str(TENS[token] + ORDINALS[following]))
        elif before == "the" and token in ORDINALS:
            found.add(str(ORDINALS[token]))
        elif token[:-2].isdigit() and token[-2:] in ("st", "nd", "rd", "th"):
            found.add(token[:-2])
    return frozenset(day for day in found if len(day) < 3 and 1 <= int(day) <= 31)


def halves(tokens: Sequence[str], position: int) -> tuple[set[str], int]:
    """A number with a half, "three and a half thousand", and its length; ``0`` tokens if it is none."""
    if tuple(tokens[position + 1 : position + 4]) != ("and", "a", "half") or tokens[position] not in _SMALL:
        return set(), 0
    value = _SMALL[tokens[position]] + 0.5
    scale = tokens[position + 4] if position + 4 < len(tokens) else ""
    if scale in ALL_SCALES and scale not in LETTER_SCALES:
        return {form(value * ALL_SCALES[scale])}, 5
    return {form(value), form(value - 0.5)}, 4


def price(tokens: Sequence[str], position: int) -> tuple[set[str], int]:
    """A price with the name of its money in the middle, "six euros twenty", and its length; ``0`` tokens if it is none."""
    before = next((at for at in range(position, min(position + 4, len(tokens))) if tokens[at] in _MONEY), position)
    whole, length = spelled(tokens[position:before], 0, claim=True) if before > position else (set(), 0)
    if length != before - position or len(whole) != 1:
        return set(), 0
    rest = list(tokens[before + 1 : before + 3])
    cents, used = spelled(rest[: 2 if rest[:1] and rest[0] in TENS else 1], 0, claim=True)
    if len(cents) != 1 or not all(cent.isdigit() and 9 < int(cent) < 100 for cent in cents):
        return set(), 0
    (big,), (small,) = whole, cents
    return {big, small, form(float(big) + int(small) / 100)}, length + 1 + used


_MONEY: Final = frozenset(("euro", "euros", "dollar", "dollars", "pound", "pounds", "francs", "franc", "bucks", "quid"))


def spelled(tokens: Sequence[str], position: int, *, claim: bool) -> tuple[set[str], int]:
    """A number in words. Digits one by one ("four seven one one") and years ("twenty twenty six") are read as such too."""
    groups: list[int] = []
    scaled = False
    total = current = 0
    at = position
    for at in range(position, min(len(tokens), position + LONGEST)):
        word, before, after = (
            tokens[at],
            tokens[at - 1] if at > position else "",
            tokens[at + 1] if at + 1 < len(tokens) else "",
        )
        if word in _SMALL or word in TENS:
            value = _SMALL.get(word, TENS.get(word, 0))
            if groups and before in TENS and 0 < value < 10:
                groups[-1] += value
            else:
                groups.append(value)
            current += value
        elif groups and word in ALL_SCALES and word not in LETTER_SCALES:
            scaled = True
            total, current = (total, current * 100) if word == "hundred" else (total + current * ALL_SCALES[word], 0)
        elif before in TENS and word in ORDINALS and ORDINALS[word] < 10:
            return {form(total + current + ORDINALS[word])}, at + 1 - position
        elif groups and word == "point" and after in _SMALL:
            return _decimals(tokens, position, at, total + current)
        elif not (scaled and word == "and" and _is_value(after)):
            break
    else:
        at += 1
    if not groups:
        return set(), 0
    return ({form(total + current)} if scaled else _readings(groups, claim=claim)), at - position


def _decimals(tokens: Sequence[str], position: int, point: int, whole: int) -> tuple[set[str], int]:
    digits: list[str] = []
    for word in tokens[point + 1 : point + LONGEST]:
        if _SMALL.get(word, 10) > 9:
            break
        digits.append(str(_SMALL[word]))
    return {f"{whole}.{''.join(digits)}"}, point + 1 + len(digits) - position


def _is_value(word: str) -> bool:
    return word in _SMALL or word in TENS


def _readings(groups: Sequence[int], *, claim: bool) -> set[str]:
    """One number, or several in a row; digits, the halves of a year and a price ("three eighty") may also be one."""
    together = "".join(str(value) for value in groups)
    joined = all(value < 10 for value in groups) or (len(groups) == 2 and all(9 < value < 100 for value in groups))
    if joined and claim:
        return {together}
    price = [groups[0] + groups[1] / 100] if len(groups) == 2 and groups[0] < 100 and 9 < groups[1] < 100 else []
    return {*(form(value) for value in (*groups, *price)), *((together,) if joined else ())}


def form(value: float) -> str:
    """The one form in which numbers are compared."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.6f}".rstrip("0")
