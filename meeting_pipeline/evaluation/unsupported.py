"""Numbers and names in a summary that nobody said.

Belongs here: finding them, without a model. "Twelve" and "12" are the same number. The checks of claims read numbers and names in
their own way (``domain/verification/``); a figure that read them with the same code could not show what the checks miss.
Must not go here: verdicts on single sentences of a summary.
"""

import re
from collections.abc import Iterable
from typing import Final

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.insight_results import Summary
from meeting_pipeline.evaluation.meetings import LabelledMeeting
from meeting_pipeline.providers.offline.wordlists import CALENDAR, STOP_WORDS

_DIGITS: Final = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?!\w)")
_CAPITALIZED: Final = re.compile(r"(?<=[^\W_] )(?<![.!?:…] )[A-Z][\w'-]+")
"""A capitalized word that does not begin a sentence."""
_CARDINALS: Final = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_ORDINALS: Final = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
seventeenth eighteenth nineteenth
"""
_SMALL: Final = {word: number for words in (_CARDINALS, _ORDINALS) for number, word in enumerate(words.split())}
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES: Final = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}


def unsupported(summary: Summary, meeting: LabelledMeeting) -> tuple[list[str], list[str]]:
    """Numbers and names in the summary and its topics that the meeting does not contain."""
    texts = [summary.short_summary, *(topic.title for topic in summary.topics)]
    said = meeting.transcript.text
    known_numbers = numbers_in(said) | numbers_in(meeting.day.isoformat())
    known_words = set(words_of(f"{said} {' '.join(meeting.participants)} {meeting.title or ''}"))
    labels = {label.casefold() for label in meeting.transcript.speakers}
    numbers = [number for text in texts for number in sorted(numbers_in(text) - known_numbers)]
    names = [
        name
        for text in texts
        for name in _CAPITALIZED.findall(text)
        if not set(words_of(name)) <= known_words | labels | STOP_WORDS | CALENDAR
    ]
    return [f"{number:g}" for number in numbers], names


def numbers_in(text: str) -> set[float]:
    """All numbers of a text, in digits and in English words."""
    digits = {float(found.replace(",", "")) for found in _DIGITS.findall(text) if found.count(".") < 2}
    return digits | set(_in_words(words_of(text.replace("-", " "))))


def _in_words(words: Iterable[str]) -> Iterable[float]:
    """Each run of number words is one number; ``one`` alone is not, because it is usually a pronoun."""
    run: list[str] = []
    for word in [*words, ""]:
        if _value(word) is not None or word in _SCALES or (run and word == "and"):
            run.append(word)
            continue
        if any(_value(part) is not None for part in run) and run not in (["one"], ["first"], ["second"]):
            yield float(_sum(run))
        run = []


def _value(word: str) -> int | None:
    if word in _SMALL:
        return _SMALL[word]
    tens = word.removesuffix("ieth") + "y" if word.endswith("ieth") else word
    return (_TENS.index(tens) + 2) * 10 if tens in _TENS else None


def _sum(run: Iterable[str]) -> int:
    total = current = 0
    for word in run:
        scale = _SCALES.get(word)
        if scale == 100:
            current = max(current, 1) * 100
        elif scale is not None:
            total, current = total + max(current, 1) * scale, 0
        else:
            current += _value(word) or 0
    return total + current
