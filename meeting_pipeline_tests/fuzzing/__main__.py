"""``make api-fuzz``: thousands of generated requests at the service of a real system that works meanwhile."""

import argparse
import sys
import tempfile
from pathlib import Path

from meeting_pipeline_tests.fuzzing.running import fuzz, new_key, prepare
from meeting_pipeline_tests.scenario.system import Outside, System

LEAST = 2000
"""Fewer generated cases prove nothing."""


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=60, help="generated cases per operation and phase, at most")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run")
    chosen = parser.parse_args()
    options = ["--max-examples", str(chosen.examples)]
    options += ["--seed", str(chosen.seed)] if chosen.seed is not None else []
    with tempfile.TemporaryDirectory() as place, Outside() as outside:
        system = System(Path(place) / "home", outside).start()
        try:
            report = fuzz(system, prepare(system), new_key(system), *options)
            broken = [line for path, text in system.logs() if path.name.startswith("http-service")
                      for line in text.splitlines() if "Traceback" in line]  # fmt: skip
        finally:
            system.kill()
    sys.stdout.write(f"{report.text}\n")
    fine = report.generated >= LEAST and not report.failures and not report.errors and not broken
    verdict = "all as described" if fine else "NOT as described"
    sys.stdout.write(
        f"{report.generated} generated cases at {report.tested} of {report.operations} operations: {verdict}; "
        f"{len(report.failures)} kinds of failures, {len(report.errors)} errors, {len(broken)} tracebacks in the log.\n"
    )
    sys.stdout.writelines(f"{line[:2000]}\n" for line in broken[:5])
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
