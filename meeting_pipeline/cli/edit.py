"""``meeting-pipeline edit``: details of a recording, the history of edits, and undoing.

Must not go here: what an edit does (``store/results/recording_edits.py``, ``store/results/undoing.py``).
"""

import getpass
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation


@click.command("edit", short_help="Correct the details of a recording; list and undo edits.")
@click.argument("key", metavar="RECORDING_ID")
@click.option("--title", help="Title of the meeting.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Date of the meeting; due dates are computed again.")
@click.option("--timezone", help="Time zone of the meeting, such as Europe/Berlin.")
@click.option("--participant", "participants", multiple=True, help="A name; can be repeated. Replaces all names.")
@click.option("--language", help="Such as en or en_us. Nothing is transcribed again; the price of doing so is shown.")
@click.option("--keyterm", "keyterms", multiple=True, help="A word to expect; can be repeated. Replaces all words.")
@click.option("--speakers-expected", type=int, help="Number of speakers.")
@click.option("--undo", type=int, metavar="NUMBER", help="Undo this edit instead.")
@click.option("--json", "as_json", is_flag=True, help="List the edits as JSON, for programs.")
@click.option("--by", help="Who makes the change; default: the name of this user.")
def edit(key: str, date: datetime | None, undo: int | None, by: str | None, as_json: bool, **given: Any) -> None:
    """Change details of the recording RECORDING_ID, or list what people changed if no option is given.

    The beginning of an id is enough if it is unique. Nothing is reprocessed; submitters get the change by webhook.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    fields = {name: value for name, value in given.items() if value}
    if date is not None:
        fields["date"] = date.date().isoformat()
    if undo is not None and fields:
        raise click.UsageError("--undo cannot be combined with other options.")
    with installation() as opened:
        found = resolve_key(opened.store.database, key)
        if undo is not None:
            number = opened.store.undoing.undo(found, undo, by=by or getpass.getuser())
            click.echo(f"Undone: {undo} of {found}. To redo it: meeting-pipeline edit {found} --undo {number}")
        elif fields:
            _change(opened, found, fields, by or getpass.getuser())
        else:
            _list(opened, found, as_json=as_json)


def _change(opened: "Installation", key: str, fields: dict[str, Any], by: str) -> None:
    from meeting_pipeline.steps.operations.rerun import rerun_of

    changed = opened.store.recording_edits.change(key, fields, by=by)
    click.echo(f"Changed: {', '.join(sorted(changed))} of {key}" if changed else f"Unchanged: {key}")
    rerun = rerun_of(opened, opened.store.recordings.get(key), changed)
    if rerun is not None:
        unknown = f", plus unknown costs: {', '.join(rerun.unknown)}" if rerun.unknown else ""
        click.echo(f"{rerun.advice} Expected: {rerun.usd:.4f} USD{unknown}.")
        click.echo(f"  meeting-pipeline reprocess {key} --assets {','.join(rerun.assets)}")


def _fields(one: Any) -> dict[str, Any]:
    names = ("number", "edited_at", "edited_by", "kind", "action", "undoes", "before", "after")
    return {name: getattr(one, name) for name in names}


def _list(opened: "Installation", key: str, *, as_json: bool) -> None:
    from meeting_pipeline.domain.edited_claims import conflicts
    from meeting_pipeline.domain.text import one_line, short_line, table

    history = opened.store.edit_history.newest(key)
    if as_json:
        click.echo(json.dumps([_fields(one) for one in history], indent=2, ensure_ascii=False, default=str))
        return
    if not history:
        click.echo("It has no edits.")
        return
    rows = [
        (
            str(one.number),
            f"{one.edited_at:%Y-%m-%d %H:%M} UTC",
            short_line(one.edited_by, 20),
            one.kind + (f" (undoes {one.undoes})" if one.undoes else ""),
            one.action,
            short_line(json.dumps(one.before, ensure_ascii=False), 40),
            short_line(json.dumps(one.after, ensure_ascii=False), 40),
        )
        for one in history
    ]
    click.echo(table(("NUMBER", "AT", "BY", "KIND", "ACTION", "BEFORE", "AFTER"), rows))
    if history[-1].number > 1:
        click.echo(f"{history[-1].number - 1} earlier edits are not listed.", err=True)
    record = opened.store.records.get(key)
    fitting = {edit.subject for edit in record.edited_segments.values()}
    lost = [one_line(edit.anchor.text) for edit in conflicts(record)]
    lost += [one_line(edit.segment.text) for edit in record.segment_edits if edit.subject not in fitting]
    for text in lost:
        click.echo(f"Fits no current result, and is kept: {short_line(text, 100)}", err=True)
