"""``meeting-pipeline export``.

Must not go here: joining the files (``catalog/joining.py``), the tables (``catalog/tables.py``).
"""

import re
from pathlib import Path

import click

_TABLES = ("meetings", "action_item_register")
_ENDINGS = (".csv", ".parquet")


@click.command("export", short_help="Write a table over all meetings to one file.")
@click.argument("table", type=click.Choice(_TABLES))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--since", metavar="YYYY-MM", default="", help="Only meetings of this month and later.")
def export(table: str, file: Path, since: str) -> None:
    """Write the whole TABLE to FILE, as CSV or Parquet by its ending.

    The files in the folder `exports` are cut by month; this joins them. They are as new as the last refresh, at most two minutes
    behind. A recording that is deleted later stays in FILE: delete it yourself.
    """
    from meeting_pipeline.catalog.joining import joined, write_joined
    from meeting_pipeline.cli.context import installation

    if file.suffix.lower() not in _ENDINGS:
        raise click.BadParameter(f"must end in {' or '.join(_ENDINGS)}", param_hint="FILE")
    if since and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", since):
        raise click.BadParameter("must be a month such as 2026-11", param_hint="--since")
    with installation() as opened:
        if file.resolve().is_relative_to(opened.settings.home.resolve()):
            raise click.BadParameter("must be outside the home: deletions could not reach it there", param_hint="FILE")
        frame = joined(opened, table, since)
        behind = len(opened.store.table_changes.behind().changes)
    try:
        write_joined(frame, file)
    except OSError as error:
        raise click.BadParameter(error.strerror or str(error), param_hint="FILE") from error
    click.echo(f"{len(frame):,} rows in {file}.")
    if behind:
        click.echo(f"{behind:,} recordings have changed since the tables were written.", err=True)
