"""Results of a replaced transcript: which of their claims the new transcript still supports, and where.

A claim is still supported if the words of its evidence are in the new transcript too, by the same speakers if it names any. It
keeps its verdict, with the new ids of its segments. Any other claim becomes unverified: ``transcript_changed``.
Must not go here: checks of new claims, storing (``store/results/replaced_transcript.py``).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final, TypeVar

from meeting_pipeline.domain.claim_edits import parts
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.evidence import ELISION, verified, words_of
from meeting_pipeline.domain.insight_results import InsightResult, SpeakerName, Summary, SummarySentence, Topic
from meeting_pipeline.domain.provenance import Coverage
from meeting_pipeline.domain.speaker_placeholders import mark
from meeting_pipeline.domain.summary_text import text_with
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.verdicts import ItemClaim, Verdict

R = TypeVar("R", bound=InsightResult)
CHANGED: Final = "transcript_changed"
_RUN: Final = 3
"""Words that must be together for a segment to count as read: fewer occur in any long meeting by chance."""


class Relocation:
    """The way from one transcript to the one that replaces it."""

    def __init__(self, old: Transcript, new: Transcript) -> None:
        self._old, self._new = old, new
        self._old_segments = {segment.index: segment for segment in old.segments}
        self._new_segments = {segment.index: segment for segment in new.segments}

    @property
    def needed(self) -> bool:
        """Whether ids of segments mean something else now."""
        return [(s.speaker, s.text) for s in self._old.segments] != [(s.speaker, s.text) for s in self._new.segments]

    @cached_property
    def other_words(self) -> bool:
        """Whether something else was said, or by somebody else. Otherwise only the segments are cut differently."""
        return _spoken(self._old) != _spoken(self._new)

    def result(self, result: R) -> R:
        """The result as the new transcript supports it."""
        changed: dict[str, Any] = {part: tuple(self.claim(value) for value in values) for part, values in parts(result)}
        if isinstance(result, Summary):
            sentences = changed.get("sentences") or self._without_sources(result)
            if sentences:
                facts = [one.text for one in sentences if one.verdict is not Verdict.UNVERIFIED]
                changed |= {
                    "sentences": sentences,
                    "short_summary": text_with(result, facts) if result.sentences else "",
                }
        return result.model_copy(update=changed)

    def claim(self, value: Value) -> Value:
        """The claim with new ids of segments, or unverified."""
        match value:
            case SpeakerName(name=None):
                return value
            case SpeakerName(evidence=None):
                return value if self._new.speaker_names.get(value.label) == value.name else _gone(value, {})
            case Topic():
                return value if not self.other_words or self._same_words(value) else _gone(value, {})
            case SummarySentence():
                ids = self._segments(value)
                return value.model_copy(update={"segment_ids": ids}) if ids else _gone(value, {"segment_ids": ()})
        quotes = {
            name: found for name in type(value).model_fields if isinstance(found := getattr(value, name), Evidence)
        }
        moved = {name: self._evidence(evidence, value) for name, evidence in quotes.items()}
        followed = {"status_segment_id": self._status_segment(value)} if isinstance(value, ItemClaim) else {}
        if quotes and all(found is not None for found in moved.values()):
            return value.model_copy(update={**moved, **followed})
        gone: dict[str, Any] = {name: Evidence(segment_ids=(), quote=one.quote) for name, one in quotes.items()}
        return _gone(value, {**gone, **dict.fromkeys(("status", *followed) if followed else ())})

    def coverage(self, before: Coverage | None) -> Coverage:
        """The part of the new transcript that an earlier result has read: the segments whose words were in the old one."""
        read = self._read
        if before is not None and not before.complete and before.segments_total:
            read = min(read, read * before.segments_read // before.segments_total)
        parts_read = before.parts if before is not None else 1
        return Coverage(segments_read=read, segments_total=len(self._new.segments), parts=parts_read)

    def _evidence(self, evidence: Evidence, claim: Value) -> Evidence | None:
        sources = [self._old_segments[index] for index in evidence.segment_ids if index in self._old_segments]
        found = self._found(evidence.quote, sources)
        if found is None or not self._same_people(claim, sources, found.segment_ids):
            return None
        return Evidence(segment_ids=found.segment_ids, quote=evidence.quote)

    def _status_segment(self, item: ItemClaim) -> int | None:
        """The segment that says what became of an item; ``None`` if its words are gone."""
        source = self._old_segments.get(item.status_segment_id) if item.status_segment_id is not None else None
        found = self._found(source.text, [source]) if source is not None else None
        return found.segment_ids[0] if found is not None else None

    def _segments(self, sentence: SummarySentence) -> tuple[int, ...]:
        """New ids of all segments of a sentence; empty if one of them is gone."""
        ids: set[int] = set()
        for index in sentence.segment_ids:
            source = self._old_segments.get(index)
            found = self._found(source.text, [source]) if source is not None else None
            if source is None or found is None or not self._same_people(sentence, [source], found.segment_ids):
                return ()
            ids |= set(found.segment_ids)
        return tuple(sorted(ids))

    def _found(self, quote: str, sources: Sequence[Segment]) -> Evidence | None:
        """The quote in the new transcript, as near as possible to the time at which it was said in the old one."""
        longest = max((words_of(part) for part in ELISION.split(quote)), key=len, default=())
        near = sources[0].start_ms if sources else 0
        homes = set(self._new_words.segments_with(longest))
        for index in sorted(homes, key=lambda index: abs(self._new_segments[index].start_ms - near)):
            try:
                return verified([index], quote, self._new_segments)
            except BadAnswer:
                continue
        return None

    @cached_property
    def _new_words(self) -> "_Words":
        return _Words(self._new)

    @cached_property
    def _read(self) -> int:
        """How many segments of the new transcript have words that were said in the old one."""
        known = {run for size in (1, 2, _RUN) for run in _runs([word for _, word in _spoken(self._old)], size)}
        texts = [words_of(segment.text) for segment in self._new.segments]
        return sum(all(run in known for run in _runs(words, min(len(words), _RUN))) for words in texts)

    def _same_people(self, claim: Value, sources: Iterable[Segment], ids: Iterable[int]) -> bool:
        """Whether the words are said by the same labels. It matters only if the claim names one."""
        if not _names_one(claim, self._old.speakers):
            return True
        return {one.speaker for one in sources} == {self._new_segments[index].speaker for index in ids}

    def _same_words(self, topic: Topic) -> bool:
        def said(transcript: Transcript) -> list[str]:
            inside = (s for s in transcript.segments if topic.start_ms <= s.start_ms <= topic.end_ms)
            return [word for segment in inside for word in words_of(segment.text)]

        return said(self._old) == said(self._new) != []

    def _without_sources(self, result: Summary) -> tuple[SummarySentence, ...]:
        """A summary from before sentences had sources: nothing says which words it rests on."""
        if not result.short_summary or not self.other_words:
            return ()
        return (SummarySentence(text=result.short_summary, verdict=Verdict.UNVERIFIED, reasons=(CHANGED,)),)


class _Words:
    """All words of a transcript, to find the segments in which a run of words begins."""

    def __init__(self, transcript: Transcript) -> None:
        self._homes: list[int] = []
        self._starts: list[int] = []
        words: list[str] = []
        at = 0
        for segment in transcript.segments:
            for word in words_of(segment.text):
                self._homes.append(segment.index)
                self._starts.append(at)
                words.append(word)
                at += len(word) + 1
        self._text = f" {' '.join(words)} "

    def segments_with(self, words: Sequence[str]) -> Iterator[int]:
        """The segment of each place at which these words are said."""
        wanted = f" {' '.join(words)} "
        at = self._text.find(wanted) if words else -1
        while at >= 0:
            yield self._homes[bisect_left(self._starts, at)]
            at = self._text.find(wanted, at + 1)


def _runs(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """All runs of this many words."""
    return (tuple(words[i : i + size]) for i in range(len(words) - size + 1)) if size else iter(())


def _spoken(transcript: Transcript) -> list[tuple[str, str]]:
    return [(segment.speaker, word) for segment in transcript.segments for word in words_of(segment.text)]


def _names_one(value: Value, labels: Iterable[str]) -> bool:
    known = set(labels)
    marks = [mark(label) for label in known]
    texts: list[str] = []
    for name in type(value).model_fields:
        found = getattr(value, name)
        texts += [found] if isinstance(found, str) else [one for one in _members(found) if isinstance(one, str)]
    return any(text in known or any(one in text for one in marks) for text in texts)


def _members(found: object) -> tuple[object, ...]:
    return found if isinstance(found, tuple) else ()


def _gone(value: Value, changed: dict[str, Any]) -> Value:
    known = type(value).model_fields
    reasons = (CHANGED, *(code for code in getattr(value, "reasons", ()) if code != CHANGED))
    marked = {"verdict": Verdict.UNVERIFIED, "reasons": reasons} if "verdict" in known else {"candidate": True}
    return value.model_copy(update={**changed, **marked})
