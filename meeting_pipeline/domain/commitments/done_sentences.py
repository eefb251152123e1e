"""Whether a sentence says that something is done, or that it is not: "the badges are printed", "I forgot to print them".

Belongs here: English words for having done something. Must not go here: what is done (``report_matching.py``), all other
reports (``reports.py``).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.commitments.wording import is_light
from meeting_pipeline.domain.verification.done import done_already, is_past
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.words import Sentence, content_stems, tokens_of
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

CONDITIONAL: Final = word_set(
    "if unless once until till when whenever before suppose assuming provided should could would might may maybe"
)
_NO_STATEMENT: Final = word_set("""
    would could should might thought whether please hope hopefully wish sure supposed think guess believe maybe perhaps
    unless must needs need want wants until once
    """)
"""With one of these nothing is stated as done: "I thought I sent it", "make sure that it was sent"."""
_PERHAPS: Final = phrases("may have / may be / may already / may not")
"""With "may" alone, somebody of that name would never have done anything."""
_BEGINNING: Final = word_set("""
    started starting began begun tried trying forgot forgotten failed attempted continued stopped kept meant wanted promised
    offered refused neglected hoped intended agreed decided planned asked told needed considered
    """)
"""Before "to" or a form in "-ing" these say that it is not done: "I forgot to send it", "I started writing it"."""
_DONE_STATES: Final = word_set("done finished complete completed sorted settled live shipped closed ready")
_IS: Final = word_set("is are was were been it's that's they're i'm we're he's she's isn't")
_STANDS: Final = word_set("is are it's they're that's")
_BETWEEN: Final = word_set("all both now already finally just")
_AFTER_STANDS: Final = word_set("and now already then too finally as")
"""After "are printed" these still say that it is done; "are printed on Fridays" is a habit, "are printed by us" a rule."""
_NEARLY: Final = word_set("nearly almost half partly mostly not never barely hardly being be")
_AUXILIARIES: Final = word_set("will may can")
"""Auxiliary verbs that are names, too."""
_ANSWERS: Final = phrases("""
    done / it's done / that's done / they're done / it is done / that is done / already done / all done / yes done / yes
    it's done / yes it is done / yes i did / i did / yes that's done / is done / yep done / yes all done / finished /
    it's finished / yes it's finished
    """)
_ANSWER_WORDS: Final = 7
"""Words of an answer that says no more than "done": a longer one reports something else."""
_DENIALS: Final = phrases("""
    not yet / not quite / not really / no it isn't / no they aren't / no it's not / no they're not / no that's not
    """)
_DENIAL_WORDS: Final = 5


def says_done(sentence: Sentence, known: Mapping[str, str]) -> bool:
    """Whether the sentence states that something has been done. ``known``: first words of people's names."""
    words = sentence.words
    if _NO_STATEMENT & set(words) or has_phrase(words, _PERHAPS) or _only_begins(words):
        return False
    return any(_is_done(clause, known) for clause in clauses_of(sentence.tokens))


def says_not_done(sentence: Sentence) -> bool:
    """Whether the sentence states that something has not been done: "the badges are not printed yet"."""
    return any(
        clause.strong and any(is_past(word) or word in _DONE_STATES for word in clause.words)
        for clause in clauses_of(sentence.tokens)
    )


def answers_done(words: Sequence[str]) -> bool:
    """Whether this is no more than the answer "done" to a question."""
    said = [word for word in words if word not in ("well", "oh", "that", "one")]
    text = f"{' '.join(said)} "
    return (
        len(said) <= _ANSWER_WORDS
        and not {"not", "nearly", "almost", "half"} & set(said)
        and any(text.startswith(f"{one} ") for one in _ANSWERS)
    )


def denies(words: Sequence[str]) -> bool:
    """Whether this is no more than a denial of what was just said: "No, not yet."."""
    return len(words) <= _DENIAL_WORDS and has_phrase(words, _DENIALS)


def brings_about(text: str) -> bool:
    """Whether what is done is that a thing was made or finished, not something else: "written", not "criticised"."""
    return any(word in _DONE_STATES or is_light(stem(word)) for word in tokens_of(text))


def _only_begins(words: Sequence[str]) -> bool:
    return any(
        word in _BEGINNING and (following == "to" or following.endswith("ing")) for word, following in pairwise(words)
    )


def _is_done(clause: Clause, known: Mapping[str, str]) -> bool:
    words = tuple("they" if _is_name(clause.words, at, known) else word for at, word in enumerate(clause.words))
    if not words or words[0] in CONDITIONAL or clause.strong or _NEARLY & set(words):
        return False
    for place, word in enumerate(words[1:], start=1):
        if word in _DONE_STATES and _IS & set(words[max(place - 3, 0) : place]):
            return True
    return _stands_done(words) or done_already(Clause(words, clause.start), content_stems(words))


def _is_name(words: Sequence[str], at: int, known: Mapping[str, str]) -> bool:
    """Whether a person is named here. "Will" and "May" are only before a form that no auxiliary has after it: "Will sent it"."""
    if words[at] not in known:
        return False
    following = words[at + 1] if at + 1 < len(words) else ""
    return words[at] not in _AUXILIARIES or is_past(following) or following in ("has", "is", "was")


def _stands_done(words: Sequence[str]) -> bool:
    """Whether it is in the state of being done: "the badges are printed", "the link is fixed and deployed"."""
    if words[0] in ("after", "so", "that", "by", "as"):
        return False
    for place, word in enumerate(words):
        if not is_past(word):
            continue
        before = next((one for one in reversed(words[:place]) if one not in _BETWEEN), "")
        if before in _STANDS and (place + 1 == len(words) or words[place + 1] in _AFTER_STANDS):
            return True
    return False
