"""Which words a number goes with: "we sold three thousand and threw away a hundred" does not mean that a hundred were sold.

Must not go here: what a number counts next to it (``counted.py``), numbers that nobody said (``support.py``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from meeting_pipeline.domain.verification.counted import runs_of_numbers
from meeting_pipeline.domain.verification.number_words import ORDINALS
from meeting_pipeline.domain.verification.numbers import number_tokens, numbers_of, with_scale_of_others
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import DATE_WORDS, MONTHS, TIME_WORDS
from meeting_pipeline.domain.verification.words import MARKS, Sentence, content_stems
from meeting_pipeline.domain.word_sets import word_set

_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)
_CUTS: Final = MARKS | word_set("and but so while whereas then who which up down or because")
_LIGHT: Final = frozenset(
    stem(word) for word in word_set("get gets got give gave take took have has had make made come came need yes no")
)
"""Verbs that decide between two numbers only where nothing else does."""
_CONTINUING: Final = frozenset(("it", "it's", "that", "that's", "they", "they're", "this", "it'll"))
"""With one of these a sentence goes on about what was said before it."""


@dataclass(frozen=True)
class _Piece:
    """The part of a sentence around a number: its stems in order, without times."""

    numbers: frozenset[str]
    words: tuple[str, ...]
    light: frozenset[str]
    date: bool
    counted: str = ""
    """The words right after the number: "tickets" of "three thousand tickets"."""


def bound_to_other_words(wording: Wording, said: Said) -> bool:
    """Whether the words of the claim are around another number of the quoted words, and not around the claim's own."""
    claimed = numbers_of(wording.plain, claim=True) - said.free_numbers
    if len(claimed) != 1:
        return False
    (number,) = claimed
    pieces = list(_pieces_of(said.own))
    mine = [piece for piece in pieces if number in piece.numbers]
    if not mine:
        return False
    if len(list(runs_of_numbers(number_tokens(wording.plain)))) > 1:
        return False
    clause = next((one for one in wording.clauses if number in numbers_of(" ".join(one.words))), None)
    content = frozenset(wording.content if clause is None else content_stems(clause.words)) - _TIME_STEMS
    names = frozenset(stem(name) for name in wording.names())
    light = _LIGHT & {stem(token) for token in wording.tokens}
    if not any(piece.counted for piece in mine):  # "sold three thousand tickets and gave away two hundred"
        content -= {piece.counted for piece in pieces}
    best = max(_score(piece, content, names, light) for piece in mine)
    others = [piece for piece in pieces if number not in piece.numbers and piece.date == mine[0].date]
    if any(_score(piece, content, names, light) > best for piece in others):
        return True
    return all(any(_has_other_subject(own, other, content) for other in others) for own in mine)


def _score(piece: _Piece, content: frozenset[str], names: frozenset[str], light: frozenset[str]) -> tuple[int, int]:
    words = frozenset(piece.words)
    return len(content & words) + len(names & words), len(light & piece.light)


def _has_other_subject(own: _Piece, other: _Piece, content: frozenset[str]) -> bool:
    """Whether the first word of the other piece, which leaves out the rest, is the claim's, and that of its own piece is not."""
    if not own.words or not 0 < len(other.words) <= _LEFT_OUT or own.words[0] == other.words[0]:
        return False
    return other.words[0] in content and other.words[0] not in own.words and own.words[0] not in content


_LEFT_OUT: Final = 2


def _pieces_of(sentences: Sequence[Sentence]) -> Iterator[_Piece]:
    """The pieces of all these sentences; what only gives a number, or goes on with "it", takes the words before it."""
    before: Sequence[str] = ()
    for sentence in sentences:
        tokens = _with_days(number_tokens(sentence.text))
        words = _content(tokens)
        goes_on = not words or bool(_CONTINUING & set(tokens))
        for piece in _pieces(tokens):
            inherited = tuple(before) if goes_on else ()
            yield replace(piece, words=(*inherited, *piece.words))
        if words:
            before = (*(before if goes_on else ()), *words)


def _with_days(tokens: Sequence[str]) -> list[str]:
    """The tokens with digits for "first" and "second" where they are days: "the second of December"."""
    days = {"first": "1", "second": "2"}
    return [
        days[token]
        if token in days and tokens[at + 1 : at + 2] == ["of"] and MONTHS & set(tokens[at + 2 : at + 3])
        else token
        for at, token in enumerate(tokens)
    ]


def _content(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in content_stems(tokens) if one not in _TIME_STEMS)


def _pieces(tokens: Sequence[str]) -> Iterator[_Piece]:
    """Each number with the words around it. Two numbers with nothing to part them count as one."""
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
        part = tokens[start:cut]
        yield _Piece(
            every | with_scale_of_others(tokens, every),
            _content(part),
            frozenset(stem(token) for token in part) & _LIGHT,
            any(_is_date(tokens, low, high) for low, high in held),
            next(iter(_content(tokens[held[-1][1] : held[-1][1] + 1])), ""),
        )
        start, held = cut, []


def _is_date(tokens: Sequence[str], begin: int, end: int) -> bool:
    around = set(tokens[max(begin - 1, 0) : end + (2 if tokens[end : end + 1] == ["of"] else 1)])
    return bool(around & (MONTHS | DATE_WORDS)) or tokens[end - 1] in ORDINALS
