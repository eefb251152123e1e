"""Whisper, WhisperX, faster-whisper, OpenAI: ``{"segments": [{"start": 0.0, "end": 4.0, "text": ...}]}``, times in seconds.

Pipelines of Hugging Face write ``chunks`` with a ``timestamp`` instead. Must not go here: whisper.cpp (``whisper_cpp_json.py``).
"""

from typing import Any, Final

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
from meeting_pipeline.providers.imported.lines import Export, Line


def _segments(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return objects(value)
    return objects(value, "segments") or objects(value, "speakers") or objects(value, "chunks")


def _fits(value: Any) -> bool:
    found = _segments(value)
    return has_keys(found, "start", "end", "text") or has_keys(found, "timestamp", "text") or _is_text_alone(value)


def _is_text_alone(value: Any) -> bool:
    """The short answer of a transcription service: ``{"text": ...}``, or segments of a recording without speech."""
    known = {"text", "segments", "language", "duration", "usage", "task", "words", "logprobs"}
    return isinstance(value, dict) and isinstance(value.get("text"), str) and value.keys() <= known


def _read(value: Any) -> Export:
    lines: list[Line] = []
    for segment in _segments(value):
        lines += _lines(segment)
    whole = value.get("text") if isinstance(value, dict) else None
    said = (
        whole
        if isinstance(whole, str) and whole.strip()
        else " ".join(words_in(each.get("text")) for each in _segments(value))
    )
    if not lines and isinstance(whole, str):
        lines = list(kept_lines([line_of(None, None, None, whole)]))
    language = value.get("language") if isinstance(value, dict) else None
    return Export(
        "whisper-json", tuple(lines), said=said, whole=True, language=language if isinstance(language, str) else None
    )


def _lines(segment: dict[str, Any]) -> tuple[Line, ...]:
    """One line, or one for each speaker if the words of a segment have several (WhisperX)."""
    words = objects(segment, "words")
    speakers = {each.get("speaker") for each in words if isinstance(each.get("speaker"), str)}
    spoken = words_in(segment.get("text"))
    joined = " ".join(words_in(each.get("word")) for each in words)
    if len(speakers) > 1 and joined.split() == spoken.split():
        known: str | None = speaker_name(segment.get("speaker"))
        parts = []
        for each in words:
            known = speaker_name(each.get("speaker")) or known
            parts.append(Word(known, ms_of(each.get("start")), ms_of(each.get("end")), words_in(each.get("word"))))
        return lines_of_words(parts)
    start, end = segment.get("start"), segment.get("end")
    stamp = segment.get("timestamp")
    if isinstance(stamp, list) and len(stamp) == 2:
        start, end = stamp
    return kept_lines([line_of(speaker_name(segment.get("speaker")), ms_of(start), ms_of(end), spoken)])


FORMAT: Final = json_format("whisper-json", "Whisper, JSON", _fits, _read, SHAPE_FITS)
