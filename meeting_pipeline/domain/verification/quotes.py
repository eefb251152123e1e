"""Where a quote is, and whether it is sufficient: not too short, with nothing important left out.

A quote is sufficient with ``policies.QUOTE_CONTENT_WORDS`` content words; or if it begins where a clause begins and has
``policies.QUOTE_WORDS`` words, one of them a content word; or if it is a whole sentence, however short ("Sure."). A short quote
is judged by its sentence and the words before it.
Must not go here: what a quote supports (``support.py``).
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.evidence import ELISION, WordRun, words_of
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.polarity import Clause, clauses_of
from meeting_pipeline.domain.verification.wordlists import SUBJECTS
from meeting_pipeline.domain.verification.words import MARKS, UNITS, Sentence, is_content
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set

_LEADING: Final = word_set("""
    and but so then well okay ok yes yeah yep sure right no um uh also now actually please just alright great thanks
    because of course i think maybe
    """)
"""Words before a quote that begins a clause nevertheless."""
_TAKING: Final = phrases("""
    i'll do that / i'll do it / i can do that / i can do it / let me take that / let me take it / let me do that / let me do it /
    i'll take that / i'll take it / i will do that / i will do it / we'll do that / we'll do it / i'm on it
    """)
"""They prove a task without a word of content, together with what was said before."""
_WAITING: Final = phrases(
    "wait / hold on / hang on / not yet / not so fast / hold off / leave it / forget it / forget that"
)
"""A quote that leaves these out turns a reserved statement into a promise."""


@dataclass(frozen=True)
class Place:
    """Where one fragment of a quote is: in which segments, and its words there."""

    first: int
    first_word: int
    last: int
    last_word: int
    length: int


@dataclass(frozen=True)
class Quoted:
    """A quote that was found. ``skipped`` holds the words that an ellipsis leaves out, ``fragments`` how many parts it has."""

    meeting: Meeting
    places: tuple[Place, ...]
    skipped: tuple[str, ...]

    @cached_property
    def ids(self) -> list[int]:
        """The segments in which it is."""
        found: list[int] = []
        for place in self.places:
            found.extend(index for index in range(place.first, place.last + 1) if index not in found)
        return [index for index in found if index in self.meeting.segments]

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The whole sentences in which it is."""
        return [
            sentence
            for index in sorted(set(self.ids))
            for sentence in self.meeting.sentences(index)
            if self._has(sentence)
        ]

    def _has(self, sentence: Sentence) -> bool:
        begin, end = sentence.start, sentence.start + len(sentence.words)
        for place in self.places:
            first = place.first_word if sentence.segment == place.first else 0
            last = place.last_word if sentence.segment == place.last else end
            if place.first <= sentence.segment <= place.last and first < end and last >= begin:
                return True
        return False

    @property
    def speakers(self) -> set[str]:
        """Who says it."""
        return {sentence.speaker for sentence in self.sentences}

    def reasons(self, quote: str) -> Iterator[str]:
        """Why it proves nothing; nothing if it is good."""
        if self._skips():
            yield "quote_skips_words"
        opening = self._opening()
        if opening is not None:
            clause, place = opening
            if any(negation < place for negation in clause.strong) or any(
                negation < place < end for negation, end in clause.weak
            ):
                yield "quote_cuts_negation"
        if not self._is_enough(quote, opening):
            yield "quote_too_short"

    def _skips(self) -> bool:
        if len(self.places) > 2:
            return True
        for clause in clauses_of(self.skipped):
            if clause.strong or clause.weak:
                return True
        if len(self.places) < 2:
            return False
        one, other = self.places
        apart = other.first - one.last
        same = self.meeting.segments[one.last].speaker == self.meeting.segments[other.first].speaker
        # The distance first: what lies between may be the whole meeting.
        if apart > (policies.QUOTE_GAP_SEGMENTS + 1 if same else 1):
            return True
        return any(has_phrase(sentence.words, _WAITING) for sentence in self._between())

    def _between(self) -> Iterator[Sentence]:
        """The sentences that the ellipsis leaves out as a whole."""
        first, last = self.places[0], self.places[-1]
        quoted = {sentence.order for sentence in self.sentences}
        for index in range(first.last, last.first + 1):
            for sentence in self.meeting.sentences(index) if index in self.meeting.segments else ():
                after = index > first.last or sentence.start > first.last_word
                if after and (index < last.first or sentence.start < last.first_word) and sentence.order not in quoted:
                    yield sentence

    def _opening(self) -> tuple[Clause, int] | None:
        """The clause in which the quote begins, and the place of its first word there."""
        first = self.places[0]
        for sentence in self.meeting.sentences(first.first):
            place = first.first_word - sentence.start
            if 0 <= place < len(sentence.words):
                for clause in clauses_of(sentence.tokens):
                    if clause.start <= place < clause.start + len(clause.words):
                        return clause, place - clause.start
        return None

    def _is_enough(self, quote: str, opening: tuple[Clause, int] | None) -> bool:
        words = [word for sentence in self.sentences for word in sentence.words]
        said = words_of(quote)
        content = sum(is_content(word) or word[0].isdigit() for word in said)
        if content >= policies.QUOTE_CONTENT_WORDS or len(said) >= len(words):
            return True
        if opening is None or len(said) < policies.QUOTE_WORDS:
            return False
        clause, place = opening
        if content < 1 and not has_phrase(clause.words, _TAKING):
            return False
        return (
            clause.words[place].partition("'")[0] in SUBJECTS
            or all(word in _LEADING for word in clause.words[:place])
            or self._after_mark()
        )

    def _after_mark(self) -> bool:
        """Whether a comma is before the quote: "Boris, can you ..."."""
        first = self.places[0]
        for sentence in self.meeting.sentences(first.first):
            place = first.first_word - sentence.start
            if 0 < place < len(sentence.words):
                words = 0
                for position, token in enumerate(sentence.tokens):
                    if words == place and token not in MARKS:
                        return position > 0 and sentence.tokens[position - 1] in MARKS
                    words += token not in MARKS and token not in UNITS
        return False


def find(meeting: Meeting, ids: Collection[int], quote: str) -> Quoted | None:
    """Find the quote in these segments, or within ``policies.EVIDENCE_NEIGHBOURS`` of one of them."""
    fragments = [words for part in ELISION.split(quote) if (words := words_of(part))]
    cited = sorted({index for index in ids if index in meeting.segments})
    if not fragments or not cited:
        return None
    found = _locate(meeting, fragments, cited)
    reach = policies.EVIDENCE_NEIGHBOURS
    for index in cited:
        if found is not None:
            break
        found = _locate(
            meeting, fragments, [i for i in range(index - reach, index + reach + 1) if i in meeting.segments]
        )
    return found


def _locate(meeting: Meeting, fragments: Sequence[Sequence[str]], indexes: Sequence[int]) -> Quoted | None:
    words: list[str] = []
    starts: list[int] = []
    for index in indexes:
        starts.append(len(words))
        words.extend(meeting.plain_words(index))
    run = WordRun(words)
    places: list[Place] = []
    skipped: list[str] = []
    before: int | None = None
    for fragment in fragments:
        at = run.find(" ".join(fragment))
        if at is None:
            return None
        if before is not None:
            skipped.extend(words[before:at])
        before = at + len(fragment)
        home, end = bisect_right(starts, at) - 1, bisect_right(starts, before - 1) - 1
        first, first_word = indexes[home], at - starts[home]
        last, last_word = indexes[end], before - 1 - starts[end]
        places.append(Place(first, first_word, last, last_word, len(fragment)))
    return Quoted(meeting, tuple(places), tuple(skipped))
