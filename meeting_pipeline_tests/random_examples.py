"""How many examples a test with random values tries, and where they come from.

Profiles: ``ours`` for ``make test``, ``loop`` for ``make check``, ``fuzz`` for ``make fuzz``. Must not go here: strategies.
"""

import os
from typing import Final

from hypothesis import HealthCheck, settings

TIMES: Final = int(os.environ.get("FUZZ_TIMES", "1"))
"""``make fuzz`` tries this many times as many examples."""


def examples(number: int) -> int:
    """The number of examples for this run, for tests that need more or fewer than the profile gives."""
    return number * TIMES


def register_profiles() -> None:
    """Make the profiles known, and load the one of ``make test``.

    On the first draw after an import, Hypothesis reads the constants of all our modules. That takes seconds on a busy machine
    and says nothing about the strategy. An example has no time limit either: on a busy machine any of them may take 200 ms.
    The same code gets the same examples, so that a test fails for what was changed and not by chance.
    """
    settings.register_profile("ours", suppress_health_check=[HealthCheck.too_slow], deadline=None, derandomize=True)
    ours = settings.get_profile("ours")
    settings.register_profile("loop", parent=ours, max_examples=10)
    settings.register_profile("fuzz", parent=ours, max_examples=examples(100), derandomize=False)
    settings.load_profile("ours")
