"""``meeting-pipeline prune``.

Must not go here: what is removed (``defs/ops/retention.py``).
"""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from meeting_pipeline.defs.ops.retention import Pruned


@click.command("prune", short_help="Remove old runs, logs and rejected files.")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def prune(dry_run: bool, as_json: bool) -> None:
    """Remove what is older than the settings MEETING_PIPELINE_KEEP_..._DAYS say: Dagster's runs and events, logs, rejected files.

    The job `prune` does this each night. Recordings, results, ledgers and webhooks are never removed, and lineage stays
    complete. It may run while `up` runs, and be interrupted.

    Exit codes: 0 done, 1 a part failed, 2 a problem that the message names.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.errors import ExitCode
    from meeting_pipeline.defs.ops.retention import prune as one_round
    from meeting_pipeline.supervisor.instance import opened_instance

    with installation() as opened, opened_instance(opened.settings) as instance:
        done = one_round(opened, instance, dry=dry_run)
    if as_json:
        facts = {
            "dry_run": dry_run,
            "counts": dict(done.counts),
            "database_bytes": done.database_bytes,
            "over": done.over,
        }
        click.echo(json.dumps({**facts, "left": done.left, "failed": bool(done.failed)}, indent=2))
    else:
        _print_pruned(done, dry_run=dry_run)
    if done.failed:
        raise SystemExit(ExitCode.CHECK_FAILED)


def _print_pruned(done: "Pruned", *, dry_run: bool) -> None:
    click.echo("Would be removed:" if dry_run else "Removed:")
    for name, count in done.counts.items():
        click.echo(f"  {name.replace('_', ' ') + ':':<28}{count:>14,}")
    if not dry_run:
        click.echo(f"Dagster's database files are {done.database_bytes:,} bytes smaller.")
    if done.left:
        click.echo(done.left)
    if not done.over:
        click.echo("Not everything was handled: run it again, or wait for the next night.")
