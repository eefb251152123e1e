"""Compares what two items say: whether a later one means the same task.

Cautious by design: a wrong link closes or moves something that still has to be done, while a missing one only shows it twice,
and a person can link it. Belongs here: words. Must not go here: people and dates (``linking.py``), sentences that report
(``reports.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import (
    DAYS,
    GENERIC_WORDS,
    MONTHS,
    NUMBER_WORDS,
    TIME_WORDS,
)
from meeting_pipeline.domain.verification.words import content_stems, tokens_of
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_LIGHT: Final = frozenset(
    stem(word)
    for word in word_set(
        "write draft finish complete finalize prepare create make produce do work get set use handle begin"
    )
)
"""Verbs of bringing something about: "write the report" and "finish the report" are one thing to do."""
_GENERIC: Final = frozenset(stem(word) for word in GENERIC_WORDS) - _LIGHT
_TIMES: Final = frozenset(stem(word) for word in TIME_WORDS)
_RECURRING: Final = word_set(
    "every each weekly daily monthly quarterly yearly annual annually regularly always recurring"
)
_EACH_MEETING: Final = phrases("""
    for the next meeting / for next meeting / for this meeting / for today's meeting / of this meeting / of today's meeting /
    of the next meeting / for the next call / for this call / for the next session / for this session
    """)
"""What is meant changes from meeting to meeting, so it is another commitment in each."""
_ORDINALS: Final = {"first": "1", "second": "2"}
_BEFORE_ORDINAL: Final = word_set("the a our my your his her their its")
_NAMING: Final = word_set("for of")
_BOUNDARIES: Final = word_set("end beginning start middle week rest")
_LEAST_SHARED: Final = 2
"""Words besides the verb that the shorter of two items has, if the other says more."""
_LONGEST: Final = 600
"""Characters of an item that are compared: a longer one is a paragraph, not an item."""


@dataclass(frozen=True)
class Wording:
    """An item as it is compared. ``verb``: the stem of the verb; ``core``: the thing that it has to be done to.

    ``refusing``: it says what is not to be done; ``negative``: it does, or its verb undoes something ("cancel", "remove").
    ``times``: days and months that name the thing ("the books for January"); ``several``: it is to be done to several things.
    """

    verb: str | None
    core: frozenset[str]
    numbers: frozenset[str]
    negative: bool
    recurring: bool
    refusing: bool = False
    several: bool = False
    times: frozenset[str] = frozenset()

    @property
    def light(self) -> bool:
        """Whether its verb only says that something has to be achieved."""
        return self.verb is None or self.verb in _LIGHT

    @property
    def words(self) -> frozenset[str]:
        """All stems that say something."""
        return self.core if self.verb is None else self.core | {self.verb}


def is_light(verb: str) -> bool:
    """Whether this stem is that of a verb of bringing something about."""
    return verb in _LIGHT


def stems_of(text: str, left_out: Iterable[str] = (), *, times: bool = False) -> list[str]:
    """The stems that say something, in their order. ``left_out``: words of names; ``times``: keep words for times."""
    names = set(left_out)
    words = [token for token in tokens_of(text[:_LONGEST]) if token.partition("'")[0] not in names]
    found = content_stems(words)
    return [one for one in found if one not in _GENERIC and (times or one not in _TIMES)]


@lru_cache(maxsize=8_192)
def wording_of(text: str, insight: Insight, owner_words: tuple[str, ...] = ()) -> Wording:
    """The item as it is compared. ``owner_words``: the words of its owner's name, which say nothing about the thing to do."""
    decision = insight is Insight.DECISIONS
    stems = stems_of(text, owner_words, times=decision)
    tokens = tokens_of(text[:_LONGEST])
    verb = stems[0] if stems and not decision else None
    core = frozenset(stems if verb is None else stems[1:])
    if decision:
        core -= _LIGHT
    clauses = clauses_of(tokens)
    refusing = any(clause.strong for clause in clauses)
    recurring = bool(_RECURRING & set(tokens)) or has_phrase(tokens, _EACH_MEETING)
    return Wording(
        verb, core, counted(text), refusing or any(clause.weak for clause in clauses), recurring, refusing,
        not {"and", ","}.isdisjoint(tokens), named_times(text),
    )  # fmt: skip


@lru_cache(maxsize=4_096)
def counted(text: str) -> frozenset[str]:
    """The numbers of a text, with "the first draft" and "the second draft"."""
    tokens = tokens_of(text[:_LONGEST])
    ordinals = {_ORDINALS[word] for before, word in pairwise(tokens) if word in _ORDINALS and before in _BEFORE_ORDINAL}
    return numbers_of(text[:_LONGEST], claim=True) | ordinals


@lru_cache(maxsize=4_096)
def named_times(text: str) -> frozenset[str]:
    """Days and months that name a thing, and do not say when it is due: "the books for January", "January's books"."""
    tokens = tokens_of(text[:_LONGEST])
    found = set()
    for place, token in enumerate(tokens):
        name, _, of = token.partition("'")
        if name not in DAYS | MONTHS:
            continue
        before = tokens[place - 1] if place else ""
        earlier = tokens[place - 2] if place > 1 else ""
        is_date = earlier in NUMBER_WORDS | _BOUNDARIES or earlier[:1].isdigit()
        if of == "s" or (before in _NAMING and not (before == "of" and is_date)):
            found.add(name)
    return frozenset(found)


def times_fit(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether both may be named by the same day or month, or one by none."""
    return not one or not other or not one.isdisjoint(other)


def likeness(one: Wording, other: Wording) -> int:
    """2: both say the same; 1: one says the same and more; 0: they may be two things."""
    if one.negative != other.negative or not one.core or not other.core:
        return 0
    if one.numbers and other.numbers and one.numbers != other.numbers:
        return 0
    if not times_fit(one.times, other.times) or not _verbs_fit(one, other):
        return 0
    if one.core == other.core:
        return 2
    less, more = sorted((one.core, other.core), key=len)
    return 1 if less < more and len(less) >= _LEAST_SHARED else 0


def _verbs_fit(one: Wording, other: Wording) -> bool:
    if one.verb == other.verb or one.verb is None or other.verb is None:
        return True
    return one.light and other.light
