"""``meeting-pipeline webhooks replay | enable``: make deliveries due again.

Must not go here: sending (done by the running system), listing (``webhooks.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from meeting_pipeline.cli.timestamps import timestamp

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation
    from meeting_pipeline.store.outbox.queries import Found

_STATES = ("pending", "dead", "held", "delivered")


@click.command("replay")
@click.argument("deliveries", nargs=-1, metavar="[DELIVERY]...")
@click.option("--endpoint", metavar="URL|HOST", help="All undelivered ones to this URL, host or host:port.")
@click.option("--recording", metavar="RECORDING_ID", help="All of this recording; the beginning of its id is enough.")
@click.option(
    "--since",
    type=timestamp,
    metavar="TIME",
    help="All created since then: 2025-03-14, 2025-03-14T09:00 (UTC), 6h, 3d.",
)
@click.option("--until", type=timestamp, metavar="TIME", help="All created before then.")
@click.option(
    "--state", type=click.Choice(_STATES), multiple=True, help="All in this state. Default: pending, dead and held."
)
def replay(
    deliveries: tuple[str, ...],
    endpoint: str | None,
    recording: str | None,
    since: datetime | None,
    until: datetime | None,
    state: tuple[str, ...],
) -> None:
    """Send deliveries again, with the same event id and the same body. The running system sends them.

    Name deliveries (the beginning of an id is enough), or select them by options, all of which must match. The revisions of
    a recording are sent in order. The schedule of attempts starts over, and a disabled endpoint is enabled again. A
    delivery with an attempt in progress stays as it is.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.outbox.queries import NOT_ARRIVED, DeliveryFilter, find_deliveries, find_delivery
    from meeting_pipeline.store.recordings.cli_queries import resolve_delivery, resolve_key

    by_choice = any((endpoint, recording, since, until, state))
    if bool(deliveries) == by_choice:
        raise click.UsageError("Name deliveries, or select them: --endpoint, --recording, --since, --until, --state.")
    with installation() as opened:
        database = opened.store.database
        if deliveries:
            found = [find_delivery(database, resolve_delivery(database, text).id) for text in deliveries]
        else:
            key = resolve_key(database, recording) if recording else None
            found = find_deliveries(database, DeliveryFilter(state or NOT_ARRIVED, key, endpoint, since, until))
        _replay(opened, found)


@click.command("enable")
@click.argument("endpoint", metavar="URL|HOST")
def enable(endpoint: str) -> None:
    """Enable a disabled endpoint: what is held for it is due again. Dead letters stay; see `replay`."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.outbox.queries import targets_of

    with installation() as opened:
        targets = set(targets_of(opened.store.database, endpoint))
        given_up = [row for row in opened.store.outbox.endpoints.list(state="disabled") if row.target in targets]
        released = opened.store.outbox.endpoints.enable([row.target for row in given_up])
    if not given_up:
        click.echo("Nothing is held for that endpoint.")
        return
    _print_enabled([row.url for row in given_up])
    click.echo(f"{released} held deliveries are due again.")


def _replay(opened: "Installation", found: Sequence["Found"]) -> None:
    if not found:
        click.echo("Nothing to replay.")
        return
    ids = {one.row.id for one in found}
    count = opened.store.outbox.replay(ids)
    _print_enabled([one.url for one in found if one.endpoint is not None and one.endpoint.state == "disabled"])
    click.echo(f"{count} of {len(ids)} deliveries are due again.")


def _print_enabled(urls: Sequence[str]) -> None:
    for url in sorted(set(urls)):
        click.echo(f"Enabled again: {url}")
