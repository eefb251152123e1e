"""Sentences of a transcript, each with its segment. What the rules read.

Recognized speech has no punctuation: there a segment is a sentence. Must not go here: rules.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from meeting_pipeline.domain.models import Evidence, Segment, Transcript

_END: Final = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATION: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|vs|e\.g|i\.e|approx)\.$")


@dataclass(frozen=True)
class Sentence:
    """A sentence as it stands in its segment. ``punctuated`` tells whether the transcript has punctuation."""

    text: str
    segment: Segment
    punctuated: bool

    def evidence(self, start: int = 0, end: int | None = None) -> Evidence:
        """Evidence that quotes the characters from ``start`` to ``end``."""
        return Evidence(segment_ids=(self.segment.index,), quote=self.text[start:end].strip(" ,;"))


def sentences_of(transcript: Transcript) -> list[Sentence]:
    """All sentences in order of time."""
    punctuated = any(mark in transcript.text for mark in ".?!")
    return [
        Sentence(text, segment, punctuated)
        for segment in transcript.segments
        for text in (_split(segment.text) if punctuated else [segment.text.strip()])
        if text
    ]


def _split(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        if _ABBREVIATION.search(text[start : end.start()]):
            continue
        yield text[start : end.start()].strip()
        start = end.end()
    yield text[start:].strip()
