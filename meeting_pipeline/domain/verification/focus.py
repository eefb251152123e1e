"""The part of a sentence that a claim is about: "we might be late, but we take the bus" has two.

Belongs here: choosing the sentence, the part and the clause. Must not go here: what the part means (``commitment.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.words import Sentence, bare
from meeting_pipeline.domain.word_sets import has_phrase

_TURNING: Final = frozenset(("but", "however", "though", "although", "yet", "still"))


@dataclass(frozen=True)
class Focus:
    """The clauses of ``sentence`` between two turns such as "but", and the clause there that says most of the claim."""

    sentence: Sentence
    clauses: Sequence[Clause]
    clause: Clause
    rest: Sequence[Clause]
    """The clauses after the part."""

    @cached_property
    def words(self) -> list[str]:
        """The words of the part."""
        return [word for clause in self.clauses for word in clause.words]

    @property
    def ends_the_sentence(self) -> bool:
        """Whether nothing follows, so that a question mark belongs to this part."""
        return not self.rest

    def has(self, wanted: Collection[str]) -> bool:
        """Whether one of these phrases is in a clause of the part."""
        return any(has_phrase(clause.words, wanted) for clause in self.clauses)


def main_sentence(own: Sequence[Sentence], content: Collection[str]) -> Sentence:
    """The sentence that says most of the claim."""
    wanted = frozenset(content)
    return max(own, key=lambda sentence: len(wanted & sentence.stems))


def focus(sentence: Sentence, content: Collection[str], quote: Sequence[str] = ()) -> Focus:
    """The part of the sentence that says most of the claim; of equal ones the first.

    ``quote``: the quoted words. If they are in one part that speaks of the claim, it is that one.
    """
    wanted = frozenset(content)
    parts: list[list[Clause]] = [[]]
    for clause in clauses_of(sentence.tokens):
        if parts[-1] and (clause.words[0] in _TURNING or parts[-1][-1].words[1:][-1:] in (("yes",), ("no",))):
            parts.append([])
        parts[-1].append(clause)
    best = max(range(len(parts)), key=lambda place: len(wanted & {one for each in parts[place] for one in each.stems}))
    chosen = _quoted_part(parts, quote) if len(parts) > 1 and quote else None
    if chosen is not None and wanted & {one for each in parts[chosen] for one in each.stems}:
        best = chosen
    clauses = parts[best] or [Clause((), 0)]
    return Focus(
        sentence,
        clauses,
        max(clauses, key=lambda clause: len(wanted & set(clause.stems))),
        [clause for part in parts[best + 1 :] for clause in part],
    )


def _quoted_part(parts: Sequence[Sequence[Clause]], quote: Sequence[str]) -> int | None:
    wanted = f" {' '.join(quote)} "
    for place, part in enumerate(parts):
        if wanted in f" {' '.join(bare(word) for clause in part for word in clause.words)} ":
            return place
    return None
