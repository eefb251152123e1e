"""``meeting-pipeline people``.

Must not go here: whose name it is (``domain/people/``), their JSON (``api/schemas/people.py``).
"""

import getpass
import json
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.cli.shared_options import limit_option
from meeting_pipeline.domain.text import clock, one_line, short_line, table

if TYPE_CHECKING:
    from meeting_pipeline.domain.people.suggesting import Suggestion
    from meeting_pipeline.installation import Installation
    from meeting_pipeline.store.people.pages import Person

_NAMES_CHARACTERS = 60
"""Of the other names of a person, so that a row fits into one line of a wide terminal."""
_PERSON = "A person: its id, or one of its names if only one person has it."
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

            _print([person_json(one).model_dump(mode="json") for one in found])
        elif found:
            heading = ("name", "meetings", "talk", "open", "last seen", "also called", "id")
            click.echo(table(heading, [_row(one) for one in found]))
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
            _print(shown.model_dump(mode="json"))
            return
        click.echo(f"{one_line(shown.name)}  ({shown.id})")
        click.echo(
            f"{shown.meetings} meetings, spoke {clock(shown.talk_ms)}, {shown.open_commitments} open commitments"
        )
        click.echo(f"Names: {', '.join(f'{one_line(one.name)} ({one.meetings})' for one in shown.names)}")
        for one in shown.in_meetings:
            spoke = clock(one.talk_ms) if one.talk_ms is not None else "-"
            click.echo(f"  {one.meeting_date}  {spoke:>8}  {one_line(one.title)}  ({one.recording_id})")
        for edit in shown.edits:
            what = [one_line(word) for word in (edit.name, edit.other_name, edit.series, edit.recording_id) if word]
            undone = f", undone by {one_line(edit.undone_by)}" if edit.undone_by else ""
            said = f"{edit.kind.value} {' / '.join(what)}".rstrip()
            click.echo(
                f"  edit {edit.number}: {said} ({one_line(edit.edited_by)}, {edit.edited_at:%Y-%m-%d %H:%M} UTC{undone})"
            )


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

            _print(suggestions_json(opened.settings, found).model_dump(mode="json")["suggestions"])
            return
        if found.pairs:
            rows = [
                (
                    one_line(each.names[0]),
                    one_line(each.names[1]),
                    _reason(each),
                    each.one,
                    each.other,
                )
                for each in found.pairs
            ]
            click.echo(table(("name", "may be", "because of", "id", "id of the other"), rows))
            click.echo(
                "If it is one person: meeting-pipeline people merge ID OTHER. If not: people merge --never ID OTHER."
            )
        for one in found.speakers:
            click.echo(
                f"{one_line(one.title)}: speaker {one.label} sounds like {one_line(found.names[one.person_id])} "
                f"({one.similarity:.2f}). Listen to it, and name the speaker on its page."
            )
        if not found.pairs and not found.speakers:
            click.echo("None.")


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
        _print_changed(opened, said(one, other, by or getpass.getuser()), as_json=as_json)


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
        _print_changed(opened, left, as_json=as_json)


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
        _print_changed(opened, left, as_json=as_json)


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
        _print_changed(opened, left, as_json=as_json)


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


def _print_changed(opened: "Installation", person_id: str, *, as_json: bool) -> None:
    whole = opened.store.people.get(person_id)
    if as_json:
        from meeting_pipeline.api.schemas.people import detail_json

        _print(detail_json(opened.settings, whole).model_dump(mode="json"))
        return
    one = whole.person
    click.echo(f"{one_line(one.name)}: {', '.join(one_line(name.name) for name in one.names)} ({one.person_id})")
    undone = {edit.number for edit in whole.edits if edit.undone_at is not None}
    newest = next((edit.number for edit in whole.edits if edit.number not in undone), None)
    if newest is not None:
        click.echo(f"To undo it: meeting-pipeline people undo {one.person_id} {newest}")


def _warn_if_behind(opened: "Installation") -> None:
    if opened.store.search_index.is_behind():
        click.echo("The names in some recordings have not been read yet.", err=True)


def _reason(one: "Suggestion") -> str:
    words = one.reason.value.replace("_", " ")
    return words if one.similarity is None else f"{words}; sounds like ({one.similarity:.2f})"


def _row(one: "Person") -> tuple[str, ...]:
    others = ", ".join(one_line(name.name) for name in one.names if name.name != one.name)
    return (
        one_line(one.name), str(one.meetings), clock(one.talk_ms), str(one.open), one.last_day.isoformat(),
        short_line(others, _NAMES_CHARACTERS) or "-", one.person_id,
    )  # fmt: skip


def _print(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
