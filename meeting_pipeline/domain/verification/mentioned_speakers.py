"""Speaker placeholders in a claim: do the words there mean the same person? "Send it to {C}" after "I'll send it to Lucy".

Belongs here: comparing placeholders with names, "you" and "me". Must not go here: owners of tasks (``people.py``), writing
placeholders (``domain/speaker_placeholders.py``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.replies import agrees
from meeting_pipeline.domain.verification.words import MARKS, Sentence, content_stems, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_MARK: Final = re.compile(r"\{([^{}]{1,200})\}")
_CLAUSE_END: Final = re.compile(r"[,;:.]|\b(?:and|while|but|that|because|if|when|whether)\b")
_REST_END: Final = re.compile(r"[,;:.]|\b(?:and|while|but|because|if|when|whether)\b")
"""Where the rest of the clause ends: "{C} said that ..." continues after "that"."""
_FIRST: Final = word_set("i i'll i'm i'd i've me my mine myself we we'll we're we've us our ours")
_FIRST_AS_OBJECT: Final = word_set("me my mine myself us our ours")
_SECOND: Final = word_set("you you'll you're you've you'd your yours yourself")
_THIRD: Final = word_set("he she him her his hers they them their he'll she'll he's she's")
_ALL: Final = word_set("we we'll we've we're us our everyone everybody all let's")
_BEFORE_OBJECT: Final = word_set("to for with from about at of by between on")
_REACH: Final = 3
"""Words around a name that tell whether it is the subject."""
_SUBJECT_BEFORE: Final = word_set(
    "will would can could should shall must is has said says agreed wants needs does did was"
)


@dataclass(frozen=True)
class _Named:
    """A mark in a claim. ``subject``: it is who acts there; ``content``: the stems of its clause."""

    label: str
    subject: bool
    content: frozenset[str]


def marked_reason(
    meeting: Meeting, text: str, own: Sequence[Sentence], near: Sequence[Sentence], *, skip_subject: bool = False
) -> str | None:
    """Why a mark means somebody else than the words do; ``None`` if all marks fit.

    ``skip_subject``: the mark at the beginning is judged as the owner of a task.
    """
    for named in _marks(meeting, text):
        if skip_subject and named.subject and text.lstrip().startswith(f"{{{named.label}}}"):
            continue
        if not _fits(meeting, named, own, near):
            return "speaker_is_another"
    return None


def _marks(meeting: Meeting, text: str) -> Iterator[_Named]:
    for found in _MARK.finditer(text):
        before = text[: found.start()].rstrip()
        start = max((end.end() for end in _CLAUSE_END.finditer(before)), default=0)
        quoting = text[found.end() : found.end() + 1] == ":"  # "it ends with {B}: I will ..."
        attributed = quoting or before.casefold().endswith("according to")
        end = _REST_END.search(text, found.end() + (2 if attributed else 0))
        clause = _MARK.sub(" ", text[start : end.start() if end else len(text)])
        lead = tokens_of(_MARK.sub(" ", before[start:]))
        subject = not [word for word in lead if word not in MARKS] or lead[-1] == "by"
        joined = before.endswith(("} and", "},")) and bool(_MARK.match(text.lstrip()))
        yield _Named(found[1], subject or joined or attributed, frozenset(content_stems(tokens_of(clause))))


def _fits(meeting: Meeting, named: _Named, own: Sequence[Sentence], near: Sequence[Sentence]) -> bool:
    if named.label not in meeting.labels:
        return False
    names = meeting.called(named.label)
    best = _about(named.content, own) or list(own)
    if any(_names(sentence, names, subject=named.subject) for sentence in best):
        return True
    others = {word for label in meeting.names if label != named.label for word in meeting.called(label)} - names
    for sentence in best:
        words = set(sentence.words)
        if sentence.speaker == named.label:
            if named.subject or _FIRST_AS_OBJECT & words:
                return True
            continue
        if _SECOND & words and _is_addressed(meeting, named.label, sentence, near):
            return True
        if named.subject and _ALL & words and not others & words and any(one.speaker == named.label for one in near):
            return True
        if _THIRD & words and not others & words and any(names & set(one.words) for one in (*own, *near)):
            return True
    others_named = any(others & set(sentence.words) for sentence in best)
    return named.subject and not others_named and _answers(named.label, best, near)


def _about(content: frozenset[str], own: Sequence[Sentence]) -> list[Sentence]:
    """The quoted sentences that say most of the clause."""
    most = max((len(content & sentence.stems) for sentence in own), default=0)
    return [sentence for sentence in own if most and len(content & sentence.stems) * 3 >= most * 2]


def _names(sentence: Sentence, names: frozenset[str], *, subject: bool) -> bool:
    """Whether the name is in the sentence in this role."""
    words = [word.removesuffix("'s") for word in sentence.words]
    for place, word in enumerate(words):
        if word.removesuffix("'ll") not in names:
            continue
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        first_person = {"i", "i'll", "i'm", "i've", "let"} & set(words)
        if subject and before in _BEFORE_OBJECT and first_person:
            continue
        if not subject and after in _SUBJECT_BEFORE and not _SECOND & set(words):
            continue
        return True
    return False


def _is_addressed(meeting: Meeting, label: str, sentence: Sentence, near: Iterable[Sentence]) -> bool:
    """Whether "you" may be this label: called by name there, or the one who speaks before or after."""
    called = meeting.addressed([sentence])
    if called is not None:
        return called == label
    order = [one for one in near if one.speaker != sentence.speaker]
    before = [one for one in order if one.order < sentence.order][-1:]
    after = [one for one in order if one.order > sentence.order][:1]
    return any(one.speaker == label for one in (*before, *after))


def _answers(label: str, best: Sequence[Sentence], near: Sequence[Sentence]) -> bool:
    """Whether the label answers what is said there, so that the claim may put both together."""
    last = max(best, key=lambda sentence: sentence.order, default=None)
    if last is None:
        return False
    replies = [one for one in near if one.order > last.order and one.speaker != last.speaker][:2]
    return any(one.speaker == label and agrees(one, last.speaker, last.stems) for one in replies)
