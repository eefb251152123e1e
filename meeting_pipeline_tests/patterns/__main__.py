"""Judges all patterns of the package: ``python -m meeting_pipeline_tests.patterns``. The kernel limits its CPU time.

Prints the patterns that are not linear, one per line.
"""

import resource
import sys

from meeting_pipeline_tests.patterns.collecting import collect, modules, scripts
from meeting_pipeline_tests.patterns.measuring import judged

CPU_SECONDS = 600
"""Twenty times the time that all patterns take together."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    patterns, _ = collect(modules())
    for found in (*patterns, *scripts()):
        slow = judged(found)
        if slow is not None:
            sys.stdout.write(f"{slow}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
