"""The wording of a claim: its content, clauses, names and speaker placeholders.

Must not go here: what was said (``texts.py``), comparing the two (``support.py``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain.verification.numbers import UNIT_NAMES
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import META_STEMS
from meeting_pipeline.domain.verification.wordlists import BENIGN_VERBS, NUMBER_WORDS, STOP_WORDS
from meeting_pipeline.domain.verification.words import MARKS, content_stems, is_content, sentences_of, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_MARK: Final = re.compile(r"\{([^{}]{1,200})\}")
_TITLES: Final = word_set("mr mrs ms miss mister dr doctor prof professor")
_AFTER_NAMES: Final = word_set("""
    will would is has was are were should must can agreed said asked wants needs plans
    """)


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
                if (
                    folded in UNIT_NAMES
                    or not word[0].isupper()
                    or not is_content(folded)
                    or stem(folded) in META_STEMS
                    or folded in _TITLES
                ):
                    continue
                if place or (follows in _AFTER_NAMES and folded not in STOP_WORDS):
                    yield folded
