"""``meeting-pipeline demo``: sample recordings through the real system, on a temporary home, without keys.

Must not go here: its steps (``demo/run.py``).
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # it imports most of the system
    from meeting_pipeline.foundation.ownership import Owner

_TIMEOUT_S = 600.0
"""The demo takes about a minute on two cores; a busy machine may need ten."""


@click.command()
@click.option(
    "--keep", is_flag=True, help="Keep the temporary home, and keep the page and the UI open until you press Enter."
)
@click.option("--timeout", default=_TIMEOUT_S, show_default=True, help="Seconds before the demo gives up.")
def demo(keep: bool, timeout: float) -> None:
    """Drop a spoken recording, a transcript export and a broken file, and show what happens to each.

    Needs no key and no network: the offline engine transcribes. Exit code 1: an outcome is missing, and the files are kept
    for diagnosis.
    """
    click.echo("Starting the real system (Dagster UI, daemon, sensors, HTTP service), without any key ...")
    from meeting_pipeline.demo.run import run_demo  # after the first line of output: it imports most of the system

    home = Path(tempfile.mkdtemp(prefix="meeting-pipeline-demo-"))

    def wait(owner: "Owner") -> None:
        click.echo(f"Open the page in a browser: {owner.api_url}")
        click.echo(f"Or the Dagster UI: {owner.url}; Lineage shows the data flow.")
        click.prompt("Press Enter to stop", default="", show_default=False)

    try:
        complete = run_demo(home, click.echo, timeout, wait_before_stop=wait if keep else None)
    except KeyboardInterrupt:
        _end(home, keep=keep)
        raise
    except BaseException:
        _end(home, keep=True)
        raise
    _end(home, keep=keep or not complete)
    if not keep and complete:
        program = "meeting-pipeline" if shutil.which("meeting-pipeline") else sys.argv[0]  # as `make demo` runs it
        click.echo(f"To look around on the page and in the Dagster UI: {program} demo --keep")
    sys.exit(0 if complete else 1)


def _end(home: Path, *, keep: bool) -> None:
    if not keep:
        shutil.rmtree(home, ignore_errors=True)
        return
    click.echo(f"Kept: {home} (logs in {home / 'logs'}, what `up` printed in up.log)")
    click.echo(f"Open it again: MEETING_PIPELINE_HOME={home} meeting-pipeline up")
