"""Which sentences of a model's answer are shown: only those that are supported by the words they cite, as verified by code.

A sentence is based on one meeting. A sentence that cites several is judged against each, and keeps the citations that support
it. A sentence is shown as the model wrote it only if it also repeats the words that were said (``restating.py``): the rules
cannot tell every paraphrase from a falsehood. Instead of any other, and in languages that the rules do not know, the sentences
that it cites are shown, word for word. Must not go here: the rules (``domain/verification/``), the form of the model's answer
(``insights/question_answers.py``).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.questions.restating import restates
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.speaker_placeholders import mark, marked, without_marks
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.verification.answers import answer_sentence
from meeting_pipeline.domain.verification.instructions import is_instruction
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.words import tokens_of

_WORD: Final = re.compile(r"\w++")
_WITHIN_NAMES: Final = frozenset((" ", "'", "\u2019", "-", ". "))
SENTENCES: Final = 12
"""Sentences of an answer that are read; the prompt asks for at most six."""
CITATIONS: Final = 8
"""Citations of a sentence that are read."""
SENTENCE_CHARACTERS: Final = 600
"""A longer text is not shown, because it is not one sentence."""
QUOTED_CHARACTERS: Final = 1_200
"""Quotes are shown as whole sentences, so that none loses its "not"; transcripts without punctuation have endless ones."""


@dataclass(frozen=True)
class Citation:
    """A place that a sentence rests on: segments of a meeting, and words from them."""

    key: str
    segment_ids: tuple[int, ...]
    quote: str


@dataclass(frozen=True)
class Drafted:
    """A sentence as the model wrote it."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Proven:
    """A sentence that may be shown. ``quoted``: its text is what was said, word for word, instead of the model's words."""

    text: str
    citations: tuple[Citation, ...]
    quoted: bool = False


class CitedMeeting:
    """A meeting that a model was shown parts of. ``shown``: ids of these segments."""

    def __init__(self, record: MeetingRecord, participants: Sequence[str], shown: Collection[int]) -> None:
        assert record.transcript is not None  # noqa: S101 - a passage has lines
        self.record = record
        self.shown = frozenset(shown)
        names = {label: name for label in record.transcript.speakers if (name := record.known_name(label)) is not None}
        transcript = record.transcript.model_copy(update={"speaker_names": names})
        self._labels = transcript.speakers
        self._names = names
        context = MeetingContext(record.title, record.meeting_date, tuple(map(str, participants)))
        self.meeting = Meeting(transcript, context)

    def marked(self, text: str) -> str:
        """The text with the names of the meeting's speakers as marks, so that the checks know who is meant."""
        plain = marked(without_marks(text), self._labels)
        words = list(_WORD.finditer(plain))
        parts: list[str] = []
        done, at = 0, 0
        while at < len(words):
            found = self._name_at(plain, words, at)
            if found is None or plain[words[at].start() - 1 : words[at].start()] == "{":
                at += 1
                continue
            label, size = found
            parts += [plain[done : words[at].start()], mark(label)]
            done, at = words[at + size - 1].end(), at + size
        return "".join([*parts, plain[done:]])

    def _name_at(self, text: str, words: Sequence[re.Match[str]], at: int) -> tuple[str, int] | None:
        """The label whose name begins with this word, and how many words the name has. The longest name counts."""
        for name, label in self._spoken.get(words[at][0].casefold(), ()):
            some = words[at : at + len(name)]
            gaps = [text[one.end() : other.start()] for one, other in pairwise(some)]
            if tuple(word[0].casefold() for word in some) == name and all(gap in _WITHIN_NAMES for gap in gaps):
                return label, len(name)
        return None

    @cached_property
    def _spoken(self) -> Mapping[str, Sequence[tuple[tuple[str, ...], str]]]:
        """First word -> how speakers may be called, longest first: whole names, and parts that only one of them has."""
        known: dict[tuple[str, ...], str] = {}
        for label, name in self._names.items():
            known[tuple(_WORD.findall(one_line(name).casefold()))] = label
        for label, words in self.meeting.name_words.items():
            for word in words:
                if len(word) > 1:
                    known.setdefault(tuple(_WORD.findall(word.casefold())), label)
        found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name_words, label in known.items():
            if name_words:
                found.setdefault(name_words[0], []).append((name_words, label))
        return {first: sorted(names, key=lambda one: -len(one[0])) for first, names in found.items()}


def proven(sentence: Drafted, meetings: Mapping[str, CitedMeeting]) -> Proven | None:
    """The sentence with those citations that support it; ``None`` if nothing does."""
    text = one_line(sentence.text)
    if not text or len(text) > SENTENCE_CHARACTERS or not tokens_of(text):
        return None
    by_meeting: dict[str, list[Citation]] = {}
    for citation in sentence.citations[:CITATIONS]:
        by_meeting.setdefault(citation.key, []).append(citation)
    if not meetings.keys() >= by_meeting.keys():
        return None  # a meeting that the model was not shown: it invents
    found = [_judged(meetings[key], key, text, given) for key, given in by_meeting.items()]
    kept = [citation for one in found if not one.quoted for citation in one.citations]
    if kept:
        return Proven(text, tuple(kept))
    quotes = [one for one in found if one.citations]
    words = " … ".join(one.text for one in quotes)
    if quotes and len(words) <= QUOTED_CHARACTERS:
        return Proven(words, tuple(citation for one in quotes for citation in one.citations), quoted=True)
    return None


def _judged(cited: CitedMeeting, key: str, text: str, given: Sequence[Citation]) -> Proven:
    """What of a sentence one meeting supports: without citations if nothing."""
    marked_text = cited.marked(text)
    checked = answer_sentence(cited.meeting, marked_text, [(one.segment_ids, one.quote) for one in given], cited.shown)
    verdict = checked.verdict["verdict"]
    if verdict is Verdict.UNVERIFIED:
        return Proven("", ())
    said = [sentence for one in checked.said for sentence in one]
    if verdict is Verdict.VERIFIED and any(restates(marked_text, cited.marked(one.text), one.speaker) for one in said):
        return Proven(text, tuple(_citation(key, evidence) for evidence in checked.evidence))
    pairs = zip(checked.evidence, checked.said, strict=True)
    quoted = [(evidence, sentences) for evidence, sentences in pairs if not _commands(cited, evidence)]
    words = dict.fromkeys(one_line(one.text) for _, sentences in quoted for one in sentences)
    return Proven(" … ".join(words), tuple(_citation(key, evidence) for evidence, _ in quoted), quoted=True)


def _citation(key: str, evidence: Evidence) -> Citation:
    return Citation(key, evidence.segment_ids, evidence.quote)


def _commands(cited: CitedMeeting, evidence: Evidence) -> bool:
    meeting = cited.meeting
    return any(is_instruction(meeting, one) for index in evidence.segment_ids for one in meeting.sentences(index))
