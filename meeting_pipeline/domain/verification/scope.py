"""How far a claim reaches: "all customers" and "only on Mondays" must have been said of the same thing.

Must not go here: units, fractions and numbers that name a thing (``measures.py``), exceptions (``set_apart.py``).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import DAYS, NUMBER_WORDS
from meeting_pipeline.domain.verification.words import is_content
from meeting_pipeline.domain.word_sets import word_set

_ALL: Final = word_set(
    "all every each everybody everyone entire whole any always everything everywhere throughout worldwide permanently permanent "
    "forever indefinitely"
)
_SAYS_ALL: Final = _ALL | word_set("both no nobody none never nothing total full complete across")
_NONE: Final = word_set("never nobody nothing none")
_SAYS_NONE: Final = _NONE | word_set("no not neither nor without ever anybody anyone anything any")
_ONLY: Final = word_set("only exclusively solely")
_SAYS_ONLY: Final = _ONLY | word_set(
    "just nobody nothing but except sole alone limited limit restricted restrict no not"
)
_NOT_ALL: Final = frozenset(("in", "of", "at", "after", "right", "above"))
"""With "all" they make a phrase that counts nothing: "in all", "after all", "of all"."""
_WEEKDAYS: Final = frozenset(f"{day}s" for day in DAYS)
_TIMES: Final = frozenset(
    stem(word) for word in word_set("day morning evening afternoon night week month quarter year time hour")
)
"""Of these "every" says how often, and nothing of how many: "I'll look at it every morning"."""
_REPEATED: Final = {
    stem("day"): frozenset(("daily", "days", "nightly")),
    stem("week"): frozenset(("weekly", "weeks")) | _WEEKDAYS,
    stem("month"): frozenset(("monthly", "months")),
    stem("year"): frozenset(("yearly", "annual", "annually", "years")),
    **{stem(day): frozenset((f"{day}s",)) for day in DAYS},
}
"""What happens "every week" is also said with other words."""


def widened(wording: Wording, said: Said) -> bool:
    """Whether the claim says "all", "never" or "only" of something that the words there do not say it of."""
    return (
        _each_unsaid(wording, said)
        or _every_other(wording, said)
        or any(
            not _is_said_of(stem_of_thing, words, said, repeating=claimed is not _ONLY)
            for claimed, words in ((_ALL, _SAYS_ALL), (_NONE, _SAYS_NONE), (_ONLY, _SAYS_ONLY))
            for stem_of_thing in _things(wording.tokens, claimed)
        )
    )


def _every_other(wording: Wording, said: Said) -> bool:
    """Whether "every Wednesday" was said only of every second one."""
    if _SKIPPING & {one for before, one in pairwise(wording.tokens) if before == "every"}:
        return False
    mine = {one for before, one in pairwise(wording.tokens) if before == "every"}
    mine -= {one for sentence in said.own for before, one in pairwise(sentence.tokens) if before == "every"}
    return any(
        first == "every" and second in _SKIPPING and third in mine
        for sentence in said.own
        for first, second, third in zip(sentence.tokens, sentence.tokens[1:], sentence.tokens[2:], strict=False)
    )


_SKIPPING: Final = frozenset(("second", "other", "third", "fourth"))


def _things(tokens: Sequence[str], wanted: frozenset[str]) -> Iterator[str]:
    """The stem of the word that each of these words is about; empty if it is about nothing."""
    for place, token in enumerate(tokens):
        if token in _EACH and place and _counts(tokens[place - 1]):
            continue  # "at 50 euros each" tells a price, which is compared separately
        if token not in wanted or (place and token in ("all",) and tokens[place - 1] in _NOT_ALL):
            continue
        after = (word for word in tokens[place + 1 : place + 5] if is_content(word))
        yield stem(next(after, ""))


def _counts(word: str) -> bool:
    return word[0].isdigit() or word in NUMBER_WORDS or stem(word) in _MONEY


_MONEY: Final = frozenset(stem(word) for word in word_set("euro dollar pound cent $ £ €"))


def _each_unsaid(wording: Wording, said: Said) -> bool:
    """Whether a number is told of each, and nobody says it so: "three hundred", in all, for "300 each"."""
    if not any(
        token in _EACH and place and _counts(wording.tokens[place - 1]) for place, token in enumerate(wording.tokens)
    ):
        return False
    return not any(
        word in _PER or (word in ("a", "an") and place and _counts(sentence.words[place - 1]))
        for sentence in (*said.own, *said.near, *said.before)
        for place, word in enumerate(sentence.words)
    )


_EACH: Final = frozenset(("each",))
_PER: Final = word_set("each apiece per every")


def _is_said_of(thing: str, words: frozenset[str], said: Said, *, repeating: bool) -> bool:
    """Whether the quoted sentences say it; where they do not speak of this thing themselves, those near may."""
    speaking = [sentence for sentence in said.own if thing and thing in sentence.stems]
    for sentence in speaking or (*said.own, *said.near):
        if repeating and thing in _REPEATED:
            if _REPEATED[thing] & set(sentence.words) or (words & set(sentence.words) and thing in sentence.stems):
                return True
        elif any(thing in _TIMES or said not in _TIMES for said in _things(sentence.words, words)):
            return True
    return False
