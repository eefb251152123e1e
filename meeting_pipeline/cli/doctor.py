"""``meeting-pipeline doctor``."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from meeting_pipeline.cli.errors import ExitCode

if TYPE_CHECKING:
    from meeting_pipeline.cli.checkup.findings import Finding


@click.command("doctor", short_help="Check this installation and say what to do.")
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check settings, home, databases, keys, providers and the running system.

    One line a check: OK, WARN or FAIL, and what to do. No secret is shown. Exit code 1 if anything fails.
    """
    from meeting_pipeline.cli.checkup.findings import Level

    counts = dict.fromkeys(Level, 0)
    for finding in _findings():
        counts[finding.level] += 1
        click.echo(str(finding))
    click.echo(f"{counts[Level.FAIL]} failed, {counts[Level.WARN]} warnings.")
    ctx.exit(ExitCode.CHECK_FAILED if counts[Level.FAIL] else ExitCode.DONE)


def _findings() -> "Iterator[Finding]":
    from meeting_pipeline.cli.checkup import configuration, databases, services, storage
    from meeting_pipeline.settings import VARIABLES

    settings, findings, odd = configuration.read_settings(os.environ)
    yield from findings
    yield from storage.home(settings)
    yield from storage.disk(settings)
    yield from storage.drop_folder(settings)
    yield from storage.encryption_key(settings)
    if VARIABLES["database_url"] not in odd:
        yield from databases.results(settings)
        yield from databases.dagster_storage(settings)
    yield from services.transcription(settings)
    yield from services.insights(settings)
    yield from services.system(settings)
