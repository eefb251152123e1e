"""Up or down: "ten percent above last year" is not ten percent below it.

Belongs here: the direction that words give a number. Must not go here: whether the number was said (``numbers.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.verification.numbers import is_number, numbers_of
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.word_sets import word_set

_UP: Final = word_set(
    "above more over up higher rose rise rises risen increase increased increases grew grow grown gained better raised"
)
_DOWN: Final = word_set(
    "below less fewer under down lower fell fall falls fallen decrease decreased dropped shrank lost worse reduced cut"
)


def is_reversed(wording: Wording, said: Said) -> bool:
    """Whether a number of the claim goes up where the words say down, or the other way round."""
    up, down = bool(_UP & set(wording.tokens)), bool(_DOWN & set(wording.tokens))
    if up != down and any(rose != up for sentence in said.own for rose in _changes(sentence.tokens)):
        return True
    if up != down and any(_of_the_same(wording.tokens, sentence.tokens, up=up) for sentence in said.own):
        return True
    claimed = dict(_directions(wording.tokens))
    if not claimed:
        return False
    given: dict[str, set[bool]] = {}
    for sentence in said.own:
        for number, up in _directions(sentence.tokens):
            given.setdefault(number, set()).add(up)
    return any(given.get(number) == {not up} for number, up in claimed.items())


def _changes(tokens: Sequence[str]) -> Iterator[bool]:
    """Whether each change "from eighty to seventy two" goes up."""
    for place, word in enumerate(tokens):
        if word != "from":
            continue
        rest = tokens[place + 1 : place + 1 + _LONGEST]
        at = rest.index("to") if "to" in rest else None
        if at is None or not all(is_number(rest, place) for place in (0, *((at + 1,) if at + 1 < len(rest) else ()))):
            continue
        first, second = (sorted(numbers_of(" ".join(part)), key=len) for part in (rest[:at], rest[at + 1 : at + 4]))
        if first and second and {float(first[0]), float(second[0])} - {0.0}:
            scale = 1_000 if float(first[0]) < 1_000 <= float(second[0]) else 1
            yield float(second[0]) > float(first[0]) * scale


_LONGEST: Final = 10
"""Words after "from" in which "to" is looked for: more lie between two thoughts."""
_QUANTIFIERS: Final = word_set("both all none most half neither each every")


def _of_the_same(claimed: Sequence[str], tokens: Sequence[str], *, up: bool) -> bool:
    """Whether a clause says the other direction of as many: "both were below" of a claim that both were above."""
    quantifiers = _QUANTIFIERS & set(claimed)
    return any(
        bool(quantifiers & set(clause.words))
        and bool((_DOWN if up else _UP) & set(clause.words))
        and not (_UP if up else _DOWN) & set(clause.words)
        for clause in clauses_of(tokens)
    )


def _directions(tokens: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each number of a clause that speaks of one direction, and whether it is up. "Down from" tells of two numbers: none."""
    for clause in clauses_of(tokens):
        words = set(clause.words)
        up, down = bool(_UP & words), bool(_DOWN & words)
        numbers = numbers_of(" ".join(clause.words), claim=True)
        if up != down and len(numbers) == 1 and not clause.strong:
            yield next(iter(numbers)), up
