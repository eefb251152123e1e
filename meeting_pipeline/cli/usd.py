"""The type of options that are an amount of money.

Must not go here: how sums are shown (``bill_output.py``).
"""

import math
from typing import Any, Final

import click

_MOST: Final = 1e9
"""No cap at all would be the honest way to say more."""


class Usd(click.ParamType[float]):
    """A positive, finite amount in USD."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See ``click.ParamType``."""
        try:
            sum_ = float(value)
        except ValueError:
            self.fail(f"{value!r} is not an amount in USD.", param, ctx)
        if not math.isfinite(sum_) or not 0 < sum_ <= _MOST:
            self.fail(f"{value} is not an amount in USD: it must be more than 0.", param, ctx)
        return sum_
