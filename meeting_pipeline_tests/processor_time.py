"""What work costs, measured so that a busy machine cannot fail a test.

Processor time is no constant: programs that share a core or its caches stretch it, up to three times on a virtual machine.
So a test asks for one of two ratios: the same work on a larger input (``assert_linear``), or work and a fixed task that is
measured right before and after it (``assert_within``). Must not go here: how patterns are measured (``patterns``).
"""

import re
import time
from collections.abc import Callable
from typing import Final

QUIET_SECONDS: Final = 0.05
"""What the fixed task takes on a quiet core."""
NOTICED_SECONDS: Final = 0.02
"""Shorter times are dominated by what happens once: imports, caches, a collection of garbage."""
SPREAD: Final = 4.0
"""Two measurements of the same work differ by up to this factor on a busy machine. Quadratic work exceeds it from 8 times the
size on (``TIMES``), where it costs 64 times as much instead of 8 times."""
TIMES: Final = 8


def spent(work: Callable[[], object]) -> float:
    """Processor seconds of this thread."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def assert_linear(work: Callable[[int], Callable[[], object]], *, small: int, times: int = TIMES) -> None:
    """``work(size)`` prepares an input and returns what is measured; it costs at most in proportion to the size.

    Raises:
        AssertionError: The work on an input that is ``times`` as large costs more than ``SPREAD * times`` as much.
    """
    spent(work(small))  # what happens only once
    measured = min(spent(work(small)) for _ in range(3))
    limit = max(measured, NOTICED_SECONDS) * times * SPREAD
    seconds = spent(work(small * times))
    if seconds >= limit:  # Another program may have been in the way; a slow algorithm is slow again.
        seconds = spent(work(small * times))
    assert seconds < limit, f"{seconds:.2f} s for {small * times}, {measured:.3f} s for {small}"


def assert_within(seconds: float, work: Callable[[], object]) -> None:
    """The work takes less than ``seconds`` of processor time of a quiet machine.

    Raises:
        AssertionError: It takes longer, even in proportion to what the fixed task takes now.
    """
    before = spent(_fixed_task)
    used = spent(work)
    slower = max(1.0, before / QUIET_SECONDS, spent(_fixed_task) / QUIET_SECONDS)
    assert used < seconds * slower, f"{used:.1f} s, on a machine that is {slower:.1f} times slower than a quiet one"


def _fixed_task() -> None:
    """What readers and rules do: split, look up, search, join."""
    words = re.compile(r"[a-z]+\d")
    text = " ".join(f"word{n % 97}" for n in range(2_000))
    for _ in range(160):
        seen: dict[str, int] = {}
        for word in words.findall(text):
            seen[word] = seen.get(word, 0) + 1
        "".join(sorted(seen, key=lambda word: (seen[word], word)))
