"""Times in the JSON of programs that do not say their unit: seconds, milliseconds, ticks, periods, dates.

The unit is that of the whole file: in the wrong one, people would speak slower than a word a minute.
Must not go here: names of keys (``json_keys.py``), times in texts (``clock_times.py``).
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from meeting_pipeline.providers.imported.clock_times import parse_clock

SLOWEST_PER_WORD: Final = 60.0
"""Slower than any meeting; numbers that make it so are no seconds."""
_LONGEST_MS: Final = 10**12
_FIRST_YEAR: Final = 1971
"""A date of this year or later; others are two digits, or wrong."""
_DATE_S: Final = 10**9
"""A number of seconds that is larger is a date; no meeting is thirty years long."""
_DATE_MS: Final = 10**11
_SENTENCE: Final = 4
"""Numbers with a decimal point are seconds even where fewer words than these last for minutes: ``Okay.``, or a label."""
_LONG_S: Final = 8 * 3600
"""But no meeting is longer than this, with so few words."""
_TICKS_PER_MS: Final = 10_000
_MAYBE_TICKS: Final = ("offset",)
"""Azure counts ticks under this name, others milliseconds."""
_LONG_FRACTION: Final = re.compile(r"(?<=\.\d{6})\d{1,6}(?=$|Z|[+-]\d\d)")
"""``00:00:01.2000000``, as .NET writes it."""
_PERIOD: Final = re.compile(r"PT(?:(?P<h>\d{1,4})H)?(?:(?P<m>\d{1,6})M)?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)S)?")
_DATED: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.{0,30}")
_LOCAL_DATE: Final = re.compile(r"(?P<date>\d{1,4}[./-]\d{1,2}[./-]\d{1,4}),?[ T](?P<clock>\d{1,2}:\d\d.{0,30})")
"""``29.11.2026 10:00:05``, ``11/29/2026, 10:00:05 AM``."""
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?(?P<unit>m?s)?")
_SLOW: Final = 0.5
_FAST: Final = 7.0
"""Words per second of people who speak."""
_RATES: Final = frozenset({"samplerate", "sampleratehertz", "samplingrate", "sr"})
_LOWEST_RATE: Final = 4_000
_HIGHEST_RATE: Final = 192_000
_INNER: Final = ("relative", "seconds", "value", "time")


def is_date(value: Any) -> bool:
    """Whether a time is a point in history or of the day, not one in the meeting."""
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        if value[-1:] in ("m", "M", ".") and (clock := parse_clock(value)) is not None and clock.of_day:
            return True
        return (_local_date(value) if _DATED.fullmatch(value) is None else value) is not None or (
            found is not None and not found["unit"] and is_date(float(value))
        )
    return isinstance(value, int | float) and not isinstance(value, bool) and _DATE_S <= value < 10**15


def raw_time(value: Any, key: str = "") -> float | None:
    """A time in the unit of its number, or in seconds where it says its unit. ``key``: its plain key, which may name the unit."""
    if isinstance(value, dict):
        value = next((value[one] for one in _INNER if isinstance(value.get(one), int | float | str)), None)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return _of_text(value.strip(), key)
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return _in_seconds(number, key) if 0 <= number < 10**18 else None


def _in_seconds(number: float, key: str) -> float:
    """The number in seconds, if its key names the unit, or it is a date."""
    if "ticks" in key:
        return number / (1000 * _TICKS_PER_MS)
    if number >= _DATE_S:
        return number / 1000 if number >= _DATE_MS else number
    return number


def _of_text(text: str, key: str) -> float | None:
    if _DATED.fullmatch(text):
        try:
            found = datetime.fromisoformat(_LONG_FRACTION.sub("", text))
        except ValueError:
            return None
        return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
    if (local := _local_date(text)) is not None:
        return local
    if ":" in text:
        clock = parse_clock(_LONG_FRACTION.sub("", text))
        return None if clock is None else clock.ms(hours_first=False) / 1000
    if (period := _PERIOD.fullmatch(text)) and text != "PT":
        return int(period["h"] or 0) * 3600 + int(period["m"] or 0) * 60 + float(period["s"] or 0)
    number = _NUMBER.fullmatch(text)
    if number is None or text.startswith("-"):
        return None
    value = float(text.rstrip("ms"))
    return value / 1000 if number["unit"] == "ms" else _in_seconds(value, key)


def _local_date(text: str) -> float | None:
    """The seconds of a date as spreadsheets write it: the day first, or the month where that cannot be."""
    found = _LOCAL_DATE.fullmatch(text)
    clock = parse_clock(_LONG_FRACTION.sub("", found["clock"])) if found else None
    if found is None or clock is None:
        return None
    first, second, third = map(int, re.split(r"[./-]", found["date"]))
    for year, month, day in ((first, second, third), (third, second, first), (third, first, second)):
        try:
            begun = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            continue
        if year >= _FIRST_YEAR:
            return begun.timestamp() + clock.ms(hours_first=True) / 1000
    return None


def says_unit(value: Any, key: str) -> bool:
    """Whether the unit of a time is known: a clock, a period, a date, or a key that names it."""
    if isinstance(value, dict):
        return "relative" in value or "seconds" in value
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return True
    return "ticks" in key or is_date(value) or (isinstance(value, str) and value.endswith("s"))


def has_point(value: Any) -> bool:
    """Whether a number is written with a decimal point: ``600.0``. Programs write seconds so."""
    return isinstance(value, float) or (isinstance(value, str) and "." in value)


def unit_ms(
    key: str,
    starts: Sequence[float | None],
    ends: Sequence[float | None],
    words: Sequence[int],
    *,
    pointed: bool,
) -> float:
    """The unit of these numbers in milliseconds: that of seconds, milliseconds or ticks.

    ``words``: how many are spoken in each item. ``pointed``: whether numbers are written with a decimal point.
    """
    if key.endswith(("ms", "millis", "millisecond", "milliseconds")):
        return 1
    lengths = [
        (end - start, count)
        for start, end, count in zip(starts, ends, words, strict=True)
        if start is not None and end is not None and end > start
    ]
    known = [start for start in starts if start is not None]
    if lengths:
        spoken, count = sum(length for length, _ in lengths), sum(count for _, count in lengths)
    elif known and all(start.is_integer() for start in known):
        spoken, count = max(known) - min(known), sum(words)
    else:
        return 1000
    slowest = SLOWEST_PER_WORD * max(1, count)
    if pointed and count < _SENTENCE * len(lengths or known):
        slowest = max(slowest, _LONG_S)
    if spoken <= slowest:
        return 1000
    return 1 / _TICKS_PER_MS if key in _MAYBE_TICKS and not pointed and spoken > 1000 * slowest else 1


def of_samples(
    unit: float, rate: float | None, spans: Sequence[tuple[float | None, float | None]], words: Sequence[int]
) -> float:
    """The unit in milliseconds: that of samples of sound, if the file gives their rate, and only so people speak as they do."""
    lengths = [end - start for start, end in spans if start is not None and end is not None and end > start]
    if rate is None or not lengths:
        return unit
    said, length = sum(words), sum(lengths)
    plausible = _SLOW <= said * rate / length <= _FAST
    return 1000 / rate if plausible and said * 1000 / (length * unit) < _SLOW else unit


def rate_in(value: Any) -> float | None:
    """Samples per second, if a file names them."""
    found = value.items() if isinstance(value, dict) else ()
    for key, rate in found:
        known = (
            key.replace("_", "").casefold() in _RATES and isinstance(rate, int | float) and not isinstance(rate, bool)
        )
        if known and _LOWEST_RATE <= rate <= _HIGHEST_RATE:
            return float(rate)
    return None


def in_ms(value: float | None, unit: float) -> int | None:
    """A time in milliseconds; ``None`` if no meeting has it."""
    if value is None:
        return None
    found = value * unit
    return round(found) if 0 <= found < _LONGEST_MS else None
