"""Parses a search query into terms: words, exact phrases, and the beginning of a word.

No input is an error, and double quotes are the only operator. Belongs here: parsing a query, folding words so that they can be
compared, and finding a query's words in a line. Must not go here: the languages of the databases (``store/search/``).
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from meeting_pipeline.domain.joined_words import joined_words, may_be_joined
from meeting_pipeline.domain.text import normalized

QUERY_CHARACTERS: Final = 10_000
"""What is read of a query."""
TERMS: Final = 24
"""Terms of one query. All must be in one line, and lines have some 15 words; each costs time."""
WORD_CHARACTERS: Final = 100
"""What is compared of one word. PostgreSQL refuses words of 2 KB."""
PREFIX_CHARACTERS: Final = 3
"""A shorter beginning is taken for a whole word: it would match a large part of all lines."""
_QUOTES: Final = re.compile('["\u201c\u201d\u201e\u201f\u00ab\u00bb]')
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Japanese and Chinese
)
"""Scripts that do not separate words: each two neighbouring characters are indexed as a word."""
_MARKS: Final = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"  # accents, points of vowels
    "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d\u0b82\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c4d"
)
"""Marks that are inside of words although Python counts them as none of their characters."""
_TOKEN: Final = re.compile(rf"([{_UNSPACED}]++)|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[{_MARKS}])*+")
_KEPT_MARKS: Final = re.compile(r"[\u0400-\u04ff\u0900-\u0dff]")
_FOLDED: Final = 65_536
"""Words that are remembered in folded form: more than a language has in daily use."""
_PLAIN: Final = bytes(ord(c.lower()) if (c := chr(at)).isascii() and c.isalnum() else 32 for at in range(256))
"""ASCII as it is compared: small letters and digits, and blanks for everything else."""


@dataclass(frozen=True)
class Token:
    """A word, or a run of characters of a script without spaces, at its place in a text."""

    folded: str
    start: int
    end: int
    unspaced: bool


@dataclass(frozen=True)
class Term:
    """Words that are side by side. ``prefix``: of the last one, only the beginning is known.

    ``unspaced``: there is one "word", a run of characters that may be anywhere. ``joined``: what the words are if they are
    written as one, which is as good.
    """

    words: tuple[str, ...]
    prefix: bool = False
    unspaced: bool = False
    joined: str = ""


_STROKES: Final = str.maketrans("łøđðħŧı", "loddhti")
"""Latin letters that Unicode does not decompose into a letter and an accent: "Łódź" is often typed as "Lodz"."""


@lru_cache(_FOLDED)
def fold(word: str) -> str:
    """A word without case and without the accents and strokes of Latin and Greek letters."""
    low = normalized("NFKC", word[:WORD_CHARACTERS]).casefold().translate(_STROKES)
    if low.isascii() and low.isalnum():
        return low
    low = "".join(c for c in low if c.isalnum() or unicodedata.category(c)[0] == "M")  # a ligature may stand for "(1)"
    if _KEPT_MARKS.search(low):
        return low.replace("\u0451", "\u0435")  # yo is often written as ye
    return normalized("NFC", "".join(c for c in normalized("NFKD", low) if unicodedata.category(c) != "Mn"))


def tokens(text: str) -> Iterator[Token]:
    """The words of a text, in order."""
    for found in _TOKEN.finditer(text):
        folded = fold(found[0]) if found[1] is None else unmarked(found[1])
        if folded:
            yield Token(folded, found.start(), found.end(), found[1] is not None)


def folded_words(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text, in order, and whether each is a run of a script without spaces: ``tokens`` without their places."""
    for found in _TOKEN.finditer(text):
        run = found[1]
        folded = fold(found[0]) if run is None else unmarked(run)
        if folded:
            yield folded, run is not None


def line_words(text: str) -> tuple[list[str], int]:
    """What of a text is compared, in order: its words, and the pairs of its unspaced parts. And as how many words they count.

    Then what words in parts are together. Of a plain English text much faster than ``folded_words``. Words that are too long are
    not cut.
    """
    words, count = _words_in_order(text)
    if may_be_joined(text) is not None:
        words += together(text)
    return words, count


def together(text: str) -> list[str]:
    """Words that are written in parts in this text, as one: "email" for "e-mail"."""
    return [fold(word) for word, _, _ in joined_words(text)]


