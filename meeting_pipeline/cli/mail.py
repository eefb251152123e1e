"""``meeting-pipeline mail list | retry | test``: the minutes that are sent by e-mail.

Must not go here: sending them (done by the running system), the settings.
"""

import json
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.cli.shared_options import limit_option
from meeting_pipeline.domain.text import one_line, table

if TYPE_CHECKING:
    from meeting_pipeline.store.tables import MailDelivery

_STATES = ("pending", "leased", "sent", "dead", "superseded")


@click.group("mail", short_help="List and retry mails with minutes; test the mail server.")
def mail() -> None:
    """List the mails with minutes, and send them again.

    A mail is one recording's minutes on their way to one address: pending (waiting for its next attempt), leased (an attempt is
    in progress), sent, dead (its attempts are used up, or cannot help), or superseded (a later revision was sent instead).
    """


@mail.command("list")
@click.option("--state", type=click.Choice(_STATES), multiple=True, help="Only these; can be repeated.")
@click.option(
    "--recording", metavar="RECORDING_ID", help="Only those of this recording; the beginning of its id is enough."
)
@limit_option()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_mails(state: tuple[str, ...], recording: str | None, limit: int, as_json: bool) -> None:
    """List mails, newest first."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    with installation() as opened:
        key = resolve_key(opened.store.database, recording) if recording else None
        found = opened.store.mails.list(states=state, key=key, limit=limit)
    if as_json:
        click.echo(json.dumps([_fields(row) for row in found], ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo("No mails.")
        return
    rows = [
        [row.recording_key, f"{row.revision}", row.address, row.state, f"{row.attempts}", _note(row)] for row in found
    ]
    click.echo(table(["recording", "revision", "to", "state", "attempts", "note"], rows))


@mail.command("retry")
@click.option(
    "--recording", metavar="RECORDING_ID", help="Only those of this recording; the beginning of its id is enough."
)
def retry(recording: str | None) -> None:
    """Send dead and waiting mails now, with a fresh schedule."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    with installation() as opened:
        key = resolve_key(opened.store.database, recording) if recording else None
        count = opened.store.mails.retry(key=key)
    click.echo(f"{count} mails are due now.")


@mail.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send a test mail, which contains nothing from any meeting, to ADDRESS."""
    from meeting_pipeline.domain.errors import OperatorError
    from meeting_pipeline.domain.mail_addresses import mail_address
    from meeting_pipeline.foundation.tls_trust import trusted
    from meeting_pipeline.mail.message import trial_mail
    from meeting_pipeline.mail.sending import send_mail
    from meeting_pipeline.policies import MAIL_TOTAL_SECONDS
    from meeting_pipeline.settings import load_settings
    from meeting_pipeline.steps.delivery.mail import server_of
    from meeting_pipeline.store.engine.row_helpers import new_id

    settings = load_settings()
    try:
        recipient = mail_address(address)
    except ValueError as error:
        raise click.UsageError(f"ADDRESS {error}") from None
    server = server_of(settings)
    if server is None or settings.mail_from is None:
        raise OperatorError("mail_not_set", "No mail server is set.", "Set MEETING_PIPELINE_MAIL_SERVER.")
    message = trial_mail(settings.mail_from, recipient, new_id())
    outcome = send_mail(server, settings.mail_from, recipient, message, tls=trusted, total_s=MAIL_TOTAL_SECONDS)
    if outcome is not None and outcome.code is not None:
        raise OperatorError(outcome.code, outcome.detail, "See the mail settings, and docs/mail.md.")
    click.echo("The mail server accepted the mail.")


def _note(row: "MailDelivery") -> str:
    twice = "perhaps sent twice" if row.unsure else ""
    failed = one_line(f"{row.last_error}: {row.last_detail}")[:100] if row.last_error else ""
    return "; ".join(note for note in (failed, twice) if note)


def _fields(row: "MailDelivery") -> dict[str, Any]:
    return {
        "id": row.id,
        "recording_id": row.recording_key,
        "revision": row.revision,
        "address": row.address,
        "state": row.state,
        "attempts": row.attempts,
        "perhaps_sent_twice": row.unsure,
        "error": row.last_error,
        "detail": row.last_detail,
        "created_at": row.created_at.isoformat(),
        "next_at": row.next_at.isoformat() if row.state == "pending" else None,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
    }
