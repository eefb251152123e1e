"""Compares two names: whether they may belong to one person, by their words alone.

Cautious by design: a wrong suggestion costs a person's time, and a wrong merge mixes two people's tasks. If words cannot decide,
a common series of meetings is required (``Likeness.series``), in which nobody else fits (``Likeness.alone``).
Must not go here: where names were seen (``suggesting.py``).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from meeting_pipeline.domain.people.name_lists import PARTICLES, ROLE_ADDRESSES, given_names_of
from meeting_pipeline.domain.people.names import Name

_LONG_WORD: Final = 7
"""Letters from which one that differs inside of a word is a slip: shorter names with one other letter are other names."""
_SOUNDS: Final = (
    ("ph", "f"), ("ck", "k"), ("dt", "t"), ("th", "t"), ("tz", "z"), ("ey", "ai"), ("ei", "ai"), ("ay", "ai"), ("ie", "i"),
    ("y", "i"), ("c", "k"), ("h", ""),
)  # fmt: skip


class LikenessReason(StrEnum):
    """Why two names may be one person's."""

    SPELLING = "spelling"
    """The same words, written or ordered in another way."""
    ADDRESS = "address"
    """The e-mail address has the words of the name."""
    MORE_WORDS = "more_words"
    """One has a further name between the others or at the end."""
    SHORT_FORM = "short_form"
    """A usual short form of the given name."""
    SOUND = "sound"
    """The words sound the same, or differ in one letter of a long word."""
    INITIALS = "initials"
    """One has initials for words of the other."""
    ONE_WORD = "one_word"
    """One is the given name or the family name of the other."""
    VOICE = "voice"
    """They sound alike, whatever they are called."""


@dataclass(frozen=True)
class Likeness:
    """How two names may be one person's. ``series``: only in a common series; ``alone``: only if nobody else there fits."""

    reason: LikenessReason
    series: bool = False
    alone: bool = False


def likeness(one: Name, other: Name) -> Likeness | None:
    """How two names may be one person's; ``None``: by their words they are two people's."""
    if one.manner and other.manner and one.manner != other.manner:
        return None
    if not one.words or not other.words:
        return _addresses(one, other)
    if one.own and other.own:
        one, other = replace(one, words=one.own), replace(other, words=other.own)
    found = _same(one, other) or _more(one, other) or _short_form(one, other) or _sound(one, other)
    return found or _initials(one, other) or _initials(other, one) or _one_word(one, other) or _one_word(other, one)


def _same(one: Name, other: Name) -> Likeness | None:
    if one.joined == other.joined and not one.initials:
        return Likeness(LikenessReason.SPELLING)
    if len(one.words) > 1 and sorted(one.words) == sorted(other.words):
        sure = len(one.words) > 2 or one.ordered or other.ordered
        return Likeness(LikenessReason.SPELLING, series=not sure)
    return None


def _more(one: Name, other: Name) -> Likeness | None:
    less, more = sorted((one.words, other.words), key=len)
    if len(less) < 2 or len(less) == len(more) or less[0] != more[0] or not _within(less, more):
        return None
    added = list(more)
    for word in less:
        added.remove(word)
    if any(word in PARTICLES for word in added):
        return None  # "van der Berg" is not "Berg"
    initial = all(len(word) == 1 for word in added) and less[-1] == more[-1]
    return Likeness(LikenessReason.MORE_WORDS, series=not initial)


def _within(less: tuple[str, ...], more: tuple[str, ...]) -> bool:
    rest = iter(more)
    return all(word in rest for word in less)


def _short_form(one: Name, other: Name) -> Likeness | None:
    if len(one.words) < 2 or one.words[1:] != other.words[1:]:
        return None
    first, second = one.words[0], other.words[0]
    if second in given_names_of(first) or first in given_names_of(second):
        return Likeness(LikenessReason.SHORT_FORM, series=True)
    return None


def _sound(one: Name, other: Name) -> Likeness | None:
    if len(one.words) < 2 or len(one.words) != len(other.words):
        return None
    unlike = [(a, b) for a, b in zip(one.words, other.words, strict=True) if a != b]
    if len(unlike) == 1 and (sound(unlike[0][0]) == sound(unlike[0][1]) or _slip(*unlike[0])):
        return Likeness(LikenessReason.SOUND, series=True)
    return None


def sound(word: str) -> str:
    """Letters for how a word sounds, roughly, in the languages of Europe: "Meyer" and "Maier" have the same."""
    for letters, instead in _SOUNDS:
        word = word[0] + word[1:].replace(letters, instead) if letters == "h" else word.replace(letters, instead)
    return "".join(letter for at, letter in enumerate(word) if at == 0 or word[at - 1] != letter)


def _slip(one: str, other: str) -> bool:
    if len(one) != len(other) or len(one) < _LONG_WORD or one[0] != other[0] or one[-1] != other[-1]:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _initials(short: Name, full: Name) -> Likeness | None:
    """Initials for some words: "A. Meyer", "Priya R"; or for all of them: "T. B.", "SK"."""
    if len(short.words) != len(full.words) or len(short.words) < 2 or full.initials:
        return None
    pairs = list(zip(short.words, full.words, strict=True))
    abbreviated = [(a, b) for a, b in pairs if a != b]
    if not abbreviated or any(len(a) != 1 or not b.startswith(a) or len(b) == 1 for a, b in abbreviated):
        return None
    if all(b in PARTICLES for _, b in abbreviated):
        return Likeness(LikenessReason.SPELLING)
    return Likeness(LikenessReason.INITIALS, series=True, alone=True)


def _one_word(short: Name, full: Name) -> Likeness | None:
    if len(short.words) != 1 or len(full.words) < 2 or full.initials:
        return None
    word = short.words[0]
    if short.titled:  # "Mrs. Lindqvist"
        fits = word == full.words[-1]
    else:
        fits = word in (full.words[0], full.words[-1]) or full.words[0] in given_names_of(word)
    return Likeness(LikenessReason.ONE_WORD, series=True, alone=True) if fits and len(word) > 1 else None


def _addresses(one: Name, other: Name) -> Likeness | None:
    """At least one is an address alone."""
    if one.words:
        one, other = other, one
    if one.address is None:
        return None
    mine = local_words(one.address)
    if other.words:
        return _address_of(mine, other.words)
    if other.address is None:
        return None
    return (
        Likeness(LikenessReason.ADDRESS)
        if len(mine) > 1 and sorted(mine) == sorted(local_words(other.address))
        else None
    )


def _address_of(mine: tuple[str, ...], words: tuple[str, ...]) -> Likeness | None:
    if not mine or len(words) < 2:
        return Likeness(LikenessReason.ADDRESS, series=True, alone=True) if mine == words and mine else None
    first, last, joined = words[0], words[-1], "".join(mine)
    if len(mine) > 1 and (sorted(mine) == sorted(words) or sorted(mine) == sorted((first, last))):
        return Likeness(LikenessReason.ADDRESS)
    if joined in ("".join(words), first + last, last + first):
        return Likeness(LikenessReason.ADDRESS)
    if joined in (first[0] + last, last + first[0], first + last[0], first, last):
        return Likeness(LikenessReason.ADDRESS, series=True, alone=True)
    return None


def local_words(address: str) -> tuple[str, ...]:
    """The words before the @; none for an address of a role ("info", "sales")."""
    from meeting_pipeline.domain.people.names import read_name

    local = address.partition("@")[0].partition("+")[0]
    words = read_name("".join(c if c.isalpha() else " " for c in local)).words
    return () if set(words) & ROLE_ADDRESSES else words
