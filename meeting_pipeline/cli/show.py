"""``meeting-pipeline show``.

Must not go here: the formats (``domain/exports.py``, ``domain/minutes.py``).
"""

from dataclasses import replace

import click

from meeting_pipeline.domain.exports import SUBTITLES, to_json
from meeting_pipeline.domain.minutes import minutes_markdown, minutes_text
from meeting_pipeline.domain.record import MeetingRecord, Problem


@click.command("show", short_help="Show one recording: minutes, subtitles or JSON.")
@click.argument("recording_id", metavar="RECORDING_ID")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "md", "json", *SUBTITLES]),
    default="text",
    show_default=True,
    help=f"Minutes (text, md), everything (json), or the transcript as subtitles ({', '.join(SUBTITLES)}).",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--transcript", is_flag=True, help="With the transcript (text and md).")
def show(recording_id: str, kind: str, as_json: bool, transcript: bool) -> None:
    """Show the recording RECORDING_ID (its beginning is enough if it is unique)."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import resolve_key
    from meeting_pipeline.store.recordings.outage_filter import waits_for

    with installation() as opened:
        record = opened.store.records.get(resolve_key(opened.store.database, recording_id))
        outage = waits_for(opened.store.database, opened.store.outages.open(), [record.key]).get(record.key)
    if outage is not None:
        record = replace(record, error=Problem(outage.code, outage.line(), outage.advice))
    kind = "json" if as_json else kind
    click.echo(_rendered(record, kind, transcript, mark_unverified=opened.settings.mark_unverified), nl=False)


def _rendered(record: MeetingRecord, kind: str, with_transcript: bool, *, mark_unverified: bool) -> str:
    if kind == "json":
        return to_json(record, mark_unverified=mark_unverified)
    if kind == "text":
        return minutes_text(record, with_transcript=with_transcript)
    if kind == "md":
        return minutes_markdown(record, with_transcript=with_transcript)
    return SUBTITLES[kind](record)
