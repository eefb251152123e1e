"""Split a transcript into sentences, each with its segment. They are the input of the rules.

Recognized speech has no punctuation, so there each segment is a sentence. Must not go here: rules.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.languages import language_of
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript

_END: Final = re.compile(
    r"(?<=[.!?\u2026\u061f\u06d4\u0964])[\"')\]\u00bb\u201c\u201d]*+\s++(?=[\"'(\[\u00ab\u201e\u201c\u00bf\u00a1]{0,2}+[^\W_])"
    r"|(?<=[\u3002\uff01\uff1f])[\u300d\u300f\uff09\"')\]]*+\s*+"
)
"""After a full stop, question or exclamation mark, also of Arabic, Urdu and Hindi, and before a letter or digit; or after one of
Chinese and Japanese, where no space follows."""
_OPENING: Final = "\"'([\u00ab\u201e\u201c\u00bf\u00a1"
_ORDINAL: Final = re.compile(r"(?<!\w)(?:\d{1,2}|[^\W\d_])\.$")
"""A number or a single letter with a full stop: "am 3. Mai", "z. B."."""
_ABBREVIATION: Final = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|vs|e\.g|i\.e|approx|Nr|Hr|Fr|bzw|ca|usw|evtl|inkl|M|Mme|Sr|Sra|Sres|Dra|Sra|ul|np|tj|nr|godz|\u0433|\u0443\u043b|\u0442\.\u0435|\u0442\.\u0434)\.$"
)
_LONGEST_ABBREVIATION: Final = len("approx.")
_MARKS: Final = ".?!\u061f\u06d4\u0964\u3002\uff01\uff1f"
LONGEST: Final = 2_000
"""Characters of a sentence: two minutes of speech. Longer text without a sentence end is cut between words: the rules compare
parts of a sentence with each other, and a whole transcript may be one sentence."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, with its text unchanged. ``punctuated``: whether the transcript has punctuation."""

    text: str
    segment: Segment
    punctuated: bool

    def evidence(self, start: int = 0, end: int | None = None) -> Evidence:
        """Return evidence that quotes the characters from ``start`` to ``end``."""
        return Evidence(segment_ids=(self.segment.index,), quote=self.text[start:end].strip(" ,;"))


def sentences_of(transcript: Transcript) -> list[Sentence]:
    """Return all sentences in chronological order."""
    punctuated = any(mark in segment.text for segment in transcript.segments for mark in _MARKS)
    english = language_of(transcript) in (None, "en")
    return [
        Sentence(text, segment, punctuated)
        for segment in transcript.segments
        for whole in (_split(segment.text, english=english) if punctuated else [segment.text.strip()])
        for text in _cut(whole)
        if text
    ]


def _cut(text: str) -> Iterator[str]:
    """Cut the text into pieces of at most ``LONGEST`` characters; cuts a word only if it is longer than that."""
    start = 0
    while len(text) - start > LONGEST:
        space = text.rfind(" ", start, start + LONGEST + 1)
        end = space if space > start else start + LONGEST
        yield text[start:end].strip()
        start = end
    yield text[start:].strip()


def _split(text: str, *, english: bool) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        before = max(start, end.start() - _LONGEST_ABBREVIATION)
        follows = text[end.end() : end.end() + 3].lstrip(_OPENING)[:1]
        if follows.islower() or _ABBREVIATION.search(text, before, end.start()):
            continue
        if not english and _ORDINAL.search(text, before, end.start()):
            continue
        yield text[start : end.start()].strip()
        start = end.end()
    yield text[start:].strip()
