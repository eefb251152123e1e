"""``make api-fuzz``: send thousands of generated requests to the HTTP service of a real, busy system."""

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

from meeting_pipeline_tests.fuzzing.running import fuzz, new_key, prepare
from meeting_pipeline_tests.postgres import running_server
from meeting_pipeline_tests.scenario.system import Outside, System

LEAST = 2000
"""Fewer generated cases prove nothing."""


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="generated cases per operation and phase, at most")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    chosen = parser.parse_args()
    options = ["--max-examples", str(chosen.examples)]
    options += ["--seed", str(chosen.seed)] if chosen.seed is not None else []
    with contextlib.ExitStack() as stack:
        settings = {}
        if chosen.database == "postgres":
            server = stack.enter_context(running_server())
            settings["MEETING_PIPELINE_DATABASE_URL"] = server.url(server.create())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        system = System(home, stack.enter_context(Outside()), **settings)
        stack.callback(system.kill)
        system.start()
        report = fuzz(system, prepare(system), new_key(system), *options)
        broken = tracebacks(system)
    sys.stdout.write(f"{report.text}\n")
    fine = report.generated >= LEAST and not report.failures and not report.errors and not broken
    verdict = "all as described" if fine else "NOT as described"
    sys.stdout.write(
        f"{report.generated} generated cases at {report.tested} of {report.operations} operations on {chosen.database}: "
        f"{verdict}; {len(report.failures)} kinds of failures, {len(report.errors)} errors, {len(broken)} tracebacks.\n"
    )
    sys.stdout.writelines(f"{line[:3000]}\n" for line in broken[:5])
    return 0 if fine else 1


def tracebacks(system: System) -> list[str]:
    """Lines of the service's log that contain a traceback."""
    lines = (line for path, text in system.logs() if path.name == "http-service.log" for line in text.splitlines())
    return [line for line in lines if "Traceback" in line]


if __name__ == "__main__":
    sys.exit(main())
