"""Judges all patterns of the package: ``python -m meeting_pipeline_tests.patterns``. The kernel limits its CPU time.

Prints JSON: the places of all patterns, those where the source does not say which pattern it is, and what is not linear.
"""

import json
import resource
import sys

from meeting_pipeline_tests.patterns.collecting import Found, collect, modules, scripts
from meeting_pipeline_tests.patterns.measuring import judged

CPU_SECONDS = 600
"""Twenty times the time that all patterns take together."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    patterns, dynamic = collect(modules())
    in_scripts = scripts()
    judgements = [judged(one) for one in _different([*patterns, *in_scripts])]
    slow = [str(one) for one in judgements if one is not None]
    places = [one.place for one in patterns]
    everything = {"places": places, "scripts": [one.place for one in in_scripts], "dynamic": dynamic, "slow": slow}
    json.dump(everything, sys.stdout)


def _different(found: list[Found]) -> list[Found]:
    """One of those that are equal: their time is."""
    return list({(one.pattern, one.scans): one for one in found}.values())


if __name__ == "__main__":
    main()
