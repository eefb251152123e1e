"""``meeting-pipeline commitments``.

Must not go here: how they are linked (``store/commitments/``), their JSON (``api/schemas/commitments.py``).
"""

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.cli.shared_options import limit_option
from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.text import one_line, short_line, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meeting_pipeline.installation import Installation
    from meeting_pipeline.store.commitments.pages import CommitmentFilter, Listed

_TEXT_CHARACTERS = 70
"""Of what was promised, so that a row fits into one line of a wide terminal."""
_EDITS = ("done", "reopen", "drop", "undo")
_KINDS = {"action_item": "action_items", "decision": "decisions"}


@click.command("commitments", short_help="Show action items and decisions over all meetings.")
@click.option("--owner", help="Only those of this person: the full name, the given name, or the id.")
@click.option("--series", help="Only those of this series of meetings: the title of one of them.")
@click.option("--overdue", is_flag=True, help="Only open action items that were due before today.")
@click.option(
    "--state", type=click.Choice([state.value for state in CommitmentState]), help="Only those in this state."
)
@click.option("--kind", type=click.Choice(list(_KINDS)), help="Only those of this kind.")
@click.option("--all", "every", is_flag=True, help="Include those that are done, dropped or superseded.")
@limit_option(100)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@click.option(
    "--ics", type=click.Path(dir_okay=False, path_type=Path), help="Write the due dates to this calendar file."
)
@click.option("--done", metavar="ID", help="Mark a commitment as done.")
@click.option("--reopen", metavar="ID", help="Mark a commitment as open.")
@click.option("--drop", metavar="ID", help="Mark a commitment as dropped.")
@click.option(
    "--undo",
    type=(str, click.IntRange(1, 2**31 - 1)),
    metavar="ID EDIT",
    help="Undo an edit of a commitment, by its number.",
)
@click.option("--by", help="Who makes the change; default: the name of this user.")
@click.option("--rebuild", is_flag=True, help="Link the items of all meetings again; edits by people stay.")
def commitments(limit: int, as_json: bool, ics: Path | None, rebuild: bool, **given: Any) -> None:
    """List open commitments over all meetings, earliest due date first."""
    from meeting_pipeline.cli.context import installation

    _refuse_mixed(as_json=as_json, ics=ics, rebuild=rebuild, given=given)

    with installation() as opened:
        if rebuild:
            _rebuild(opened)
        elif any(given[name] for name in _EDITS):
            _edit(opened, given)
        else:
            _show(opened, _filter(given), limit, ics, as_json=as_json)


def _refuse_mixed(*, as_json: bool, ics: Path | None, rebuild: bool, given: dict[str, Any]) -> None:
    """One of the options that do something would be ignored beside another one. Raises: UsageError."""
    asked = {"--json": as_json, "--ics": ics, "--rebuild": rebuild} | {f"--{name}": given[name] for name in _EDITS}
    does = [name for name, value in asked.items() if value]
    if len(does) > 1:
        raise click.UsageError(f"{' and '.join(does)} cannot be combined: call the command once for each.")


def _filter(given: dict[str, Any]) -> "CommitmentFilter":
    from meeting_pipeline.domain.result_kinds import Insight
    from meeting_pipeline.store.commitments.pages import CommitmentFilter

    state = CommitmentState(given["state"]) if given["state"] else None
    return CommitmentFilter(
        owner=given["owner"],
        series=given["series"],
        insight=Insight(_KINDS[given["kind"]]) if given["kind"] else None,
        state=state,
        closed=None if given["every"] or state is not None else False,
        overdue=given["overdue"],
    )


def _show(opened: "Installation", criteria: "CommitmentFilter", limit: int, ics: Path | None, *, as_json: bool) -> None:
    behind = opened.store.commitment_links.behind()
    if behind:
        click.echo(f"{behind} recordings are not linked yet.", err=True)
    found, after = opened.store.commitments.page(criteria, limit)
    if ics is not None:
        _write(opened, ics, found)
    elif as_json:
        from meeting_pipeline.api.schemas.commitments import commitment_json

        today = opened.store.commitments.today()
        shown = [commitment_json(opened.settings, one, today).model_dump(mode="json") for one in found]
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    elif found:
        click.echo(table(("due", "state", "owner", "what", "id"), [_row(one) for one in found]))
    else:
        click.echo("None.")
    if after is not None:
        click.echo("There are more: use --limit, or narrow it down.", err=True)


def _write(opened: "Installation", path: Path, found: "Sequence[Listed]") -> None:
    from meeting_pipeline.api.schemas.commitments import due_of
    from meeting_pipeline.domain.calendar import COMMITMENTS, calendar_of
    from meeting_pipeline.foundation.atomic_files import write_durably

    dues = [due for one in found if (due := due_of(opened.settings, one)) is not None]
    write_durably(path, calendar_of(dues, COMMITMENTS).decode())
    click.echo(f"{len(dues)} due dates written to {path}")


def _row(one: "Listed") -> tuple[str, ...]:
    row = one.row
    what = short_line(row.text, _TEXT_CHARACTERS) + (" (candidate)" if row.candidate else "")
    due = row.due_date.isoformat() if row.due_date else one_line(row.due_words or "-")
    return due, row.state.replace("_", " "), one_line(row.owner or "-"), what, row.id


def _edit(opened: "Installation", given: dict[str, Any]) -> None:
    edits, by = opened.store.commitment_edits, given["by"] or getpass.getuser()
    states = {"done": CommitmentState.DONE, "reopen": CommitmentState.OPEN, "drop": CommitmentState.DROPPED}
    for name, state in states.items():
        if given[name]:
            edits.set_state(given[name], state, by)
            click.echo(f"{given[name]}: {state.value}")
    if given["undo"]:
        commitment_id, number = given["undo"]
        edits.undo(commitment_id, number, by)
        click.echo(f"{commitment_id}: edit {number} undone")


def _rebuild(opened: "Installation") -> None:
    from meeting_pipeline.steps.operations.link_commitments import relink_all

    def progress(done: int, total: int) -> None:
        if done % 100 == 0:
            click.echo(f"{done} of {total}", err=True)

    click.echo(f"{relink_all(opened, progress)} recordings linked.")
