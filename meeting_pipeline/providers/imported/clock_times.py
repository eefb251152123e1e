"""Times as exports write them: ``0:03``, ``00:00:03,5``, ``10:02 AM``, ``1 hour 2 minutes 7 seconds``.

Belongs here: parsing one time, and placing the times of a whole file on one clock from the beginning of the meeting.
Must not go here: which row is a time (``speaker_heads.py``, ``formats/``), times of cues (``formats/``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from meeting_pipeline.providers.imported.clock_words import NAMED_WORDS

_BEFORE_NOON: Final = ("上午", "午前", "오전")
_AFTER_NOON: Final = ("下午", "午後", "오후")
_HALVES: Final = "|".join((*_BEFORE_NOON, *_AFTER_NOON))
"""What Chinese, Japanese and Korean programs write before a time, where others write AM or PM behind it."""
TIME: Final = (
    rf"(?:(?:{_HALVES})\s?)?(?:\d{{1,3}}:){{1,2}}\d{{2}}(?:[.,;:]\d{{1,6}}+)?"
    r"(?:\s{0,3}[AaPp]\.?\s?[Mm]\b\.?|\s?Uhr\b)?"
)
"""A time in digits, for patterns. Four numbers are a time code with frames, as Premiere writes it."""
DROP_FRAME: Final = r"\d{2};\d{2};\d{2};\d{2}"
"""A time code at 29.97 or 59.94 frames per second, for patterns."""
DATE: Final = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s{1,3})?"
"""A date that may precede a time, for patterns."""
DATED: Final = r"(?:(?P<day>\d{4}-\d{2}-\d{2}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}),?(?:\s{1,3}|T))?"
"""The same, for patterns that must know whether there is one."""
ZONE: Final = r"(?:\s{0,2}(?:Z|UTC|[+-]\d{2}:?\d{2}))?"
"""A time zone that may follow a time of day, for patterns."""
_DIGITS: Final = re.compile(
    rf"(?:(?P<before>{_HALVES})\s?)?"
    r"(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,3}):(?P<s>\d{2})(?:(?P<point>[.,;:])(?P<rest>\d{1,6}+))?"
    r"(?:\s{0,3}(?P<half>[AaPp])\.?\s?[Mm]\.?|\s?(?P<of_day>Uhr))?"
)
DOTTED: Final = r"\d{1,2}\.\d{2}\.\d{2}"
"""A time with full stops, as some countries write it, for patterns."""
_DOTTED: Final = re.compile(DOTTED)
_SECONDS_ALONE: Final = re.compile(r"(?P<s>\d{1,6})[.,](?P<rest>\d{1,3})\s?s?")
"""Seconds alone, as faster-whisper prints them."""
_WORDS: Final = re.compile(NAMED_WORDS, re.IGNORECASE)
FRENCH: Final = r"\d{1,2}\s?h\s?\d{2}"
"""A time of day as French programs write it, for patterns: ``14h02``."""
_FRENCH: Final = re.compile(r"(?P<h>\d{1,2})\s?h\s?(?P<m>\d{2})")

FRAMES_PER_SECOND: Final = 25
"""A time code does not say its frame rate; with any usual one (24 to 30) the error is below 0.25 s."""
DAY_MS: Final = 86_400_000
_HALF_DAY_MS: Final = DAY_MS // 2
OVERLAP_MS: Final = 10_000
"""A time that is up to this much earlier than the one before is people talking at once, not a new count."""
_EARLIEST_HOUR_OF_DAY: Final = 6
"""A file whose first time is later than this has times of day: recordings do not begin in their seventh hour."""
_FASTEST_WORDS_PER_SECOND: Final = 7.0
"""Faster than any speech (420 words a minute). If two numbers were minutes and seconds and speech had to be faster than this,
they are hours and minutes."""
_WORD_MS: Final = 400
"""Usual length of a word: 150 words a minute."""


@dataclass(frozen=True)
class Clock:
    """A time as written. ``numbers``: how many numbers it has. ``of_day``: it says AM or PM."""

    first: int
    second: int
    third: int
    rest_ms: int
    numbers: int
    of_day: bool = False

    def ms(self, *, hours_first: bool) -> int:
        """Milliseconds. ``hours_first``: two numbers are hours and minutes, not minutes and seconds."""
        if self.numbers == 2 and not hours_first and not self.of_day:
            return (self.first * 60 + self.second) * 1000 + self.rest_ms
        return ((self.first * 60 + self.second) * 60 + self.third) * 1000 + self.rest_ms


def parse_clock(text: str) -> Clock | None:
    """The time that is the whole of ``text``; ``None`` if it is none."""
    text = text.strip()
    found = _DIGITS.fullmatch(text.replace(".", ":") if _DOTTED.fullmatch(text) else text.replace(";", ":"))
    seconds = _SECONDS_ALONE.fullmatch(text.strip()) if found is None else None
    if seconds is not None:
        whole = int(seconds["s"])
        return Clock(whole // 3600, whole // 60 % 60, whole % 60, int(seconds["rest"].ljust(3, "0")), 3)
    if found is None:
        return _worded(text.strip())
    three = found["h"] is not None
    numbers = [int(found["h"]), int(found["m"]), int(found["s"])] if three else [int(found["m"]), int(found["s"]), 0]
    if numbers[1] > 59 or (three and numbers[2] > 59):
        return None
    half = (found["half"] or "").lower() or ("p" if found["before"] in _AFTER_NOON else "a" if found["before"] else "")
    if half:
        if not (0 if found["before"] else 1) <= numbers[0] <= 12:  # in Japan, noon is 0:00 of the second half
            return None
        numbers[0] = numbers[0] % 12 + (12 if half == "p" else 0)
    return Clock(
        numbers[0], numbers[1], numbers[2], _fraction_ms(found), 3 if three else 2, bool(half or found["of_day"])
    )


def _fraction_ms(found: re.Match[str]) -> int:
    rest = found["rest"]
    if rest is None:
        return 0
    if found["point"] in ":;":
        return min(999, int(rest) * 1000 // FRAMES_PER_SECOND)
    return int(rest.ljust(3, "0")[:3])


def _worded(text: str) -> Clock | None:
    if (of_day := _FRENCH.fullmatch(text)) is not None and int(of_day["m"]) < 60:
        return Clock(int(of_day["h"]), int(of_day["m"]), 0, 0, 2, of_day=True)
    found = _WORDS.fullmatch(text)
    if found is None or not text:
        return None
    hours, minutes, seconds = (int(found[name] or 0) for name in "hms")
    return Clock(hours, minutes, seconds, 0, 3)


def placed(clocks: Sequence[Clock | None], words: Sequence[int], *, of_day: bool = False) -> list[int | None]:
    """The times of a file in milliseconds from the beginning of the meeting, in the order of the file, never decreasing.

    ``words``: number of words after each time. ``of_day``: the format gives times of day; otherwise the times themselves tell.
    A count that starts again continues after what was said before; past midnight it is the next day.
    A single time that contradicts those around it is ``None``.
    """
    hours_first = _hours_first(clocks, words)
    raw = _without_outliers([None if clock is None else clock.ms(hours_first=hours_first) for clock in clocks])
    first = next((at for at in raw if at is not None), None)
    if first is None:
        return raw
    relative = _is_of_day(
        [clock for clock in clocks if clock is not None], first, of_day=of_day, hours_first=hours_first
    )
    result: list[int | None] = []
    shift, last, spoken = (-first if relative else 0), 0, 0
    previous: int | None = None
    for at, count in zip(raw, words, strict=True):
        if at is not None:
            if previous is not None and at < previous - OVERLAP_MS:
                shift += DAY_MS if relative and previous - at > _HALF_DAY_MS else 0
                if at + shift < last - OVERLAP_MS:
                    shift = last + spoken * _WORD_MS
            previous, spoken = at, 0
            last = max(last, at + shift)
            result.append(last)
        else:
            result.append(None)
        spoken += count
    return result


def _hours_first(clocks: Sequence[Clock | None], words: Sequence[int]) -> bool:
    """Whether times of two numbers are hours and minutes: nobody speaks as fast as minutes and seconds would require."""
    if any(clock is not None and (clock.numbers == 3 or clock.of_day) for clock in clocks):
        return any(clock is not None and clock.of_day for clock in clocks)
    known = [(clock, count) for clock, count in zip(clocks, words, strict=True) if clock is not None]
    if len(known) < 2 or any(clock.first > 23 or clock.rest_ms for clock, _ in known):
        return False
    span_s = sum(
        max(0, later.ms(hours_first=False) - earlier.ms(hours_first=False)) / 1000
        for (earlier, _), (later, _) in pairwise(known)
    )
    said = sum(count for _, count in known[:-1])
    return said > _FASTEST_WORDS_PER_SECOND * span_s + 20


def _is_of_day(clocks: Sequence[Clock], first_ms: int, *, of_day: bool, hours_first: bool) -> bool:
    if of_day:
        return first_ms >= 60_000  # some programs write the layout of times of day with times from the beginning
    return hours_first or any(clock.of_day for clock in clocks) or first_ms >= _EARLIEST_HOUR_OF_DAY * 3_600_000


def _without_outliers(times: Sequence[int | None]) -> list[int | None]:
    """Drop a time that is out of order although its neighbours are in order without it."""
    kept = list(times)
    known = [i for i, at in enumerate(times) if at is not None]
    for before, here, after in zip(known, known[1:], known[2:], strict=False):
        low, at, high = kept[before], times[here], times[after]
        if low is None or at is None or high is None or low > high or high - low >= _HALF_DAY_MS:
            continue
        if at > high + OVERLAP_MS or at < low - OVERLAP_MS:
            kept[here] = None
    return kept
