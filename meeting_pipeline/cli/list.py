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
    from meeting_pipeline.domain.outage import Outage
    from meeting_pipeline.store.recordings.cli_queries import RecordingSummary
    from meeting_pipeline.store.tables import Recording

_TITLE = 30


@click.command("list", short_help="List recordings, the newest first.")
@click.option("--status", type=click.Choice([status.value for status in RecordingStatus]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_recordings(status: str | None, limit: int, as_json: bool) -> None:
    """List recordings, the newest first, with what is missing and what is a draft."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.cli_queries import recording_summaries
    from meeting_pipeline.store.recordings.outage_filter import waits_for

    with installation() as opened:
        rows = opened.store.recordings.list(status=RecordingStatus(status) if status else None, limit=limit)
        keys = [row.key for row in rows]
        known = recording_summaries(opened.store.database, keys)
        outages = opened.store.outages.open()
        waiting = waits_for(opened.store.database, outages, keys)
    for outage in outages:
        click.echo(f"Out: {outage.line()} {outage.advice}".rstrip(), err=as_json)
    if as_json:
        click.echo(
            json.dumps(
                [_fields(row, known[row.key], waiting.get(row.key)) for row in rows], indent=2, ensure_ascii=False
            )
        )
    elif not rows:
        click.echo("No recordings." if status else "No recordings yet. Hand one in: meeting-pipeline submit FILE")
    else:
        cells = [_cells(row, known[row.key], waiting.get(row.key)) for row in rows]
        click.echo(table(("RECORDING_ID", "STATUS", "LENGTH", "TITLE", "NOTES"), cells))


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, two spaces apart."""
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(heading))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heading, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def _cells(row: "Recording", summary: "RecordingSummary", outage: "Outage | None") -> tuple[str, str, str, str, str]:
    title = short_line(row.title, _TITLE)
    return row.key, row.status, clock(row.duration_ms), title, "; ".join(_notes(row, summary, outage))


def _notes(row: "Recording", summary: "RecordingSummary", outage: "Outage | None") -> list[str]:
    notes = [] if RecordingStatus(row.status).terminal else [row.stage]
    if outage is not None:
        notes.append(f"waits for {outage.provider} ({outage.code})")
    elif row.error_code:
        notes.append(f"{row.error_code}: {one_line(row.error_message or '')}")
    if summary.draft:
        notes.append("draft")
    if summary.gaps:
        notes.append("missing: " + ", ".join(summary.gaps))
    return notes


def _fields(row: "Recording", summary: "RecordingSummary", outage: "Outage | None") -> dict[str, Any]:
    error = {"code": row.error_code, "message": row.error_message, "advice": row.error_advice}
    return {
        "recording_id": row.key,
        "title": row.title,
        "original_name": row.original_name,
        "status": row.status,
        "stage": row.stage,
        "meeting_date": row.meeting_date.isoformat(),
        "duration_ms": row.duration_ms,
        "submitted_at": row.created_at.isoformat(),
        "completed_at": row.completed_at.isoformat() if row.completed_at else None,
        "error": error if row.error_code else None,
        "waits_for": _outage_fields(outage) if outage else None,
        "gaps": list(summary.gaps),
        "draft": summary.draft,
    }


def _outage_fields(outage: "Outage") -> dict[str, str]:
    return {
        "provider": outage.provider,
        "code": outage.code,
        "message": outage.message,
        "since": outage.since.isoformat(),
        "asked_again_at": outage.probe_at.isoformat(),
    }
