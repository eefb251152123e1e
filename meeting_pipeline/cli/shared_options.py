"""Options that several commands have in the same form.

Must not go here: an option of one command, which belongs in that command's module.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
_MOST_LISTED: Final = 10_000
"""A person reads fewer; programs read the pages of the HTTP service."""

timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=3600.0,
    show_default=True,
    help="With --wait: seconds.",
)
"""How long ``--wait`` waits."""


def limit_option(default: int = 50) -> Callable[[F], F]:
    """How many entries a list has. ``default``: where an entry is one short line, a list may be longer."""
    return click.option(
        "--limit",
        type=click.IntRange(1, _MOST_LISTED),
        default=default,
        show_default=True,
        help="Maximum number of entries.",
    )
