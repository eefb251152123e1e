"""Each part of a claim alone: a reason that nobody gave, and a verb with the object of another verb.

Must not go here: the claim as a whole (``support.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.polarity import clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.synonyms import PARTICIPLES
from meeting_pipeline.domain.verification.texts import META_STEMS, Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS
from meeting_pipeline.domain.verification.words import MARKS, Sentence, content_stems, is_content
from meeting_pipeline.domain.word_sets import has_phrase, word_set

_REASONS: Final = (
    ("because",), ("due", "to"), ("owing", "to"), ("since",), ("as", "a", "result", "of"), ("thanks", "to"), ("so", "that"),
    ("in", "order", "to"), ("so", "as", "to"), ("to", "avoid"), ("to", "prevent"), ("after",), ("following",), ("despite",),
    ("given",), ("in", "response", "to"), ("on", "behalf", "of"), ("instead", "of"), ("rather", "than"),
)  # fmt: skip
"""What begins a part of a claim that must have been said on its own."""
_PREPOSITIONS: Final = word_set("""
    to for with from on in at by before until till about into onto over after during between through under if once unless when
    because so as via within without , ( )
    """)
_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS | word_set("next last early late"))
_POINTING: Final = word_set("it them that this those these one ones so him her both same")


def reason_invented(wording: Wording, said: Said) -> bool:
    """Whether the claim gives a reason, or another side of the matter, of which less than half was said."""
    given = any(content_stems(part) for sentence in said.own for part in _reasons(sentence.tokens))
    known = said.own_stems if given else said.stems
    for part in _reasons(wording.tokens):
        content = [one for one in content_stems(part) if one not in META_STEMS]
        if len([one for one in content if one in known or one in said.names]) * 2 < len(content):
            return True
    return False


def _reasons(tokens: Sequence[str]) -> Iterator[Sequence[str]]:
    for place in range(1, len(tokens)):
        for lead in _REASONS:
            if tuple(tokens[place : place + len(lead)]) == lead:
                rest = tokens[place + len(lead) :]
                yield rest[: next((at for at, word in enumerate(rest) if at > 1 and word in MARKS), len(rest))]


def object_exchanged(wording: Wording, said: Said) -> bool:
    """Whether the verb was said, and each time of something else than the claim says: two statements made one."""
    verb, thing = _verb_and_object(wording.tokens)
    if not verb or not thing:
        return False
    clauses = [list(_after_verb(sentence, verb)) for sentence in said.own]
    objects = [found for each in clauses for found in each]
    if not objects or any(not found or found & thing for found in objects):
        return False
    return any(_has_elsewhere(sentence, verb, thing) for sentence in said.own)


def crossed(wording: Wording, said: Said) -> bool:
    """Whether two parts of the claim each have half of two parts of the words: who gets the hall, and who moves out."""
    claimed = [part for part in _joined(wording.tokens) if part][:_PARTS]
    if len(claimed) < 2:
        return False
    for sentence in said.own:
        given = [part for part in _joined(sentence.tokens) if part][:_PARTS]
        for one, other in pairwise(claimed):
            for first, second in pairwise(given):
                mine, theirs = one - other, other - one
                left, right = first - second, second - first
                if mine & left and mine & right and theirs & left and theirs & right:
                    return True
    return False


_PARTS: Final = 12
"""Parts of a sentence that are compared, each with each: no claim has more."""
_FUNCTION: Final = word_set("the a an to of is are be will have has do does in on at for with then so it that")


def _joined(tokens: Sequence[str]) -> Iterator[frozenset[str]]:
    """The stems of the parts between commas and conjunctions."""
    start = 0
    for place, token in enumerate((*tokens, ",")):
        if token in MARKS or token in ("and", "while", "but", "whereas"):
            yield frozenset(stem(word) for word in tokens[start:place] if word not in _FUNCTION) - _TIME_STEMS
            start = place + 1


def _verb_and_object(tokens: Sequence[str]) -> tuple[str, frozenset[str]]:
    """The first word with content, and the words between it and the first preposition."""
    place = next((at for at, token in enumerate(tokens) if is_content(token)), None)
    if place is None:
        return "", frozenset()
    rest = tokens[place + 1 :]
    end = next((at for at, token in enumerate(rest) if token in _PREPOSITIONS), len(rest))
    return stem(tokens[place]), frozenset(content_stems(rest[:end])) - _TIME_STEMS


def _after_verb(sentence: Sentence, verb: str) -> Iterator[frozenset[str]]:
    """What each clause with this verb says after it; empty where it points back, or nothing follows."""
    for clause in clauses_of(sentence.tokens):
        if verb not in clause.stems:
            continue
        rest = clause.words[clause.stems.index(verb) + 1 :]
        pointing = bool(_POINTING & set(rest[:2]))
        yield frozenset() if pointing else frozenset(content_stems(rest)) - _TIME_STEMS


def _has_elsewhere(sentence: Sentence, verb: str, thing: Collection[str]) -> bool:
    return any(verb not in clause.stems and set(thing) & set(clause.stems) for clause in clauses_of(sentence.tokens))


def passive_unsaid(wording: Wording, said: Said) -> bool:
    """Whether a claim says in the passive what nobody said: "a second screen is bought" of one that is to be moved."""
    known = said.stems if said.refers_back else said.own_stems
    for place in range(1, len(wording.tokens)):
        before, token = wording.tokens[place - 1 : place + 1]
        if before not in ("is", "are", "be") or not (token.endswith("ed") or token in PARTICIPLES):
            continue
        if stem(token) in known or stem(token) in META_STEMS or token in LIGHT_VERBS or not is_content(token):
            continue
        if stem(token) in _ACQUIRING:
            return True
    return False


_ACQUIRING: Final = frozenset(stem(word) for word in word_set("buy hire fire sell rent sue build cancel ban pay sign"))
"""Deeds with their own consequences: another word does not mean the same."""


def serious_act_unsaid(wording: Wording, said: Said) -> bool:
    """Whether a claim tells a deed that nobody may be said to have done without a word for it: "was dismissed", "stole"."""
    return any(word in _GRAVE and word not in said.stems for word in wording.content)


_GRAVE: Final = frozenset(
    stem(word)
    for word in word_set("""
    dismiss fire sack steal stole stolen theft thief embezzle embezzlement fraud defraud bribe bribery corrupt corruption sue
    lawsuit arrest jail prison convict crime criminal kill murder die death dead harass harassment assault abuse discriminate
    blackmail threaten lie liar cheat forge forgery falsify bankrupt bankruptcy insolvent insolvency resign resignation
    suspend evict layoff illegal unlawful guilty negligence scandal addict drunk
    """)
)


def verb_unsaid(wording: Wording, said: Said) -> bool:
    """Whether a claim begins with a verb (it has an object) that nobody said: "Raise the fee" of a fee that was talked about."""
    tokens = wording.tokens
    if len(tokens) < 3 or not is_content(tokens[0]) or tokens[1] not in _DETERMINERS:
        return False
    if tokens[0] in LIGHT_VERBS or has_phrase(tokens[:2], ("carry out", "set up")):
        return False
    return not set(wording.content[:1]) & (said.stems if said.refers_back else said.own_stems)


_DETERMINERS: Final = word_set(
    "the a an our all every each any your their his her its no this that these those some up out"
)
LIGHT_VERBS: Final = word_set("""
    arrange organise organize conduct execute hold give run do make have set get carry prepare provide handle perform ensure
    coordinate manage proceed continue go implement complete deliver present keep adopt use apply follow plan pursue maintain
    """)
"""Verbs that say little more than that something is done: their object says what."""
