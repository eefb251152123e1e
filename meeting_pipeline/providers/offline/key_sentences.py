"""Key sentences, chosen by the weight of their words, and topics: parts of the meeting with their key terms.

The sentences are quotes, not a written summary, and the result says so. Must not go here: action items and decisions.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.domain.evidence import words_of
from meeting_pipeline.domain.insight_results import Summary
from meeting_pipeline.domain.languages import UNSPACED
from meeting_pipeline.domain.speaker_placeholders import mark, without_marks
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.units import MS_PER_MINUTE
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.summaries import checked_topics, summary_sentence
from meeting_pipeline.providers.offline.sentences import Sentence
from meeting_pipeline.providers.offline.wordlists import GIVEN_NAMES, STOP_WORDS

SENTENCES: Final = 4
"""Key sentences shown: nobody reads more."""
SHORTEST: Final = 3
LONGEST: Final = 45
"""Limits of a key sentence: minimum of content words, maximum of words. Short sentences are greetings, long ones ramble."""
CHARACTERS_PER_WORD: Final = 2
"""In Chinese and Japanese, where ``words_of`` counts characters."""
FREQUENT_SHARE: Final = 0.1
FREQUENT_LEAST: Final = 4
"""Without a list of stop words, those are left out that are in more than this share, and this number, of the sentences."""
_UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
PART_MS: Final = 5 * MS_PER_MINUTE
"""Length of a part of the meeting; shorter meetings have three parts, very long ones twelve."""
TERMS: Final = 3
"""Key terms in the title of a part."""
_OUTCOME: Final = re.compile(r"\b(?:decided|agreed|decision|deadline|problem|budget|will|by|because)\b", re.IGNORECASE)


def content_words(text: str) -> list[str]:
    """Return the words that say something about the subject, in lower case."""
    words = re.findall(r"[^\W\d_][\w'-]+", text.casefold())
    return [word for word in words if word not in STOP_WORDS and word not in GIVEN_NAMES and len(word) > 2]


def _in_english(quoted: str) -> str:
    return f"Key sentences, chosen by rule: {quoted}." if quoted else "No sentence stands out."


def key_words(text: str, language: str) -> list[str]:
    """Return the words of a text in a language without a list of stop words; pairs of characters where words have no spaces.

    Words of every kind are returned: ``_chosen`` finds the stop words by their number.
    """
    if language in UNSPACED:
        run = "".join(_UNSPACED.findall(text))
        return [run[i : i + 2] for i in range(len(run) - 1)]
    return [word for word in re.findall(r"[^\W\d_][\w'-]+", text.casefold()) if len(word) > 2]


def summary(meeting: Meeting, sentences: Sequence[Sentence], language: str = "en") -> Summary:
    """Return the key sentences in chronological order, each with its speaker, and the topics.

    Topics are only for English: key terms of other languages would be words without a meaning of their own. Sentences and
    topics pass the checks of every summary; the text holds the sentences that do.
    """
    everything = meeting.segments
    checked = [
        summary_sentence(
            meeting,
            f"{mark(sentence.segment.speaker)}: {without_marks(sentence.text).rstrip(' .')}",
            [sentence.segment.index],
            everything,
        )
        for sentence in _chosen(sentences, language)
    ]
    quoted = " … ".join(sentence.text for sentence in checked if not sentence.withheld)
    short = _in_english(quoted) if language == "en" else quoted  # that rules chose them is in the note of the draft
    found = _topics(meeting.transcript) if language == "en" else ()
    topics = checked_topics(meeting, found, everything)
    return Summary(short_summary=short, topics=tuple(topics), sentences=tuple(checked))


def _chosen(sentences: Sequence[Sentence], language: str) -> list[Sentence]:
    """Choose greedily the sentence with the heaviest words, then reduce their weight, so that the next one differs."""
    if language == "en":
        contents = [content_words(sentence.text) for sentence in sentences]
    else:
        contents = _without_frequent([key_words(sentence.text, language) for sentence in sentences])
    weights: dict[str, float] = dict(Counter(word for words in contents for word in set(words)))
    open_ = [
        i
        for i, words in enumerate(contents)
        if len(set(words)) >= SHORTEST and _length(sentences[i].text, language) <= LONGEST
    ]
    picked: list[int] = []
    while open_ and len(picked) < SENTENCES:
        best = max(open_, key=lambda i: _score(contents[i], weights, sentences[i]))
        picked.append(best)
        open_.remove(best)
        weights.update({word: weights[word] * 0.3 for word in set(contents[best])})
    return [sentences[i] for i in sorted(picked)]


def _without_frequent(contents: list[list[str]]) -> list[list[str]]:
    """Leave out the words that most sentences share: what is frequent everywhere is about no subject."""
    spread = Counter(word for words in contents for word in set(words))
    most = max(FREQUENT_LEAST, len(contents) * FREQUENT_SHARE)
    return [[word for word in words if spread[word] <= most] for words in contents]


def _length(text: str, language: str) -> int:
    """Number of words, estimated from the characters where words have no spaces."""
    return len(words_of(text)) // CHARACTERS_PER_WORD if language in UNSPACED else len(text.split())


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
