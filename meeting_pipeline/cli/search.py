"""``meeting-pipeline search``.

Must not go here: what matches, and in which order (``store/search/``).
"""

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.text import clock, one_line
from meeting_pipeline.domain.verdicts import ItemStatus

if TYPE_CHECKING:
    from meeting_pipeline.installation import Installation
    from meeting_pipeline.store.search.values import FoundMeeting, Hit

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("search", short_help="Search what was said in all meetings.")
@click.argument("words", nargs=-1)
@click.option("--speaker", help="Only what this speaker said: part of the name, or the id of a person.")
@click.option("--person", help="Only what this person said, has to do or decided: part of the name, or an id.")
@click.option("--since", type=_DAY, metavar="YYYY-MM-DD", help="Only meetings of this day and later.")
@click.option("--until", type=_DAY, metavar="YYYY-MM-DD", help="Only meetings of this day and earlier.")
@click.option("--title", help="Only meetings whose title contains this text.")
@click.option("--kind", type=click.Choice([kind.value for kind in LineKind]), help="Only lines of this kind.")
@click.option(
    "--status", type=click.Choice([status.value for status in ItemStatus]), help="Only items with this status."
)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Maximum number of meetings."
)
@click.option(
    "--lines", type=click.IntRange(1, 1000), default=3, show_default=True, help="Maximum number of lines per meeting."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@click.option("--rebuild", is_flag=True, help="Rebuild the index of all meetings instead of searching.")
def search(words: tuple[str, ...], limit: int, lines: int, as_json: bool, rebuild: bool, **filters: Any) -> None:
    """Search all meetings for lines that contain all of these WORDS, best meetings first.

    Put an exact phrase in double quotes, inside quotes for the shell: '"price list"'.
    """
    from meeting_pipeline.cli.context import installation

    with installation() as opened:
        if rebuild:
            _rebuild(opened)
            return
        _search(opened, " ".join(words), filters, limit, lines, as_json=as_json)


def _search(
    opened: "Installation", text: str, filters: dict[str, Any], limit: int, lines: int, *, as_json: bool
) -> None:
    from meeting_pipeline.api.schemas.search import search_page
    from meeting_pipeline.steps.asking.search import search as find
    from meeting_pipeline.store.search.values import Question

    question = Question(
        text=text,
        speaker=filters["speaker"],
        person=filters["person"],
        since=_day(filters["since"]),
        until=_day(filters["until"]),
        title=filters["title"],
        kind=LineKind(filters["kind"]) if filters["kind"] else None,
        status=filters["status"],
        unverified=opened.settings.mark_unverified,
    )
    try:
        found = find(opened, question, limit=limit, lines=lines)
    finally:
        opened.close_question_model()
    if found.by_meaning:
        click.echo("By words and meaning.", err=True)
    elif found.why_not:
        click.echo(f"By words alone: {found.why_not}", err=True)
    if found.pending:
        click.echo(f"{found.pending} recordings are not indexed yet.", err=True)
    if as_json:
        page = search_page(opened.settings, question, found).model_dump(mode="json")
        click.echo(json.dumps(page["meetings"], indent=2, ensure_ascii=False))
    elif not found.meetings:
        click.echo("Nothing found.")
    else:
        click.echo("\n\n".join(_block(meeting) for meeting in found.meetings))
        if found.after is not None:
            click.echo("\nThere is more: use --limit, or narrow it down.", err=True)


def _day(moment: Any) -> date | None:
    return moment.date() if moment is not None else None


def _block(found: "FoundMeeting") -> str:
    more = found.matches - len(found.hits)
    head = f"{found.meeting_date.isoformat()}  {one_line(found.title)}  ({found.key})"
    return "\n".join([head, *(_line(hit) for hit in found.hits), *([f"  and {more} more"] if more > 0 else [])])


def _line(hit: "Hit") -> str:
    at = clock(hit.start_ms) if hit.start_ms is not None else "-"
    notes = [] if hit.kind is LineKind.TRANSCRIPT else [hit.kind.value.replace("_", " ")]
    notes += [hit.status] if hit.status else []
    notes += ["not confirmed"] if hit.withheld else []
    notes += ["draft"] if hit.draft else []
    notes += ["similar meaning"] if hit.by_meaning else []
    people = f"{', '.join(map(one_line, hit.people))}: " if hit.people and hit.kind is not LineKind.PERSON else ""
    return f"  {at:>8}  {people}{one_line(hit.text)}" + (f"  [{', '.join(notes)}]" if notes else "")


def _rebuild(opened: "Installation") -> None:
    from meeting_pipeline.steps.operations.index_search import rebuild

    def progress(done: int, total: int) -> None:
        if done % 100 == 0:
            click.echo(f"{done} of {total}", err=True)

    click.echo(f"{rebuild(opened, progress)} recordings indexed. {opened.store.search_index.similar_names()}")
