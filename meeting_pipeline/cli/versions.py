"""``meeting-pipeline versions``: listing the versions of results, promoting, discarding and restoring them.

Must not go here: what these do (``store/results/version_changes.py``), comparing versions (``diff.py``).
"""

import getpass
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from meeting_pipeline.domain.text import table

if TYPE_CHECKING:
    from meeting_pipeline.domain.result_kinds import Insight
    from meeting_pipeline.domain.result_versions import ResultVersion, VersionsChanged

_LIST: Final = "list"


class _ListByDefault(click.Group):
    """A group in which an id of a recording instead of a command lists its versions. No id is the name of a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See ``click.Group``."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = [_LIST, *args]
        return super().resolve_command(ctx, args)


_insight = click.option("--insight", metavar="NAME", help="Only this insight, such as summary.")
_reason = click.option("--reason", help="Why; recorded with your name and the time.")


@click.group("versions", cls=_ListByDefault, short_help="List, promote, discard and restore versions of results.")
def versions() -> None:
    """List the versions of a recording's results, and decide which is current.

    `meeting-pipeline versions list RECORDING_ID` lists them. What `reprocess --hold` makes is held until it is promoted or
    discarded; `diff` shows what it would change. Each change of the record is followed by new minutes and one webhook.
    """


@versions.command(_LIST)
@click.argument("recording_id", metavar="RECORDING_ID")
@_insight
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_versions(recording_id: str, insight: str | None, as_json: bool) -> None:
    """List the versions of the results of RECORDING_ID, newest first. The word `list` may be left out."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.domain.version_json import version_fields
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    with installation() as opened:
        key = resolve_key(opened.store.database, recording_id)
        found = opened.store.version_history.of(key, read_insight(insight))
    if as_json:
        click.echo(json.dumps({"recording_id": key, "versions": [version_fields(one) for one in found]}, indent=2))
        return
    heading = ("RESULT", "VERSION", "STATE", "MADE", "BY", "PROMPT", "CLAIMS", "COST")
    click.echo(table(heading, [_cells(one) for one in found]))
    for line in _notes(found):
        click.echo(line)


@versions.command("promote")
@click.argument("recording_id", metavar="RECORDING_ID")
@_insight
@_reason
def promote(recording_id: str, insight: str | None, reason: str | None) -> None:
    """Make what RECORDING_ID holds current. Nothing is bought; what people changed stays where it still fits."""
    _change("promote", recording_id, insight, reason)


@versions.command("discard")
@click.argument("recording_id", metavar="RECORDING_ID")
@_insight
@_reason
def discard(recording_id: str, insight: str | None, reason: str | None) -> None:
    """Discard what RECORDING_ID holds. It stays listed and can be restored."""
    _change("discard", recording_id, insight, reason)


@versions.command("restore")
@click.argument("recording_id", metavar="RECORDING_ID")
@click.option("--insight", metavar="NAME", required=True, help="The insight, such as summary.")
@click.option("--version", type=click.IntRange(min=1), required=True, help="Its number, as listed.")
@_reason
def restore(recording_id: str, insight: str, version: int, reason: str | None) -> None:
    """Make an earlier or discarded version of RECORDING_ID current again, as a new version.

    If the transcript was replaced since, its claims are checked against the current one.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    with installation() as opened:
        key = resolve_key(opened.store.database, recording_id)
        wanted = read_insight(insight)
        if wanted is not None:
            _tell("restore", opened.store.versions.restore(key, wanted, version, getpass.getuser(), reason))


def read_insight(name: str | None) -> "Insight | None":
    """The insight of that name. Raises: UsageError."""
    from meeting_pipeline.domain.result_kinds import Insight

    if name is None:
        return None
    if name not in Insight.names():
        known = ", ".join(Insight.names())
        raise click.BadParameter(f"{name}; choose from {known}.", param_hint="--insight")
    return Insight.named(name)


def _change(act: str, recording_id: str, insight: str | None, reason: str | None) -> None:
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    with installation() as opened:
        key = resolve_key(opened.store.database, recording_id)
        wanted = read_insight(insight)
        change = getattr(opened.store.versions, act)
        _tell(act, change(key, getpass.getuser(), reason, [wanted] if wanted is not None else []))


_DONE: Final = {"promote": "Current now", "discard": "Discarded", "restore": "Restored"}


def _tell(act: str, changed: "VersionsChanged") -> None:
    if not changed.versions:
        click.echo("Unchanged: this is the current version.")
    for insight, version in changed.versions.items():
        click.echo(f"{_DONE[act]}: {insight.value} version {version} of {changed.key}.")


def _cells(one: "ResultVersion") -> tuple[str, ...]:
    from meeting_pipeline.domain.diff_text import cost_line, verdicts_line

    maker = f"{one.provenance.provider} {one.provenance.model}"
    prompt = one.prompt_version or "-"
    made = f"{one.made_at:%Y-%m-%d %H:%M} UTC"
    return (one.kind.value, str(one.version), one.state.value, made, maker, prompt, verdicts_line(one), cost_line(one))


def _notes(found: "Sequence[ResultVersion]") -> list[str]:
    """Who did what with which version, and why."""
    lines: list[tuple[Any, str]] = []
    for one in found:
        for note in one.notes:
            source = f" from version {note.from_version}" if note.from_version is not None else ""
            why = f": {note.reason}" if note.reason else ""
            said = f"{one.kind.value} version {one.version} {note.change}{source} by {note.made_by}{why}"
            lines.append((note.made_at, f"{note.made_at:%Y-%m-%d %H:%M} UTC  {said}"))
    return [line for _, line in sorted(lines)]
