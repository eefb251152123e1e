"""``meeting-pipeline deletions``: the receipts of deletions.

Must not go here: erasing (``steps/operations/delete.py``).
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.cli.shared_options import limit_option
from meeting_pipeline.domain.text import table

if TYPE_CHECKING:
    from meeting_pipeline.store.deletions.receipts import Receipt


@click.command("deletions", short_help="Show the receipts of deleted recordings.")
@click.argument("recording_id", metavar="[RECORDING_ID]", required=False)
@click.option("--unfinished", is_flag=True, help="Only those that are not finished.")
@limit_option()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def deletions(recording_id: str | None, unfinished: bool, limit: int, as_json: bool) -> None:
    """Show the receipt of the deletion of RECORDING_ID (the whole id), or list the latest deletions.

    A receipt says what was removed where, what is left and why, and when that is retried. Once nothing is left, it is kept
    under an id without the words of the title; the old id still finds it.

    Exit codes: 0 done, 2 no recording with that id was deleted.
    """
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.deletions.receipts import read_receipt, unknown_deletion

    with installation() as opened:
        if recording_id is None:
            found = [read_receipt(row) for row in opened.store.deleted_recordings.latest(limit, unfinished=unfinished)]
        else:
            row = opened.store.deleted_recordings.find(recording_id)
            if row is None:
                raise unknown_deletion(recording_id)
            found = [read_receipt(row)]
    if as_json:
        click.echo(json.dumps([_fields(receipt) for receipt in found], indent=2, default=str))
    elif recording_id is not None:
        click.echo(receipt_text(found[0]))
    else:
        rows = [(one.key, f"{one.deleted_at:%Y-%m-%d %H:%M}", one.deleted_by, _state(one)) for one in found]
        click.echo(table(("RECORDING_ID", "DELETED (UTC)", "BY", "STATE"), rows) if rows else "Nothing was deleted.")


def receipt_text(receipt: "Receipt") -> str:
    """A receipt as text."""
    lines = [
        f"{receipt.key}: deleted {receipt.deleted_at:%Y-%m-%d %H:%M} UTC by {receipt.deleted_by}; {_state(receipt)}"
    ]
    rows = [(str(place.removed), place.described, place.left or "nothing") for place in receipt.places]
    return "\n".join([*lines, table(("REMOVED", "WHERE", "LEFT"), rows)])


def _fields(receipt: "Receipt") -> dict[str, Any]:
    fields = asdict(receipt)
    return {"recording_id": fields.pop("key"), **fields}


def _state(receipt: "Receipt") -> str:
    if receipt.erased_at is not None:
        return f"nothing left since {receipt.erased_at:%Y-%m-%d %H:%M} UTC"
    if receipt.next_try_at is None:
        return "deleted by an older version"
    left = ", ".join(dict.fromkeys(place.left for place in receipt.places if place.left))
    return f"erasing continues ({left or 'last look'}), next at {receipt.next_try_at:%Y-%m-%d %H:%M:%S} UTC"
