"""``meeting-pipeline prompts list | measure | promote``: versions of prompts, and the gate before one becomes the default.

Must not go here: the gate (``evaluation/promoting.py``), measuring without an installation (``evaluate.py``).
"""

import getpass
import json
from typing import TYPE_CHECKING

import click

from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.domain.text import table
from meeting_pipeline.evaluation.policies import MAX_USD

if TYPE_CHECKING:
    from meeting_pipeline.store.tables import EvaluationRow

_SHOWN = ("action_items.shown.f1", "decisions.shown.f1", "lies", "cost_usd")


@click.group("prompts", short_help="List, measure and promote versions of questions.")
def prompts() -> None:
    """List, measure and promote versions: the questions of the program, and files of questions in `prompts` in the home.

    A version becomes the default only by promotion. See docs/evaluation.md.
    """


@prompts.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_versions(as_json: bool) -> None:
    """List the versions that can be measured here, with their latest figures."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.evaluation.versions import known_versions

    with installation() as opened:
        known = known_versions(opened.settings)
        promoted = opened.store.evaluations.promoted()
        rows = {name: opened.store.evaluations.latest(name) for name in known}
    in_force = promoted.version if promoted is not None else ""
    if as_json:
        versions = [
            {
                "version": name,
                "file": prompt.name if prompt else None,
                "promoted": name == in_force,
                "figures": row.figures if (row := rows[name]) is not None else None,
            }
            for name, prompt in known.items()
        ]
        click.echo(json.dumps(versions, indent=2, ensure_ascii=False))
        return
    cells = [
        (name, prompt.name if prompt else "-", "promoted" if name == in_force else "", *_figures(rows[name]))
        for name, prompt in known.items()
    ]
    click.echo(table(("VERSION", "FILE", "STATE", "ACTION ITEMS F1", "DECISIONS F1", "LIES", "USD"), cells))


@prompts.command("measure")
@click.argument("version")
@click.option(
    "--max-usd",
    type=click.FloatRange(min=0),
    default=MAX_USD,
    show_default=True,
    help="The most that the measurement may cost.",
)
def measure_version(version: str, max_usd: float) -> None:
    """Measure VERSION on the labelled meetings of the program and of the home, and store the figures.

    Exit code 1: answers are missing, or the budget was reached.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.evaluation.measuring import measure
    from meeting_pipeline.evaluation.reading import installed_set
    from meeting_pipeline.evaluation.report import report_text
    from meeting_pipeline.evaluation.storing import keep
    from meeting_pipeline.evaluation.versions import MEASURED, find_version
    from meeting_pipeline.evaluation.versions import version as ready

    with installation() as opened:
        prompt = find_version(opened.settings, version)
        with ready(opened.settings, prompt=prompt) as measured:
            meetings = installed_set(opened.settings.home)
            found = measure(measured, meetings, MEASURED, max_usd, lambda line: click.echo(line, err=True))
        if found.results:
            keep(opened.store.evaluations, found)
    click.echo(report_text(found))
    if not found.complete:
        raise SystemExit(ExitCode.CHECK_FAILED)


@prompts.command("promote")
@click.argument("version")
@click.option("--reason", help="Why it becomes the default although a figure is worse; this is recorded.")
def promote_version(version: str, reason: str | None) -> None:
    """Make VERSION the default, if no guarded figure is worse than that of the current version, beyond its interval.

    Restart `up` afterwards: a running system asks the questions that it started with.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.evaluation.promoting import examine, promote

    with installation() as opened:
        decision = examine(opened.settings, opened.store.evaluations, version)
        promote(opened.store.evaluations, decision, reason=reason, by=getpass.getuser())
    for objection in decision.objections:
        click.echo(f"Worse: {objection}", err=True)
    click.echo(f"{version} is the default now. Restart `meeting-pipeline up`.")


def _figures(row: "EvaluationRow | None") -> tuple[str, ...]:
    if row is None:
        return ("not measured", "", "", "")
    values = [row.figures.get(name, {}).get("value") for name in _SHOWN]
    return tuple("" if value is None else f"{value:.3f}" for value in values)
