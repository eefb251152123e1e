"""``meeting-pipeline share create | list | revoke``: links with which people without a key can read one meeting.

Must not go here: how links are stored (``store/api/share_links.py``), what they show (``api/routes/shared.py``).
"""

import getpass
import json
from typing import TYPE_CHECKING

import click

from meeting_pipeline.domain.text import table

if TYPE_CHECKING:
    from datetime import datetime

    from meeting_pipeline.store.tables import ShareLink


@click.group("share", short_help="Create, list and revoke links to one meeting.")
def share() -> None:
    """Create, list and revoke links with which somebody without a key can read one meeting, and nothing else.

    Whoever has a link can read the meeting until it expires or is revoked, or the recording is deleted.
    """


@share.command("create")
@click.argument("recording_id", metavar="RECORDING_ID")
@click.option("--transcript", is_flag=True, help="Include the transcript.")
@click.option("--sound", is_flag=True, help="Include the recording, for playback.")
@click.option(
    "--days", type=click.IntRange(1, 366), help="Days until the link expires.  [default: MEETING_PIPELINE_SHARE_DAYS]"
)
def create(recording_id: str, transcript: bool, sound: bool, days: int | None) -> None:
    """Create a link to the meeting RECORDING_ID and print it once: only its hash is stored."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.domain.errors import PermanentError
    from meeting_pipeline.store.api.share_links import Shared
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    with installation() as opened:
        row = opened.store.recordings.get(resolve_key(opened.store.database, recording_id))
        if opened.store.records.get(row.key).transcript is None:
            raise PermanentError("no_transcript", f"{row.key} has no transcript.", "Wait until it is finished.")
        if sound and not row.media_file:
            raise PermanentError("no_media", f"{row.key} has no audio.", "Share it without --sound.")
        settings = opened.settings
        shown, lasts = Shared(transcript, sound), days or settings.share_days
        made = opened.store.share_links.create(row.key, shown, lasts, by=getpass.getuser())
    base = settings.api_public_url or f"http://{settings.api_host}:{settings.api_port}"
    click.echo(f"{base.rstrip('/')}/shared/{made.token}")
    until = f"{made.row.expires_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"{made.row.id}: until {until}. Copy the link now: it cannot be shown again.", err=True)
    if not settings.api_public_url:
        click.echo(
            "Others can open it only if they can reach the address in MEETING_PIPELINE_API_PUBLIC_URL.", err=True
        )


@share.command("list")
@click.argument("recording_id", metavar="[RECORDING_ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_links(recording_id: str | None, as_json: bool) -> None:
    """List the links to one meeting, or the newest of all, also expired and revoked ones. Only hashes are stored."""
    from meeting_pipeline.api.schemas.shares import share_list
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    with installation() as opened:
        key = resolve_key(opened.store.database, recording_id) if recording_id else None
        rows, now = opened.store.share_links.list(key), opened.store.context.now()
    if as_json:
        click.echo(json.dumps(share_list(rows, now).model_dump(mode="json")["shares"], indent=2, ensure_ascii=False))
    elif not rows:
        click.echo("There are no links.")
    else:
        click.echo(
            table(("LINK", "STATE", "EXPIRES", "SHOWS", "MADE BY", "RECORDING_ID"), [_cells(row, now) for row in rows])
        )


@share.command("revoke")
@click.argument("share_id", metavar="LINK")
def revoke(share_id: str) -> None:
    """Revoke LINK (the beginning of its id is enough) at once."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        row = opened.store.share_links.revoke(share_id)
    click.echo(f"Revoked: {row.id} ({row.recording_key}).")


def _cells(row: "ShareLink", now: "datetime") -> tuple[str, ...]:
    from meeting_pipeline.store.api.share_links import state_of

    shows = ", ".join(
        ["minutes", *(["transcript"] if row.with_transcript else []), *(["sound"] if row.with_sound else [])]
    )
    return row.id, state_of(row, now), f"{row.expires_at:%Y-%m-%d %H:%M} UTC", shows, row.created_by, row.recording_key
