"""Who takes what, where one sentence shares out several things: "Ahmed takes the under twelves, I take the under sixteens".

Must not go here: owners of tasks (``owners.py``), marks of speakers (``mentioned_speakers.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.named_in_requests import is_third_person
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.words import Sentence, content_stems, is_content, sentences_of, tokens_of

_FIRST: Final = frozenset(("i", "i'll", "i'm", "i'd", "i've"))
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
