"""AssemblyAI: ``{"utterances": [{"speaker": "A", "start": 0, "end": 4000, "text": ...}], "words": ...}``, times in milliseconds.

Must not go here: AssemblyAI's API (``providers/assemblyai``).
"""

from typing import Any, Final

from meeting_pipeline.providers.imported.json_exports import (
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


def _fits(value: Any) -> bool:
    if not isinstance(value, dict) or "segments" in value:
        return False
    named = {"audio_url", "audio_duration", "language_code", "utterances", "acoustic_model"} & value.keys()
    return has_keys(objects(value, "utterances"), "start", "text") or (
        len(named) > 1 and isinstance(value.get("text"), str)
    )


def _read(value: Any) -> Export:
    utterances = objects(value, "utterances")
    lines: list[Line] = list(kept_lines(_line(each) for each in utterances))
    last_ms = max((line.end_ms or line.start_ms or 0 for line in lines), default=-1)
    lines += lines_of_words(
        [word for each in objects(value, "words") if (word := _word(each)).start_ms is None or word.start_ms >= last_ms]
    )
    said = words_in(value.get("text")) or " ".join(words_in(each.get("text")) for each in utterances)
    if not lines:
        lines = list(kept_lines([line_of(None, None, None, said)]))
    language = value.get("language_code")
    return Export(
        "assemblyai-json", tuple(lines), ms_of(value.get("audio_duration")), said=said, whole=True, by_time=True,
        language=language if isinstance(language, str) else None,
    )  # fmt: skip


def _line(utterance: dict[str, Any]) -> Line | None:
    start, end = ms_of(utterance.get("start"), unit_ms=1), ms_of(utterance.get("end"), unit_ms=1)
    return line_of(_speaker(utterance), start, end, utterance.get("text"))


def _word(word: dict[str, Any]) -> Word:
    start, end = ms_of(word.get("start"), unit_ms=1), ms_of(word.get("end"), unit_ms=1)
    return Word(_speaker(word), start, end, words_in(word.get("text")))


def _speaker(item: dict[str, Any]) -> str | None:
    """The label. In recordings of several channels, each channel numbers its speakers separately."""
    label, channel = speaker_name(item.get("speaker")), item.get("channel")
    if channel is None or label is None or not words_in(str(channel)):
        return label
    return f"Channel {words_in(str(channel))}, {label}" if not label.startswith(str(channel)) else label


FORMAT: Final = json_format("assemblyai-json", "AssemblyAI, JSON", _fits, _read)
