"""A code location for the launcher's tests, with assets that end, wait, crash or raise."""

import os
import random
import sys
import time
from pathlib import Path

import dagster as dg


@dg.asset
def quick(context: dg.AssetExecutionContext) -> None:
    """Ends immediately."""
    context.add_output_metadata(
        {
            "pid": os.getpid(),
            "parent": os.getppid(),
            "random": random.random(),
            "environment": os.environ.get("LAUNCHING_TEST", ""),
            "folder": str(Path.cwd()),
            "session": os.getsid(0),
            "modules": len(sys.modules),
        }
    )


@dg.asset
def patient() -> None:
    """Runs until it is stopped, or until the file named by LAUNCHING_GATE exists."""
    gate = Path(os.environ["LAUNCHING_GATE"])
    while not gate.exists():
        time.sleep(0.05)


@dg.asset
def crashing() -> None:
    """Kills its process the first time, as the kernel does when memory runs out; then ends normally."""
    marker = Path(os.environ["LAUNCHING_GATE"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), 9)


@dg.asset
def failing() -> None:
    """Raises an error."""
    raise ValueError("as asked")


defs = dg.Definitions(
    assets=[quick, patient, crashing, failing],
    jobs=[
        dg.define_asset_job("quick_job", selection=[quick]),
        dg.define_asset_job("patient_job", selection=[patient]),
        dg.define_asset_job("crashing_job", selection=[crashing]),
        dg.define_asset_job("failing_job", selection=[failing]),
    ],
    executor=dg.in_process_executor,
)
