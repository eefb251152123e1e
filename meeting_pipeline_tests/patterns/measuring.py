"""Measures how long a pattern takes for hostile texts of growing length, in a process that can be ended.

The verdict depends on processor time and its growth, so that a busy machine does not change it. For a text four times as
long, a linear pattern takes four times as long, a quadratic one sixteen times.
"""

import re
import signal
import time
from collections import deque
from dataclasses import dataclass
from types import FrameType
from typing import Final

from meeting_pipeline_tests.patterns.attacks import attacks, text_of
from meeting_pipeline_tests.patterns.collecting import Found

SCREENED: Final = 8 * 1024
LARGEST: Final = 1024 * 1024
STEP: Final = 4
WORST: Final = 2
"""Attacks that are tried with longer and longer texts: this many with the longest times, and as many that grew most."""
AGAIN: Final = 3
"""How often a suspicious growth is measured again. The shortest time counts, since other programs can only add time."""
MEASURABLE_S: Final = 0.0003
"""Shorter times are dominated by the clock's resolution."""
GROWTH: Final = 9.0
"""If four times the text takes more than this many times as long, it is not linear. Linear is below 6, quadratic near 16."""
NOTICED_S: Final = 0.04
"""Growth is ignored for shorter times."""
LIMIT_S: Final = 10.0
"""Limit for a megabyte. Linear patterns take up to 1 s, quadratic ones minutes to hours."""


class _TooLong(Exception):
    pass


@dataclass(frozen=True)
class Slow:
    """A pattern that is not linear, with the text that shows it."""

    place: str
    pattern: str
    attack: str
    seconds: str

    def __str__(self) -> str:
        return f"{self.place}: {self.pattern[:200]!r} takes {self.seconds} for {self.attack}"


def judged(found: Found, largest: int = LARGEST, screened: int = SCREENED) -> Slow | None:
    """The first attack for which the pattern is not linear, if any. No text is longer than ``largest``.

    All attacks are tried with texts of ``screened`` characters, the worst with longer ones.
    """
    _arm()
    pattern = found.pattern
    if isinstance(pattern.pattern, bytes):
        pattern = re.compile(pattern.pattern.decode("latin-1"), pattern.flags)
    first = min(screened, largest)
    timed: list[tuple[float, float, tuple[str, str, str]]] = []
    for attack in attacks(pattern):
        before = _seconds(pattern, text_of(attack, first // STEP), scans=found.scans)
        seconds = _seconds(pattern, text_of(attack, first), scans=found.scans)
        if seconds >= LIMIT_S:
            return Slow(found.place, pattern.pattern, repr(attack), f"more than {LIMIT_S} s")
        timed.append((seconds, seconds / max(before, MEASURABLE_S / STEP), attack))
    by_growth = sorted((one for one in timed if one[0] > MEASURABLE_S), key=lambda one: one[1], reverse=True)
    for seconds, _growth, attack in dict.fromkeys([*sorted(timed, reverse=True)[:WORST], *by_growth[:WORST]]):
        slow = _grown(found, pattern, attack, seconds, (first, largest))
        if slow is not None:
            return slow
    return None


def _grown(
    found: Found, pattern: re.Pattern[str], attack: tuple[str, str, str], seconds: float, sizes: tuple[int, int]
) -> Slow | None:
    size, largest = sizes
    while size < largest:
        before, size = seconds, min(size * STEP, largest)
        text = text_of(attack, size)
        seconds = _seconds(pattern, text, scans=found.scans)
        if seconds > max(NOTICED_S, GROWTH * before):  # measured again: there may be another cause
            # For the shorter text, the median counts: a single lucky measurement would exaggerate the growth.
            before = sorted([before, *(_again(found, pattern, attack, size // STEP) for _ in range(AGAIN - 1))])[
                AGAIN // 2
            ]
            for _ in range(AGAIN):
                if seconds <= max(NOTICED_S, GROWTH * before):
                    break
                seconds = min(seconds, _seconds(pattern, text, scans=found.scans))
            else:
                grown = f"{before:.3f} s for {size // STEP} characters, {seconds:.3f} s for {size}"
                return Slow(found.place, pattern.pattern, repr(attack), grown)
        if seconds >= LIMIT_S:
            return Slow(found.place, pattern.pattern, repr(attack), f"more than {LIMIT_S} s for {size} characters")
    return None


def _again(found: Found, pattern: re.Pattern[str], attack: tuple[str, str, str], size: int) -> float:
    return _seconds(pattern, text_of(attack, size), scans=found.scans)


def _seconds(pattern: re.Pattern[str], text: str, *, scans: bool) -> float:
    """Processor time of all operations with the pattern; at most about ``LIMIT_S``."""
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
    try:
        pattern.fullmatch(text)
        pattern.match(text)
        if scans:
            deque(pattern.finditer(text), maxlen=0)
    except _TooLong:
        return LIMIT_S
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


def _arm() -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise _TooLong

    signal.signal(signal.SIGVTALRM, interrupt)
