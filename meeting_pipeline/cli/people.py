"""``meeting-pipeline people``.

Must not go here: output (``people_output.py``), whose name it is (``domain/people/``), their JSON (``api/schemas/people.py``).
"""

import getpass
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.cli.people_output import person_row, print_changed, print_json, print_person, print_suggestions
from meeting_pipeline.cli.shared_options import limit_option
from meeting_pipeline.domain.text import one_line, table

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation

_json = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
_by = click.option("--by", help="Who makes the change; default: the name of this user.")


@click.group("people", short_help="Show people over all meetings; merge, split and rename them.")
def people() -> None:
    """List, merge and separate people over all meetings: speakers, participants, and owners of action items.

    A name is one person until somebody decides otherwise. PERSON is an id, or a name that only one person has. Changes also
    apply to future meetings, and can be undone; transcripts and minutes keep their names.
    """


@people.command("list", short_help="List people, most recently seen first.")
@click.argument("name", required=False, default="")
@limit_option(100)
@_json
def list_people(name: str, limit: int, as_json: bool) -> None:
    """List all people, or those with NAME in one of their names."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        _warn_if_behind(opened)
        found, after = opened.store.people.page(name, limit)
        if as_json:
            from meeting_pipeline.api.schemas.people import person_json

            print_json([person_json(one).model_dump(mode="json") for one in found])
        elif found:
            heading = ("name", "meetings", "talk", "open", "last seen", "also called", "id")
            click.echo(table(heading, [person_row(one) for one in found]))
        else:
            click.echo("None.")
        if after is not None:
            click.echo("There are more: use --limit, or give a part of a name.", err=True)


@people.command("show", short_help="Show one person with its meetings and edits.")
@click.argument("person")
@_json
def show(person: str, as_json: bool) -> None:
    """Show PERSON with meetings and edits."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        whole = opened.store.people.get(resolve(opened, person))
        from meeting_pipeline.api.schemas.people import detail_json

        shown = detail_json(opened.settings, whole)
        if as_json:
            print_json(shown.model_dump(mode="json"))
            return
        print_person(shown)


@people.command("suggest", short_help="List people who may be one person.")
@limit_option(100)
@_json
def suggest(limit: int, as_json: bool) -> None:
    """List people who may be one person. Nothing is merged until you say so."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        _warn_if_behind(opened)
        from meeting_pipeline.steps.voices.suggesting import suggested_people

        found = suggested_people(opened, limit)
        if as_json:
            from meeting_pipeline.api.schemas.person_suggestions import suggestions_json

            print_json(suggestions_json(opened.settings, found).model_dump(mode="json")["suggestions"])
            return
        print_suggestions(found)


@people.command("merge", short_help="Merge two people into one.")
@click.argument("person")
@click.argument("into")
@click.option(
    "--never", is_flag=True, help="Record instead that they are two people, so that the pair is not suggested again."
)
@_by
@_json
def merge(person: str, into: str, never: bool, by: str | None, as_json: bool) -> None:
    """Merge PERSON into INTO, which then has all names, meetings and commitments of both."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        edits, one, other = opened.store.person_edits, resolve(opened, person), resolve(opened, into)
        said = edits.keep_apart if never else edits.merge
        print_changed(opened, said(one, other, by or getpass.getuser()), as_json=as_json)


@people.command("split", short_help="Split a name off a person.")
@click.argument("person")
@click.argument("name")
@click.option("--series", help="Only in meetings of this series, including future ones: the title of one of them.")
@click.option("--recording", metavar="RECORDING_ID", help="Only in this recording.")
@click.option("--to", metavar="PERSON", help="Whose name it is; default: a new person's.")
@_by
@_json
def split(person: str, name: str, to: str | None, by: str | None, as_json: bool, **where: Any) -> None:
    """Split off NAME, one of the names of PERSON, because it belongs to somebody else."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        whose = resolve(opened, to) if to is not None else None
        mine = resolve(opened, person)
        left = opened.store.person_edits.split(mine, name, by or getpass.getuser(), to=whose, **where)
        print_changed(opened, left, as_json=as_json)


@people.command("rename", short_help="Rename a person in lists.")
@click.argument("person")
@click.argument("name", required=False)
@_by
@_json
def rename(person: str, name: str | None, by: str | None, as_json: bool) -> None:
    """Show PERSON as NAME in lists; without NAME, as the fullest name in meetings."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        left = opened.store.person_edits.rename(resolve(opened, person), name, by or getpass.getuser())
        print_changed(opened, left, as_json=as_json)


@people.command("undo", short_help="Undo an edit of a person.")
@click.argument("person")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@_by
@_json
def undo(person: str, number: int, by: str | None, as_json: bool) -> None:
    """Undo the edit NUMBER of PERSON, as `people show` lists it."""
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        left = opened.store.person_edits.undo(resolve(opened, person), number, by or getpass.getuser())
        print_changed(opened, left, as_json=as_json)


def resolve(opened: "Installation", given: str) -> str:
    """The id of the person that is meant. Raises: click.UsageError if nobody or several people have this name."""
    from meeting_pipeline.domain.people.identities import is_id

    if is_id(given):
        return given
    found = opened.store.people.with_name(given)
    if len(found) != 1:
        who = f"{len(found)} people are called" if found else "Nobody is called"
        ids = f": {', '.join(sorted(found))}" if found else ""
        raise click.UsageError(f"{who} {one_line(given)!r}{ids}. `meeting-pipeline people list` shows the ids.")
    return found[0]


def _warn_if_behind(opened: "Installation") -> None:
    if opened.store.search_index.is_behind():
        click.echo("The names in some recordings have not been read yet.", err=True)
