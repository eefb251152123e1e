"""``Name: words`` in the rows of a text export, judged by the whole file.

"One more thing: the budget" and "Note: bring the forms" have the same shape as "Ana: the budget". Names look like names, recur,
and are in most rows. Must not go here: prefixes of cues (``names.py``), names with times (``speaker_heads.py``).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.providers.imported.name_shapes import DIRECTIONS, Likeness, clean_name, likeness

_PREFIX: Final = re.compile(
    r"(?P<mark>[-\N{EN DASH}\N{EM DASH}•*]\s{0,3}|>{1,3}\s{0,3}|\d{1,5}[.)]\s{1,3})?"
    r"(?P<name>[^:\uff1a<>\[\]{}\"“”]{1,80}?)\s{0,20}"
    r"(?::(?=\s|$)|\uff1a)\s{0,200}+(?P<words>.*)",
    re.DOTALL,
)
_BRACKETS: Final = re.compile(
    r"(?:\[(?P<square>[^\[\]]{1,80}+)\]|<(?P<angle>[^<>]{1,80}+)>|\((?P<round>[^()]{1,80}+)\))\s{0,20}:?\s{0,20}+(?P<words>.*)",
    re.DOTALL,
)
_DASH: Final = re.compile(r"(?P<name>\S.{0,79}?)\s{1,3}[-\N{EN DASH}\N{EM DASH}|]\s{1,3}(?P<words>\S.*)", re.DOTALL)
_NUMBERED: Final = re.compile(r"[^\W\d_]{2,20}+[ _-]?\d{1,3}")
_WORD: Final = re.compile(r"[^\W\d_]{1,40}+")
MOST: Final = 0.5
"""More than this share of the rows, or of the paragraphs, has a name ..."""
ENOUGH: Final = 0.15
"""... or at least this share, if two names come back, and twice as much if one does: long turns are wrapped into many rows."""
_NEARLY_ALL: Final = 0.8
"""Share of the texts that must begin with a name; with fewer, the names may be there by chance."""
_BRACKET_SHARE: Final = 0.6
"""``[Music] words`` has the shape of ``[Ana] words``; names in brackets are in more of the rows than sounds are."""


@dataclass(frozen=True)
class Prefix:
    """A name before words, as ``clean_name`` returns it."""

    name: str
    words: str
    marked: bool = False
    """Whether a bullet, number or chevron precedes the name."""


def split_prefix(text: str) -> Prefix | None:
    """The prefix of a row by its shape alone; ``None`` without one. ``10:30`` is none, and neither is ``https://``."""
    found = _PREFIX.fullmatch(text if text.isascii() else DIRECTIONS.sub("", text))
    if found is None:
        return None
    name = clean_name(found["name"])
    return Prefix(name, found["words"].strip(), bool(found["mark"])) if likeness(name) is not Likeness.NONE else None


def judged_prefixes(texts: Sequence[str], after_blank: Sequence[bool] | None = None) -> dict[int, Prefix]:
    """The rows that begin with the name of a speaker, by their place; empty if the file has no such names."""
    in_brackets = _in_brackets(texts)
    if in_brackets:
        return in_brackets
    split = {place: prefix for place, text in enumerate(texts) if (prefix := split_prefix(text)) is not None}
    split = _of_main_mark(split)
    counts = Counter(prefix.name for prefix in split.values())
    said = [split[place].words if place in split else text for place, text in enumerate(texts)]
    small = _small_words(said) if any(count == 1 for count in counts.values()) else frozenset()
    kept = {place: prefix for place, prefix in split.items() if _is_name(prefix.name, counts, small)}
    kept = _with_rare_names(split, kept, len(texts))
    if not kept or not _is_speech(kept.values(), counts):
        return {}
    first = min(kept)
    share = len(kept) / (len(texts) - first)
    paragraphs = [place for place in range(first, len(texts)) if after_blank and after_blank[place]]
    starting = sum(place in kept for place in paragraphs)
    again = [name for name, count in counts.items() if count > 1 and likeness(name) is not Likeness.NONE]
    wrapped = share >= (ENOUGH if len(again) > 1 else 2 * ENOUGH) and bool(again) and len(kept) > 2
    if share > MOST or wrapped or (len(paragraphs) > 2 and starting > MOST * len(paragraphs)):
        return kept if first <= _longest_heading(texts, kept) else {}
    return {}


