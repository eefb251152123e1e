"""``meeting-pipeline keys create | list | revoke``: keys for callers of the HTTP service.

Must not go here: how keys are created and stored (``store/api/api_keys.py``).
"""

import json
from typing import TYPE_CHECKING, Any, Final

import click

from meeting_pipeline.domain.text import table

if TYPE_CHECKING:
    from meeting_pipeline.store.tables import ApiKey

_SCOPES: Final = ("read", "submit", "admin")
"""A copy, because importing the store is slow. A test compares it with the store's scopes."""


@click.group("keys", short_help="Create, list and revoke API keys.")
def keys() -> None:
    """Create, list and revoke keys of the HTTP service.

    Without keys, the service serves only this machine and requires none. Once there is a key, every caller needs one. A
    running service notices within seconds.
    """


@keys.command("create")
@click.option("--name", required=True, help="A name that says who will use it.")
@click.option(
    "--scope",
    type=click.Choice(_SCOPES),
    required=True,
    help="read: see everything. submit: also submit, cancel, reprocess and edit. admin: also delete and replay.",
)
def create(name: str, scope: str) -> None:
    """Create a key and print it once: only its hash is stored."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        made = opened.store.api_keys.create(name, scope)
    click.echo(made.key)
    click.echo(f"{made.id}: scope {scope}. Copy the key now: it cannot be shown again.", err=True)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_keys(as_json: bool) -> None:
    """List all keys, including revoked ones. The keys themselves are not stored."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        rows = opened.store.api_keys.list()
    if as_json:
        click.echo(json.dumps([_fields(row) for row in rows], indent=2))
    elif not rows:
        click.echo("There is no key: the HTTP service is open to this machine only, without a key.")
    else:
        click.echo(table(("KEY", "SCOPE", "STATE", "CREATED", "LAST USED", "NAME"), [_cells(row) for row in rows]))


@keys.command("revoke")
@click.argument("key_id", metavar="KEY")
def revoke(key_id: str) -> None:
    """Revoke KEY (the beginning of its id is enough) at once. What was submitted with it stays."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        row = opened.store.api_keys.revoke(key_id)
        any_left = opened.store.api_keys.any_in_force()
    click.echo(f"Revoked: {row.id} ({row.name}).")
    if not any_left:
        click.echo("No key is left: the HTTP service is now open to this machine only, without a key.")


def _cells(row: "ApiKey") -> tuple[str, ...]:
    moments = [f"{at:%Y-%m-%d %H:%M} UTC" if at else "-" for at in (row.created_at, row.last_used_at)]
    return (row.id, ", ".join(row.scopes), "revoked" if row.revoked_at else "valid", *moments, row.name)


def _fields(row: "ApiKey") -> dict[str, Any]:
    moments = ("created_at", "last_used_at", "revoked_at")
    said = {name: at.isoformat() if (at := getattr(row, name)) else None for name in moments}
    return {"id": row.id, "name": row.name, "scopes": row.scopes, **said}
