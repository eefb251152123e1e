"""The two sides of a comparison: what was said, and the wording of a claim.

Must not go here: comparing them (``support.py``).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.wordlists import (
    BENIGN_VERBS,
    META_WORDS,
    NUMBER_WORDS,
    STOP_WORDS,
    TIME_WORDS,
    listed,
)
from meeting_pipeline.domain.verification.words import (
    MARKS,
    Sentence,
    content_stems,
    is_content,
    sentences_of,
    stem,
    tokens_of,
)

_MARK: Final = re.compile(r"\{([^{}]{1,200})\}")
META_STEMS: Final = frozenset(stem(word) for word in META_WORDS)
"""Stems of ``META_WORDS``."""
_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)
_REFERRING: Final = listed("""
    it that this them those these so one ones do does did same both there him her he she
    """)
_ANSWERING: Final = listed(
    "yes yeah yep yup sure certainly absolutely definitely gladly agreed aye will okay ok fine alright right great"
)
"""As the first word of a sentence they answer what was said before."""
_ACCEPTING: Final = frozenset(
    (
        "will do",
        "can do",
        "of course",
        "on it",
        "happy to",
        "sure thing",
        "no problem",
        "yes please",
        "sure",
        "i'm on it",
        "i will",
        "leave it to me",
        "i'll do that",
        "i'll do it",
    )
)
_TITLES: Final = listed("mr mrs ms miss mister dr doctor prof professor")
_AFTER_NAMES: Final = listed("""
    will would is has was are were should must can agreed said asked wants needs plans
    """)


@dataclass(frozen=True)
class Said:
    """What was said: the quoted sentences, everything near them, and the words and numbers that may be used besides.

    ``free_numbers`` belong to the due date, and may differ from those of the claim.
    """

    own: Sequence[Sentence]
    near: Sequence[Sentence]
    names: frozenset[str] = frozenset()
    free_numbers: frozenset[str] = frozenset()

    @cached_property
    def own_numbers(self) -> frozenset[str]:
        """The numbers of the quoted sentences."""
        return frozenset().union(*(numbers_of(sentence.text) for sentence in self.own))

    def numbers_about(self, content: Collection[str]) -> frozenset[str]:
        """The numbers of the quoted sentences, and of those near that speak of the same thing."""
        wanted = frozenset(content)
        same = (sentence for sentence in self.near if not wanted or wanted & sentence.stems)
        return frozenset().union(self.own_numbers, *(numbers_of(sentence.text) for sentence in same))

    @cached_property
    def own_stems(self) -> frozenset[str]:
        """Stems of the quoted sentences."""
        return frozenset().union(*(sentence.stems for sentence in self.own))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of everything near."""
        return frozenset().union(self.own_stems, *(sentence.stems for sentence in self.near))

    @cached_property
    def own_clauses(self) -> frozenset[tuple[str, ...]]:
        """The stems of each clause of the quoted sentences."""
        return frozenset(clause.stems for sentence in self.own for clause in clauses_of(sentence.tokens))

    @cached_property
    def refers_back(self) -> bool:
        """Whether the quoted sentences point to what was said before: "I'll do that"."""
        words = {word for sentence in self.own for word in sentence.words[sentence.words[:1] == ["so"] :]}
        answering = any(
            sentence.words[:1] and (sentence.words[0] in _ANSWERING or sentence.words[:2] == ["all", "right"])
            for sentence in self.own
        )
        return answering or bool(_REFERRING & words) or len(self._content) <= 1

    @cached_property
    def _content(self) -> list[str]:
        return content_stems(token for sentence in self.own for token in sentence.tokens)

    @cached_property
    def chooses(self) -> bool:
        """Whether a quoted sentence chooses without a verb of its own: "Grey it is"."""
        return any(is_choice(sentence.words) for sentence in self.own)

    @property
    def says_little(self) -> bool:
        """Whether the quoted sentences have next to no content of their own."""
        if any(_ACCEPTING & _openings(sentence.words) for sentence in self.own):
            return True  # "Will do, I've got something in mind"
        return len([word for word in self._content if word not in META_STEMS | _TIME_STEMS]) <= 1


def _openings(words: Sequence[str]) -> frozenset[str]:
    """The first words of a sentence; of "I will call" not "I will", which accepts only as a clause of its own."""
    found = {" ".join(words[:length]) for length in (1, 2, 3, 4)}
    if words[:2] == ["i", "will"] and words[2:3] not in ([], ["i'm"], ["i"], ["i've"], ["i'll"], ["yes"]):
        found.discard("i will")
    return frozenset(found)


def is_choice(words: Sequence[str]) -> bool:
    """Whether the words name what was chosen: "Grey it is, then"."""
    last = [word for word in words if word not in ("then", "so", "okay", "fine", "right")]
    return len(last) > 2 and last[-2:] == ["it", "is"] and last[0] not in ("what", "how", "that's")


@dataclass(frozen=True)
class Wording:
    """The text of a claim. Marks of speakers are left out of it."""

    text: str

    @cached_property
    def plain(self) -> str:
        """The text without marks."""
        return _MARK.sub(" ", self.text)

    @property
    def marks(self) -> list[str]:
        """The labels that the text has marks of."""
        return _MARK.findall(self.text)

    @cached_property
    def subject(self) -> str | None:
        """The label whose mark begins the text."""
        found = _MARK.match(self.text.lstrip())
        return found[1] if found else None

    @cached_property
    def tokens(self) -> list[str]:
        """Words and punctuation."""
        return tokens_of(self.plain)

    @cached_property
    def content(self) -> list[str]:
        """Stems of the words with content."""
        return content_stems(self.tokens)

    def heads(self, *, first: bool) -> Iterator[str]:
        """The words with which the coordinated parts begin: verbs of tasks, "review and send". ``first``: the first one too."""
        for place, token in enumerate(self.tokens):
            if not is_content(token) or token[0].isdigit() or token in NUMBER_WORDS:
                continue
            before = self.tokens[place - 1] if place else ""
            if token in BENIGN_VERBS:
                continue
            if before in ("and", "then") or (first and stem(token) == self.content[0]):
                yield stem(token)

    @cached_property
    def clauses(self) -> list[Clause]:
        """The clauses of all sentences."""
        return [clause for text in sentences_of(self.plain) for clause in clauses_of(tokens_of(text))]

    def names(self) -> Iterator[str]:
        """Words that are names by their capital, in lower case."""
        for text in sentences_of(self.plain):
            raw = [token for token in tokens_of(text, fold=False) if token not in MARKS]
            for place, word in enumerate(raw):
                folded = word.casefold()
                follows = raw[place + 1].casefold() if place + 1 < len(raw) else ""
                if word == "May" and place:
                    yield folded
                if not word[0].isupper() or not is_content(folded) or stem(folded) in META_STEMS or folded in _TITLES:
                    continue
                if place or (follows in _AFTER_NAMES and folded not in STOP_WORDS):
                    yield folded
