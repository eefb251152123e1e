"""Which words a number goes with: "we sold three thousand and threw away a hundred" is nothing for a hundred that were sold.

Must not go here: what a number counts next to it (``counted.py``), numbers that nobody said (``support.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.verification.counted import runs_of_numbers
from meeting_pipeline.domain.verification.measures import measured
from meeting_pipeline.domain.verification.number_words import ORDINALS
from meeting_pipeline.domain.verification.numbers import number_tokens, numbers_of, with_scale_of_others
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import DATE_WORDS, MONTHS, TIME_WORDS, listed
from meeting_pipeline.domain.verification.words import MARKS, content_stems

_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)
_CUTS: Final = MARKS | listed("and but so while whereas then who which up down or because")


def bound_to_other_words(wording: Wording, said: Said) -> bool:
    """Whether the words of the claim stand around another number of the quoted sentence, and not around the claim's own."""
    claimed = numbers_of(wording.plain, claim=True) - said.free_numbers
    if len(claimed) != 1:
        return False
    (number,) = claimed
    content = frozenset(wording.content) - _TIME_STEMS
    names = frozenset(stem(name) for name in wording.names())
    unit = dict(measured(wording.plain)).get(number)
    best = other = -1
    for sentence in said.own:
        for numbers, words, is_date in _pieces(number_tokens(sentence.text)):
            shared = len(content & words) + len(names & words)
            if number in numbers:
                best = max(best, shared)
            elif not is_date and (unit is None or unit in words or not words & _units(sentence.text)):
                other = max(other, shared)
    return best >= 0 and other > best and other >= _SHARED


_SHARED: Final = 1


def _units(text: str) -> frozenset[str]:
    return frozenset(unit for _, unit in measured(text))


def _pieces(tokens: Sequence[str]) -> Iterator[tuple[frozenset[str], frozenset[str], bool]]:
    """Each number with the stems around it, and whether it is a date. Two numbers with nothing to part them count as one."""
    runs = list(runs_of_numbers(tokens))
    start = 0
    held: list[tuple[int, int]] = []
    for place, (begin, end) in enumerate(runs):
        held.append((begin, end))
        following = runs[place + 1][0] if place + 1 < len(runs) else len(tokens)
        cut = next((at for at in range(end, following) if tokens[at] in _CUTS), None)
        if place + 1 == len(runs):
            cut = len(tokens)
        if cut is None:
            continue
        every = numbers_of(" ".join(tokens[held[0][0] : held[-1][1]]))
        scaled = with_scale_of_others(tokens, every)
        words = frozenset(content_stems(tokens[start:cut]))
        yield every | scaled, words, any(_is_date(tokens, low, high) for low, high in held)
        start, held = cut, []


def _is_date(tokens: Sequence[str], begin: int, end: int) -> bool:
    around = set(tokens[max(begin - 1, 0) : end + (2 if tokens[end : end + 1] == ["of"] else 1)])
    return bool(around & (MONTHS | DATE_WORDS)) or tokens[end - 1] in ORDINALS
