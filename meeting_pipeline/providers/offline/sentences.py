"""Split a transcript into sentences, each with its segment. They are the input of the rules.

Recognized speech has no punctuation, so there each segment is a sentence. Must not go here: rules.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript

_END: Final = re.compile(r"(?<=[.!?])[\"')\]]*+\s++(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATION: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|vs|e\.g|i\.e|approx)\.$")
_LONGEST_ABBREVIATION: Final = len("approx.")
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
    punctuated = any(mark in segment.text for segment in transcript.segments for mark in ".?!")
    return [
        Sentence(text, segment, punctuated)
        for segment in transcript.segments
        for whole in (_split(segment.text) if punctuated else [segment.text.strip()])
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


def _split(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        before = max(start, end.start() - _LONGEST_ABBREVIATION)
        if _ABBREVIATION.search(text, before, end.start()):
            continue
        yield text[start : end.start()].strip()
        start = end.end()
    yield text[start:].strip()
