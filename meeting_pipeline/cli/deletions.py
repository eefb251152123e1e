"""``meeting-pipeline deletions``: the receipts of deletions.

Must not go here: erasing (``steps/operations/delete.py``).
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from meeting_pipeline.cli.list import table

if TYPE_CHECKING:
    from meeting_pipeline.store.deletions.receipts import Receipt


@click.command("deletions", short_help="Show what became of deleted recordings.")
@click.argument("key", required=False)
@click.option("--unfinished", is_flag=True, help="Only those of which something is left.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def deletions(key: str | None, unfinished: bool, limit: int, as_json: bool) -> None:
    """Show the receipt of the deletion of KEY (the whole key that the recording had), or list the latest deletions.

    A receipt says what was removed where, what is left, why, and when that is tried again. Once nothing is left it is
    kept under a key without the words of the title; the old key still finds it.

    Exit codes: 0 done, 2 no recording of that key was deleted.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.deletions.receipts import read_receipt, unknown_deletion

    with installation() as opened:
        if key is None:
            found = [read_receipt(row) for row in opened.store.deletions.latest(limit, unfinished=unfinished)]
        else:
            row = opened.store.deletions.find(key)
            if row is None:
                raise unknown_deletion(key)
            found = [read_receipt(row)]
    if as_json:
        click.echo(json.dumps([asdict(receipt) for receipt in found], indent=2, default=str))
    elif key is not None:
        click.echo(told(found[0]))
    else:
        rows = [(one.key, f"{one.deleted_at:%Y-%m-%d %H:%M}", one.deleted_by, _state(one)) for one in found]
        click.echo(table(("KEY", "DELETED (UTC)", "BY", "STATE"), rows) if rows else "Nothing was deleted.")


def told(receipt: "Receipt") -> str:
    """A receipt for people."""
    lines = [
        f"{receipt.key}: deleted {receipt.deleted_at:%Y-%m-%d %H:%M} UTC by {receipt.deleted_by}; {_state(receipt)}"
    ]
    rows = [(str(place.removed), place.described, place.left or "nothing") for place in receipt.places]
    return "\n".join([*lines, table(("REMOVED", "WHERE", "LEFT"), rows)])


def _state(receipt: "Receipt") -> str:
    if receipt.erased_at is not None:
        return f"nothing left since {receipt.erased_at:%Y-%m-%d %H:%M} UTC"
    if receipt.next_try_at is None:
        return "deleted by an older version"
    left = ", ".join(dict.fromkeys(place.left for place in receipt.places if place.left))
    return f"erasing goes on ({left or 'last look'}), next at {receipt.next_try_at:%Y-%m-%d %H:%M:%S} UTC"
