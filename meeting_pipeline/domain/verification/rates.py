"""The unit of time or quantity that a number is per: "two thousand a month" is not two thousand a year.

Must not go here: units of a number itself (``measures.py``).
"""

from collections.abc import Iterator
from typing import Final

from meeting_pipeline.domain.verification.counted import runs_of_numbers
from meeting_pipeline.domain.verification.numbers import number_tokens, numbers_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.word_sets import word_set

_PER: Final = frozenset(("a", "an", "per", "each", "every"))
_RATES: Final = frozenset(
    stem(word)
    for word in word_set(
        "second minute hour day night week month quarter year term season person child head kilo litre piece"
    )
)
_REACH: Final = 4
"""Words after a number in which its rate is: "two thousand euros plus tax a month"."""


def other_rate(wording: Wording, said: Said) -> bool:
    """Whether a number was said per something else only."""
    given: dict[str, set[str]] = {}
    for sentence in (*said.own, *said.near):
        for number, rate in _rates(sentence.text):
            given.setdefault(number, set()).add(rate)
    return any(number in given and rate not in given[number] for number, rate in _rates(wording.plain))


def _rates(text: str) -> Iterator[tuple[str, str]]:
    tokens = number_tokens(text)
    for begin, end in runs_of_numbers(tokens):
        for at in range(end, min(end + _REACH, len(tokens) - 1)):
            if tokens[at] in _PER and stem(tokens[at + 1]) in _RATES:
                yield from ((number, stem(tokens[at + 1])) for number in numbers_of(" ".join(tokens[begin:end])))
                break
