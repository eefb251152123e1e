"""Asks before money is spent, if it is more than a setting allows without a question.

Must not go here: the sum (``steps/operations/bill.py``).
"""

import sys

import click

from meeting_pipeline.cli.bill_output import bill_lines, money
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import VARIABLES
from meeting_pipeline.steps.operations.plan_again import Again


def confirm(again: Again, ask_above_usd: float, *, yes: bool) -> None:
    """Return if the plan may be started. Raises: OperatorError ``confirmation_needed``; click.Abort."""
    bill = again.bill
    if yes or (bill.total_usd <= ask_above_usd and not bill.unpriced):
        return
    cost = money(bill.total_usd, bill.unpriced)
    if not _has_terminal():
        raise OperatorError(
            "confirmation_needed",
            f"This is expected to cost {cost}, more than {ask_above_usd:g} USD ({VARIABLES['ask_above_usd']}).",
            "Look at it with --dry-run, and start it with --yes.",
        )
    for line in bill_lines(again):
        click.echo(line, err=True)
    click.confirm(f"Spend {cost}?", abort=True, err=True)


def _has_terminal() -> bool:
    return sys.stdin.isatty()
