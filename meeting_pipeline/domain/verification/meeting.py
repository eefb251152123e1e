"""A transcript, prepared for the checks: its sentences, on demand, and what they tell about its people.

Belongs here: everything that is computed once for all claims of a meeting. Must not go here: judging a claim.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.domain.verification.languages import is_english
from meeting_pipeline.domain.verification.later import TakenBack
from meeting_pipeline.domain.verification.spoken_names import AFTER_ADDRESS, introduced, opening_name, vocatives
from meeting_pipeline.domain.verification.words import Sentence, bare, sentences_of, tokens_of

_CALLED: Final = frozenset(("here", "present", "yes", "yeah", "yep", "hi", "hello", "aye"))
"""Who is called by name answers so."""


class Meeting:
    """One meeting. Sentences are cut when they are needed, and kept."""

    def __init__(self, transcript: Transcript, context: MeetingContext) -> None:
        self.transcript = transcript
        self.context = context
        self._sentences: dict[int, tuple[Sentence, ...]] = {}
        self._plain: dict[int, list[str]] = {}

    @cached_property
    def segments(self) -> dict[int, Segment]:
        """The segments by index."""
        return {segment.index: segment for segment in self.transcript.segments}

    @cached_property
    def english(self) -> bool:
        """Whether the rules know the language."""
        return is_english(self.transcript)

    @cached_property
    def labels(self) -> frozenset[str]:
        """The speaker labels."""
        return frozenset(self.transcript.speakers)

    def sentences(self, index: int) -> tuple[Sentence, ...]:
        """The sentences of a segment; empty if there is no such segment."""
        if index not in self._sentences:
            self._sentences[index] = tuple(self._cut(index))
        return self._sentences[index]

    def _cut(self, index: int) -> Iterator[Sentence]:
        segment = self.segments.get(index)
        if segment is None:
            return
        start = 0
        for order, text in enumerate(sentences_of(segment.text)):
            # A segment has fewer sentences than this, so that the order of all sentences of a meeting is one number.
            sentence = Sentence(text, index, segment.speaker, index * policies.VERIFIED_SENTENCES + order, start)
            start += len(sentence.words)
            yield sentence

    def plain_words(self, index: int) -> list[str]:
        """The words of a segment as quotes are compared."""
        if index not in self._plain:
            self._plain[index] = [bare(word) for sentence in self.sentences(index) for word in sentence.words]
        return self._plain[index]

    def around(self, ids: Iterable[int]) -> list[int]:
        """These segments and their neighbours, in order."""
        reach = policies.EVIDENCE_NEIGHBOURS
        near = {index + step for index in ids for step in range(-reach, reach + 1)}
        return sorted(index for index in near if index in self.segments)

    @cached_property
    def taken_back(self) -> TakenBack:
        """What the meeting takes back."""
        return TakenBack(cut for index in self.segments for cut in (self.sentences(index),))

    @cached_property
    def names(self) -> dict[str, frozenset[str]]:
        """The names of each label in lower case, as the source gives them or the speaker introduces itself."""
        found: dict[str, set[str]] = {label: set() for label in self.transcript.speakers}
        for label, name in self.transcript.speaker_names.items():
            found.setdefault(label, set()).add(one_line(name).casefold())
        for segment in self.transcript.segments:
            for name, _ in introduced(segment.text):
                found[segment.speaker].add(name.casefold())
        for label, (_, name) in self.opening_names.items():
            found[label].add(name.casefold())
        return {label: frozenset(names) for label, names in found.items()}

    @cached_property
    def opening_names(self) -> dict[str, tuple[int, str]]:
        """The names with which labels open their first turn, with its segment. Not those of who is called and answers "here"."""
        found: dict[str, tuple[int, str]] = {}
        known: set[str] = set()
        for index, segment in self.segments.items():
            if segment.speaker in known:
                continue
            known.add(segment.speaker)
            name = opening_name(segment.text)
            after = self.segments.get(index + 1)
            answer = tokens_of(after.text[:40]) if after is not None else []
            if name is not None and not (answer[:1] and answer[0] in _CALLED and len(answer) <= 3):
                found[segment.speaker] = (index, name)
        return found

    @cached_property
    def name_words(self) -> dict[str, frozenset[str]]:
        """The words of each label's names, without those that another label's name has too."""
        words = {label: {word for name in names for word in tokens_of(name)} for label, names in self.names.items()}
        return {
            label: frozenset(mine - {word for other in words if other != label for word in words[other]})
            for label, mine in words.items()
        }

    def label_of(self, name: str) -> str | None:
        """The only label with this name or given name; ``None`` if there is none, or several."""
        folded = one_line(name).casefold()
        whole = [label for label, names in self.names.items() if folded in names]
        if len(whole) == 1:
            return whole[0]
        partly = [label for label, words in self.name_words.items() if folded in words]
        return partly[0] if len(partly) == 1 and not whole else None

    def addressed(self, sentences: Iterable[Sentence]) -> str | None:
        """The only label that these sentences speak to by name: "Ben, could you ...", "please send it, Ben"."""
        known = {word: label for label, words in self.name_words.items() for word in words}
        found: set[str] = set()
        for sentence in sentences:
            tokens = sentence.tokens
            for place, token in enumerate(tokens):
                label = known.get(token)
                if label is None or label == sentence.speaker:
                    continue
                before = tokens[place - 1] if place else ""
                after = tokens[place + 1] if place + 1 < len(tokens) else ""
                if (
                    after in AFTER_ADDRESS
                    or (before == "," and after in ("", ","))
                    or (not after and sentence.question)
                ):
                    found.add(label)
        return found.pop() if len(found) == 1 else None

    def called(self, label: str) -> frozenset[str]:
        """The words by which this label is called: its own names, or what others call it just before or after it speaks."""
        return self.name_words.get(label) or self._calls.get(label, frozenset())

    @cached_property
    def _calls(self) -> dict[str, frozenset[str]]:
        """Names by which people address the label that spoke last or speaks next, for labels that nothing else names."""
        found: dict[str, set[str]] = {}
        taken = {word for words in self.name_words.values() for word in words}
        for index, segment in self.segments.items():
            for text in sentences_of(segment.text):
                for word in vocatives(text):
                    near = [self.segments[i] for i in (index + 1, index - 1) if i in self.segments]
                    other = next((one.speaker for one in near if one.speaker != segment.speaker), None)
                    if other is not None and word not in taken:
                        found.setdefault(other, set()).add(word)
        return {label: frozenset(words) for label, words in found.items() if not self.name_words.get(label)}

    @cached_property
    def participants(self) -> frozenset[str]:
        """Names of the participants that the submitter gave, in lower case."""
        return frozenset(one_line(name).casefold() for name in self.context.participants)
