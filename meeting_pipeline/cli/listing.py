"""``meeting-pipeline list``.

Must not go here: what a recording says in full (``show.py``).
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from meeting_pipeline.domain.models import RecordingStatus
from meeting_pipeline.domain.text import clock, one_line, short_line

if TYPE_CHECKING:
    from meeting_pipeline.store.lookups import Standing
    from meeting_pipeline.store.tables import Recording

_TITLE = 30


@click.command("list", short_help="List recordings, the newest first.")
@click.option("--status", type=click.Choice([status.value for status in RecordingStatus]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_recordings(status: str | None, limit: int, as_json: bool) -> None:
    """List recordings, the newest first, with what is missing and what is a draft."""
    from meeting_pipeline.cli.opening import installation
    from meeting_pipeline.store.lookups import standings

    with installation() as opened:
        rows = opened.store.recordings.list(status=RecordingStatus(status) if status else None, limit=limit)
        known = standings(opened.store.database, [row.key for row in rows])
    if as_json:
        click.echo(json.dumps([_fields(row, known[row.key]) for row in rows], indent=2, ensure_ascii=False))
    elif not rows:
        click.echo("No recordings." if status else "No recordings yet. Hand one in: meeting-pipeline submit FILE")
    else:
        click.echo(table(("KEY", "STATUS", "LENGTH", "TITLE", "NOTES"), [_cells(row, known[row.key]) for row in rows]))


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, two spaces apart."""
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(heading))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heading, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def _cells(row: "Recording", standing: "Standing") -> tuple[str, str, str, str, str]:
    title = short_line(row.title, _TITLE)
    return row.key, row.status, clock(row.duration_ms), title, "; ".join(_notes(row, standing))


def _notes(row: "Recording", standing: "Standing") -> list[str]:
    notes = [] if RecordingStatus(row.status).terminal else [row.stage]
    if row.error_code:
        notes.append(f"{row.error_code}: {one_line(row.error_message or '')}")
    if standing.draft:
        notes.append("draft")
    if standing.gaps:
        notes.append("missing: " + ", ".join(standing.gaps))
    return notes


def _fields(row: "Recording", standing: "Standing") -> dict[str, Any]:
    error = {"code": row.error_code, "message": row.error_message, "advice": row.error_advice}
    return {
        "key": row.key,
        "title": row.title,
        "original_name": row.original_name,
        "status": row.status,
        "stage": row.stage,
        "meeting_date": row.meeting_date.isoformat(),
        "duration_ms": row.duration_ms,
        "submitted_at": row.created_at.isoformat(),
        "completed_at": row.completed_at.isoformat() if row.completed_at else None,
        "error": error if row.error_code else None,
        "gaps": list(standing.gaps),
        "draft": standing.draft,
    }
