"""What people answer: do they accept what was asked of them, or decline it, explicitly or not?

A request that nobody takes is no task: silence and another topic are no answer.
Must not go here: whether an answer is needed (``commitment.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.focus import focus
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.reply_phrases import (
    DECLINING,
    FILLERS,
    HELPING,
    INVITING,
    MAYBE_YES,
    NO,
    NO_REALLY_YES,
    NOT_MINDING,
    POINTING,
    PROMISES,
    REFERRING,
    RELATED,
    YES,
    YES_PHRASES,
)
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import TIME_WORDS
from meeting_pipeline.domain.verification.words import Sentence, content_stems
from meeting_pipeline.domain.word_sets import has_phrase

_TIME_STEMS: Final = frozenset(stem(word) for word in TIME_WORDS)


def answer_to(meeting: Meeting, own: Sequence[Sentence], content: Collection[str] = ()) -> str | None:
    """The label of who agrees to what was asked; ``None`` if nobody does, or the first answer declines."""
    asking = {sentence.speaker for sentence in own}
    addressed = meeting.addressed(own)
    about = frozenset(content).union(*(sentence.stems for sentence in own))
    minding = any("mind" in sentence.words for sentence in own)
    for sentence in following(meeting, own):
        other = sentence.speaker not in asking
        found = answer(_about_it(sentence, content), about, minding=minding and other)
        if found is False:
            return None
        if found and (promises(sentence, about) or (other and (addressed is None or sentence.speaker == addressed))):
            return None if _withdraws(meeting, sentence, about) else sentence.speaker
    return None


def _about_it(sentence: Sentence, content: Collection[str]) -> Sentence:
    """The part of an answer that is about it: "The mirror yes, the limit I'd like to discuss" answers two things."""
    clauses = clauses_of(sentence.tokens)
    if not content or not any(clause.words[1:][-1:] in (("yes",), ("no",)) for clause in clauses[:-1]):
        return sentence
    part = focus(sentence, content)
    spoken_of = any(set(content) & set(clause.stems) for clause in part.clauses)
    return replace(sentence, text=" ".join(part.words)) if spoken_of else sentence


def is_declined(meeting: Meeting, own: Sequence[Sentence], content: Collection[str], *, by: str | None = None) -> bool:
    """Whether the first answer of another speaker declines. ``by``: only what this label says counts."""
    asking = {sentence.speaker for sentence in own}
    about = frozenset(content).union(*(sentence.stems for sentence in own))
    for sentence in following(meeting, own):
        if sentence.speaker in asking or not sentence.words or (by is not None and sentence.speaker != by):
            continue
        found = answer(sentence, about, minding=False)
        if found is None and not sentence.question:
            continue
        return found is False and _is_about_oneself(sentence)
    return False


def agrees(sentence: Sentence, asking: str, about: frozenset[str]) -> bool:
    """Whether a sentence of the quote promises it, or accepts what somebody else (``asking``) said."""
    if promises(sentence, about):
        return True
    return sentence.speaker != asking and answer(sentence, about, minding="mind" in about) is True


def promises(sentence: Sentence, about: frozenset[str]) -> bool:
    """Whether the sentence promises this: it points back to it, repeats a word of it, or says nothing else."""
    if sentence.question:
        return False
    return any(
        has_phrase(clause.words, PROMISES)
        and not clause.refuses()
        and not has_phrase(clause.words, DECLINING)
        and _is_related(clause, about)
        for clause in clauses_of(sentence.tokens)
    )


def following(meeting: Meeting, own: Sequence[Sentence], *, reach: int = policies.REPLY_SEGMENTS) -> Iterator[Sentence]:
    """The sentences after the quoted ones: the rest of that segment, and the next segments."""
    last = max(own, key=lambda sentence: sentence.order)
    rest = [sentence for sentence in meeting.sentences(last.segment) if sentence.order > last.order]
    yield from rest[:2]
    for index in range(last.segment + 1, last.segment + 1 + reach):
        yield from meeting.sentences(index)[:3]


def answer(sentence: Sentence, about: frozenset[str], *, minding: bool) -> bool | None:
    """``True`` if it accepts, ``False`` if it declines, ``None`` if it does neither."""
    words = _without_fillers(sentence.words)
    if not words:
        return None
    if minding and any(" ".join(words) == phrase for phrase in NOT_MINDING):
        return True
    if sentence.question:
        return None
    if promises(sentence, about):
        return True
    if has_phrase(words[:3], NO_REALLY_YES):
        return True
    if words[0] in NO or words[0] in REFERRING or has_phrase(words, DECLINING):
        return False
    if words[0] in YES and _repeats_the_ban(sentence, about):
        return True
    if any(clause.refuses() for clause in clauses_of(sentence.tokens)[:2]):
        return False
    return True if _accepts(words, about) else None


def _repeats_the_ban(sentence: Sentence, about: frozenset[str]) -> bool:
    """Whether what is denied after a yes is what was spoken of: "Sure, no deposit" after "we'd better not charge a deposit"."""
    denied = [clause for clause in clauses_of(sentence.tokens)[:2] if clause.refuses()]
    return bool(denied) and all(
        clause.words[0] == "no" and 0 < len(content_stems(clause.words[1:])) <= _BANNED_WORDS
        and set(content_stems(clause.words[1:])) <= about
        for clause in denied
    )  # fmt: skip


_BANNED_WORDS: Final = 3
"""Words of content after "no" that name what is refused: "no new hires". More say something else."""


def _accepts(words: Sequence[str], about: frozenset[str]) -> bool:
    if words in (["me"], ["i", "do"], ["i", "will"], ["i", "can"]):
        return True  # to "who"
    if words[0] in YES or (words[-1] in YES and words[-2:-1] not in (["great"], ["good"], ["big"])) or _suits(words):
        return True
    if has_phrase(words[:4], YES_PHRASES) or has_phrase(words[:3], INVITING):
        return True
    rest = content_stems(words[1:])
    related = len(rest) < 2 or bool(set(rest) & (about | RELATED)) or bool(POINTING & set(words))
    return words[0] in MAYBE_YES and related


def _suits(words: Sequence[str]) -> bool:
    """Whether it accepts a proposal by what was proposed: "Saturday works", "Wednesday is fine"."""
    return words[-1] == "works" or (
        words[-1] in MAYBE_YES and words[-2:-1] in (["is"], ["sounds"], ["that's"], ["it's"])
    )


def _is_related(clause: Clause, about: frozenset[str]) -> bool:
    content = [one for one in content_stems(clause.words) if one not in _TIME_STEMS and one not in HELPING]
    return not content or bool(POINTING & set(clause.words)) or bool(set(content) & about)


def _without_fillers(words: Sequence[str]) -> Sequence[str]:
    start = next((place for place, word in enumerate(words) if word not in FILLERS), len(words))
    return words[start:]


def _withdraws(meeting: Meeting, accepting: Sentence, about: frozenset[str]) -> bool:
    """Whether the same person continues: "Sure. Oh wait, I'm on leave."."""
    rest = [one for one in meeting.sentences(accepting.segment) if one.order > accepting.order][:2]
    return any(answer(one, about, minding=False) is False and _is_about_oneself(one) for one in rest)


def _is_about_oneself(sentence: Sentence) -> bool:
    """Whether who declines speaks of their own time and duties, or says no; "half of my team is away" does not."""
    words = _without_fillers(sentence.words)
    return bool(words) and (
        words[0] in NO
        or words[0] in REFERRING
        or bool({"i", "i'm", "i'd", "i've", "i'll", "me"} & set(words))
        or has_phrase(words, ("not my", "my plate", "somebody else", "someone else", "anybody else", "anyone else"))
    )
