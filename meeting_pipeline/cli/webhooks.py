"""``meeting-pipeline webhooks list | show | replay``.

Must not go here: sending (the running system does).
"""

import json
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.cli.listing import table
from meeting_pipeline.domain.text import one_line

if TYPE_CHECKING:
    from meeting_pipeline.store.tables import WebhookDelivery

_STATES = ("pending", "leased", "delivered", "dead")
_ALL = 100_000
"""Deliveries that ``--state`` takes at once."""


@click.group("webhooks", short_help="Look at webhook deliveries and replay them.")
def webhooks() -> None:
    """Look at webhook deliveries and replay them."""


@webhooks.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only these; dead ones have used up their attempts.")
@click.option("--recording", metavar="KEY", help="Only those of this recording; the beginning of its key is enough.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_deliveries(state: str | None, recording: str | None, limit: int, as_json: bool) -> None:
    """List deliveries, the newest first."""
    from meeting_pipeline.cli.opening import installation
    from meeting_pipeline.store.lookups import resolve_key

    with installation() as opened:
        only = resolve_key(opened.store.database, recording) if recording else None
        rows = opened.store.outbox.list(state=state, key=only, limit=limit)
    if as_json:
        click.echo(json.dumps([_fields(row) for row in rows], indent=2))
    elif not rows:
        click.echo("No deliveries.")
    else:
        cells = [(row.id[:12], row.state, str(row.attempts), _last(row), _due(row), row.recording_key) for row in rows]
        click.echo(table(("DELIVERY", "STATE", "TRIES", "LAST", "NEXT TRY", "RECORDING"), cells))


@webhooks.command("show")
@click.argument("delivery")
def show_delivery(delivery: str) -> None:
    """Show every try of DELIVERY (the beginning of its id is enough)."""
    from meeting_pipeline.cli.opening import installation
    from meeting_pipeline.store.lookups import resolve_delivery

    with installation() as opened:
        row = resolve_delivery(opened.store.database, delivery)
        tries = opened.store.outbox.attempts(row.id)
    for name, value in _fields(row).items():
        click.echo(f"{name:14}{value if value is not None else '-'}")
    for attempt in tries:
        said = attempt.error_code or attempt.status
        line = f"try {attempt.number}: {attempt.at:%Y-%m-%d %H:%M:%S} UTC, {attempt.duration_ms} ms, {said}"
        click.echo(f"{line}: {one_line(attempt.detail)}" if attempt.detail else line)


@webhooks.command("replay")
@click.argument("deliveries", nargs=-1, metavar="[DELIVERY]...")
@click.option("--state", type=click.Choice(["dead"]), help="All that have used up their attempts.")
def replay(deliveries: tuple[str, ...], state: str | None) -> None:
    """Send deliveries again, with the same event id and the same body. The running system sends them.

    The schedule of attempts starts over. One that is being tried at this moment stays as it is.
    """
    from meeting_pipeline.cli.opening import installation
    from meeting_pipeline.store.lookups import resolve_delivery

    if bool(deliveries) == bool(state):
        raise click.UsageError("Give deliveries, or --state dead.")
    with installation() as opened:
        ids = [resolve_delivery(opened.store.database, text).id for text in deliveries]
        if state:
            ids = [row.id for row in opened.store.outbox.list(state=state, limit=_ALL)]
        count = opened.store.outbox.replay(ids)
    click.echo(f"{count} of {len(ids)} deliveries are due again." if ids else "There is nothing to replay.")


def _last(row: "WebhookDelivery") -> str:
    return str(row.last_error or row.last_status or "-")


def _due(row: "WebhookDelivery") -> str:
    return f"{row.next_at:%Y-%m-%d %H:%M:%S} UTC" if row.state == "pending" else "-"


def _fields(row: "WebhookDelivery") -> dict[str, Any]:
    return {
        "id": row.id,
        "recording": row.recording_key,
        "event_id": row.event_id,
        "state": row.state,
        "attempts": row.attempts,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "next_at": row.next_at.isoformat() if row.state == "pending" else None,
        "created_at": row.created_at.isoformat(),
        "delivered_at": row.delivered_at.isoformat() if row.delivered_at else None,
    }
