"""``python -m meeting_pipeline_tests.chaos``: one run, or one per database in turn. The exit code is 0 if all invariants hold."""

from __future__ import annotations

import argparse
import logging
import random
import signal
import sys
from pathlib import Path

from meeting_pipeline.foundation.crash_points import CRASH_POINTS
from meeting_pipeline_tests.chaos.harness import Harness
from meeting_pipeline_tests.chaos.schedule import Plan, make_plan
from meeting_pipeline_tests.chaos.speed import measured_slack

ARTIFACTS = Path(__file__).parents[1] / ".artifacts" / "chaos"


def main(arguments: list[str] | None = None) -> int:
    """Run; print seed, counts and violations."""
    parser = argparse.ArgumentParser(prog="python -m meeting_pipeline_tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="length of the time with faults")
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same plan; random if left out")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--replay", type=Path, help="a plan.json of an earlier run, in place of seed and minutes")
    parser.add_argument(
        "--slack",
        type=float,
        default=1.0,
        help="bounds on times are multiplied by it, or by how much slower than usual the machine is before the run",
    )
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that everything is cleaned up
    # The loopback servers log errors for connections that a fault has broken.
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    if given.replay is not None:
        plans = [Plan.load(given.replay)]
    else:
        names = ("sqlite", "postgres") if given.database == "both" else (given.database,)
        plans = [make_plan(seed, given.minutes * 60, name, CRASH_POINTS) for name in names]
    return max([_run(plan, given.slack) for plan in plans])


def _run(plan: Plan, slack: float) -> int:
    keep = ARTIFACTS / f"{plan.database}-{plan.seed}"
    print(f"seed {plan.seed} on {plan.database}; what is left stands in {keep}", flush=True)  # noqa: T201 - it is a program
    slack = max(slack, measured_slack())
    print(f"bounds on times are multiplied by {slack:g}, as measured before the run", flush=True)  # noqa: T201 - it is a program
    report = Harness(plan, keep=keep, slack=slack).run()
    print(report.as_text(), flush=True)  # noqa: T201 - it is a program
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
