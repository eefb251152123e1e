"""A code location for the launcher's tests: assets that end, wait, crash, raise."""

import os
import random
import sys
import time
from pathlib import Path

import dagster as dg


@dg.asset
def quick(context: dg.AssetExecutionContext) -> None:
    """Ends at once."""
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
    """Runs until somebody stops it, or until the file named by LAUNCHING_GATE is there."""
    gate = Path(os.environ["LAUNCHING_GATE"])
    while not gate.exists():
        time.sleep(0.05)


@dg.asset
def crashing() -> None:
    """Takes its process down the first time, as the kernel does when memory runs out; then ends in order."""
    marker = Path(os.environ["LAUNCHING_GATE"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), 9)


@dg.asset
def failing() -> None:
    """Raises."""
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
