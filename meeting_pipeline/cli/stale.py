"""``meeting-pipeline stale``.

Must not go here: what is stale (``steps/operations/stale.py``), making it again (``reprocess.py``).
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from meeting_pipeline.steps.operations.stale import StaleReport, StaleVersion


@click.command("stale", short_help="Show stale results, and what reprocessing them would cost.")
@click.option("--insight", "insights", multiple=True, help="Only this insight, with its recordings. Can be repeated.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs, with all recordings.")
def stale(insights: tuple[str, ...], as_json: bool) -> None:
    """Show results whose prompt, model, options or rules have changed since they were made, or whose transcript was replaced.

    For each insight and version: how many, since when, and what reprocessing them is expected to cost. Nothing is
    reprocessed until you run `meeting-pipeline reprocess --stale`.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.steps.operations.stale import stale_report

    with installation() as opened:
        require_insights(insights)
        report = stale_report(opened, insights)
    if as_json:
        from meeting_pipeline.steps.operations.stale_json import stale_json

        click.echo(json.dumps(stale_json(report), indent=2))
        return
    for line in _lines(report, with_recordings=bool(insights)):
        click.echo(line)


def require_insights(insights: tuple[str, ...]) -> None:
    """Raises: BadParameter: there is no such insight."""
    from meeting_pipeline.domain.result_kinds import Insight

    unknown = sorted(set(insights) - set(Insight.names()))
    if unknown:
        known = ", ".join(Insight.names())
        raise click.BadParameter(f"{', '.join(unknown)}; choose from {known}.", param_hint="--insight")


def _lines(report: "StaleReport", *, with_recordings: bool) -> Iterator[str]:
    from meeting_pipeline.cli.bill_output import money

    if not report.versions:
        yield "Nothing is stale."
        return
    for version in report.versions:
        yield f"{version.insight}: {_count(len(version.keys), 'recording')}, {_why(version)}"
        since = "not yet known" if version.since is None else f"{version.since:%Y-%m-%d %H:%M} UTC"
        guess = f" ({version.by_length} estimated from their length)" if version.by_length else ""
        yield f"  since {since}; {_count(version.calls, 'call')}, {money(version.usd, version.unpriced)}{guess}"
        if with_recordings:
            yield from (f"  {key}" for key in version.keys)
    total = report.total
    yield (
        f"Together: {_count(total.results, 'result')} of {_count(total.recordings, 'recording')}, {_count(total.calls, 'call')}, "
        f"{money(total.usd, total.unpriced)}. To make them again: meeting-pipeline reprocess --stale --dry-run"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _why(version: "StaleVersion") -> str:
    if version.replaced:
        return "their transcript was replaced"
    return f"made with {version.fingerprint} ({version.provider} {version.model}), now {version.in_use}"
