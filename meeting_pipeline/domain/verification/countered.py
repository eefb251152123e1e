"""Proposals that are answered with another number or day: "I'd need two more people", "One, I can give you one".

Belongs here: comparing the numbers and days of a statement with those of the answers to it. Must not go here: later statements
that take a decision back (``later.py``), who answers (``replies.py``).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.replies import following
from meeting_pipeline.domain.verification.stems import stem
from meeting_pipeline.domain.verification.wordlists import DAYS, MONTHS, NUMBER_WORDS
from meeting_pipeline.domain.verification.words import MARKS, Sentence, content_stems, is_content
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_PUTTING: Final = phrases("""
    instead / make it / make that / let's say / i can give you / we can give you / you can have / you get / you'll get /
    no more than / at most / is enough / are enough / is plenty / would be enough
    """)
"""They put something in the place of what was said, whoever promised it."""
_LITTLE: Final = frozenset(
    stem(word) for word in word_set("make give say take need order want have then enough plenty max maximum")
)
_DENYING: Final = word_set("not no never can't won't don't")
_COUNTING_ON: Final = word_set("more thing things question point last other second day moment")
"""After "one" they begin another subject: "one more thing"."""


def is_countered(meeting: Meeting, own: Sequence[Sentence], text: str, *, firm: bool) -> bool:
    """Whether an answer puts another number or day in the place of the one in the claim, and nobody goes back to it.

    ``firm``: the statement is a promise or a decision, which only words such as "make it four" change.
    """
    said = frozenset().union(*(_values(sentence.words) for sentence in own))
    mine = _values(text.casefold().replace(",", "").split()) & said
    if not mine:
        return False
    about = frozenset().union(*(sentence.stems for sentence in own))
    found = False
    speakers = {sentence.speaker for sentence in own}
    for sentence in following(meeting, own, reach=policies.REASSIGNED_SEGMENTS):
        late = sentence.segment - max(one.segment for one in own) > policies.REPLY_SEGMENTS
        if late and not found and sentence.speaker not in speakers:
            return False
        if sentence.speaker in speakers and not found:
            found = _corrects_itself(sentence, mine, about)
            continue
        if _values(sentence.words) & mine:
            if _DENYING & set(sentence.words) and sentence.speaker not in speakers:
                continue  # "Please don't do it on Saturday."
            return False
        if not sentence.question and any(_replaces(words, mine, about, firm=firm) for words in _parts(sentence)):
            found = True
        elif (
            not found
            and not _points_back(sentence)
            and len([one for one in content_stems(sentence.tokens) if one not in about | _LITTLE]) > 1
        ):
            return False  # another subject
    return found


def _points_back(sentence: Sentence) -> bool:
    """Whether it is said of what was just said: "That's the school holidays."."""
    return bool(sentence.words) and sentence.words[0] in _POINTING


_POINTING: Final = word_set("that's that it's it but no isn't then so")


def _corrects_itself(sentence: Sentence, mine: frozenset[str], about: frozenset[str]) -> bool:
    """Whether the same speaker settles on another one: "Oh. Then the thirteenth."."""
    words = [word for word in sentence.words if word not in ("oh", "okay", "so", "right", "well")]
    settling = (
        words[:1] == ["then"] or words[-1:] == ["then"] or has_phrase(words, _PUTTING) or words[-2:] == ["it", "is"]
    )
    return settling and not sentence.question and _replaces(words, mine, about, firm=False)


def _parts(sentence: Sentence) -> Iterator[Sequence[str]]:
    """The words between commas."""
    part: list[str] = []
    for token in (*sentence.tokens, ","):
        if token not in MARKS:
            part.append(token)
        elif part:
            yield part
            part = []


def _replaces(words: Sequence[str], mine: frozenset[str], about: frozenset[str], *, firm: bool) -> bool:
    given = _values(words)
    if not given or _DENYING & set(words):
        return False
    if {kind(value) for value in given}.isdisjoint(kind(value) for value in mine):
        return False
    if given <= {"1", "2"} and set(words) & _COUNTING_ON:
        return False
    if has_phrase(words, _PUTTING):
        rest = [
            one
            for one in (stem(word) for word in words if is_content(word) and not is_value(word))
            if one not in about and one not in _LITTLE
        ]
        return len(rest) <= 1
    return not firm and not [one for one in content_stems(words) if one not in _LITTLE and one not in given]


def is_value(word: str) -> bool:
    """Whether the word is a part of a number, a weekday or a month."""
    return word[0].isdigit() or word in NUMBER_WORDS or word in DAYS or word in MONTHS


def kind(value: str) -> str:
    """What may take the place of this value: a number, a weekday, a month."""
    return "day" if value in DAYS else "month" if value in MONTHS else "number"


def _values(words: Sequence[str]) -> frozenset[str]:
    """Numbers, weekdays and months."""
    named = {word for word in words if word in DAYS or word in MONTHS - {"may", "march"}}
    return numbers_of(" ".join(words)) | named
