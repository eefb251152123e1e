"""Options that several commands have in the same form.

Must not go here: an option of one command, which belongs in that command's module.
"""

import click

timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=3600.0,
    show_default=True,
    help="With --wait: seconds.",
)
"""How long ``--wait`` waits."""
