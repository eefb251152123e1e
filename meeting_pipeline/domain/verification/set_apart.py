"""Things that are named only to exclude them: "four hundred and not fourteen hundred", "all of them except for the vans".

Must not go here: negation of what is done (``polarity.py``), words for all and only (``scope.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.verification.number_words import ordinals_of
from meeting_pipeline.domain.verification.numbers import numbers_of, with_scale_of_others
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import META_STEMS, Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import MONTHS, STOP_WORDS
from meeting_pipeline.domain.verification.words import MARKS, Sentence, content_stems, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_LEAVING_OUT: Final = (
    ("except",), ("excluding",), ("apart", "from"), ("aside", "from"), ("other", "than"), ("but", "not"), ("not", "including"),
    ("with", "the", "exception", "of"), ("save", "for"), ("all", "but"),
)  # fmt: skip
_IN_PLACE: Final = (
    ("not",),
    ("rather", "than"),
    ("instead", "of"),
    ("as", "opposed", "to"),
    ("never",),
    ("isn't",),
    ("wasn't",),
)
_BEFORE: Final = (("it", "was"), ("that", "was"), ("they", "were"), ("used", "to", "be"))
"""What follows them was so before: "it was four, but the hall is taken"."""
_NOT_IN_PLACE: Final = word_set(
    "more less before until till later earlier only just over above below under longer sooner than fewer"
)
"""After "not" they limit a number and do not put it aside."""
_ENDS: Final = MARKS | {"but", "so", "because", "and", "then"}
_LONGEST: Final = 8
"""Words after the sign in which what is set apart is looked for: a phrase, not the rest of the sentence."""
_MENTIONS: Final = word_set("except excluding without not no apart but only never other instead rather aside")
_COMPARING: Final = word_set("""
    from was were before previously former formerly old original up down than more less exceed limit maximum most
    """)
"""With one of these a claim tells of a change or a limit itself."""
_ALL: Final = word_set("all every each everybody everyone entire whole any")


def number_excluded(wording: Wording, said: Said) -> bool:
    """Whether a number of the claim was said only as the one that is wrong or replaced."""
    claimed = numbers_of(wording.plain, claim=True) - said.free_numbers
    if not claimed or _MENTIONS & set(wording.tokens):
        return False
    if _day_put_aside(wording, said):
        return True
    told_of_change = bool(_COMPARING & set(wording.tokens))
    for sentence in said.own:
        leads = (*_IN_PLACE, *_BEFORE) if "but" in sentence.words and "not" not in sentence.words else _IN_PLACE
        aside = {number for part in _after(sentence.tokens, leads) for number in _first_numbers(part)}
        limits = frozenset() if told_of_change else _bounds(sentence.tokens) | _former(sentence)
        aside |= limits
        aside |= with_scale_of_others(sentence.tokens, aside)  # "forty thousand, not fifty"
        if not aside & claimed:
            continue
        kept = (numbers_of(_without(sentence, leads)) - limits) | frozenset().union(
            *(numbers_of(other.text) for other in said.own if other is not sentence)
        )
        if any(number not in kept for number in aside & claimed) and (kept - claimed or leads is not _IN_PLACE):
            return True
    return False


def _day_put_aside(wording: Wording, said: Said) -> bool:
    """Whether the day of the claim is the one that is not meant: "the fourteenth of December. Not the seventh."."""
    mine = _days(wording.tokens)
    aside = frozenset().union(
        *(ordinals_of(part) for sentence in said.own for part in _after(sentence.tokens, (("not",),)))
    )
    if not mine & aside:
        return False
    kept = frozenset().union(*(_days(tokens_of(_without(sentence, (("not",),)))) for sentence in said.own))
    return bool(mine & aside - kept)


def _days(tokens: Sequence[str]) -> frozenset[str]:
    """Days of a month: "the seventh", "7 December"."""
    named = {
        token
        for place, token in enumerate(tokens)
        if token.isdigit() and MONTHS & set(tokens[max(place - 1, 0) : place + 2])
    }
    return ordinals_of(tokens) | named


def _bounds(tokens: Sequence[str]) -> frozenset[str]:
    """Numbers that are only a limit: the 250 of "families can't spend more than 250"."""
    if not any(token.endswith("n't") or token in ("not", "never") for token in tokens):
        return frozenset()
    parts = (tokens[at + 2 : at + 2 + _LONGEST] for at in range(len(tokens)) if tuple(tokens[at : at + 2]) in _MORE)
    return frozenset(number for part in parts for number in _first_numbers(_part(part)))


def _former(sentence: Sentence) -> frozenset[str]:
    """Numbers that do not hold any more: the ninety of "they've gone from ninety guests to a hundred and ten"."""
    tokens = sentence.tokens
    found: set[str] = set()
    for place, token in enumerate(tokens):
        if token not in _FROM or not _CHANGING & {stem(word) for word in tokens[max(place - 4, 0) : place]}:
            continue
        rest = tokens[place + 1 : place + 1 + _LONGEST]
        end = next((at for at, word in enumerate(rest) if word == "to"), None)
        if end is not None and numbers_of(" ".join(rest[end:])):
            found |= numbers_of(" ".join(rest[:end])) - numbers_of(" ".join(rest[end:]))
    return frozenset(found)


def _part(tokens: Sequence[str]) -> Sequence[str]:
    return tokens[: next((at for at, token in enumerate(tokens) if token in _PARTING), len(tokens))]


_FROM: Final = frozenset(("from",))
_PARTING: Final = MARKS | {"but"}
_MORE: Final = (("more", "than"), ("over", "the"), ("less", "than"), ("fewer", "than"))
_CHANGING: Final = frozenset(
    stem(word)
    for word in word_set("go raise lower drop rise fall grow change come climb jump cut move shrink bring switch")
)


def exception_dropped(wording: Wording, said: Said) -> bool:
    """Whether the claim includes what the words leave out, or says "all" where they leave something out."""
    if {"except", "excluding", "apart", "but", "not", "without", "exception", "other"} & set(wording.tokens):
        return False
    for sentence in said.own:
        for part in _after(sentence.tokens, _LEAVING_OUT):
            left = [one for one in content_stems(part) if one not in META_STEMS]
            if left and (left[0] in wording.content or _ALL & set(wording.tokens)):
                return True
    return False


def restriction_dropped(wording: Wording, said: Said) -> bool:
    """Whether a quoted part holds only for something, "but only for January", that the claim does not name."""
    if {"only", "just", "limited", "exclusively", "solely"} & set(wording.tokens):
        return False
    for sentence in said.own:
        for part in _after(sentence.tokens, _ONLY):
            if not any(
                token in wording.tokens or stem(token) in wording.content for token in part if token not in STOP_WORDS
            ):
                return True
    return False


_ONLY: Final = (
    *(("but", "only", word) for word in ("for", "in", "on", "until", "to", "with", "those", "the")),
    ("but", "just", "for"),
)


def _after(tokens: Sequence[str], leads: Sequence[tuple[str, ...]]) -> Iterator[Sequence[str]]:
    """The words after each of these words, up to the end of its part."""
    for place in range(len(tokens)):
        for lead in leads:
            if tuple(tokens[place : place + len(lead)]) != lead:
                continue
            rest = tokens[place + len(lead) : place + len(lead) + _LONGEST]
            if not rest or (lead[0] in ("not", "isn't", "wasn't", "never") and rest[0] in _NOT_IN_PLACE):
                continue
            yield rest[: next((at for at, token in enumerate(rest) if token in _ENDS), len(rest))]


def _first_numbers(part: Sequence[str]) -> frozenset[str]:
    """The numbers at the beginning: "not the sixty that the paper said"; of "not sign it by the fifth" none."""
    lead = next((at for at, token in enumerate(part) if numbers_of(token)), None)
    if lead is None or content_stems(part[:lead]):
        return frozenset()
    return numbers_of(" ".join(part))


def _without(sentence: Sentence, leads: Sequence[tuple[str, ...]]) -> str:
    """The sentence without what it puts aside."""
    tokens = sentence.tokens
    text = f" {' '.join(tokens)} "
    for part in _after(tokens, leads):
        text = text.replace(f" {' '.join(part)} ", " ", 1)
    return text
