"""Which of several periods is meant: "next weekend" is not this weekend, the spring term is not the autumn term.

Must not go here: dates and weekdays (``support.py``), due dates (``due.py``).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import DAYS, MONTHS
from meeting_pipeline.domain.verification.words import seasonal
from meeting_pipeline.domain.word_sets import word_set

_WHICH: Final = frozenset(("this", "next", "last"))
_PERIODS: Final = (
    DAYS
    | word_set("week weekend month quarter year season term summer spring autumn winter sprint")
    | (MONTHS - {"may", "march"})
)
_SEASONS: Final = frozenset(("spring", "summer", "autumn", "winter"))
_NOT_SEASONS: Final = word_set("party clothes jacket tyres coat break camp school onion clean cleaning roll")
"""After a season they make another word."""


def other_period(wording: Wording, said: Said) -> bool:
    """Whether the words name another period than the claim, and never the one that the claim names."""
    given = [*(sentence.tokens for sentence in said.own), *(sentence.tokens for sentence in said.near)]
    claimed = dict(_relative(wording.tokens))
    known: dict[str, set[str]] = {}
    for tokens in given:
        for period, which in _relative(tokens):
            known.setdefault(period, set()).add(which)
    if any(period in known and which not in known[period] for period, which in claimed.items()):
        return True
    mine = _seasons(wording.tokens)
    theirs = {season for tokens in given for season in _seasons(tokens)}
    return bool(mine and theirs) and not mine & theirs


def _relative(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each period with "this", "next" or "last" before it."""
    for which, period in pairwise(tokens):
        if which in _WHICH and period in _PERIODS:
            yield period, which


def _seasons(tokens: Sequence[str]) -> frozenset[str]:
    words = seasonal(tokens)
    return frozenset(
        word
        for place, word in enumerate(words)
        if word in _SEASONS and not _NOT_SEASONS & set(words[place + 1 : place + 2])
    )
