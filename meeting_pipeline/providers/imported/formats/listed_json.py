"""JSON of programs without a format of their own: a list of objects with words, a start and perhaps a speaker.

Fireflies, the Teams API, Gladia, ElevenLabs and many others write such a list, at the top or inside other objects. Must not go
here: formats that need more than names of keys (``premiere_json.py``), chats (a time of day is not a start).
"""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from meeting_pipeline.providers.imported.clock_times import parse_clock
from meeting_pipeline.providers.imported.json_exports import (
    Word,
    json_format,
    kept_lines,
    line_of,
    lines_of_words,
    ms_of,
    objects,
    speaker_name,
    words_in,
)
from meeting_pipeline.providers.imported.lines import Export

_TEXTS: Final = ("text", "sentence", "transcript", "body", "content", "caption", "utterance", "punctuated_word", "word")
_STARTS: Final = (
    "start", "startTime", "start_time", "startMs", "start_ms", "startOffset", "start_offset", "start_timestamp",
    "startTimestamp", "begin",
)  # fmt: skip
_ENDS: Final = (
    "end",
    "endTime",
    "end_time",
    "endMs",
    "end_ms",
    "endOffset",
    "end_offset",
    "end_timestamp",
    "endTimestamp",
)
_SPEAKERS: Final = (
    "speakerDisplayName", "speakerName", "speaker_name", "speaker", "speaker_label", "speakerLabel", "participant",
    "speakerId", "speaker_id", "name",
)  # fmt: skip
"""Keys, the best first."""
_BELOW_KNOWN: Final = 0.55
_MOST_LOOKED_AT: Final = 2000
"""Objects in which the list may be; those of real files are the first few."""
_DEEPEST: Final = 6
"""Levels in which the list is looked for."""
_SLOWEST_MS_PER_WORD: Final = 60_000
"""Slower than any meeting; whole numbers that make it so are milliseconds."""
_WORDS_ALONE: Final = 1.3
"""A list with fewer words per object than this is a list of words."""
_LONG_FRACTION: Final = re.compile(r"(?<=\.\d{6})\d{1,6}$")
"""``00:00:01.2000000``, as .NET writes it."""
_PERIOD: Final = re.compile(r"PT(?:(?P<h>\d{1,4})H)?(?:(?P<m>\d{1,6})M)?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)S)?")


def _key(items: Sequence[Mapping[str, Any]], keys: Sequence[str], kinds: tuple[type, ...]) -> str | None:
    """The best key that all of the first objects have, with a value of these types."""
    return next((key for key in keys if items and all(isinstance(one.get(key), kinds) for one in items[:3])), None)


def _listed(value: Any) -> list[dict[str, Any]]:
    """The list with the talk; empty if there is none. Of several, the one with the most words, and the first of those."""
    best: list[dict[str, Any]] = []
    most = 0
    level = [value]
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for one in islice(level, _MOST_LOOKED_AT):
            found = objects(one)
            text = _key(found, _TEXTS, (str,))
            if text is not None and _key(found, _STARTS, (int, float, str)):
                count = sum(len(words_in(item.get(text))) for item in found)
                best, most = (found, count) if count > 1.1 * most else (best, most)
            elif isinstance(one, dict):
                below += one.values()
            elif isinstance(one, list):
                below += [item for item in one if isinstance(item, dict)]
        level = below
    return best


def _time_ms(value: Any, unit_ms: int) -> int | None:
    if isinstance(value, str) and ":" in value:
        clock = parse_clock(_LONG_FRACTION.sub("", value.strip()))
        return None if clock is None else clock.ms(hours_first=False)
    if isinstance(value, str) and (period := _PERIOD.fullmatch(value)):
        return round((int(period["h"] or 0) * 3600 + int(period["m"] or 0) * 60 + float(period["s"] or 0)) * 1000)
    return ms_of(value.removesuffix("s") if isinstance(value, str) else value, unit_ms=unit_ms)


def _unit_ms(items: Sequence[Mapping[str, Any]], start: str, words: int) -> int:
    if start.lower().endswith("ms"):
        return 1
    times = [item.get(start) for item in items]
    numbers = [at for at in times if isinstance(at, int | float) and not isinstance(at, bool)]
    whole = bool(numbers) and all(isinstance(at, int) or at.is_integer() for at in numbers)
    return 1 if whole and max(numbers) - min(numbers) > _SLOWEST_MS_PER_WORD / 1000 * max(1, words) else 1000


def _speaker(value: Any) -> str | None:
    if isinstance(value, dict):
        value = next(
            (value[key] for key in ("name", "displayName", "display_name", "label", "id") if value.get(key)), None
        )
    return speaker_name(value)


def _fits(value: Any) -> bool:
    return bool(_listed(value))


def _read(value: Any) -> Export:
    items = _listed(value)
    text = _key(items, _TEXTS, (str,)) or _TEXTS[0]
    start = _key(items, _STARTS, (int, float, str)) or _STARTS[0]
    end = next((key for key in _ENDS if any(key in item for item in items[:3])), _ENDS[0])
    who = next((key for key in _SPEAKERS if any(item.get(key) is not None for item in items)), _SPEAKERS[0])
    said = [words_in(item.get(text)) for item in items]
    count = sum(len(each.split()) for each in said)
    unit_ms = _unit_ms(items, start, count)
    words = [
        Word(_speaker(item.get(who)), _time_ms(item.get(start), unit_ms), _time_ms(item.get(end), unit_ms), spoken)
        for item, spoken in zip(items, said, strict=True)
        if spoken
    ]
    alone = count < _WORDS_ALONE * len(words)
    lines = (
        lines_of_words(words) if alone else kept_lines(line_of(w.speaker, w.start_ms, w.end_ms, w.text) for w in words)
    )
    return Export("listed-json", lines, said=" ".join(said), whole=not alone)


FORMAT: Final = json_format("listed-json", "JSON with a list of what was said", _fits, _read, _BELOW_KNOWN)
