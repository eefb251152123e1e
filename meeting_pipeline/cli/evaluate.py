"""``meeting-pipeline eval``: how good the results are, measured on labelled meetings.

Opens no installation: recordings, webhooks and the drop folder are not involved. Must not go here: scoring (``evaluation/``).
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.evaluation.policies import MAX_USD

if TYPE_CHECKING:
    from meeting_pipeline.evaluation.meetings import LabelledMeeting

_INSIGHTS = ("speakers", "summary", "action_items", "decisions")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("eval", short_help="Measure the quality of insights on labelled meetings.")
@click.option(
    "--set",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of labelled meetings (docs/evaluation.md). Default: the set that comes with the program.",
)
@click.option("--series", multiple=True, help="Only meetings of this series. May be repeated.")
@click.option(
    "--insight", "insights", multiple=True, type=click.Choice(_INSIGHTS), help="Only this insight. May be repeated."
)
@click.option("--model", help="Model to use instead of OPENAI_MODEL.")
@click.option(
    "--prompt", "prompt_path", metavar="FILE", type=_FILE, help="File of other questions (docs/evaluation.md)."
)
@click.option(
    "--max-usd",
    type=click.FloatRange(min=0),
    default=MAX_USD,
    show_default=True,
    help="Stop before a call that could exceed this budget.",
)
@click.option("--worst", is_flag=True, help="Also list the worst items, as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def evaluate(
    folder: Path | None,
    series: tuple[str, ...],
    insights: tuple[str, ...],
    model: str | None,
    prompt_path: Path | None,
    max_usd: float,
    worst: bool,
    as_json: bool,
) -> None:
    """Measure insights on labelled meetings, and print figures with intervals.

    Uses the offline rules if no key is set, otherwise the language model, which costs money. Nothing is stored. Exit code 1:
    answers are missing, or the budget was reached; the figures cover only what was measured. Exit code 2: nothing could be
    measured.
    """
    from meeting_pipeline.domain.result_kinds import Insight
    from meeting_pipeline.evaluation.measuring import measure
    from meeting_pipeline.evaluation.report import report_json, report_text
    from meeting_pipeline.evaluation.versions import read_prompt, version
    from meeting_pipeline.evaluation.worst import to_markdown, worst_items
    from meeting_pipeline.settings import load_settings

    chosen = [Insight.named(name) for name in _INSIGHTS if not insights or name in insights]
    meetings = _meetings(folder, series)
    prompt = read_prompt(prompt_path) if prompt_path else None
    with version(load_settings(), model=model, prompt=prompt) as measured:
        found = measure(measured, meetings, chosen, max_usd, lambda line: click.echo(line, err=True))
    if as_json:
        click.echo(json.dumps(report_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo(report_text(found))
        if worst:
            click.echo(f"\n{to_markdown(worst_items(found.results))}")
    if not found.results:
        raise SystemExit(ExitCode.WRONG_USE)
    if not found.complete:
        raise SystemExit(ExitCode.CHECK_FAILED)


def _meetings(folder: Path | None, series: tuple[str, ...]) -> "tuple[LabelledMeeting, ...]":
    """Raises: OperatorError ``bad_labelled_set``."""
    from meeting_pipeline.evaluation.reading import OWN_SET, read_set

    meetings = read_set(folder or OWN_SET)
    chosen = tuple(meeting for meeting in meetings if not series or meeting.series in series)
    if not chosen:
        raise click.UsageError(
            f"No meeting of this series. There are: {', '.join(sorted({m.series for m in meetings}))}"
        )
    return chosen
