"""``meeting-pipeline ledger``: what was paid, what for, and what was paid for but is missing.

Must not go here: sums (``store/ledger/cost_queries.py``), what counts as missing (``steps/operations/audit.py``), output
(``ledger_output.py``, ``ledger_json.py``).
"""

import json
from datetime import UTC, datetime

import click

from meeting_pipeline.cli.errors import ExitCode


@click.command("ledger", short_help="Show what was bought, and what is missing.")
@click.argument("recording_id", metavar="[RECORDING_ID]", required=False)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only what was started since this time (UTC).",
)
@click.option(
    "--check", is_flag=True, help="Compare with the transcription provider's list of orders (free of charge)."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def ledger(recording_id: str | None, since: datetime | None, check: bool, as_json: bool) -> None:
    """Show orders by state, and responses of language models by insight and model, with their cost.

    With RECORDING_ID (its beginning is enough), show each purchase of that recording on a line. Exit code 1: --check found
    orders that only one side knows.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.cli.ledger_json import report_json
    from meeting_pipeline.cli.ledger_output import LedgerReport, report_text
    from meeting_pipeline.steps.operations.audit import audit, compare
    from meeting_pipeline.store.ledger.cost_queries import Span
    from meeting_pipeline.store.recordings.cli_queries import resolve_key

    if check and recording_id:
        raise click.UsageError("--check compares the orders of all recordings: omit RECORDING_ID.")
    start = since.replace(tzinfo=UTC) if since else None
    with installation() as opened:
        span = Span(resolve_key(opened.store.database, recording_id) if recording_id else None, start)
        costs = opened.store.costs
        report = LedgerReport(
            span,
            audit(opened, span),
            orders=list(costs.orders(span)) if recording_id else None,
            answers=list(costs.answers(span)) if recording_id else None,
            checked=check,
            compared=compare(opened, start) if check else None,
        )
    click.echo(json.dumps(report_json(report), indent=2) if as_json else report_text(report))
    if report.compared is not None and not report.compared.agrees:
        raise SystemExit(ExitCode.CHECK_FAILED)
