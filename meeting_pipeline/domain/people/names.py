"""Parses a name as meetings write it: its words without titles, remarks and devices, and an e-mail address.

Belongs here: one name. Must not go here: comparing two (``likeness.py``).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from meeting_pipeline.domain.search_queries import tokens
from meeting_pipeline.domain.text import normalized, one_line
from meeting_pipeline.domain.word_sets import word_set

NAME_CHARACTERS: Final = 200
"""What is read and stored of one name."""
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"]{1,64}+@[^\s@<>()\[\],;:\"]{1,120}+")
_REMARK: Final = re.compile(
    r"\([^()]{0,80}+\)|\[[^\[\]]{0,80}+\]|\s[|/\N{EN DASH}\N{EM DASH}-]\s.{0,200}+\Z", re.DOTALL
)
_DEVICE: Final = re.compile(
    r"['\N{RIGHT SINGLE QUOTATION MARK}]s\s(?:iphone|ipad|macbook|galaxy|phone|laptop|pc)\b.{0,80}+\Z",
    re.IGNORECASE | re.DOTALL,
)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_APOSTROPHES: Final = re.compile(
    "['`\N{ACUTE ACCENT}\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}]"
)
_SPLIT: Final = re.compile(r"[_.]+")
_DEGREE: Final = re.compile(r",?\s(?:ph\.?\s?d|m\.?\s?d|m\.?\s?sc|mba|esq)\b\.?", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(
    r"(?:speaker|unknown|unidentified|guest|participant|user|caller|attendee|anonymous|host|sprecher(?:in)?|teilnehmer(?:in)?|"
    r"unbekannt|locuteur|hablante|interlocutor)(?:\s?+(?:speaker|user|caller|participant))?(?:[\s_-]?+[a-z0-9]{1,3})?"
)
_TITLES: Final = word_set("dr prof mr mrs ms mx miss sir herr frau hr fr ing dipl phd md mme mlle sr sra")
_MALE: Final = word_set("mr sir herr hr sr")
_FEMALE: Final = word_set("mrs ms miss frau fr mme mlle sra")


@dataclass(frozen=True)
class Name:
    """A name as it is compared. ``words``: lower case Latin letters, given name first; ``address``: its e-mail address.

    ``ordered``: whether the order of the words is known, because a comma says which is the family name, or there is one word.
    ``manner``: ``m`` or ``f`` if a title says so, else empty.
    """

    text: str
    words: tuple[str, ...] = ()
    address: str | None = None
    ordered: bool = False
    manner: str = ""
    titled: bool = False
    own: tuple[str, ...] = ()
    """The words in their own script, if it is not Latin: other characters can have the same Latin letters."""

    @property
    def joined(self) -> str:
        """All words as one."""
        return "".join(self.words)

    @property
    def initials(self) -> bool:
        """Whether it is nothing but initials."""
        return bool(self.words) and all(len(word) == 1 for word in self.words)


def address_in(text: str) -> str | None:
    """The e-mail address in a name, in lower case."""
    found = _ADDRESS.search(text[:NAME_CHARACTERS])
    return found[0].casefold() if found is not None else None


def identity_of(text: str) -> str:
    """What makes two spellings one name: its words without case and accents; of a mere address, the address.

    Empty for what names nobody: no letter or digit, or a placeholder such as "Speaker 2" or "Unknown".
    """
    text = one_line(text)[:NAME_CHARACTERS]
    address = address_in(text)
    if address is not None:
        rest = " ".join(token.folded for token in tokens(_ADDRESS.sub(" ", text)))
        return (rest or normalized("NFKC", address))[:NAME_CHARACTERS]
    folded = " ".join(token.folded for token in tokens(text))[:NAME_CHARACTERS].strip()
    return "" if is_placeholder(folded) else folded


def is_placeholder(folded: str) -> bool:
    """Whether a folded name stands for somebody whose name is not known: a label, or digits alone."""
    return len(folded) < 2 or folded.replace(" ", "").isdecimal() or _PLACEHOLDER.fullmatch(folded) is not None


@lru_cache(maxsize=16_384)
def read_name(text: str) -> Name:
    """Read a name as it is written."""
    text = one_line(text)[:NAME_CHARACTERS]
    address = address_in(text)
    bare = _DEGREE.sub("", _DEVICE.sub("", _REMARK.sub(" ", _ADDRESS.sub(" ", text))))
    family, comma, given = bare.partition(",")
    swapped = bool(comma) and bool(_words(given))
    words = (*_words(given), *_words(family)) if swapped else _words(bare)
    titles = {word for word in words if word in _TITLES}
    plain = tuple(word for word in words if word not in _TITLES)
    if not plain:
        plain, titles = words, set()
    if titles & _MALE and titles & _FEMALE:
        return Name(text)  # "Mr. and Mrs. Smith": two people
    manner = "m" if titles & _MALE else "f" if titles & _FEMALE else ""
    return Name(text, plain, address, swapped or len(plain) < 2, manner, bool(titles), _own(bare))


def _own(text: str) -> tuple[str, ...]:
    if all(unicodedata.name(c, "").startswith("LATIN") for c in text if c.isalpha()):
        return ()
    return tuple(token.folded for token in tokens(text))


def _words(text: str) -> tuple[str, ...]:
    plain = _SPLIT.sub(" ", _APOSTROPHES.sub("", _CAMEL.sub(" ", text)))
    if plain.isupper() and plain.isalpha() and len(plain) == 2:
        return tuple(latin(plain))  # "SK": initials
    return tuple(word for token in tokens(plain) for word in latin(token.folded).split())


@lru_cache(maxsize=16_384)
def latin(word: str) -> str:
    """A word in lower case Latin letters, with one spelling for those that are written in two ways: "Müller" is "Mueller"."""
    from anyascii import anyascii

    found = "".join(c for c in anyascii(normalized("NFKC", word).casefold()).lower() if c.isalpha())
    for digraph, letter in (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a")):
        found = found.replace(digraph, letter)
    return found
