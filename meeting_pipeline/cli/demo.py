"""``meeting-pipeline demo``: sample recordings through the real system, on a temporary home, without keys.

Must not go here: its plot (``demo/run.py``).
"""

import shutil
import sys
import tempfile
from pathlib import Path

import click

from meeting_pipeline.demo.run import run_demo

_TIMEOUT_S = 300.0
"""The demo takes about a minute on two cores."""


@click.command()
@click.option("--keep", is_flag=True, help="Keep the temporary home and wait with the UI open until Enter is pressed.")
@click.option("--timeout", default=_TIMEOUT_S, show_default=True, help="Seconds until the demo gives up.")
def demo(keep: bool, timeout: float) -> None:
    """Drop a spoken recording, a transcript export and a broken file; show what becomes of each.

    Needs no key and no network: the offline engine transcribes. Exit code 1 if an outcome is missing.
    """
    home = Path(tempfile.mkdtemp(prefix="meeting-pipeline-demo-"))

    def wait(url: str) -> None:
        click.echo(f"Open {url} in a browser: Lineage shows the data flow, Assets > minutes a meeting.")
        click.prompt("Press Enter to stop", default="", show_default=False)

    try:
        complete = run_demo(home, click.echo, timeout, wait_before_stop=wait if keep else None)
    finally:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)
    if keep:
        click.echo(f"Kept: {home}\nOpen it again: MEETING_PIPELINE_HOME={home} meeting-pipeline up")
    else:
        click.echo(
            "To look around in the Dagster UI: `.venv/bin/meeting-pipeline demo --keep`, or `meeting-pipeline up`."
        )
    sys.exit(0 if complete else 1)
