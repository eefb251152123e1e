"""AssemblyAI's utterances and words as segments: who said what, and when.

Utterances become segments unchanged. Words that no utterance covers become separate segments, as do all words where there are
no utterances: nothing that was transcribed is lost. Speakers keep their labels, unless two channels use the same one.
Belongs here: how a field of speech is read, and what an invalid one becomes. Must not go here: the state of an order, errors of
the provider (``assemblyai_parsing.py``).
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.domain.units import MS_PER_HOUR

ONE_SPEAKER: Final = "A"
NO_SPEAKER: Final = "?"
SENTENCE_ENDS: Final = (".", "?", "!", "。", "？", "！")  # noqa: RUF001 - full-width marks are meant
LABEL_CHARACTERS: Final = 40
"""Characters of a speaker label that are kept: the provider sends a letter or a name."""
_LONGEST_MS: Final = int(policies.MAX_RECORDING_HOURS * MS_PER_HOUR * 2)
"""Twice the longest recording: a later time cannot be part of it."""


@dataclass(frozen=True)
class _Spoken:
    """A word or an utterance. ``speaker`` and ``channel`` are ``None`` if the provider gives none."""

    text: str
    start_ms: int
    end_ms: int
    speaker: str | None
    channel: str | None
    confidence: float | None


def segments_in(body: Mapping[str, Any], duration_ms: int) -> tuple[Segment, ...]:
    """Return the segments of a completed transcript. Raises: BadAnswer ``invalid_answer``."""
    given, text = body.get("utterances"), body.get("text")
    if text is not None and not isinstance(text, str):
        raise bad_answer("text")
    utterances = _read(given, "utterances") if isinstance(given, list) else []
    words = _words(body.get("words"))
    found = [*utterances, *_sentences(_left_out(utterances, words))]
    if not found and text and clean(text).strip():
        found = [_Spoken(clean(text).strip(), 0, duration_ms, ONE_SPEAKER, None, None)]
    if len({one.channel for one in found if one.channel is not None}) < 2:
        found = [replace(one, speaker=one.speaker or one.channel, channel=None) for one in found]
    found.sort(key=lambda one: one.start_ms)
    labels = _labels(found)
    return tuple(
        Segment(
            index=index,
            speaker=labels[one.channel, one.speaker],
            start_ms=one.start_ms,
            end_ms=one.end_ms,
            text=one.text,
            confidence=one.confidence,
        )
        for index, one in enumerate(found)
    )


def clean(text: str) -> str:
    """Make text valid for every database: no NUL, no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def ms_of(value: object, scale: int = 1) -> int | None:
    """Parse a time in ms; ``None`` if it is invalid."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compare before any arithmetic: an integer may be too large for a float, and a float may be NaN.
    return int(value * scale) if 0 <= value <= _LONGEST_MS and value * scale <= _LONGEST_MS else None


def share_of(value: object) -> float | None:
    """Parse a confidence between 0 and 1; ``None`` if it is invalid."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0.0 <= value <= 1.0 else None


def bad_answer(where: str) -> BadAnswer:
    """Return the error for a field that does not match the API. It names the field, never its value."""
    return BadAnswer(
        "invalid_answer",
        f"AssemblyAI's response cannot be read: {where} does not match its API.",
        "It is retried; if this happens often, check the base URL, and for a newer release.",
    )


def _read(items: Sequence[object], where: str) -> list[_Spoken]:
    """Read items with text and times; missing times follow from the previous item."""
    found: list[_Spoken] = []
    clock = 0
    for item in items:
        if not isinstance(item, dict):
            raise bad_answer(where)
        text = item.get("text")
        if text is None:
            continue
        if not isinstance(text, str):
            raise bad_answer(f"{where}.text")
        start = ms_of(item.get("start"))
        start = clock if start is None else start
        end = ms_of(item.get("end"))
        clock = start if end is None else max(start, end)
        kept = clean(text).strip()
        if kept:
            speaker, channel = _name(item.get("speaker")), _name(item.get("channel"))
            found.append(_Spoken(kept, start, clock, speaker, channel, share_of(item.get("confidence"))))
    return found


def _words(words: object) -> list[_Spoken]:
    """Read the words; none if they cannot be read: utterances and text count then."""
    if not isinstance(words, list) or not all(isinstance(w, dict) and isinstance(w.get("text"), str) for w in words):
        return []
    return _read(words, "words")


def _left_out(utterances: Sequence[_Spoken], words: Sequence[_Spoken]) -> list[list[_Spoken]]:
    """Return the words that no utterance covers, in uninterrupted runs.

    None if the utterances hold as many words as there are: their times are odd then, and every word would appear twice.
    """
    if sum(len(one.text.split()) for one in utterances) >= len(words):
        return []
    spans: list[tuple[int, int]] = []
    for one in sorted(utterances, key=lambda utterance: utterance.start_ms):
        if spans and one.start_ms <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], one.end_ms))
        else:
            spans.append((one.start_ms, one.end_ms))
    starts = [start for start, _ in spans]

    def is_covered(word: _Spoken) -> bool:
        middle = (word.start_ms + word.end_ms) // 2
        at = bisect_right(starts, middle) - 1
        return at >= 0 and middle <= spans[at][1]

    return [list(run) for covered, run in groupby(words, key=is_covered) if not covered]


def _sentences(runs: Sequence[Sequence[_Spoken]]) -> list[_Spoken]:
    """Group words into sentences of one speaker. A word without a speaker belongs to the one before it."""
    nobody = all(word.speaker is None and word.channel is None for run in runs for word in run)
    found: list[_Spoken] = []
    for run in runs:
        first: tuple[str | None, str | None] = (run[0].channel, None)
        who = next(((w.channel, w.speaker) for w in run if w.speaker is not None), first)
        sentence: list[_Spoken] = []
        for word in run:
            said_by = who if word.speaker is None and word.channel in (None, who[0]) else (word.channel, word.speaker)
            if sentence and (said_by != who or sentence[-1].text.endswith(SENTENCE_ENDS)):
                found.append(_joined(sentence, who, nobody=nobody))
                sentence = []
            who = said_by
            sentence.append(word)
        found.append(_joined(sentence, who, nobody=nobody))
    return found


def _joined(words: Sequence[_Spoken], who: tuple[str | None, str | None], *, nobody: bool) -> _Spoken:
    return _Spoken(
        text=" ".join(word.text for word in words),
        start_ms=words[0].start_ms,
        end_ms=max(word.end_ms for word in words),
        speaker=ONE_SPEAKER if nobody else who[1],
        channel=who[0],
        confidence=_mean([word.confidence for word in words]),
    )


def _labels(spoken: Sequence[_Spoken]) -> dict[tuple[str | None, str | None], str]:
    """Return the label of each channel and speaker: the provider's own, with the channel before it if two channels share one."""
    pairs = list(dict.fromkeys((one.channel, one.speaker) for one in spoken))
    plain = [speaker or channel or NO_SPEAKER for channel, speaker in pairs]
    if len(set(plain)) < len(pairs):
        plain = [f"{channel or ''}{speaker or NO_SPEAKER}" for channel, speaker in pairs]
    if len(set(plain)) < len(pairs):  # "1" with "1A" and "11" with "A" look alike
        plain = [f"{channel or NO_SPEAKER}-{speaker or NO_SPEAKER}" for channel, speaker in pairs]
    return dict(zip(pairs, plain, strict=True))


def _name(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return one_line(clean(str(value)))[:LABEL_CHARACTERS] or None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
