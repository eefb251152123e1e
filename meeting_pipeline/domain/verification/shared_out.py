"""Who takes what, when one sentence shares out several things: "Ahmed takes the under twelves, I take the under sixteens".

Must not go here: owners of tasks (``owners.py``), marks of speakers (``mentioned_speakers.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.named_in_requests import is_third_person
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.words import (
    MARKS,
    Sentence,
    content_stems,
    is_content,
    sentences_of,
    tokens_of,
)

_FIRST: Final = frozenset(("i", "i'll", "i'm", "i'd", "i've"))
_DETERMINERS: Final = frozenset(("the", "my", "our", "his", "her", "their", "your", "this", "that"))
_LEADING: Final = frozenset(("and", "then", "so", "okay", "but", "while"))


def shares_exchanged(meeting: Meeting, text: str, own: Sequence[Sentence]) -> bool:
    """Whether the claim gives one person what the quoted words give only to another one who is named there too."""
    names = {word: label for label, words in meeting.name_words.items() for word in words}
    given: dict[str, frozenset[str]] = {}
    for sentence in own:
        for person, things in _shares(sentence.text, names, sentence.speaker):
            given[person] = given.get(person, frozenset()) | things
    if len(given) < 2:
        return False
    for part in sentences_of(text.replace("{", " ").replace("}", " ")):
        for person, things in _shares(part, names | {label.casefold(): label for label in meeting.labels}, None):
            if person not in given:
                continue
            for other, theirs in given.items():
                mine = given[person]
                if other != person and things & (theirs - mine) and not things & (mine - theirs):
                    return True
    return False


def parts_crossed(text: str, own: Sequence[Sentence]) -> bool:
    """Whether the claim joins the subject of one part to the rest of another: "The advance in January, the rest at release"."""
    claimed = frozenset(_all(tokens_of(text)))
    for sentence in own:
        parts = [part for part in _parts(sentence) if len(part) > 1]
        for first, second in pairwise(parts):
            for one, other in ((first, second), (second, first)):
                tail, wrong = set(one[1:]) - set(other), set(other[1:]) - set(one)
                if one[0] in claimed and other[0] not in claimed and wrong & claimed and tail and not tail & claimed:
                    return True
    return False


def _parts(sentence: Sentence) -> Iterator[list[str]]:
    """The content of each part between commas that begins with a thing."""
    part: list[str] = []
    for word in (*sentence.tokens, ","):
        if word in MARKS or (word == "and" and part[-1:] not in (["hundred"], ["thousand"])):
            if part[:1] and part[0] in _DETERMINERS:
                yield list(dict.fromkeys(_all(part)))
            part = []
        else:
            part.append(word)


def _all(tokens: Sequence[str]) -> list[str]:
    """Content with times, in order; numbers have a check of their own (``bindings.py``)."""
    return [one for token in tokens for one in content_stems([token])]


def _shares(text: str, names: Mapping[str, str], speaker: str | None) -> Iterator[tuple[str, frozenset[str]]]:
    """Each clause that begins with a person, and its content and numbers."""
    for clause in clauses_of(tokens_of(text)):
        words = [word for word in clause.words if word not in _LEADING]
        if len(words) < 2:
            continue
        person = names.get(words[0].removesuffix("'s").removesuffix("'ll"))
        if words[0] in _FIRST and speaker is not None:
            person = speaker
        elif person is None and is_content(words[0]) and is_third_person(words[1]):
            person = words[0]
        if person is not None and not clause.strong:
            yield person, _things(clause)


def _things(clause: Clause) -> frozenset[str]:
    return frozenset(content_stems(clause.words[1:])) | numbers_of(" ".join(clause.words[1:]), claim=True)
