"""``meeting-pipeline reconcile``.

Must not go here: what is compared and repaired (``defs/ops/reconciling.py``).
"""

import json
from dataclasses import asdict

import click

_NICE = 10
"""Low priority: while a system is just starting, this can wait."""


@click.command("reconcile", short_help="Reconcile Dagster's records with the store.")
@click.option(
    "--quick", is_flag=True, help="Only add what is missing; do not compare versions. `up` does this at start."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def reconcile(quick: bool, as_json: bool) -> None:
    """Make Dagster's records agree with the store: partitions, materializations and asset checks.

    Repairs Dagster's storage after it was lost or restored, or when a partition was deleted in the UI. Partitions of
    recordings that do not exist are removed. No recording is changed and nothing is bought. A second run changes nothing.
    It may run while `up` runs.
    """
    import logging
    import os

    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.defs.ops.reconciling import reconcile as make_agree
    from meeting_pipeline.foundation.logs import PROCESS_VARIABLE, log_as_configured
    from meeting_pipeline.supervisor.instance import opened_instance

    beside_up = bool(os.environ.get(PROCESS_VARIABLE))
    if beside_up:
        log_as_configured()
        os.nice(_NICE)
    with installation() as opened, opened_instance(opened.settings) as instance:
        done = make_agree(opened, instance, versions=not quick)
    if beside_up:  # the log holds JSON lines
        logging.getLogger(__name__).info("%s", "; ".join(" ".join(line.split()) for line in done.lines()))
        return
    if as_json:
        click.echo(json.dumps({**asdict(done), "changes": done.changes}, indent=2))
        return
    for line in done.lines():
        click.echo(line)
    click.echo("Dagster agrees with the store." if done.changes == 0 else f"{done.changes} changes.")
