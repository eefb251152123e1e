"""AWS Transcribe: ``{"results": {"transcripts": [...], "items": [...]}}``. Times are seconds, as text.

Must not go here: other JSON with ``results`` (``deepgram_json.py``).
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


def _fits(value: Any) -> bool:
    results = inner(value, "results")
    return bool(objects(results, "transcripts")) and (bool(objects(results, "items")) or "jobName" in value)


def _read(value: Any) -> Export:
    results = inner(value, "results")
    said = " ".join(words_in(each.get("transcript")) for each in objects(results, "transcripts"))
    channels = objects(inner(results, "channel_labels"), "channels")
    lines: list[Line] = []
    for number, channel in enumerate(channels, start=1):
        label = words_in(channel.get("channel_label")) or str(number)
        lines += lines_of_words(_words(objects(channel, "items"), {}, f"Channel {label.removeprefix('ch_')}"))
    if not lines:
        lines += lines_of_words(_words(objects(results, "items"), _speakers(results), None))
    if not lines:
        lines += kept_lines([line_of(None, None, None, said)])
    language = words_in(results.get("language_code"))
    return Export("aws-json", tuple(lines), said=said, by_time=bool(channels), whole=True, language=language or None)


def _words(items: list[dict[str, Any]], speakers: dict[str, str], channel: str | None) -> list[Word]:
    """Words in order. Punctuation has no time of its own and belongs to the speaker before it."""
    words: list[Word] = []
    speaker = channel
    for item in items:
        alternatives = objects(item, "alternatives")
        text = words_in(alternatives[0].get("content")) if alternatives else ""
        start = item.get("start_time")
        if channel is None and item.get("type") != "punctuation":
            speaker = speaker_name(item.get("speaker_label")) or speakers.get(str(start)) or speaker
        words.append(Word(speaker, ms_of(start), ms_of(item.get("end_time")), text))
    return [word for word in words if word.text]


def _speakers(results: Any) -> dict[str, str]:
    """Speakers by the start of each word, as older files give them."""
    found = {}
    for segment in objects(inner(results, "speaker_labels"), "segments"):
        for item in objects(segment, "items"):
            label = speaker_name(item.get("speaker_label")) or speaker_name(segment.get("speaker_label"))
            if label is not None:
                found[str(item.get("start_time"))] = label
    return found


FORMAT: Final = json_format("aws-json", "AWS Transcribe, JSON", _fits, _read)
