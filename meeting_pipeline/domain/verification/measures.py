"""Units ("three weeks"), fractions, and numbers that name a thing ("line two").

Must not go here: what a number counts (``counted.py``), words for all and only (``scope.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.verification.numbers import is_number, number_tokens, numbers_of
from meeting_pipeline.domain.verification.shares import shares_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import MONTHS, NUMBER_WORDS, TIME_WORDS
from meeting_pipeline.domain.verification.words import MARKS, content_stems, is_content
from meeting_pipeline.domain.word_sets import word_set

_UNITS: Final = word_set("""
    second minute hour day week month quarter year euro dollar pound franc cent percent % $ € £ metre meter kilometre kilometer
    mile kilo kilogram gram ton tonne litre liter degree point pixel megabyte gigabyte people person page copy box seat room
    """)
_UNIT_STEMS: Final = frozenset(stem(word) for word in _UNITS)
_BETWEEN: Final = word_set("more other full whole working business additional extra further")
_DESIGNATED: Final = word_set("""
    line room phase option version team building hall step part level floor gate platform ward unit shift group plan route branch
    stage batch lot zone section chapter plant machine track sprint release tier type class grade number bus train flight station
    site wave round block column row variant scenario candidate office shop store warehouse server cluster region district
    """)
_ONES: Final = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "a": "a", "b": "b", "c": "c", "d": "d"}


def other_units(wording: Wording, said: Said) -> bool:
    """Whether a number was said with another unit only: three days for three weeks."""
    claimed = dict(measured(wording.plain))
    given: dict[str, set[str]] = {}
    bare: set[str] = set()
    for sentence in (*said.own, *said.near):
        found = list(measured(sentence.text))
        for number, unit in found:
            given.setdefault(number, set()).add(unit)
        bare |= numbers_of(sentence.text) - {number for number, _ in found}
    return any(number in given and unit not in given[number] and number not in bare for number, unit in claimed.items())


def measured(text: str) -> Iterator[tuple[str, str]]:
    """Numbers with the unit that is after or before them."""
    tokens = number_tokens(text)
    at = 0
    while at < len(tokens):
        if not is_number(tokens, at):
            at += 1
            continue
        end = at + 1
        while end < len(tokens) and (is_number(tokens, end) or tokens[end] == "point"):
            end += 1
        after = next((word for word in tokens[end : end + 3] if word not in _BETWEEN), "")
        before = tokens[at - 1] if at else ""
        unit = stem(after) if stem(after) in _UNIT_STEMS else stem(before) if stem(before) in _UNIT_STEMS else ""
        if unit and before not in MARKS | {"the"}:
            yield from ((number, unit) for number in numbers_of(" ".join(tokens[at:end])))
        at = end


def other_part(wording: Wording, said: Said) -> bool:
    """Whether the claim names another one of several: line one for line two, plan B for plan A."""
    said_kinds = {kind for sentence in (*said.own, *said.near) for kind, _ in _designations(sentence.tokens)}
    claimed = set(_designations(wording.tokens, said_kinds))
    own = {found for sentence in said.own for found in _designations(sentence.tokens)}
    near = {found for sentence in said.near for found in _designations(sentence.tokens)}
    kinds = {kind for kind, _ in own}
    for kind, which in claimed:
        if (kind, which) in own:
            continue
        if kind in kinds or ((kind, which) not in near and any(kind == other for other, _ in near)):
            return True
        if kind not in kinds and _is_of_another(kind, which, said):
            return True
    return _exchanged(wording, said) or _counts_elsewhere(wording, said)


def _is_of_another(kind: str, which: str, said: Said) -> bool:
    """Whether the quoted pronoun stands for another one: "Trench one is finished. We close it" for trench two."""
    if not said.own or not any(_PRONOUNS & set(sentence.words) for sentence in said.own):
        return False
    first = min(sentence.order for sentence in said.own)
    before = [sentence for sentence in (*said.before, *said.near) if sentence.order < first]
    if not before:
        return False
    last = set(_designations(max(before, key=lambda sentence: sentence.order).tokens))
    return (kind, which) not in last and any(kind == other for other, _ in last)


_PRONOUNS: Final = frozenset(("it", "that", "this", "one"))


def _counts_elsewhere(wording: Wording, said: Said) -> bool:
    """Whether another number was said of this, and the claim's only one of something else: "ninety, seventy of them stay"."""
    numbers = numbers_of(wording.plain, claim=True) - said.free_numbers
    content = frozenset(wording.content)
    if len(numbers) != 1 or len(wording.clauses) != 1:
        return False
    (number,) = numbers
    with_it = without = 0
    for sentence in said.own:
        for piece in _pieces(number_tokens(sentence.text)):
            values = numbers_of(" ".join(piece), claim=True)
            shared = len(content & set(content_stems(piece)))
            if number in values:
                with_it = max(with_it, shared)
            elif values:
                without = max(without, shared)
    return with_it > 0 and without >= 2 and without > with_it


