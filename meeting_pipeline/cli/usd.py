"""The type of options that are a sum of money.

Must not go here: how sums are shown (``bill_output.py``).
"""

import math
from typing import Any, Final

import click

_MOST: Final = 1e9
"""No cap at all would be the honest way to say more."""


class Usd(click.ParamType[float]):
    """A positive, finite sum in USD."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See ``click.ParamType``."""
        try:
            sum_ = float(value)
        except ValueError:
            self.fail(f"{value!r} is no sum in USD.", param, ctx)
        if not math.isfinite(sum_) or not 0 < sum_ <= _MOST:
            self.fail(f"{value} is no sum in USD: it has to be more than 0.", param, ctx)
        return sum_
