"""``meeting-pipeline doctor``.

Must not go here: checks (``checkup/``).
"""

import json
import os
from collections.abc import Iterator, Set
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from meeting_pipeline.cli.errors import ExitCode

if TYPE_CHECKING:
    from meeting_pipeline.cli.checkup.findings import Check, Finding


@click.command("doctor", short_help="Check this installation and suggest fixes.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check settings, home, databases, keys, providers and the running system. Nothing is changed.

    If a system is running, the settings with which it was started are checked, not those of this shell.

    One line per check: OK, WARN or FAIL, with what to do below it. No secret is shown. Each provider whose key is set is
    sent one free request over the network.

    Exit codes: 0 everything works (there may be warnings), 1 something does not.
    """
    from meeting_pipeline.cli.checkup.findings import Level

    counts = dict.fromkeys(Level, 0)
    shown = []
    for finding in _findings():
        counts[finding.level] += 1
        if as_json:
            shown.append(asdict(finding))
        else:
            click.echo(str(finding))
    if as_json:
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{counts[Level.FAIL]} failed, {counts[Level.WARN]} warnings.")
    ctx.exit(ExitCode.CHECK_FAILED if counts[Level.FAIL] else ExitCode.DONE)


def _findings() -> "Iterator[Finding]":
    from meeting_pipeline.cli.checkup.configuration import read_settings
    from meeting_pipeline.cli.checkup.findings import carried_out
    from meeting_pipeline.cli.checkup.running_environment import running_environment

    environment, found = running_environment(os.environ)
    yield from found
    settings, found, odd = read_settings(environment)
    yield from found
    for check in _checks(odd):
        yield from carried_out(check, settings)


def _checks(odd: "Set[str]") -> "Iterator[Check]":
    """The checks, in order, without those that need a variable that is ``odd``: its default would be checked instead."""
    from meeting_pipeline.cli.checkup import (
        access,
        databases,
        keys,
        machines,
        meaning,
        privacy,
        services,
        spending,
        storage,
    )
    from meeting_pipeline.providers.registry import analyst_specs, speech_specs
    from meeting_pipeline.settings import VARIABLES

    has_database = VARIABLES["database_url"] not in odd
    yield from (storage.home, storage.disk, storage.object_storage, storage.drop_folder, storage.bucket_inbox)
    yield from (privacy.private_files, privacy.owner, keys.encryption_key, keys.signing_secret)
    if has_database:
        yield from (storage.recordings, databases.results_database, databases.dagster_storage)
        yield from (access.access, keys.restored_secrets, machines.machines)
    yield from (services.outbound_http, services.mail)
    # A key must only go to the intended address, not to the default address because the setting is invalid.
    if not odd & {spec.address_variable for spec in speech_specs().values()}:
        yield services.transcription
    if not odd & {spec.address_variable for spec in analyst_specs().values()}:
        yield services.insights
    if not odd & {VARIABLES["embeddings_base_url"], VARIABLES["openai_base_url"]}:
        yield meaning.search_by_meaning
    yield spending.prices
    if has_database:
        yield spending.limit
    yield from (services.own_insights, services.system)
