"""The difference of two texts, word by word, for people.

Words are compared as they are shown; in scripts that do not separate words, each character is one. The cost is bounded on any
input: texts are divided at words that each of them has once, and the text between them is compared exactly only if it is short.
``difflib`` takes quadratic time: minutes for two long texts of the same few words.
Must not go here: which texts are compared (``version_diff.py``), how a difference looks (``diff_text.py``).
"""

import itertools
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts that do not separate words: Thai to Khmer, Japanese, Chinese."""
EXACT_WORDS: Final = 150
"""So many words of each text are compared exactly between two places that are the same for certain: 22,500 steps."""
_DIVISIONS: Final = 6
"""How often a text is divided further: a word that occurs twice in a text may occur once in a part of it."""


class Op(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Piece(NamedTuple):
    """A piece of one of the texts, or of both."""

    op: Op
    text: str


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces of both texts in order: without the added ones they are ``before``, without the removed ones ``after``."""
    return tuple(_pieces(_without_islands(_steps(tokens(before), tokens(after), _DIVISIONS))))


def tokens(text: str) -> list[str]:
    """The words of a text, each with the marks on it, and all that is between them; joined, they are the text."""
    starts: list[int] = []
    last = ""
    for place, character in enumerate(text):
        kind = _kind(character)
        if starts and (kind == "mark" or (kind in ("word", "space") and kind == last)):
            continue
        starts.append(place)
        last = kind
    return [text[start:end] for start, end in itertools.pairwise([*starts, len(text)])]


def _kind(character: str) -> str:
    if character.isascii():
        return "word" if character.isalnum() else "space" if character.isspace() else "other"
    if character in "\u200c\u200d" or unicodedata.category(character).startswith("M"):
        return "mark"  # a vowel sign, an accent, a joiner: part of the word before it
    if _UNSPACED.match(character):
        return "other"
    return "word" if character.isalnum() else "space" if character.isspace() else "other"


_Step = tuple[Op, Sequence[str]]


def _steps(old: Sequence[str], new: Sequence[str], divisions: int) -> Iterator[_Step]:
    """What is the same at both ends, and what is between."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    yield Op.SAME, old[:head]
    yield from _between(old[head : len(old) - tail], new[head : len(new) - tail], divisions)
    yield Op.SAME, old[len(old) - tail :]


def _between(old: Sequence[str], new: Sequence[str], divisions: int) -> Iterator[_Step]:
    if not old or not new:
        yield Op.REMOVED, old
        yield Op.ADDED, new
        return
    if len(old) <= EXACT_WORDS and len(new) <= EXACT_WORDS:
        yield from _exact(old, new)
        return
    anchors = _anchors(old, new) if divisions else []
    if not anchors:
        yield Op.REMOVED, old
        yield Op.ADDED, new
        return
    left = right = 0
    for i, j in (*anchors, (len(old), len(new))):
        yield from _steps(old[left:i], new[right:j], divisions - 1)
        yield Op.SAME, old[i : i + 1]
        left, right = i + 1, j + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of words that each text has once, in the same order in both: the longest increasing run ("patience diff")."""
    once_old, once_new = Counter(old), Counter(new)
    places = {word: j for j, word in enumerate(new) if once_new[word] == 1}
    pairs = [(i, places[word]) for i, word in enumerate(old) if once_old[word] == 1 and word in places]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        at = bisect_left(ends, j)
        before.append(last[at - 1] if at else -1)
        if at == len(ends):
            ends.append(j)
            last.append(number)
        else:
            ends[at], last[at] = j, number
    found: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _exact(old: Sequence[str], new: Sequence[str]) -> Iterator[_Step]:
    """By the longest common subsequence of two short runs."""
    width = len(new) + 1
    longest = [[0] * width for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, below = longest[i], longest[i + 1]
        for j in range(len(new) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if old[i] == new[j] else max(below[j], row[j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            yield Op.SAME, old[i : i + 1]
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            yield Op.REMOVED, old[i : i + 1]
            i += 1
        else:
            yield Op.ADDED, new[j : j + 1]
            j += 1
    yield Op.REMOVED, old[i:]
    yield Op.ADDED, new[j:]


def _without_islands(steps: Iterable[_Step]) -> Iterator[tuple[Op, str]]:
    """All that is removed between two words that stay, then all that is added. A space alone between changes is changed too."""
    gone: list[str] = []
    come: list[str] = []
    space: list[str] = []

    def changed() -> Iterator[tuple[Op, str]]:
        yield Op.REMOVED, "".join(gone)
        yield Op.ADDED, "".join(come)
        yield Op.SAME, "".join(space)
        for part in (gone, come, space):
            part.clear()

    for op, words in steps:
        for word in words:
            if op is not Op.SAME:
                gone.extend(space)
                come.extend(space)
                space.clear()
                (gone if op is Op.REMOVED else come).append(word)
            elif (gone or come) and not space and word.isspace():
                space.append(word)
            else:
                yield from changed()
                yield Op.SAME, word
    yield from changed()


def _pieces(steps: Iterable[tuple[Op, str]]) -> Iterator[Piece]:
    """Neighbours of one kind in one piece, without empty ones."""
    op, texts = Op.SAME, list[str]()
    for kind, text in steps:
        if not text:
            continue
        if kind is not op and texts:
            yield Piece(op, "".join(texts))
            texts.clear()
        op = kind
        texts.append(text)
    if texts:
        yield Piece(op, "".join(texts))
