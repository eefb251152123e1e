"""Recognize names of people, and match names to speakers.

Must not go here: rules for tasks or decisions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain.insight_results import SpeakerName
from meeting_pipeline.domain.transcript import Evidence, Transcript
from meeting_pipeline.providers.offline.sentences import Sentence
from meeting_pipeline.providers.offline.wordlists import CALENDAR, GIVEN_NAMES, STOP_WORDS

_INTRODUCTION: Final = re.compile(
    r"\b(?P<how>my name is|my name's|this is|i am|i'm)\s++(?P<first>[^\W\d_][\w'-]{1,40}+)"
    r"(?:\s++(?P<last>(?-i:[A-Z])[\w'-]{1,40}+))?",
    re.IGNORECASE,
)
_CERTAINTY: Final = {"my name is": 0.9, "my name's": 0.9, "this is": 0.6, "i am": 0.6, "i'm": 0.6}
"""Confidence of each wording: "this is Mary" may also introduce somebody else."""


@dataclass(frozen=True)
class People:
    """Names that may occur. ``participants`` are those the submitter gave; ``parts`` are their words in lower case."""

    participants: tuple[str, ...] = ()

    @cached_property
    def parts(self) -> frozenset[str]:
        """Each word of each participant's name, in lower case."""
        return frozenset(part for name in self.participants for part in re.findall(r"[\w'-]+", name.casefold()))

    def is_name(self, word: str, *, punctuated: bool) -> bool:
        """Whether a word is a name: a known one, or in punctuated text any unusual capitalized word."""
        folded = word.casefold()
        if folded in self.parts or folded in GIVEN_NAMES:
            return True
        return punctuated and word[:1].isupper() and folded not in STOP_WORDS and folded not in CALENDAR

    def known(self, word: str) -> bool:
        """Whether a word is a participant's or a common given name."""
        return word.casefold() in self.parts or word.casefold() in GIVEN_NAMES


def speaker_names(transcript: Transcript, sentences: Sequence[Sentence], people: People) -> tuple[SpeakerName, ...]:
    """Return one entry per label: the name in the source, otherwise the one from the speaker's own introduction."""
    found: dict[str, SpeakerName] = {
        label: SpeakerName(label=label, name=name, confidence=1.0) for label, name in transcript.speaker_names.items()
    }
    for sentence in sentences:
        candidate = _introduced(sentence, people)
        if candidate is None or candidate.label in transcript.speaker_names:
            continue
        known = found.get(candidate.label)
        if known is None or known.confidence < candidate.confidence:
            found[candidate.label] = candidate
    _drop_doubles(found)
    nobody = {label: SpeakerName(label=label, name=None, confidence=0.0) for label in transcript.speakers}
    return tuple(found.get(label, nobody[label]) for label in transcript.speakers)


class Labels:
    """Speaker labels by name."""

    def __init__(self, names: Sequence[SpeakerName]) -> None:
        self._labels: dict[str, list[str]] = {}
        for entry in names:
            folded = (entry.name or "").casefold()
            for word in {folded, *re.findall(r"[\w'-]+", folded)}:
                self._labels.setdefault(word, []).append(entry.label)

    def of(self, name: str) -> str:
        """Return the label of the only speaker with this name or given name; otherwise the name itself."""
        labels = self._labels.get(name.casefold(), [])
        return labels[0] if len(labels) == 1 else name


def _introduced(sentence: Sentence, people: People) -> SpeakerName | None:
    for match in _INTRODUCTION.finditer(sentence.text):
        how, first, last = match["how"].casefold(), match["first"], match["last"]
        plain = how.startswith("my name") and first.casefold() not in STOP_WORDS
        if not (plain or people.known(first)):
            continue
        sure = _CERTAINTY[how] * (1.0 if sentence.segment.confidence is None else sentence.segment.confidence)
        name, end = first.capitalize() if first.islower() else first, match.end("first")
        if last and sentence.punctuated and last.casefold() not in STOP_WORDS:
            name, end = f"{name} {last}", match.end("last")
        evidence: Evidence = sentence.evidence(match.start(), end)
        return SpeakerName(label=sentence.segment.speaker, name=name, confidence=round(sure, 2), evidence=evidence)
    return None


def _drop_doubles(found: dict[str, SpeakerName]) -> None:
    """Leave a name that two speakers claim to the more certain one."""
    best: dict[str, SpeakerName] = {}
    for entry in found.values():
        key = (entry.name or "").casefold()
        if key not in best or entry.confidence > best[key].confidence:
            best[key] = entry
    for label, entry in list(found.items()):
        if best[(entry.name or "").casefold()] is not entry:
            del found[label]
