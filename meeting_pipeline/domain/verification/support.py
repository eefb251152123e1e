"""Whether what was said supports what is claimed: content, numbers, names, and the sense of it.

Belongs here: comparing a claim with sentences. Must not go here: which sentences (``items.py``), who and when.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.counted import swapped
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.pieces import (
    LIGHT_VERBS,
    crossed,
    object_exchanged,
    reason_invented,
    verb_unsaid,
)
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.scope import other_fraction, other_part, other_units, widened
from meeting_pipeline.domain.verification.shares import shares_of
from meeting_pipeline.domain.verification.synonyms import OPPOSITES
from meeting_pipeline.domain.verification.texts import META_STEMS, Said, Wording
from meeting_pipeline.domain.verification.wordlists import (
    DATE_WORDS,
    GENERIC_WORDS,
    MONTHS,
    WEAK_NEGATIONS,
    has_phrase,
    listed,
    phrases,
)
from meeting_pipeline.domain.verification.words import Sentence, content_stems, stem

_GENERIC_STEMS: Final = frozenset(stem(word) for word in GENERIC_WORDS)
_UNCHANGED: Final = frozenset(
    stem(word) for word in listed("keep stay unchanged same stable constant leave untouched alone intact remain")
)
_REVERSING: Final = _UNCHANGED | frozenset(stem(word) for word in WEAK_NEGATIONS)
"""They may put a negation into words: "prices stay the same" for "not raise the prices"."""
_HAPPENING: Final = frozenset(stem(word) for word in ("hold", "happen", "place", "proceed", "pursue", "organise"))
"""What they say is only that something is done: "no dinner will be held" for "no dinner"."""
_OPPOSITE: Final = {
    stem(one): frozenset(
        stem(other) for pair in OPPOSITES if one in pair.split() for other in pair.split() if other != one
    )
    for group in OPPOSITES
    for one in group.split()
}
_DOING: Final = phrases("""
    i'll do / i will do / i can do / i'm doing / we'll do / is doing / are doing / does it / takes it / i'll take / i can take
    / i'll handle / i'll sort / on it / you'll have / you will have
    """)
"""They promise a thing without its verb: "I'll do the release notes"."""
_DECLINING: Final = listed("""
    no nope never i we let's nobody sorry but not don't that that's
    """)


def reasons(wording: Wording, said: Said, *, share: float, task: bool = False, own_share: float = 0.0) -> Iterator[str]:
    """Why the words do not support the claim, most important first. ``task``: it begins with what is to be done."""
    if contradicts(wording, said, refusing=task):
        yield "opposite"
    if (
        not _is_covered(wording, said, share, own_share, task=task)
        or reason_invented(wording, said)
        or crossed(wording, said)
        or (own_share and (object_exchanged(wording, said) or (not task and _invents_verb(wording, said))))
    ):
        yield "not_supported"
    if _has_other_numbers(wording, said) or _unsaid_dates(wording, said) or _measures_otherwise(wording, said):
        yield "number_not_said"
    if widened(wording, said):
        yield "scope_widened"
    if any(not _is_said(name, said) for name in wording.names()):
        yield "name_not_said"


def _has_other_numbers(wording: Wording, said: Said) -> bool:
    """Whether a number of the claim was not said, or only near, while the quote has another one in its place."""
    claimed = _numbers_without_shares(wording, said)
    if claimed - said.numbers_about(wording.content):
        return True
    if bool(claimed - said.own_numbers) and bool(said.own_numbers - claimed - said.free_numbers):
        return True
    return swapped(wording.plain, said.own, said.near, said.free_numbers)


def _invents_verb(wording: Wording, said: Said) -> bool:
    """Whether a decision begins with a verb that nobody said. "Leave it" may put "nobody touches it" into words."""
    turned = _is_negative(said) and bool(_REVERSING & set(wording.content[:1]))
    return not turned and verb_unsaid(wording, said)


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
    return any(stem(word) not in said.stems and word not in said.names for word in dates)


def _is_said(name: str, said: Said) -> bool:
    if name in DATE_WORDS or name in MONTHS:
        return stem(name) in said.stems or name in said.names
    return stem(name) in said.stems or name.removesuffix("'s") in said.names


def _is_covered(wording: Wording, said: Said, share: float, own_share: float, *, task: bool) -> bool:
    matched = [word for word in wording.content if word in said.stems or word in said.names]
    neutral = _GENERIC_STEMS if own_share else META_STEMS
    neutral = neutral | _REVERSING | _HAPPENING if _is_negative(said) else neutral
    neutral = neutral | {stem(token) for token in wording.tokens[:1] if token in LIGHT_VERBS}
    if said.chooses:  # "Grey it is" leaves out what is done with it
        neutral = neutral | frozenset(wording.content[:1])
    counted = [word for word in wording.content if word in matched or word not in neutral]
    if not counted:
        return not task and own_share == 0.0
    if len(matched) / len(counted) < share:
        return False
    doing = any(has_phrase(sentence.words, _DOING) for sentence in said.own)  # "I'll do the release notes"
    if not doing and any(head not in matched and head not in neutral for head in wording.heads(first=task)):
        return False  # another verb is another task
    own = sum(word in said.own_stems for word in counted)
    if said.refers_back:
        return own >= 1 or said.says_little
    return own / len(counted) >= own_share


def contradicts(wording: Wording, said: Said, *, refusing: bool) -> bool:
    """Whether the words say the opposite. ``refusing``: that something was not done yet refuses no task."""
    for word in wording.content:
        against = _OPPOSITE.get(word, frozenset())
        if word not in said.stems and not against & set(wording.content) and _is_affirmed(against, said):
            return True
    for clause in wording.clauses:
        content = content_stems(clause.words)
        found = best_clause(content, said)
        if found is None:
            continue
        negated = found.negated(found.places(content), refusing=refusing)
        firm = bool(found.strong)
        if said.refers_back and found.stems not in said.own_clauses and _declines(said):
            negated = not negated  # "Shall we go?" "No, we won't."
        claimed = clause.negated(clause.places(content), refusing=refusing)
        if not refusing and _is_denied(found, said):
            negated = not negated
        if claimed and not negated and _denies_part(content, said):
            continue
        unchanged = (
            firm and not claimed and negated and any(word in _UNCHANGED and word not in found.stems for word in content)
        )
        if claimed != negated and not unchanged:
            return True
    return refusing and said.says_little and _declines(said) and not _has_negation(wording)


def _is_affirmed(words: Collection[str], said: Said) -> bool:
    """Whether a quoted clause says one of these words, and does not deny it."""
    for sentence in said.own:
        for clause in clauses_of(sentence.tokens):
            places = clause.places(words)
            if places and not clause.negated(places):
                return True
    wanted = frozenset(words)
    return any(
        wanted & sentence.narrow_stems and not any(wanted & set(clause.stems) for clause in clauses_of(sentence.tokens))
        for sentence in said.own
    )


def _is_denied(found: Clause, said: Said) -> bool:
    """Whether the clause is a question that somebody answers with no: "Was any data lost?" "None."."""
    sentences = sorted({*said.own, *said.near}, key=lambda sentence: sentence.order)
    for asked, reply in pairwise(sentences):
        if asked.question and found in clauses_of(asked.tokens) and reply.speaker != asked.speaker:
            return bool(reply.words) and reply.words[0] in _DENYING and not has_phrase(reply.words[:3], _IGNORANT)
    return False


_DENYING: Final = listed("no none nope nobody never nothing not neither")
_IGNORANT: Final = phrases("no idea / no clue / not sure / not certain / nobody knows / no one knows / not that i know")
"""Answers that deny nothing."""


def _denies_part(content: Collection[str], said: Said) -> bool:
    """Whether another quoted clause denies a part of the claim: "The guides are worn out. Forty no longer hold a charge."."""
    return any(
        clause.negated(clause.places(content))
        for sentence in said.own
        if not sentence.question
        for clause in clauses_of(sentence.tokens)
    )


def _declines(said: Said) -> bool:
    """Whether an answer refuses: "No, I won't". "It's not hard" does not."""
    return any(
        clause.refuses() and clause.words[0].partition("'")[0] in _DECLINING
        for sentence in said.own
        if not _hands_over(clauses_of(sentence.tokens)[-1:])
        for clause in clauses_of(sentence.tokens)
    )


def _hands_over(last: Sequence[Clause]) -> bool:
    """Whether a sentence ends with somebody else who does it: "I can't, Mirko takes it over"."""
    return any(
        not clause.refuses()
        and clause.words[0].partition("'")[0] not in _DECLINING
        and {"it", "that"} & set(clause.words[1:])
        for clause in last
    )


def _is_negative(said: Said) -> bool:
    return any(clause.strong for sentence in said.own for clause in clauses_of(sentence.tokens))


def _has_negation(wording: Wording) -> bool:
    return any(clause.strong or clause.weak for clause in wording.clauses)


def best_clause(content: Collection[str], said: Said) -> Clause | None:
    """The clause that says at least half of this: a quoted one if there is one, otherwise one near."""
    given = list(content)
    for sentences in (said.own, said.near):
        found, count = _best(given, sentences)
        if found is not None and count * 2 >= len(given):
            return found
        if found is not None and sentences is said.own and said.refers_back and given[0] in found.stems:
            return found  # the verb was said of "it"
    return None


def _best(content: Collection[str], sentences: Sequence[Sentence]) -> tuple[Clause | None, int]:
    wanted = frozenset(content)
    best: Clause | None = None
    most = 0
    for sentence in sentences:
        if len(wanted & sentence.stems) <= most:
            continue
        for clause in clauses_of(sentence.tokens):
            count = len(wanted & set(clause.stems))
            if count > most:
                best, most = clause, count
    return best, most
