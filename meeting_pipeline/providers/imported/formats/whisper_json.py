"""Whisper, WhisperX, faster-whisper, OpenAI: ``{"segments": [{"start": 0.0, "end": 4.0, "text": ...}]}``, times in seconds.

Pipelines of Hugging Face write ``chunks`` with a ``timestamp`` instead. Must not go here: whisper.cpp (``whisper_cpp_json.py``).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.json_exports import (
    SHAPE_FITS,
    Word,
    has_keys,
    json_format,
    kept_lines,
    line_of,
    lines_of_words,
    ms_of,
    objects,
    speaker_name,
    words_in,
)
from meeting_pipeline.providers.imported.json_keys import named, people_in, plain
from meeting_pipeline.providers.imported.json_lists import PEOPLE
from meeting_pipeline.providers.imported.json_times import (
    has_point,
    in_ms,
    is_date,
    of_samples,
    rate_in,
    raw_time,
    says_unit,
    unit_ms,
)
from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.text import too_many_lines

_SEVERAL: Final = 6
"""A few short answers may have one word each."""
_NEARLY_ALL: Final = 0.9


def _segments(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return objects(value)
    return objects(value, "segments") or objects(value, "speakers") or objects(value, "chunks")


def _fits(value: Any) -> bool:
    found = _segments(value)
    if (isinstance(value, list) and _are_words(found)) or any(is_date(each.get("start")) for each in found[:3]):
        return False  # ``listed_json.py`` joins words, and counts from dates
    return has_keys(found, "start", "end", "text") or has_keys(found, "timestamp", "text") or _is_text_alone(value)


def _are_words(items: list[dict[str, Any]]) -> bool:
    """Whether a list without an object around it has a word in each item."""
    texts = [words_in(each.get("text")) for each in items]
    return len(items) >= _SEVERAL and sum(" " not in text for text in texts) >= _NEARLY_ALL * len(texts)


def _is_text_alone(value: Any) -> bool:
    """The short answer of a transcription service: ``{"text": ...}``, or segments of a recording without speech."""
    known = {"text", "segments", "language", "duration", "usage", "task", "words", "logprobs"}
    return isinstance(value, dict) and isinstance(value.get("text"), str) and value.keys() <= known


def _read(value: Any) -> Export:
    lines: list[Line] = []
    segments = _segments(value)
    if len(segments) > policies.MAX_TRANSCRIPT_LINES:
        raise too_many_lines()
    unit = _unit(segments, rate_in(value))
    people = _people(value)
    for segment in segments:
        lines += _lines(segment, unit)
    if people:
        lines = [replace(line, speaker=people.get(line.speaker or "", line.speaker)) for line in lines]
    whole = value.get("text") if isinstance(value, dict) else None
    said = (
        whole
        if isinstance(whole, str) and whole.strip()
        else " ".join(words_in(each.get("text")) for each in _segments(value))
    )
    if not lines and isinstance(whole, str):
        lines = list(_of_words(objects(value, "words"), whole) or kept_lines([line_of(None, None, None, whole)]))
    language = value.get("language") if isinstance(value, dict) else None
    return Export(
        "whisper-json", tuple(lines), said=said, whole=True, language=language if isinstance(language, str) else None
    )


def _people(value: Any) -> Mapping[str, str]:
    """Label -> name, where the file lists its speakers beside the segments."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, str] = {}
    for key, inside in value.items():
        if plain(key) in PEOPLE and isinstance(inside, dict | list):
            found |= {speaker_name(label) or label: name for label, name in people_in(inside).items()}
    return found


def _unit(segments: list[dict[str, Any]], rate: float | None) -> float:
    """Seconds, as Whisper writes them, or milliseconds, as programs that copy its shape may write."""
    times = [(raw_time(each.get("start")), raw_time(each.get("end"))) for each in segments]
    sizes = [len(words_in(each.get("text")).split()) for each in segments]
    pointed = any(has_point(each.get(key)) for each in segments for key in ("start", "end"))
    unit = unit_ms("", [start for start, _ in times], [end for _, end in times], sizes, pointed=pointed)
    return unit if pointed else of_samples(unit, rate, times, sizes)


def _of_words(words: list[dict[str, Any]], whole: str) -> tuple[Line, ...]:
    """The talk with the times of its words. They lack punctuation, and are told apart as the text tells them apart."""
    tokens = whole.split()
    if len(tokens) != len(words):
        return ()
    return lines_of_words(
        [
            Word(_speaker(each), ms_of(each.get("start")), ms_of(each.get("end")), token)
            for each, token in zip(words, tokens, strict=True)
        ]
    )


def _speaker(item: dict[str, Any]) -> str | None:
    keys = ("speaker", "speaker_name", "speaker_label", "speaker_id")
    return next((name for key in keys if (name := speaker_name(named(item.get(key)))) is not None), None)


def _lines(segment: dict[str, Any], unit: float) -> tuple[Line, ...]:
    """One line, or one for each speaker if the words of a segment have several (WhisperX)."""
    words = objects(segment, "words")
    speakers = {each.get("speaker") for each in words if isinstance(each.get("speaker"), str)}
    spoken = words_in(segment.get("text"))
    joined = " ".join(words_in(each.get("word")) for each in words)
    if len(speakers) > 1 and joined.split() == spoken.split():
        known: str | None = _speaker(segment)
        parts = []
        for each in words:
            known = _speaker(each) or known
            start_ms, end_ms = ms_of(each.get("start"), unit_ms=unit), ms_of(each.get("end"), unit_ms=unit)
            parts.append(Word(known, start_ms, end_ms, words_in(each.get("word"))))
        return lines_of_words(parts)
    start, end = segment.get("start"), segment.get("end")
    stamp = segment.get("timestamp")
    if isinstance(stamp, list) and len(stamp) == 2:
        start, end = stamp
    return kept_lines([line_of(_speaker(segment), _ms(start, unit), _ms(end, unit), spoken)])


def _ms(value: Any, unit: float) -> int | None:
    return in_ms(raw_time(value), 1000 if says_unit(value, "") else unit)


FORMAT: Final = json_format("whisper-json", "Whisper, JSON", _fits, _read, SHAPE_FITS)