def dashed_names(texts: Sequence[str]) -> dict[int, Prefix]:
    """``Ana - Good morning.`` after a time: nearly all rows have such a name, and a name comes back."""
    split = {}
    for place, text in enumerate(texts):
        found = _DASH.fullmatch(text)
        if found is not None and likeness(name := clean_name(found["name"])) is not Likeness.NONE:
            split[place] = Prefix(name, found["words"])
    names = {prefix.name for prefix in split.values()}
    return split if len(split) >= max(2, _NEARLY_ALL * len(texts)) and len(names) < len(split) else {}


def _longest_heading(texts: Sequence[str], kept: dict[int, Prefix]) -> int:
    """This many rows may precede the first name: a heading is short, or short compared with the talk."""
    return max(10, len(kept) // 2)


def _is_name(name: str, counts: Counter[str], small: frozenset[str]) -> bool:
    like = likeness(name)
    if counts[name] > 1:
        return like is not Likeness.NONE
    if " " not in name and name.casefold() in small:
        return False  # the file has it as a common word
    return like is Likeness.STRONG


def _of_main_mark(split: dict[int, Prefix]) -> dict[int, Prefix]:
    """Names with a bullet or those without, whichever are more: what somebody lists is not said by the items of the list."""
    marked = {place: prefix for place, prefix in split.items() if prefix.marked}
    plain = {place: prefix for place, prefix in split.items() if not prefix.marked}
    return marked if len(marked) > len(plain) else plain


def _is_speech(prefixes: Iterable[Prefix], counts: Counter[str]) -> bool:
    """Whether some names come back, or half of the words look like sentences. ``Budget: approved`` is a note."""
    found = list(prefixes)
    if any(counts[prefix.name] > 1 for prefix in found):
        return True
    sentences = sum(not prefix.words[:1].islower() or not prefix.words[-1:].isalnum() for prefix in found)
    return 2 * sentences >= len(found)


def _with_rare_names(split: dict[int, Prefix], kept: dict[int, Prefix], rows: int) -> dict[int, Prefix]:
    """Names that come once, and only might be names, count where nearly every row has one: ``ben: fine``."""
    wider = {
        place: prefix for place, prefix in split.items() if place in kept or likeness(prefix.name) is Likeness.WEAK
    }
    return wider if wider and len(wider) >= _NEARLY_ALL * (rows - min(wider)) else kept


def _small_words(texts: Sequence[str]) -> frozenset[str]:
    """Words that the file writes small."""
    return frozenset(word for text in texts for word in _WORD.findall(text) if word.islower())


def _in_brackets(texts: Sequence[str]) -> dict[int, Prefix]:
    split = {}
    for place, text in enumerate(texts):
        found = _BRACKETS.fullmatch(text) if text[:1] in ("[", "(", "<") else None
        if found is not None:
            split[place] = Prefix(clean_name(found["square"] or found["angle"] or found["round"]), found["words"])
    numbered = {place: prefix for place, prefix in split.items() if _NUMBERED.fullmatch(prefix.name)}
    if numbered:
        return numbered
    counts = Counter(prefix.name for prefix in split.values())
    likely = {
        place: prefix
        for place, prefix in split.items()
        if prefix.words and likeness(prefix.name) >= (Likeness.WEAK if counts[prefix.name] > 1 else Likeness.STRONG)
    }
    if len(likely) < 2 or len(likely) <= _BRACKET_SHARE * len(texts):
        return {}
    wider = {place: prefix for place, prefix in split.items() if prefix.words and likeness(prefix.name)}
    return wider if len(wider) >= _NEARLY_ALL * len(texts) else likely
