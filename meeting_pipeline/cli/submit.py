"""``meeting-pipeline submit``.

Must not go here: writing into the drop folder (``drop.py``), following it (``wait.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.cli.shared_options import timeout_option
from meeting_pipeline.domain.sidecar_options import SidecarOptions, WebhookBody

if TYPE_CHECKING:
    from meeting_pipeline.domain.ignored_details import IgnoredField

_FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("submit", short_help="Submit a recording or a transcript export.")
@click.argument("file", type=_FILE)
@click.option("--title", help="Title of the meeting; default: the file's name.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date of the meeting; default: that of the file.")
@click.option("--timezone", help="Time zone of the meeting, such as Europe/Berlin; default: that of the installation.")
@click.option("--webhook-url", help="Receives the outcome.")
@click.option(
    "--webhook-secret",
    envvar="MEETING_PIPELINE_SUBMIT_SECRET",
    show_envvar=True,
    help="Sent back as X-Webhook-Secret. Use the variable to keep it out of the process list.",
)
@click.option(
    "--webhook-body",
    type=click.Choice(get_args(WebhookBody)),
    help="The whole record, ids and links only, or a message for a chat.",
)
@click.option("--mail-to", multiple=True, metavar="ADDRESS", help="Gets the minutes by e-mail; can be repeated.")
@click.option(
    "--reference",
    help="Your own name for the recording, such as an id in your system; returned with it, and searchable.",
)
@click.option(
    "--metadata",
    multiple=True,
    metavar="NAME=VALUE",
    help="Your own data, returned with it and searchable; can be repeated.",
)
@click.option("--participant", "participants", multiple=True, help="A name; can be repeated.")
@click.option("--keyterm", "keyterms", multiple=True, help="A word to expect; can be repeated.")
@click.option("--language", help="Such as en or en_us; default: detected.")
@click.option("--speakers-expected", type=int, help="Number of speakers.")
@click.option(
    "--multichannel/--no-multichannel",
    default=None,
    help="Treat each channel or audio track as one speaker, or mix them; default: the setting.",
)
@click.option("--expected-language", "languages", multiple=True, help="A language that may be spoken; can be repeated.")
@click.option(
    "--redact-pii", type=click.Choice(["off", "text", "text_and_audio"]), help="Remove personal data (AssemblyAI only)."
)
@click.option("--filter-profanity", is_flag=True, default=None, help="Mask profane words (AssemblyAI only).")
@click.option("--custom-spelling", help='How to spell what is said, as JSON: {"SQL": ["sequel"]} (AssemblyAI only).')
@click.option("--wait", is_flag=True, help="Show progress until the recording is finished.")
@timeout_option
@click.pass_context
def submit(
    ctx: click.Context, /, file: Path, date: datetime | None, wait: bool, timeout: float, **options: Any
) -> None:
    """Copy FILE into the drop folder, together with its details.

    With --wait the exit code is 0 for completed, 3 for failed, 4 for not finished in time, 5 for rejected at intake.
    """
    chosen = read_options({**options, "metadata": _pairs(options["metadata"]), "date": date.date() if date else None})
    _check_kind(file)

    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.drop import drop_file
    from meeting_pipeline.cli.wait import Follower
    from meeting_pipeline.domain.keys import hash_file
    from meeting_pipeline.foundation.ownership import running_owner
    from meeting_pipeline.steps.intake.accept import check_recipients
    from meeting_pipeline.steps.intake.arrival import with_plain_title
    from meeting_pipeline.store.recordings.new_recordings import ignored_of

    with installation(make=True) as opened:
        _check_target(chosen, opened.settings.webhook_allow)
        check_recipients(opened.settings, chosen)
        known = opened.store.recordings.find_by_hash(hash_file(file))
        handed = drop_file(file, chosen, opened.settings.inbox)
        click.echo(f"Submitted as {handed.folder} ({handed.size_bytes} bytes).")
        if known is not None:
            click.echo(f"This content is already known: {known.key} ({known.status}).")
            _print_ignored(ignored_of(known, with_plain_title(chosen)), known.key)
        if running_owner(opened.settings.home) is None:
            click.echo("No system seems to be running on this home. Start it: meeting-pipeline up", err=True)
        if not wait:
            click.echo(f"Follow it: meeting-pipeline {f'show {known.key}' if known else 'list'}")
            return
        outcome = Follower(opened, click.echo).follow(handed, known, timeout)
    click.echo(outcome.message, err=outcome.code is not ExitCode.DONE)
    if outcome.key is not None:
        click.echo(f"Read it: meeting-pipeline show {outcome.key}")
    ctx.exit(outcome.code)


def _print_ignored(ignored: "Sequence[IgnoredField]", key: str) -> None:
    from meeting_pipeline.domain.ignored_details import lines, sentence
    from meeting_pipeline.domain.text import one_line

    if ignored:
        click.echo(sentence(ignored, key), err=True)
        for line in lines(ignored):
            click.echo(f"  {one_line(line)}", err=True)


def read_options(given: dict[str, Any]) -> SidecarOptions:
    """The options as intake will read them. Raises: UsageError, which names the options but never shows a value."""
    from pydantic import ValidationError

    try:
        return SidecarOptions.model_validate(
            {name: value for name, value in given.items() if value not in (None, (), "")}
        )
    except ValidationError as error:
        names = {"participants": "participant", "keyterms": "keyterm", "languages": "expected-language"}
        problems = [
            f"--{names.get(str(e['loc'][0]), str(e['loc'][0])).replace('_', '-')}: {e['msg']}"
            for e in error.errors(include_input=False, include_url=False)
        ]
        raise click.UsageError("; ".join(problems)) from None


def _pairs(given: Sequence[str]) -> dict[str, str] | None:
    """What was written as NAME=VALUE, each key once."""
    found: dict[str, str] = {}
    for entry in given:
        key, equals, value = entry.partition("=")
        if not key or not equals:
            raise click.UsageError("--metadata: write it as NAME=VALUE")
        if key in found:
            raise click.UsageError(f"--metadata: the key {key!r} was given twice")
        found[key] = value
    return found or None


def _check_kind(file: Path) -> None:
    from meeting_pipeline.media.formats import MEDIA_SUFFIXES, TRANSCRIPT_SUFFIXES, is_media, is_transcript

    if not is_media(file) and not is_transcript(file):
        known = " ".join(sorted(MEDIA_SUFFIXES | TRANSCRIPT_SUFFIXES))
        raise click.UsageError(
            f"Files of type {file.suffix or 'without an ending'!r} are not accepted. Accepted types: {known}"
        )
    if file.stat().st_size == 0:
        raise click.UsageError("The file is empty.")
    if file.suffix.lower() == ".json":
        from meeting_pipeline.steps.intake.json_kind import is_sidecar

        if is_sidecar(file):
            raise click.UsageError("The .json file is not a transcript of a known program.")


def _check_target(options: SidecarOptions, allow: tuple[str, ...]) -> None:
    from meeting_pipeline.webhooks.addresses import check_url
    from meeting_pipeline.webhooks.signing import check_submitter_secret

    if options.webhook_secret is not None and options.webhook_url is None:
        raise click.UsageError("--webhook-secret needs --webhook-url.")
    if options.webhook_url is not None:
        check_url(options.webhook_url, allow)
    if options.webhook_secret is not None:
        check_submitter_secret(options.webhook_secret)
