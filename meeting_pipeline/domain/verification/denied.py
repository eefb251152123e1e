"""Words that were said only to deny them: "the white, he doesn't want the red at all", "nobody uses the pumps yet".

Must not go here: the sense of a whole claim (``contradictions.py``), numbers that are put aside (``set_apart.py``).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.contradictions import UNCHANGED
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import META_STEMS, Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS, WEAK_NEGATIONS
from meeting_pipeline.domain.verification.words import MARKS, content_stems
from meeting_pipeline.domain.word_sets import word_set

_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)
_TURNING: Final = (
    UNCHANGED
    | frozenset(stem(word) for word in WEAK_NEGATIONS)
    | frozenset(
        stem(word)
        for word in word_set("only until after before once without instead reject ban prohibit close free lack miss")
    )
)
"""With one of these a claim may put a denial into words itself."""


def said_only_as_denied(wording: Wording, said: Said) -> bool:
    """Whether a word of an affirmative claim was denied, and what was affirmed beside it is left out of the claim."""
    if _TURNING & {stem(token) for token in wording.tokens}:
        return False
    if any(clause.strong or clause.weak for clause in wording.clauses):
        return False
    content = frozenset(wording.content) - META_STEMS - _TIME_STEMS
    if any(subject & content and not instead & content for subject, instead in _left_open(said)):
        return True
    for denied, affirmed in _contrasts(said):
        wrong = (content & denied) - affirmed
        instead = affirmed - denied - _TIME_STEMS
        if wrong and len(content & affirmed) >= _SHARED and instead - content:
            return True
    return False


_SHARED: Final = 2
"""Words that claim and affirmed words share, so that they are about the same thing."""


def _contrasts(said: Said) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Of each quoted sentence that denies one part and affirms another: the words of both."""
    for sentence in said.own:
        clauses = clauses_of(sentence.tokens)
        denied = [clause for clause in clauses if clause.refuses()]
        affirmed = [clause for clause in clauses if not clause.strong and not clause.weak]
        if denied and affirmed and not sentence.question:
            known = frozenset(word for clause in affirmed for word in content_stems(clause.words))
            yield from ((_after_negation(clause), known) for clause in denied)


def _left_open(said: Said) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """What a short clause says "isn't", and of what the one before says that it is: "The figures are done, the text isn't"."""
    for sentence in said.own:
        for before, clause in pairwise(_split(sentence.tokens)):
            if not clause[-1:] or not (clause[-1].endswith("n't") or clause[-1] == "not") or len(clause) > _SHORT:
                continue
            denied = frozenset(content_stems(clause))
            yield denied, frozenset(content_stems(before)[:1]) - denied


_SHORT: Final = 5


def _split(tokens: Sequence[str]) -> list[list[str]]:
    """The parts between commas and "but"."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token in MARKS or token in ("but", "and"):
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _after_negation(clause: Clause) -> frozenset[str]:
    first = min(clause.strong)
    return frozenset(content_stems(clause.words[first + 1 :]))
