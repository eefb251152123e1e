"""``meeting-pipeline webhooks list | show | endpoints``, and the group of these commands.

Must not go here: sending (done by the running system), making deliveries due again (``replaying.py``).
"""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.cli.replaying import enable, replay
from meeting_pipeline.cli.shared_options import limit_option
from meeting_pipeline.cli.signing_secrets import list_secrets, rotate_secret
from meeting_pipeline.cli.timestamps import timestamp
from meeting_pipeline.domain.text import one_line, table

if TYPE_CHECKING:
    from meeting_pipeline.store.outbox.queries import Found
    from meeting_pipeline.store.tables import WebhookAttempt, WebhookEndpoint

_STATES = ("pending", "leased", "delivered", "dead", "held")


@click.group("webhooks", short_help="List, inspect and replay webhook deliveries.")
def webhooks() -> None:
    """List webhook deliveries and replay them.

    A delivery is one event on its way to one URL: pending (waiting for its next attempt), leased (an attempt is in
    progress), delivered, dead (its attempts are used up, or cannot help), or held (its endpoint is disabled).
    """


@webhooks.command("list")
@click.option("--state", type=click.Choice(_STATES), multiple=True, help="Only these; can be repeated.")
@click.option(
    "--recording", metavar="RECORDING_ID", help="Only those of this recording; the beginning of its id is enough."
)
@click.option("--endpoint", metavar="URL|HOST", help="Only those to this URL, host or host:port.")
@click.option(
    "--since",
    type=timestamp,
    metavar="TIME",
    help="Only those created since then: 2025-03-14, 2025-03-14T09:00 (UTC), 6h, 3d.",
)
@click.option("--until", type=timestamp, metavar="TIME", help="Only those created before then.")
@limit_option()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_deliveries(
    state: tuple[str, ...],
    recording: str | None,
    endpoint: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """List deliveries, newest first."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.outbox.queries import DeliveryFilter, find_deliveries
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    with installation() as opened:
        key = resolve_key(opened.store.database, recording) if recording else None
        criteria = DeliveryFilter(state, key, endpoint, since, until)
        found = find_deliveries(opened.store.database, criteria, limit=limit)
    if as_json:
        click.echo(json.dumps([_fields(one) for one in found], indent=2))
    elif not found:
        click.echo("No deliveries.")
    else:
        heading = ("DELIVERY", "STATE", "TRIES", "LAST", "NEXT ATTEMPT", "REVISION", "RECORDING", "ENDPOINT")
        click.echo(table(heading, [_cells(one) for one in found]))


@webhooks.command("show")
@click.argument("delivery")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def show_delivery(delivery: str, as_json: bool) -> None:
    """Show every attempt of DELIVERY (the beginning of its id is enough), and what it waits for."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.outbox.queries import find_delivery
    from meeting_pipeline.store.recordings.cli_queries import resolve_delivery

    with installation() as opened:
        found = find_delivery(opened.store.database, resolve_delivery(opened.store.database, delivery).id)
        tries = opened.store.deliveries.attempts(found.row.id)
    if as_json:
        click.echo(json.dumps({**_fields(found), "tries": [_attempt(one) for one in tries]}, indent=2))
        return
    for name, value in _fields(found).items():
        click.echo(f"{name:16}{value if value is not None else '-'}")
    for attempt in tries:
        said = attempt.error_code or attempt.status
        line = f"try {attempt.number}: {attempt.at:%Y-%m-%d %H:%M:%S} UTC, {attempt.duration_ms} ms, {said}"
        click.echo(f"{line}: {one_line(attempt.detail)}" if attempt.detail else line)


@webhooks.command("endpoints")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_endpoints(as_json: bool) -> None:
    """List endpoints that fail or are disabled, with the reason. An endpoint that is not listed worked at its last attempt."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        rows = opened.store.outbox.endpoints.list()
    if as_json:
        fields = ("url", "state", "code", "reason")
        moments = ("failing_since", "failed_at")
        texts = [{name: getattr(row, name) for name in fields} for row in rows]
        click.echo(
            json.dumps(
                [
                    {**text, **{name: getattr(row, name).isoformat() for name in moments}}
                    for text, row in zip(texts, rows, strict=True)
                ],
                indent=2,
            )
        )
    elif not rows:
        click.echo("No endpoint fails.")
    else:
        cells = [(row.state, f"{row.failing_since:%Y-%m-%d %H:%M} UTC", row.code, row.url, row.reason) for row in rows]
        click.echo(table(("STATE", "FAILING SINCE", "LAST", "ENDPOINT", "REASON"), cells))


webhooks.add_command(replay)
webhooks.add_command(enable)
webhooks.add_command(rotate_secret)
webhooks.add_command(list_secrets)


def _cells(found: "Found") -> tuple[str, ...]:
    row = found.row
    last = str(row.last_error or row.last_status or "-")
    due = f"{row.next_at:%Y-%m-%d %H:%M:%S} UTC" if row.state == "pending" else "-"
    return (
        row.id[:12],
        row.state,
        str(row.attempts),
        last,
        due,
        str(found.revision),
        row.recording_key,
        found.url,
    )


def _endpoint_state(endpoint: "WebhookEndpoint | None") -> str | None:
    return None if endpoint is None else f"{endpoint.state}: {endpoint.reason}"


def _attempt(attempt: "WebhookAttempt") -> dict[str, Any]:
    return {
        "number": attempt.number,
        "at": attempt.at.isoformat(),
        "duration_ms": attempt.duration_ms,
        "status": attempt.status,
        "error": attempt.error_code,
        "detail": attempt.detail,
    }


def _fields(found: "Found") -> dict[str, Any]:
    row = found.row
    return {
        "id": row.id,
        "recording_id": row.recording_key,
        "event_id": row.event_id,
        "revision": found.revision,
        "endpoint": found.url,
        "endpoint_state": _endpoint_state(found.endpoint),
        "state": row.state,
        "attempts": row.attempts,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "next_at": row.next_at.isoformat() if row.state == "pending" else None,
        "created_at": row.created_at.isoformat(),
        "delivered_at": row.delivered_at.isoformat() if row.delivered_at else None,
    }
