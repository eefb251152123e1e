"""Premiere: ``{"segments": [{"speaker": ID, "words": [{"text": "Good", ...}]}], "speakers": [{"id": ID, "name": ...}]}``.

Times are in seconds, with a ``duration``. Must not go here: its text (``time_rows_txt.py``), Whisper (``whisper_json.py``).
"""

from typing import Any, Final

from meeting_pipeline.providers.imported.json_exports import (
    Word,
    has_keys,
    json_format,
    lines_of_words,
    ms_of,
    objects,
    speaker_name,
    words_in,
)
from meeting_pipeline.providers.imported.lines import Export


def _fits(value: Any) -> bool:
    segments = objects(value, "segments")
    words = objects(segments[0], "words") if has_keys(segments, "speaker", "words") else []
    return has_keys(words, "text", "start", "duration") and has_keys(objects(value, "speakers"), "id", "name")


def _read(value: Any) -> Export:
    names = {str(one.get("id")): speaker_name(one.get("name")) for one in objects(value, "speakers")}
    words: list[Word] = []
    for segment in objects(value, "segments"):
        speaker = names.get(str(segment.get("speaker")))
        for one in objects(segment, "words"):
            start, length = ms_of(one.get("start")), ms_of(one.get("duration"))
            end = None if start is None or length is None else start + length
            if text := words_in(one.get("text")):
                words.append(Word(speaker, start, end, text))
    language = words_in(value.get("language"))
    lines = lines_of_words(words)
    return Export("premiere-json", lines, said=" ".join(line.text for line in lines), language=language or None)


FORMAT: Final = json_format("premiere-json", "Premiere, JSON", _fits, _read)