def _words_in_order(text: str) -> tuple[list[str], int]:
    if text.isascii():
        plain = text.encode().translate(_PLAIN).decode().split()
        return plain, len(plain)
    words, count = list[str](), 0
    for folded, unspaced in folded_words(text):
        words += grams(folded) if unspaced else [folded]
        count += max(len(folded) // 2, 1) if unspaced else 1
    return words, count


def unmarked(run: str) -> str:
    """A run of an unspaced script as it is compared: without combining marks, which are often left out."""
    return "".join(c for c in normalized("NFKC", run) if unicodedata.category(c)[0] in "LN")


def grams(run: str) -> list[str]:
    """Each two neighbouring characters, and the last one alone: a single character is found as the beginning of one of these."""
    return [run[at : at + 2] for at in range(len(run))]


def words_and_grams(text: str) -> tuple[list[str], list[str]]:
    """The words of a text, and the pairs of characters of its unspaced parts, as they are indexed.

    What words in parts are together follows at the end, so that phrases stay as they are.
    """
    words: list[str] = []
    pairs: list[str] = []
    for folded, unspaced in folded_words(text):
        if unspaced:
            pairs += grams(folded)
        else:
            words.append(folded)
    return words + together(text), pairs


def read_query(text: str, *, typing: bool = False) -> tuple[Term, ...]:
    """The terms of a query. ``typing``: the last word may be the beginning of a longer one.

    Words in double quotes are a phrase; a quote that is not closed ends with the query. So do the parts of `price-list`.
    """
    found: list[Term] = []
    parts = _QUOTES.split(text[:QUERY_CHARACTERS])
    for number, part in enumerate(parts):
        quoted = number % 2 == 1
        last = number == len(parts) - 1
        for piece in [part] if quoted else part.split():
            found += _terms(piece)
        if last and typing and not quoted and found and part and part == part.rstrip():
            found[-1] = _beginning(found[-1])
    return tuple(dict.fromkeys(found))[:TERMS]


def _terms(piece: str) -> Iterator[Term]:
    side_by_side: list[str] = []
    for token in tokens(piece):
        if token.unspaced:
            if side_by_side:
                yield Term(tuple(side_by_side))
                side_by_side = []
            yield Term((token.folded,), unspaced=True)
        else:
            side_by_side.append(token.folded)
    if side_by_side:
        whole = next(iter(together(piece)), "") if len(side_by_side) > 1 else ""
        yield Term(tuple(side_by_side[:TERMS]), joined=whole if whole == "".join(side_by_side) else "")


def _beginning(term: Term) -> Term:
    if term.unspaced or len(term.joined or term.words[-1]) < PREFIX_CHARACTERS:
        return term
    return replace(term, prefix=True)


def places(text: str, terms: Collection[Term], alike: Callable[[str, str], bool] = str.__eq__) -> list[tuple[int, int]]:
    """Where the terms are in a text: ranges of characters, in order and apart.

    ``alike``: whether a word of the text (first) counts as a word of the query: a database may know inflected forms.
    """
    line = list(tokens(text))
    whole = [Token(fold(word), start, end, unspaced=False) for word, start, end in joined_words(text)]
    found: list[tuple[int, int]] = []
    for term in terms:
        if term.unspaced:
            found += _runs(text, line, term.words[0])
            continue
        size = len(term.words)
        for at in range(len(line) - size + 1):
            if all(_is(line[at + i], word, term.prefix and i == size - 1, alike) for i, word in enumerate(term.words)):
                found.append((line[at].start, line[at + size - 1].end))
        one = term.joined or (term.words[0] if size == 1 else "")
        if one:
            others = [*whole, *line] if term.joined else whole
            found += [(token.start, token.end) for token in others if _is(token, one, term.prefix, alike)]
    return _apart(found)


def _is(token: Token, word: str, prefix: bool, alike: Callable[[str, str], bool]) -> bool:
    return not token.unspaced and ((prefix and token.folded.startswith(word)) or alike(token.folded, word))


def _runs(text: str, line: list[Token], wanted: str) -> Iterator[tuple[int, int]]:
    for token in line:
        if not token.unspaced:
            continue
        # Marks are left out of the comparison: the places in the text are counted along.
        kept = [(c, at) for at in range(token.start, token.end) for c in unmarked(text[at])]
        run = "".join(c for c, _ in kept)
        at = run.find(wanted)
        while at >= 0:
            yield kept[at][1], kept[at + len(wanted) - 1][1] + 1
            at = run.find(wanted, at + len(wanted))


def _apart(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1] - 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
