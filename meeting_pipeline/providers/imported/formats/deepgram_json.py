"""Deepgram: ``{"results": {"channels": [{"alternatives": [...]}], "utterances": [...]}}``, times in seconds.

Must not go here: other JSON with ``results`` (``aws_json.py``).
"""

from typing import Any, Final

from meeting_pipeline.providers.imported.json_exports import (
    Word,
    inner,
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


def _channels(value: Any) -> list[dict[str, Any]]:
    """The best alternative of each channel."""
    found = objects(inner(value, "results"), "channels")
    return [alternatives[0] for channel in found if (alternatives := objects(channel, "alternatives"))]


def _fits(value: Any) -> bool:
    return any("transcript" in channel for channel in _channels(value))


def _read(value: Any) -> Export:
    channels = _channels(value)
    several = len(channels) > 1
    lines: list[Line] = list(
        kept_lines(
            line_of(
                _speaker(each, each.get("channel"), several),
                ms_of(each.get("start")),
                ms_of(each.get("end")),
                each.get("transcript"),
            )
            for each in objects(inner(value, "results"), "utterances")
        )
    )
    if not lines:
        for number, channel in enumerate(channels):
            words = lines_of_words([_word(each, number, several) for each in objects(channel, "words")])
            lines += words or kept_lines([line_of(None, None, None, channel.get("transcript"))])
    said = " ".join(words_in(channel.get("transcript")) for channel in channels)
    duration = ms_of(inner(value, "metadata", "duration"))
    language = next(
        (
            each
            for channel in objects(inner(value, "results"), "channels")
            if (each := words_in(channel.get("detected_language")))
        ),
        None,
    )
    return Export("deepgram-json", tuple(lines), duration, said=said, whole=True, by_time=True, language=language)


def _word(word: dict[str, Any], channel: int, several: bool) -> Word:
    text = words_in(word.get("punctuated_word")) or words_in(word.get("word"))
    return Word(_speaker(word, channel, several), ms_of(word.get("start")), ms_of(word.get("end")), text)


def _speaker(item: dict[str, Any], channel: Any, several: bool) -> str | None:
    label = speaker_name(item.get("speaker"))
    if not several or not isinstance(channel, int):
        return label
    place = f"Channel {channel + 1}"
    return place if label is None else f"{place}, {label}"


FORMAT: Final = json_format("deepgram-json", "Deepgram, JSON", _fits, _read)