def _exchanged(wording: Wording, said: Said) -> bool:
    """Whether a number was said of another one of several: "line two had 4.5 percent" for line one."""
    for clause in _pieces(number_tokens(wording.plain)):
        mine = set(_designations(clause)) or set(_months(clause))
        numbers = numbers_of(" ".join(clause), claim=True) - {which for _, which in mine}
        if len(mine) != 1 or not numbers:
            continue
        (kind, which), homes = (
            next(iter(mine)),
            [
                ({*_designations(piece), *_months(piece)}, numbers_of(" ".join(piece)))
                for sentence in said.own
                for piece in _pieces(number_tokens(sentence.text))
            ],
        )
        for number in numbers:
            named = {other for found, values in homes if number in values for one, other in found if one == kind}
            if named and which not in named:
                return True
    return False


def _pieces(tokens: Sequence[str]) -> Iterator[Sequence[str]]:
    """The parts of a sentence between commas and conjunctions."""
    start = 0
    for place, token in enumerate(tokens):
        if token in MARKS or token in ("and", "but", "while", "whereas", "compared", "versus"):
            yield tokens[start:place]
            start = place + 1
    yield tokens[start:]


def _months(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from (("month", token) for token in tokens if token in MONTHS and token not in ("may", "march"))


def _designations(tokens: Sequence[str], kinds: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Numbers and letters that name one of several things: "line two", "bay 3 needs", "plan B".

    ``kinds``: words that are known to have such names in what was said.
    """
    for place, token in enumerate(tokens[:-1]):
        after = tokens[place + 1]
        following = tokens[place + 2] if place + 2 < len(tokens) else ""
        which = after if after.isdigit() else _ONES.get(after)
        if (
            which is None
            or not is_content(token)
            or not token.isalpha()
            or token in TIME_WORDS
            or token in NUMBER_WORDS
        ):
            continue
        named = (token in _DESIGNATED or token in kinds) and (which != "a" or following in _AFTER_LETTER)
        if named or (which.isdigit() and following in _AFTER_NUMBER):
            yield token, which


_AFTER_LETTER: Final = MARKS | {"", "is", "was", "will", "and", "or", "for", "on", "in"}
_AFTER_NUMBER: Final = word_set(
    "isn't wasn't doesn't won't can't hasn't needs is was has will stands gets goes runs had does can should must"
)


def other_fraction(wording: Wording, said: Said) -> bool:
    """Whether the claim has a fraction or multiple that was not said: half for a third."""
    claimed = set(_fractions(wording.tokens))
    if not claimed:
        return False
    sentences = (*said.own, *said.near)
    given = {found for sentence in sentences for found in _fractions(sentence.tokens)}
    shares = {value for sentence in sentences for value in shares_of(sentence.text).values()}
    return bool(claimed - given - shares)


_MULTIPLES: Final = {"half": "50", "halve": "50", "halved": "50", "double": "x2", "doubled": "x2", "twice": "x2", "triple": "x3",
                     "tripled": "x3", "trebled": "x3", "threefold": "x3", "twofold": "x2"}  # fmt: skip
_FRACTIONS: Final = {"third": 33, "thirds": 33, "quarter": 25, "quarters": 25, "fifth": 20, "fifths": 20, "tenth": 10}
_COUNTS: Final = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_OF: Final = word_set(
    "of more less fewer larger smaller higher lower bigger cheaper better up down the our as above below"
)


def _fractions(tokens: Sequence[str]) -> Iterator[str]:
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token in _MULTIPLES and after not in ("past", "an", "a", "day", "hour", "term"):
            yield _MULTIPLES[token]
        elif token in _FRACTIONS and before in _COUNTS and (after in _OF or token.endswith("s")):
            yield str(_FRACTIONS[token] * _COUNTS[before] + (token in ("thirds",)))
