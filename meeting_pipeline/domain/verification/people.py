"""The people that a claim names: do they speak there, or were they mentioned?

Belongs here: anybody who is named, and people who decide. Must not go here: owners of tasks (``owners.py``), names of speakers
(``introductions.py``).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.words import Sentence, tokens_of
from meeting_pipeline.domain.word_sets import word_set

_TITLES: Final = word_set("mr mrs ms dr prof the a an and of team")


def person_reason(meeting: Meeting, person: str, near: Sequence[Sentence], *, mentioned: bool) -> str | None:
    """Why a person cannot be meant there: says nothing there and is not mentioned; ``None`` if it can."""
    if person in meeting.labels:
        if any(sentence.speaker == person for sentence in near):
            return None
        names = meeting.name_words.get(person, frozenset())
        return None if mentioned and any(names & set(sentence.words) for sentence in near) else "owner_did_not_speak"
    words = [word for word in tokens_of(person) if word not in _TITLES and word[0].isalnum()]
    said = {word.removesuffix("'s") for sentence in near for word in sentence.words}
    participant = person.casefold() in meeting.participants
    if words and (all(word in said for word in words) or (participant and any(word in said for word in words))):
        return None
    return "owner_did_not_speak" if participant else "owner_unknown"


def first_person_reason(
    meeting: Meeting, people: Iterable[str], own: Sequence[Sentence], content: Collection[str]
) -> str | None:
    """Why "I decided" cannot be somebody else's decision; ``None`` if the people fit."""
    main = best_sentence(own, content)
    given = list(people)
    if main is None or not given or not {"i", "i've"} & set(main.words) or {"we", "we've", "let's"} & set(main.words):
        return None
    if any(person == main.speaker or is_called(meeting, person, main.speaker) for person in given):
        return None
    return "owner_is_another"


def best_sentence(own: Sequence[Sentence], content: Collection[str]) -> Sentence | None:
    """The sentence that says most of the claim; ``None`` if there is none."""
    wanted = frozenset(content)
    return max(own, key=lambda sentence: len(wanted & sentence.stems), default=None)


def is_called(meeting: Meeting, name: str, label: str) -> bool:
    """Whether the name is the label's, or may be: the speaker's name is not known, and a participant has it."""
    folded = name.casefold()
    return folded in meeting.names.get(label, frozenset()) or folded in meeting.name_words.get(label, frozenset())
