"""``meeting-pipeline export``.

Must not go here: joining the files (``catalog/joining.py``), the tables (``catalog/tables.py``), the formats of one meeting
(``domain/``).
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meeting_pipeline.domain.due_calendar import to_ics
from meeting_pipeline.domain.exports import SUBTITLES, to_json
from meeting_pipeline.domain.minutes import minutes_docx, minutes_markdown

if TYPE_CHECKING:
    from meeting_pipeline.domain.record import MeetingRecord
    from meeting_pipeline.installation import Installation

_TABLES = ("meetings", "action_item_register")
_TABLE_ENDINGS = (".csv", ".parquet")
_MINUTES: "dict[str, Callable[..., str | bytes]]" = {".docx": minutes_docx, ".md": minutes_markdown}
_OTHERS: "dict[str, Callable[[MeetingRecord], str]]" = {
    **{f".{ending}": render for ending, render in SUBTITLES.items()},
    ".ics": to_ics,
}
_MEETING_ENDINGS = (*_MINUTES, *_OTHERS, ".json")


@click.command("export", short_help="Write one meeting, or a table over all meetings, to a file.")
@click.argument("what", metavar="TABLE|RECORDING_ID")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--since", metavar="YYYY-MM", default="", help="Of a table: only meetings of this month and later.")
@click.option("--transcript", is_flag=True, help="Of a meeting: minutes with the transcript (.docx and .md).")
def export(what: str, file: Path, since: str, transcript: bool) -> None:
    """Write a whole TABLE, or the meeting RECORDING_ID, to FILE. The ending of FILE sets the format.

    TABLE is `meetings` or `action_item_register`, as CSV or Parquet (.csv, .parquet). This joins the monthly files in the
    folder `exports`, which are at most two minutes old.

    A meeting is written as minutes (.docx, .md), subtitles (.vtt, .srt), due dates for a calendar (.ics) or everything
    (.json). The beginning of RECORDING_ID is enough if it is unique.

    FILE is a copy: if a recording is deleted later, delete it there yourself.
    """
    from meeting_pipeline.cli.context import installation

    if what not in _TABLES and file.suffix.lower() in _TABLE_ENDINGS:
        raise click.BadParameter(f"there is no table {what}, only {' and '.join(_TABLES)}", param_hint="TABLE")
    _require_ending(file, _TABLE_ENDINGS if what in _TABLES else _MEETING_ENDINGS)
    if since and what not in _TABLES:
        raise click.BadParameter("is only for tables", param_hint="--since")
    if since and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", since):
        raise click.BadParameter("must be a month such as 2026-11", param_hint="--since")
    if transcript and file.suffix.lower() not in _MINUTES:
        raise click.BadParameter(f"is only for {' and '.join(_MINUTES)}", param_hint="--transcript")
    with installation() as opened:
        if file.resolve().is_relative_to(opened.settings.home.resolve()):
            raise click.BadParameter("must be outside the home: deletions could not reach it there", param_hint="FILE")
        try:
            _table(opened, what, file, since) if what in _TABLES else _meeting(opened, what, file, transcript)
        except OSError as error:
            raise click.BadParameter(error.strerror or str(error), param_hint="FILE") from error


def _require_ending(file: Path, endings: tuple[str, ...]) -> None:
    if file.suffix.lower() not in endings:
        raise click.BadParameter(f"must end in {', '.join(endings[:-1])} or {endings[-1]}", param_hint="FILE")


def _table(opened: "Installation", table: str, file: Path, since: str) -> None:
    from meeting_pipeline.catalog.joining import joined, write_joined

    frame = joined(opened, table, since)
    behind = len(opened.store.table_changes.behind().changes)
    write_joined(frame, file)
    click.echo(f"{len(frame):,} rows in {file}.")
    if behind:
        click.echo(f"{behind:,} recordings have changed since the tables were written.", err=True)


def _meeting(opened: "Installation", beginning: str, file: Path, with_transcript: bool) -> None:
    from meeting_pipeline.foundation.atomic_files import write_durably
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    record = opened.store.records.get(resolve_key(opened.store.database, beginning))
    file.parent.stat()  # a folder that does not exist is a mistake, and is not created
    write_durably(file, _rendered(record, file.suffix.lower(), with_transcript, opened.settings.mark_unverified))
    click.echo(f"{record.key} in {file}.")


def _rendered(record: "MeetingRecord", ending: str, with_transcript: bool, mark_unverified: bool) -> str | bytes:
    if ending == ".json":
        return to_json(record, mark_unverified=mark_unverified)
    if ending in _MINUTES:
        return _MINUTES[ending](record, with_transcript=with_transcript)
    return _OTHERS[ending](record)
