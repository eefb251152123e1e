"""``meeting-pipeline database move``: from SQLite to PostgreSQL, and back.

Must not go here: moving (``backup/moving.py``).
"""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from meeting_pipeline.backup.moving import Kind


@click.group("database", short_help="Move the database between SQLite and PostgreSQL.")
def database() -> None:
    """Move the database of this home between SQLite and PostgreSQL."""


@database.command("move")
@click.option(
    "--to", "to", type=click.Choice(["postgresql", "sqlite"]), required=True, help="The kind of database to move to."
)
def move(to: "Kind") -> None:
    """Move the database to the empty one of MEETING_PIPELINE_DATABASE_URL, or from there back to SQLite.

    Stop `up`, all workers and services first. Every row is compared with its copy, and either all rows are written or none.
    Afterwards Dagster knows recordings and results, but not its earlier runs. Files are not moved: see `storage move`.

    Exit codes: 0 moved, 2 nothing was moved.
    """
    from meeting_pipeline.backup.moving import move_database
    from meeting_pipeline.settings import VARIABLES, load_settings

    def tell(table: str, rows: int) -> None:
        if rows:
            click.echo(f"  {table + ':':<28}{rows:>12,}")

    done = move_database(load_settings(), to, click.echo, tell)
    for line in done.reconciled:
        click.echo(line)
    click.echo(f"Moved {done.rows:,} rows to {to}.")
    for warning in done.warnings:
        click.echo(f"* {warning}")
    variable = VARIABLES["database_url"]
    if done.aside is not None:
        click.echo(
            f"* The SQLite files are in {done.aside}. Remove that folder when the new database works: recordings that are "
            "deleted later are still in it."
        )
    else:
        click.echo(
            f"* Unset {variable} before you start `up`. The old database is unchanged: drop it when the new one works."
        )
