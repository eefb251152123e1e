"""Measures how long a pattern takes for hostile texts of growing length, in a process that can be ended.

The verdict depends on processor time and its growth. For a text four times as long, a linear pattern takes four times as
long, a quadratic one sixteen times. Other programs on a busy machine can cause one such jump, but not a second one for the
next longer text, so it takes two to call a pattern slow.
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

SCREENED: Final = 4 * 1024
LARGEST: Final = 1024 * 1024
"""``SCREENED`` times a power of ``STEP``, so that the last step is as long as the others."""
STEP: Final = 4
WORST: Final = 2
"""Attacks that are tried with longer and longer texts: this many with the longest times, and as many that grew most."""
COMPARED: Final = STEP**2
"""Up to texts this many times as long, all of these are measured; only the slowest then moves on to ``LARGEST``."""
MEASURABLE_S: Final = 0.0003
"""Shorter times are dominated by the clock's resolution."""
GROWTH: Final = 9.0
"""If four times the text takes more than this many times as long, it is not linear. Linear is below 6, quadratic near 16."""
NOTICED_S: Final = 0.01
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
    """The first attack for which the pattern is not linear, if any.

    All attacks are tried with texts of ``screened`` characters, the worst with longer ones. Texts grow up to ``largest``
    characters; only a suspicion that begins there is confirmed or cleared with a longer one.
    """
    _arm()
    pattern = found.pattern
    if isinstance(pattern.pattern, bytes):
        pattern = re.compile(pattern.pattern.decode("latin-1"), pattern.flags)
    first = min(screened, largest)
    timed: list[tuple[float, float, tuple[str, str, str]]] = []
    for attack in attacks(pattern):
        seconds = _seconds(pattern, text_of(attack, first), scans=found.scans)
        if seconds >= LIMIT_S:
            return Slow(found.place, pattern.pattern, repr(attack), f"more than {LIMIT_S} s")
        growth = 0.0
        if seconds > MEASURABLE_S:
            before = _seconds(pattern, text_of(attack, first // STEP), scans=found.scans)
            growth = seconds / max(before, MEASURABLE_S / STEP)
        timed.append((seconds, growth, attack))
    by_growth = sorted((one for one in timed if one[1]), key=lambda one: one[1], reverse=True)
    candidates = dict.fromkeys([*sorted(timed, reverse=True)[:WORST], *by_growth[:WORST]])
    series = [_Series(found, pattern, attack, first, seconds) for seconds, _, attack in candidates]
    for one in series:
        slow = one.grow(min(first * COMPARED, largest))
        if slow is not None:
            return slow
    return max(series, key=lambda one: one.seconds / one.size).grow(largest)


@dataclass
class _Series:
    """Longer and longer texts of one attack. ``seconds``: the time of the last one, which has ``size`` characters."""

    found: Found
    pattern: re.Pattern[str]
    attack: tuple[str, str, str]
    size: int
    seconds: float

    def grow(self, largest: int) -> Slow | None:
        """Measure texts up to this size, and one more to confirm a suspicion."""
        suspicion = ""
        while self.size * STEP <= largest or suspicion:
            before, self.size = self.seconds, self.size * STEP
            self.seconds = self._measured(self.size)
            if self.seconds >= LIMIT_S:
                return self._slow(f"more than {LIMIT_S} s for {self.size} characters")
            if self._is_suspicious(before):  # measured again: there may be another cause
                # For the shorter text, the median counts: a single lucky measurement would exaggerate the growth.
                before = sorted([before, *(self._measured(self.size // STEP) for _ in range(2))])[1]
                self.seconds = min(self.seconds, self._measured(self.size))
            grown = f"{before:.3f} s for {self.size // STEP} characters, {self.seconds:.3f} s for {self.size}"
            if not self._is_suspicious(before):
                suspicion = ""
            elif suspicion:
                return self._slow(f"{suspicion}; {grown}")
            else:
                suspicion = grown
        return None

    def _measured(self, size: int) -> float:
        return _seconds(self.pattern, text_of(self.attack, size), scans=self.found.scans)

    def _is_suspicious(self, before: float) -> bool:
        return self.seconds > max(NOTICED_S, GROWTH * before)

    def _slow(self, seconds: str) -> Slow:
        return Slow(self.found.place, self.pattern.pattern, repr(self.attack), seconds)


def _seconds(pattern: re.Pattern[str], text: str, *, scans: bool) -> float:
    """Processor time of all operations with the pattern; at most about ``LIMIT_S``.

    The thread's clock: while an interval timer runs, Linux advances that of the process only every few milliseconds.
    """
    began = time.thread_time()
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
    return time.thread_time() - began


def _arm() -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise _TooLong

    signal.signal(signal.SIGVTALRM, interrupt)
