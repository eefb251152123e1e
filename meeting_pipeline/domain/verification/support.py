"""Whether the words of the meeting support a claim: content, numbers, names, and polarity.

Belongs here: comparing a claim with sentences. Must not go here: which sentences (``items.py``), who and when.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain.verification.alternatives import not_chosen
from meeting_pipeline.domain.verification.bindings import bound_to_other_words
from meeting_pipeline.domain.verification.contradictions import UNCHANGED, bans, contradicts
from meeting_pipeline.domain.verification.counted import swapped
from meeting_pipeline.domain.verification.denied import said_only_as_denied
from meeting_pipeline.domain.verification.directions import is_reversed
from meeting_pipeline.domain.verification.exchanged import number_of_another, subject_exchanged
from meeting_pipeline.domain.verification.measures import other_fraction, other_part, other_units
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.periods import other_period
from meeting_pipeline.domain.verification.pieces import (
    LIGHT_VERBS,
    crossed,
    object_exchanged,
    passive_unsaid,
    reason_invented,
    serious_act_unsaid,
    verb_unsaid,
)
from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.rates import other_rate
from meeting_pipeline.domain.verification.recipients import recipient_exchanged
from meeting_pipeline.domain.verification.scope import widened
from meeting_pipeline.domain.verification.set_apart import exception_dropped, number_excluded, restriction_dropped
from meeting_pipeline.domain.verification.shares import shares_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import META_STEMS, Said
from meeting_pipeline.domain.verification.who_does import another_does
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import (
    DATE_WORDS,
    DAYS,
    GENERIC_WORDS,
    MONTHS,
    TIME_WORDS,
    WEAK_NEGATIONS,
)
from meeting_pipeline.domain.verification.words import content_stems
from meeting_pipeline.domain.word_sets import has_phrase, phrases

_GENERIC_STEMS: Final = frozenset(stem(word) for word in GENERIC_WORDS)
_REVERSING: Final = UNCHANGED | frozenset(stem(word) for word in WEAK_NEGATIONS)
"""They may put a negation into words: "prices stay the same" for "not raise the prices"."""
_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)
_HAPPENING: Final = frozenset(stem(word) for word in ("hold", "happen", "place", "proceed", "pursue", "organise"))
"""What they say is only that something is done: "no dinner will be held" for "no dinner"."""
_BANNED: Final = frozenset(
    stem(word)
    for word in (
        "permit",
        "allow",
        "hire",
        "bring",
        "buy",
        "use",
        "add",
        "order",
        "invite",
        "plan",
        "permission",
        "ban",
    )
)
"""What "no phones" leaves unsaid."""
_DOING: Final = phrases("""
    i'll do / i will do / i can do / i'm doing / we'll do / is doing / are doing / does it / takes it / i'll take / i can take
    / i'd take / i'd do / i could do / i could take / i'll handle / i'll sort / on it / you'll have / you will have
    """)
"""They promise a thing without its verb: "I'll do the release notes"."""


def reasons(wording: Wording, said: Said, *, share: float, task: bool = False, own_share: float = 0.0) -> Iterator[str]:
    """Why the words do not support the claim, most important first. ``task``: it begins with what has to be done."""
    if contradicts(wording, said, refusing=task) or is_reversed(wording, said) or said_only_as_denied(wording, said):
        yield "opposite"
    if (
        not _is_covered(wording, said, share, own_share, task=task)
        or reason_invented(wording, said)
        or crossed(wording, said)
        or subject_exchanged(wording, said)
        or serious_act_unsaid(wording, said)
        or not_chosen(wording, said)
        or recipient_exchanged(wording, said)
        or (not task and another_does(wording, said))
        or (own_share and (object_exchanged(wording, said) or (not task and _invents_verb(wording, said))))
    ):
        yield "not_supported"
    if (
        number_excluded(wording, said)
        or _has_other_numbers(wording, said)
        or _unsaid_dates(wording, said)
        or other_period(wording, said)
        or bound_to_other_words(wording, said)
        or other_rate(wording, said)
        or _measures_otherwise(wording, said)
    ):
        yield "number_not_said"
    if widened(wording, said) or exception_dropped(wording, said) or restriction_dropped(wording, said):
        yield "scope_widened"
    if any(not _is_said(name, said) for name in wording.names()):
        yield "name_not_said"


def _has_other_numbers(wording: Wording, said: Said) -> bool:
    """Whether a number of the claim was not said, or only near, while the quote has another one in its place."""
    claimed = _numbers_without_shares(wording, said) - said.in_thousands
    if claimed - said.numbers_about(wording.content):
        return True
    if bool(claimed - said.own_numbers) and bool(said.own_numbers - claimed - said.free_numbers):
        return True
    if claimed & said.own_numbers - said.quoted_numbers and said.quoted_numbers - claimed - said.free_numbers:
        return True  # "from week three we go up to thirteen", and not the eleven before it
    return number_of_another(wording, said) or swapped(wording.plain, said.own, said.near, said.free_numbers)


def _invents_verb(wording: Wording, said: Said) -> bool:
    """Whether a decision begins with a verb that nobody said. "Leave it" may put "nobody touches it" into words."""
    turned = _is_negative(said) and bool(_REVERSING & set(wording.content[:1]))
    return not turned and (verb_unsaid(wording, said) or (not _is_negative(said) and passive_unsaid(wording, said)))


def _measures_otherwise(wording: Wording, said: Said) -> bool:
    """Whether a number has another unit, a fraction is another one, or it names another one of several."""
    return other_units(wording, said) or other_fraction(wording, said) or other_part(wording, said)


def unsaid_numbers(wording: Wording, said: Said) -> frozenset[str]:
    """The numbers of a text that nobody says in these sentences or near them."""
    return _numbers_without_shares(wording, said) - said.numbers_about(())


def _numbers_without_shares(wording: Wording, said: Said) -> frozenset[str]:
    """The numbers of a text, without shares that were said in another form: "0.12" for "12 percent"."""
    mine = shares_of(wording.plain)
    shares = frozenset().union(*(shares_of(sentence.text).values() for sentence in (*said.own, *said.near)))
    claimed = numbers_of(wording.plain, claim=True) - said.free_numbers
    return frozenset(number for number in claimed if mine.get(number) not in shares)


def _unsaid_dates(wording: Wording, said: Said) -> bool:
    dates = {token for token in wording.tokens if token in DATE_WORDS}
    for kind in (DAYS, MONTHS - {"may", "march"}):
        given = {token for sentence in said.own for token in sentence.tokens} & kind
        mine = dates & kind
        if given and mine and not mine & (given | said.names):
            return True  # "Fine, I'll write in December" after somebody asked for January
    return any(stem(word) not in said.stems and word not in said.names for word in dates)


def _is_said(name: str, said: Said) -> bool:
    if name in DATE_WORDS or name in MONTHS:
        return stem(name) in said.stems or name in said.names
    return stem(name) in said.stems or name.removesuffix("'s") in said.names | said.mentioned


def _is_covered(wording: Wording, said: Said, share: float, own_share: float, *, task: bool) -> bool:
    matched = [word for word in wording.content if word in said.stems or word in said.names]
    neutral = _GENERIC_STEMS if own_share else META_STEMS
    neutral = neutral | _REVERSING | _HAPPENING if _is_negative(said) else neutral
    if any(bans(clause) for sentence in said.own for clause in clauses_of(sentence.tokens)):
        neutral = neutral | _BANNED
    neutral = neutral | {stem(token) for token in wording.tokens[:1] if token in LIGHT_VERBS}
    if said.chooses:  # "Grey it is" leaves out what is done with it
        neutral = neutral | frozenset(wording.content[:1])
    doing = any(has_phrase(sentence.words, _DOING) for sentence in said.own)  # "I'll do the release notes"
    if doing and task and wording.content[1:]:
        neutral = neutral | frozenset(wording.content[:1])
    counted = [word for word in wording.content if word in matched or word not in neutral]
    if not counted:
        return not task and own_share == 0.0
    if len(matched) / len(counted) < share:
        return False
    if not doing and any(head not in matched and head not in neutral for head in wording.heads(first=task)):
        return False  # another verb is another task
    own = sum(word in said.own_stems for word in counted)
    if said.settled & set(wording.content) and not said.settled <= set(wording.content):
        return False  # "Old tune then" settles nothing about the new one
    if said.refers_back:
        answered = any(word in sentence.stems for sentence in said.asked for word in counted)
        return own >= 1 or said.says_little or (said.answers and answered) or _gives_the_value(wording, said)
    return own / len(counted) >= own_share


def _gives_the_value(wording: Wording, said: Said) -> bool:
    """Whether a quoted clause says only which number or day "it" is, after a sentence about the claim in the same turn."""
    numbers = numbers_of(wording.plain, claim=True)
    days = {token for token in wording.tokens if token in DAYS}
    for sentence in said.own:
        for clause in clauses_of(sentence.tokens):
            given = bool(numbers & numbers_of(" ".join(clause.words))) or bool(days & set(clause.words))
            if given and _POINTING & set(clause.words[:3]) and not _said_words(clause.words):
                before = [
                    one
                    for one in (*said.before, *said.near)
                    if one.order < sentence.order and one.segment == sentence.segment
                ]
                return any(frozenset(wording.content) & one.stems for one in before)
    return False


_POINTING: Final = frozenset(("it", "it'll", "it's", "that", "that's", "they", "they'll"))


def _said_words(words: Sequence[str]) -> list[str]:
    return [one for one in content_stems(words) if one not in _TIME_STEMS and one not in UNCHANGED]


def _is_negative(said: Said) -> bool:
    return any(clause.strong for sentence in said.own for clause in clauses_of(sentence.tokens))
