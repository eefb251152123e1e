"""What ``meeting-pipeline people`` prints: tables, one person, suggestions, and what a change has made.

Must not go here: the commands (``people.py``), JSON (``api/schemas/people.py``).
"""

import json
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.domain.text import clock, one_line, short_line, table

if TYPE_CHECKING:
    from meeting_pipeline.api.schemas.people import PersonDetail
    from meeting_pipeline.domain.people.suggesting import Suggestion
    from meeting_pipeline.installation import Installation
    from meeting_pipeline.store.people.pages import Person
    from meeting_pipeline.store.people.suggesting import Suggested


_NAMES_CHARACTERS = 60
"""Of the other names of a person, so that a row fits into one line of a wide terminal."""


def print_person(shown: "PersonDetail") -> None:
    """A person with meetings and edits."""
    click.echo(f"{one_line(shown.name)}  ({shown.id})")
    click.echo(f"{shown.meetings} meetings, spoke {clock(shown.talk_ms)}, {shown.open_commitments} open commitments")
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


def print_suggestions(found: "Suggested") -> None:
    """People who may be one person, and speakers who sound like a person."""
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


def print_changed(opened: "Installation", person_id: str, *, as_json: bool) -> None:
    """A person as a change has left it, and how to undo the change."""
    whole = opened.store.people.get(person_id)
    if as_json:
        from meeting_pipeline.api.schemas.people import detail_json

        print_json(detail_json(opened.settings, whole).model_dump(mode="json"))
        return
    one = whole.person
    click.echo(f"{one_line(one.name)}: {', '.join(one_line(name.name) for name in one.names)} ({one.person_id})")
    undone = {edit.number for edit in whole.edits if edit.undone_at is not None}
    newest = next((edit.number for edit in whole.edits if edit.number not in undone), None)
    if newest is not None:
        click.echo(f"To undo it: meeting-pipeline people undo {one.person_id} {newest}")


def _reason(one: "Suggestion") -> str:
    words = one.reason.value.replace("_", " ")
    return words if one.similarity is None else f"{words}; sounds like ({one.similarity:.2f})"


def person_row(one: "Person") -> tuple[str, ...]:
    """A row of the list of people."""
    others = ", ".join(one_line(name.name) for name in one.names if name.name != one.name)
    return (
        one_line(one.name), str(one.meetings), clock(one.talk_ms), str(one.open), one.last_day.isoformat(),
        short_line(others, _NAMES_CHARACTERS) or "-", one.person_id,
    )  # fmt: skip


def print_json(value: Any) -> None:
    """A value as JSON, for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
