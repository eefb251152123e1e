"""``meeting-pipeline webhooks rotate-secret | secrets``: the signing secrets of single endpoints.

Must not go here: how secrets are stored (``store/outbox/signing_secrets.py``), signatures (``webhooks/signing.py``).
"""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from meeting_pipeline.cli.timestamps import duration

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation

_OVERLAP: Final = "1d"
"""Default overlap: a day is enough to deploy a receiver during office hours, and short for a secret that must be replaced."""
_LONGEST: Final = timedelta(days=90)
"""A secret that shall be valid for longer is not being replaced."""


@click.command("rotate-secret")
@click.argument("endpoint", metavar="URL|HOST")
@click.option(
    "--overlap",
    type=duration,
    default=_OVERLAP,
    show_default=True,
    metavar="TIME",
    help="How long the old secret stays valid: 90m, 6h, 3d; 0 if it has leaked.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def rotate_secret(endpoint: str, overlap: timedelta, as_json: bool) -> None:
    """Give ENDPOINT its own new signing secret and print it once: it is not shown again.

    During the overlap, each webhook has two signatures, with the new and the old secret; a receiver accepts either. The
    first rotation replaces the installation's secret, for this endpoint only. ENDPOINT is a URL, or the host of one that is
    in use.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.outbox.webhook_urls import shown_url
    from meeting_pipeline.webhooks.signing import new_signing_secret

    if overlap > _LONGEST:
        raise click.UsageError(f"--overlap: at most {_LONGEST.days}d.")
    secret = new_signing_secret()
    with installation() as opened:
        url = _one_url(opened, endpoint)
        until = opened.store.signing_secrets.rotate(url, secret, overlap.total_seconds())
    if as_json:
        told = {"endpoint": shown_url(url), "secret": secret, "old_valid_until": until.isoformat() if until else None}
        click.echo(json.dumps(told, indent=2))
        return
    click.echo(secret)
    old = f"The old one signs too until {until:%Y-%m-%d %H:%M} UTC" if until else "The old one is no longer valid"
    click.echo(f"This is the new signing secret of {shown_url(url)}. {old}.", err=True)


@click.command("secrets")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_secrets(as_json: bool) -> None:
    """List endpoints with their own signing secrets, and when each is valid. Secrets are not shown."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.domain.text import table

    with installation() as opened:
        rows = opened.store.signing_secrets.list()
    if as_json:
        told = [
            {
                "endpoint": row.url,
                "secret": "own" if row.secret else "installation",
                "created_at": row.created_at.isoformat() if row.secret else None,
                "valid_until": row.valid_until.isoformat() if row.valid_until else None,
            }
            for row in rows
        ]
        click.echo(json.dumps(told, indent=2))
    elif not rows:
        click.echo("No endpoint has its own signing secret.")
    else:
        cells = [
            (
                row.url,
                f"own, since {row.created_at:%Y-%m-%d %H:%M} UTC" if row.secret else "the installation's",
                f"{row.valid_until:%Y-%m-%d %H:%M} UTC" if row.valid_until else "-",
            )
            for row in rows
        ]
        click.echo(table(("ENDPOINT", "SECRET", "VALID UNTIL"), cells))


def _one_url(opened: "Installation", text: str) -> str:
    """The URL that is meant. A URL need not be in use yet: the receiver may get its secret before the first submission."""
    from meeting_pipeline.domain.errors import PermanentError
    from meeting_pipeline.store.outbox.queries import urls_of
    from meeting_pipeline.store.outbox.webhook_urls import shown_url
    from meeting_pipeline.webhooks.addresses import check_url

    try:
        found = urls_of(opened.store.database, text)
    except PermanentError:
        if "://" not in text:
            raise
        check_url(text, opened.settings.webhook_allow)
        return text
    if "://" in text and text not in found:  # a whole URL is meant as it is, even if it only begins like another one
        check_url(text, opened.settings.webhook_allow)
        return text
    if len(found) > 1 and text not in found:
        shown = ", ".join(sorted({shown_url(url) for url in found}))
        raise click.UsageError(f"{len(found)} endpoints match: {shown}. Give the whole URL of one.")
    return text if text in found else found[0]
