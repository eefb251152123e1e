"""Run the few tests that failed in `make test` again, on their own, and name those that are unstable.

    .venv/bin/python -m meeting_pipeline_tests.unstable

Some twelve thousand tests run beside many real systems. A test that fails there and passes twice on its own is unstable: the
test or the product has a race. It is named as the last thing that is printed, to be fixed, and does not fail the run.
Everything else does: a lane that did not end, more failures than a few, a test that fails again.
Must not go here: hiding a failure. What the test printed when it failed stays in the output of `make test`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

LANES: Final = Path(".venv/lanes")
"""Has a folder for each lane of `make test`, with pytest's cache and the file `code`, pytest's exit status."""
NAMES: Final = ("scenarios", "units")
A_FEW: Final = 10
"""More failures have a cause that is there. Tests that share a system may fail together for one reason."""
TIMES: Final = 2
_GROUP: Final = re.compile(r"@[^\]:]*$")
"""What pytest-xdist appends to the name of a test that belongs to a group."""


class NotRunAgain(Exception):
    """The failures are not of a kind that is run again. The message says why."""


def failed_tests(lanes: Path) -> list[str]:
    """The tests that failed, from all lanes. Raises: NotRunAgain."""
    failed: list[str] = []
    for name in NAMES:
        lane = lanes / name
        code = (lane / "code").read_text().strip() if (lane / "code").is_file() else None
        if code not in ("0", "1"):
            raise NotRunAgain(f"The lane {name} did not get to its end (exit status: {code}).")
        if code == "1":
            found = lane / "v" / "cache" / "lastfailed"
            tests = json.loads(found.read_text()) if found.is_file() else {}
            if not tests:
                raise NotRunAgain(f"The lane {name} failed, but no test of it did.")
            failed += [_GROUP.sub("", test) for test in tests]
    if len(failed) > A_FEW:
        raise NotRunAgain(f"{len(failed)} tests failed, which is more than a few.")
    return sorted(failed)


def on_their_own(tests: Sequence[str]) -> bool:
    """Whether these tests pass, one after the other, in a process of their own."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, check=False).returncode == 0


def main(lanes: Path = LANES, passes: Callable[[Sequence[str]], bool] = on_their_own) -> int:
    """Returns the exit status: 0 if all that failed is unstable."""
    try:
        failed = failed_tests(lanes)
    except NotRunAgain as reason:
        print(f"Nothing is run again. {reason}")
        return 1
    if not failed:
        print("Nothing is run again. No test failed, so something else did.")
        return 1
    print(f"Running {len(failed)} again, on their own, {TIMES} times.", flush=True)
    if not all(passes(failed) for _ in range(TIMES)):
        return 1
    print("UNSTABLE: these failed beside others and passed on their own. Each has a race to be found and mended:")
    print("\n".join(f"  {test}" for test in failed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
