"""Sentences of a summary and topics, each with its verdict.

Must not go here: how the summary is put together from them (``insights/summary.py``).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.insight_results import SummarySentence, Topic
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.domain.verification.basis import said_in, sentences_near, verdict_on
from meeting_pipeline.domain.verification.instructions import is_instruction
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.mentioned_speakers import marked_reason
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.people import person_reason
from meeting_pipeline.domain.verification.reported import HEARSAY, said_by_others, tells_of_others
from meeting_pipeline.domain.verification.retorts import is_denied_next
from meeting_pipeline.domain.verification.shared_out import parts_crossed, shares_exchanged
from meeting_pipeline.domain.verification.summary_conditions import MARKERS, is_conditional
from meeting_pipeline.domain.verification.support import reasons
from meeting_pipeline.domain.verification.wording import Wording
from meeting_pipeline.domain.verification.words import Sentence
from meeting_pipeline.domain.word_sets import has_phrase, phrases, word_set


def summary_sentence(meeting: Meeting, text: str, ids: Sequence[int], shown: Collection[int]) -> SummarySentence:
    """A sentence with its verdict. One that cites nothing is compared with all that was shown, and cites what says it."""
    cited = tuple(dict.fromkeys(index for index in ids if index in shown and index in meeting.segments))
    wording = Wording(text)
    why: list[str] = []
    if ids and not cited:
        why.append("outside_the_meeting")
    elif meeting.english:
        if not cited:
            cited = tuple(_sources(meeting, wording, shown))
        why.extend(_sentence_reasons(meeting, wording, cited) if cited else ("no_source",))
    found = verdict_on(meeting, why)
    return SummarySentence.model_validate({"text": text, "segment_ids": tuple(sorted(cited)), **found})


def _sentence_reasons(meeting: Meeting, wording: Wording, cited: Sequence[int]) -> Iterator[str]:
    own = [sentence for index in sorted(cited) for sentence in meeting.sentences(index)]
    near = sentences_near(meeting, cited)
    said = said_in(meeting, own, near)
    matched = [
        sentence for sentence in own if len(set(wording.content) & sentence.stems) * 2 >= len(wording.content) > 0
    ]
    if matched and all(is_instruction(meeting, sentence) for sentence in matched):
        yield "instruction"
    yield from _reasons_of_matched(meeting, wording, matched)
    if _names_another(meeting, wording, own):
        yield "name_not_said"
    negated = any(clause.strong or clause.weak for clause in wording.clauses)
    numbers = numbers_of(wording.plain, claim=True)
    back = meeting.taken_back.find(wording.content, matched or own, negated=negated, numbers=numbers)
    if back is not None and back.sentence.segment not in cited:
        yield "taken_back"
    yield from reasons(wording, said, share=policies.SUMMARY_SHARE)
    if parts_crossed(wording.plain, own):
        yield "not_supported"
    if wording.subject is not None and person_reason(meeting, wording.subject, near, mentioned=True):
        yield "owner_did_not_speak"
    else:
        reason = marked_reason(meeting, wording.text, own, near)
        if reason is not None or shares_exchanged(meeting, wording.text, own):
            yield reason or "speaker_is_another"


def _is_hearsay(sentence: Sentence) -> bool:
    words = sentence.words
    return has_phrase(words, HEARSAY) or has_phrase(words, _TOLD) or tells_of_others(words)


_TOLD: Final = phrases(
    "told me that / told us that / told me / heard that / there's a rumour / there's a rumor / they say"
)


def _reasons_of_matched(meeting: Meeting, wording: Wording, matched: Sequence[Sentence]) -> Iterator[str]:
    """Why the sentences that say most of it do not say it as a fact."""
    if not matched or _HEDGES & set(wording.tokens):
        return
    if all(_is_hearsay(sentence) or said_by_others(meeting, sentence, wording) for sentence in matched):
        yield "reported_speech"
    if not MARKERS & set(wording.tokens) and all(is_conditional(meeting, sentence, wording) for sentence in matched):
        yield "conditional"
    if all(is_denied_next(meeting, sentence) for sentence in matched):
        yield "opposite"


_HEDGES: Final = word_set("""
    may might could possibly reportedly allegedly apparently rumour rumor rumours rumors said says told heard according reported
    unconfirmed whether if unclear claims
    """)
"""A sentence with one of these passes a report on as one."""


def _names_another(meeting: Meeting, wording: Wording, own: Sequence[Sentence]) -> bool:
    """Whether it names a speaker who neither says nor is named in the cited sentences."""
    speaking = {sentence.speaker for sentence in own}
    said = {word.removesuffix("'s") for sentence in own for word in sentence.words}
    owners = {word: label for label, words in meeting.name_words.items() for word in words}
    names = set(wording.names()) | set(wording.tokens[:1])
    return any(name in owners and owners[name] not in speaking and name not in said for name in names)


def _sources(meeting: Meeting, wording: Wording, shown: Collection[int]) -> Iterator[int]:
    """The segments that say most of it, at most ``policies.SOURCES_FOUND``."""
    missing = set(wording.content)
    sentences = [sentence for index in shown for sentence in meeting.sentences(index)]
    for _ in range(policies.SOURCES_FOUND):
        best: Sentence | None = max(sentences, key=lambda sentence: len(missing & sentence.stems), default=None)
        if best is None or not missing & best.stems:
            return
        missing -= best.stems
        yield best.segment


def checked_topics(meeting: Meeting, given: Iterable[tuple[str, int, int]], shown: Collection[int]) -> list[Topic]:
    """Topics (title, first and last segment), each with its verdict, in order of time.

    Together they must cover ``policies.TOPICS_SHARE`` of the words that were shown. If they do not, all are unverified,
    ``topics_incomplete``: each may be right, and still the list is not what the meeting was about.
    """
    entries = list(given)
    topics = [checked_topic(meeting, title, first, last, shown) for title, first, last in entries]
    if topics and not _cover(meeting, [(first, last) for _, first, last in entries], shown):
        topics = [_incomplete(topic) for topic in topics]
    return sorted(topics, key=lambda topic: topic.start_ms)


def _cover(meeting: Meeting, ranges: Sequence[tuple[int, int]], shown: Collection[int]) -> bool:
    """Whether these parts have most of the words."""
    known = [index for index in shown if index in meeting.segments]
    inside = [(min(pair), max(pair)) for pair in ranges]
    said = {index: len(meeting.segments[index].text.split()) for index in known}
    covered = sum(said[index] for index in known if any(low <= index <= high for low, high in inside))
    return covered >= policies.TOPICS_SHARE * sum(said.values())


def _incomplete(topic: Topic) -> Topic:
    why = (*topic.reasons, "topics_incomplete")
    return topic.model_copy(update={"verdict": Verdict.UNVERIFIED, "reasons": why})


def checked_topic(meeting: Meeting, title: str, first: int, last: int, shown: Collection[int]) -> Topic:
    """A topic with its verdict. Its times are those of its segments, as far as the meeting has them."""
    low, high = sorted((first, last))
    inside = [index for index in (low, high) if index in shown and index in meeting.segments]
    known = sorted(index for index in shown if index in meeting.segments)
    why: list[str] = []
    if len(inside) < 2:
        why.append("outside_the_meeting")
    elif meeting.english:
        why.extend(_title_reasons(meeting, Wording(title), range(low, high + 1)))
    start = low if low in inside or not known else next((index for index in known if index >= low), known[-1])
    end = high if high in inside or not known else next((index for index in reversed(known) if index <= high), known[0])
    start_ms = meeting.segments[start].start_ms if start in meeting.segments else 0
    end_ms = meeting.segments[end].end_ms if end in meeting.segments else meeting.transcript.duration_ms
    found = verdict_on(meeting, why)
    return Topic.model_validate({"title": title, "start_ms": start_ms, "end_ms": max(start_ms, end_ms), **found})


def _title_reasons(meeting: Meeting, wording: Wording, covered: range) -> Iterator[str]:
    said = said_in(meeting, (), [sentence for index in covered for sentence in meeting.sentences(index)])
    for reason in reasons(wording, said, share=policies.TITLE_SHARE):
        if reason != "opposite":  # a title names a subject and takes no side
            yield reason
    if any(person_reason(meeting, label, said.near, mentioned=True) for label in wording.marks):
        yield "owner_did_not_speak"
