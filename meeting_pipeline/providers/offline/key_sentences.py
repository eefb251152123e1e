"""Key sentences, chosen by the weight of their words, and topics: parts of the meeting with their key terms.

The sentences are quotes, not a written summary, and the result says so. Must not go here: action items and decisions.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.insight_results import Summary
from meeting_pipeline.domain.speaker_placeholders import mark, without_marks
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.summaries import checked_topics, summary_sentence
from meeting_pipeline.providers.offline.sentences import Sentence
from meeting_pipeline.providers.offline.wordlists import GIVEN_NAMES, STOP_WORDS

SENTENCES: Final = 4
"""Key sentences shown: nobody reads more."""
SHORTEST: Final = 3
LONGEST: Final = 45
"""Limits of a key sentence: minimum of content words, maximum of words. Short sentences are greetings, long ones ramble."""
PART_MS: Final = 5 * 60_000
"""Length of a part of the meeting; shorter meetings have three parts, very long ones twelve."""
TERMS: Final = 3
"""Key terms in the title of a part."""
_OUTCOME: Final = re.compile(r"\b(?:decided|agreed|decision|deadline|problem|budget|will|by|because)\b", re.IGNORECASE)


def content_words(text: str) -> list[str]:
    """Return the words that say something about the subject, in lower case."""
    words = re.findall(r"[^\W\d_][\w'-]+", text.casefold())
    return [word for word in words if word not in STOP_WORDS and word not in GIVEN_NAMES and len(word) > 2]


def summary(meeting: Meeting, sentences: Sequence[Sentence]) -> Summary:
    """Return the key sentences in chronological order, each with its speaker, and the topics.

    Sentences and topics pass the checks of every summary; the text holds the sentences that do.
    """
    everything = meeting.segments
    checked = [
        summary_sentence(
            meeting,
            f"{mark(sentence.segment.speaker)}: {without_marks(sentence.text).rstrip(' .')}",
            [sentence.segment.index],
            everything,
        )
        for sentence in _chosen(sentences)
    ]
    quoted = " … ".join(sentence.text for sentence in checked if not sentence.withheld)
    short = f"Key sentences, chosen by rule: {quoted}." if quoted else "No sentence stands out."
    topics = checked_topics(meeting, _topics(meeting.transcript), everything)
    return Summary(short_summary=short, topics=tuple(topics), sentences=tuple(checked))


def _chosen(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Choose greedily the sentence with the heaviest words, then reduce their weight, so that the next one differs."""
    contents = [content_words(sentence.text) for sentence in sentences]
    weights: dict[str, float] = dict(Counter(word for words in contents for word in set(words)))
    open_ = [
        i
        for i, words in enumerate(contents)
        if len(set(words)) >= SHORTEST and len(sentences[i].text.split()) <= LONGEST
    ]
    picked: list[int] = []
    while open_ and len(picked) < SENTENCES:
        best = max(open_, key=lambda i: _score(contents[i], weights, sentences[i]))
        picked.append(best)
        open_.remove(best)
        weights.update({word: weights[word] * 0.3 for word in set(contents[best])})
    return [sentences[i] for i in sorted(picked)]


def _score(words: Sequence[str], weights: dict[str, float], sentence: Sentence) -> float:
    mean = sum(weights[word] for word in set(words)) / math.sqrt(len(set(words)))
    sure = 1.0 if sentence.segment.confidence is None else sentence.segment.confidence
    return mean * sure * (1.5 if _OUTCOME.search(sentence.text) else 1.0)


def _topics(transcript: Transcript) -> tuple[tuple[str, int, int], ...]:
    """Title, first and last segment of each part."""
    if not transcript.segments:
        return ()
    count = min(12, max(3, math.ceil(transcript.duration_ms / PART_MS)), len(transcript.segments))
    length = max(1, transcript.duration_ms / count)
    parts: dict[int, list[int]] = {}
    for segment in transcript.segments:
        parts.setdefault(min(count - 1, int(segment.start_ms / length)), []).append(segment.index)
    counts = {
        part: Counter(word for i in indexes for word in content_words(transcript.segments[i].text))
        for part, indexes in parts.items()
    }
    spread = Counter(word for words in counts.values() for word in words)
    topics = []
    for part, indexes in parts.items():
        ranked = sorted(counts[part], key=lambda word: (-counts[part][word] / spread[word], -len(word), word))
        title = ", ".join(ranked[:TERMS]) or "small talk"
        topics.append((title[:1].upper() + title[1:], indexes[0], indexes[-1]))
    return tuple(topics)
