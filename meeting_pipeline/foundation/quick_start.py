"""How our processes start: with rare garbage collection during imports, and none at the end.

``python -m meeting_pipeline.foundation.quick_start MODULE ARGUMENTS`` does what ``python -m MODULE ARGUMENTS`` does. Importing
Dagster and this project creates hundreds of thousands of objects and almost no garbage. Python's collector visits them again
whenever some hundreds are new (a tenth of the import's CPU time), and at the end of the process (as much CPU time as the import:
2.0 s and 2.1 s in a trial). No environment variable changes that. Must not go here: any work before the module is run.
"""

import gc
import runpy
import sys
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.foundation.process_end import end_quickly

PREFIX: Final = ("-m", "meeting_pipeline.foundation.quick_start")
"""What a command has between the interpreter and the module."""
NEW_OBJECTS: Final = 10_000
"""New objects before the collector looks at them (Python: 700). 3,000 saves less and 30,000 no more. The garbage among so few
objects is a few megabytes at most."""
_ROUNDS: Final = 10
"""Collections of a generation before the next older one is included: Python's own value."""


def collect_rarely() -> None:
    """Let this process look for garbage less often than Python does by default."""
    gc.set_threshold(NEW_OBJECTS, _ROUNDS, _ROUNDS)


def quickly(python: str, module: str, *arguments: str) -> list[str]:
    """The command that runs a module with this interpreter, as ``python -m module arguments`` does."""
    return [python, *PREFIX, module, *arguments]


def main(arguments: Sequence[str]) -> None:
    """Run the module that the first argument names as the main program."""
    collect_rarely()
    end_quickly()
    sys.argv = list(arguments)  # the module's own path replaces its name
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
