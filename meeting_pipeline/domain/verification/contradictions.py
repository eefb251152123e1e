"""Whether what was said says the opposite of a claim: opposites, negations, and answers that deny what was asked.

Belongs here: comparing the sense of a claim with that of the clause about it. Must not go here: what a negation reaches
(``polarity.py``), whether enough of the claim was said (``support.py``).
"""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.opposites import OPPOSITES
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.restated import is_exception, leaves_it, repeats, said_as_well
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.texts import Said
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import Sentence, content_stems
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

UNCHANGED: Final = frozenset(
    stem(word) for word in word_set("keep stay unchanged same stable constant leave untouched alone intact remain")
)
_CHANGING: Final = frozenset(
    stem(word)
    for word in word_set("move postpone change swap switch replace shift rename reschedule raise lower double")
)
"""Who declines one of these keeps things as they are: "Shall we move the drill?" "No." is "the drill stays"."""
_OPPOSITE: Final = {
    stem(one): frozenset(
        stem(other) for pair in OPPOSITES if one in pair.split() for other in pair.split() if other != one
    )
    for group in OPPOSITES
    for one in group.split()
}
_DECLINING: Final = word_set("""
    no nope never i we let's nobody sorry but not don't that that's
    """)


def contradicts(wording: Wording, said: Said, *, refusing: bool) -> bool:
    """Whether the words say the opposite. ``refusing``: that something was not done yet refuses no task."""
    for word in wording.content:
        against = _OPPOSITE.get(word, frozenset())
        if word in UNCHANGED and any(
            leaves_it(clause) for sentence in said.own for clause in clauses_of(sentence.tokens)
        ):
            continue  # "leave it at six ninety"
        if word not in said.stems and not against & set(wording.content) and _is_affirmed(against, said):
            return True
    affirmed = refusing and _is_affirmed(wording.content[:1], said)  # "nobody may load it until I have checked it"
    for clause in wording.clauses:
        content = content_stems(clause.words)
        found = best_clause(content, said)
        if found is None:
            continue
        negated = found.negated(found.places(content), refusing=refusing)
        firm = bool(found.strong)
        answered = (
            said.refers_back
            and found.stems not in said.own_clauses
            and _declines(said, wording.tokens)
            and not affirmed
            and not repeats(wording, said)
        )
        if answered or (not refusing and _is_denied(found, said) and not repeats(wording, said)):
            negated = not negated  # "Shall we go?" "No, we won't."
        common = [word for word in content if word in found.stems]
        claimed = clause.negated(
            clause.places(content), refusing=refusing, shared=clause.places(common) if common else None
        )
        if claimed and not negated and _denies_part(content, said):
            continue
        if claimed and not negated and _is_gone(content, said):
            continue
        unchanged = (
            (firm or (answered and bool(_CHANGING & set(found.stems)) and not _goes_to(found, wording)))
            and not claimed
            and negated
            and any(word in UNCHANGED and word not in found.stems for word in content)
        )
        if claimed != negated and not unchanged and not said_as_well(content, said, claimed=claimed, found=found):
            return True
    return (
        refusing
        and not affirmed
        and said.says_little
        and _declines(said, wording.tokens)
        and not _has_negation(wording)
    )


def _goes_to(asked: Clause, wording: Wording) -> bool:
    """Whether the claim names what a declined change would have led to: "stays on Tuesday" of a move to Tuesday."""
    targets = {
        word
        for place, word in enumerate(asked.words)
        if place and set(asked.words[max(place - 2, 0) : place]) & _TOWARDS and word not in _ARTICLES
    }
    return bool(targets & set(wording.tokens))


_TOWARDS: Final = frozenset(("to", "into"))
_ARTICLES: Final = word_set("the a an to our")


def _is_gone(content: Collection[str], said: Said) -> bool:
    """Whether "not available" puts "gone" or "sold out" into words."""
    return bool(_AVAILABLE & set(content)) and any(_GONE & set(sentence.words) for sentence in said.own)


_AVAILABLE: Final = frozenset(stem(word) for word in ("available", "free", "left", "possible"))
_GONE: Final = word_set("gone taken full booked sold finished empty used out closed")


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


_DENYING: Final = word_set("no none nope nobody never nothing not neither")
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


def _declines(said: Said, claimed: Collection[str]) -> bool:
    """Whether an answer refuses: "No, I won't". "It's not hard" does not, nor does "but not Sunday" for Saturday."""
    return any(
        (clause.refuses() and not is_exception(clause, claimed) and clause.words[0].partition("'")[0] in _DECLINING)
        or _drops(clause)
        for sentence in said.own
        if not _hands_over(clauses_of(sentence.tokens)[-1:])
        for clause in clauses_of(sentence.tokens)
    )


def _drops(clause: Clause) -> bool:
    """Whether the clause drops what was spoken of: "Let's drop that", "then leave it"."""
    return any(
        stem(word) in _DROPPING and clause.words[place + 1 : place + 2] in (("it",), ("that",), ("this",), ("them",))
        for place, word in enumerate(clause.words)
    )


_DROPPING: Final = frozenset(stem(word) for word in word_set("drop scrap forget skip leave cancel shelve bin"))


def _hands_over(last: Sequence[Clause]) -> bool:
    """Whether a sentence ends with somebody else who does it: "I can't, Mirko takes it over"."""
    return any(
        not clause.refuses()
        and not _drops(clause)
        and clause.words[0].partition("'")[0] not in _DECLINING
        and {"it", "that"} & set(clause.words[1:])
        for clause in last
    )


def _has_negation(wording: Wording) -> bool:
    return any(clause.strong or clause.weak for clause in wording.clauses)


def best_clause(content: Collection[str], said: Said) -> Clause | None:
    """The clause that says at least half of this: a quoted one if there is one, otherwise one near."""
    given = list(content)
    for sentences in (said.own, said.near):
        found, count = _best(given, sentences)
        if found is not None and count * 2 >= len(given):
            return found
        if found is not None and sentences is said.own and said.refers_back and _says_it(found, given):
            return found
    return None


_POINTING: Final = frozenset(("it", "that", "them", "they", "this", "him", "her", "those", "these"))


def bans(clause: Clause) -> bool:
    """Whether it only names what there shall not be: "so no second actress"."""
    words = [word for word in clause.words if word not in _BEFORE_BAN]
    return words[:1] == ["no"] and 1 < len(words) < 6


_BEFORE_BAN: Final = word_set("so then yes agreed okay right and even better great good fine well")


def _says_it(clause: Clause, content: Sequence[str]) -> bool:
    """Whether it is the claim, though it says little of it: the verb was said of "it"; "no phones"."""
    return content[0] in clause.stems or bool(_POINTING & set(clause.words)) or bans(clause)


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
