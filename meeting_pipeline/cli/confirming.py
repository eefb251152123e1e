"""Asks before money is spent, if the amount is above the limit in the settings.

Must not go here: the amount (``steps/operations/bill.py``).
"""

import sys
from collections.abc import Callable

import click

from meeting_pipeline.cli.bill_output import bill_lines, money
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import VARIABLES
from meeting_pipeline.steps.operations.reprocess_plan import PricedPlan


def agreed(again: PricedPlan, ask_above_usd: float, plan: Callable[[], PricedPlan], *, yes: bool) -> PricedPlan:
    """The plan that may be started. An answer may come an hour later, so the plan is made again after the question.

    If it then costs more than what was agreed to, the question is asked again.
    Raises: OperatorError ``confirmation_needed``; click.Abort.
    """
    while _confirmed(again, ask_above_usd, yes=yes):
        agreed_to, again = again, plan()
        if again.bill.total_usd <= agreed_to.bill.total_usd and again.bill.unpriced <= agreed_to.bill.unpriced:
            break
        click.echo("There is more to do than a moment ago:", err=True)
    return again


def _confirmed(again: PricedPlan, ask_above_usd: float, *, yes: bool) -> bool:
    """Whether a person was asked, and said yes; False if nobody has to be asked."""
    bill = again.bill
    if yes or (bill.total_usd <= ask_above_usd and not bill.unpriced):
        return False
    cost = money(bill.total_usd, bill.unpriced)
    if not _has_terminal():
        raise OperatorError(
            "confirmation_needed",
            f"The expected cost is {cost}, more than {ask_above_usd:g} USD ({VARIABLES['ask_above_usd']}).",
            "Preview it with --dry-run, and start it with --yes.",
        )
    for line in bill_lines(again):
        click.echo(line, err=True)
    click.confirm(f"Spend {cost}?", abort=True, err=True)
    return True


def _has_terminal() -> bool:
    return sys.stdin.isatty()
