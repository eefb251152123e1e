"""``meeting-pipeline list``.

Must not go here: the full output of one recording (``show.py``).
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

import click

from meeting_pipeline.cli.shared_options import limit_option
from meeting_pipeline.cli.timestamps import timestamp
from meeting_pipeline.domain.recording import RecordingStatus, Source, Stage
from meeting_pipeline.domain.text import clock, one_line, short_line, table

if TYPE_CHECKING:
    from datetime import datetime

    from meeting_pipeline.domain.outage import Outage
    from meeting_pipeline.domain.result_kinds import Insight
    from meeting_pipeline.store.recordings.queries import Overview, RecordingFilter

_TITLE = 30
"""Characters of a title, so that a row fits into one line."""
_ANY = "any"


@dataclass(frozen=True)
class _Conditions:
    """What the command line says about the recordings to list."""

    status: str | None
    stage: str | None
    source: str | None
    gap: str | None
    title: str | None
    submitted_after: "datetime | None"
    submitted_before: "datetime | None"
    reference: str | None
    metadata: tuple[str, ...]

    def criteria(self) -> "RecordingFilter":
        """The conditions for the store. Raises: UsageError."""
        from meeting_pipeline.store.recordings.queries import RecordingFilter

        return RecordingFilter(
            status=RecordingStatus(self.status) if self.status else None,
            stage=Stage(self.stage) if self.stage else None,
            source=cast("Source | None", self.source),
            gap=_insight(self.gap) if self.gap not in (None, _ANY) else None,
            any_gap=self.gap == _ANY,
            title=self.title,
            submitted_after=self.submitted_after,
            submitted_before=self.submitted_before,
            reference=self.reference,
            metadata=self.metadata,
        )


@click.command("list", short_help="List recordings, newest first.")
@click.option("--status", type=click.Choice([status.value for status in RecordingStatus]), help="Only these.")
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), help="Only those in this stage.")
@click.option("--source", type=click.Choice(get_args(Source)), help="Only those submitted in this way.")
@click.option(
    "--gap", metavar="INSIGHT", help="Only those in which this result is missing; `any`: at least one result."
)
@click.option("--title", help="Only those whose title contains this text.")
@click.option(
    "--submitted-after",
    metavar="TIME",
    type=timestamp,
    help="Only those submitted after this time: 2026-11-20, 2026-11-20T09:00 (UTC), or 3d ago.",
)
@click.option("--submitted-before", metavar="TIME", type=timestamp, help="Only those submitted before this time.")
@click.option("--reference", help="Only those that were submitted with this reference.")
@click.option(
    "--metadata",
    multiple=True,
    metavar="NAME=VALUE",
    help="Only those that were submitted with this metadata; can be repeated, and all must match.",
)
@limit_option()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_recordings(limit: int, as_json: bool, **asked: Any) -> None:
    """List recordings, newest first, with gaps and drafts marked."""
    from meeting_pipeline.cli.context import installation
    from meeting_pipeline.store.recordings.queries import RecordingFilter

    conditions = _Conditions(**asked)
    if any("=" not in entry[1:] for entry in conditions.metadata):
        raise click.UsageError("--metadata: write it as NAME=VALUE")
    with installation() as opened:  # loads custom insights, which ``--gap`` may name
        criteria = conditions.criteria()
        found = opened.store.overviews.page(criteria, limit).items
        outages = opened.store.outages.open()
    for outage in outages:
        click.echo(f"{'Held' if outage.limit else 'Out'}: {outage.line()} {outage.advice}".rstrip(), err=as_json)
    if as_json:
        click.echo(json.dumps([_fields(overview) for overview in found], indent=2, ensure_ascii=False))
    elif not found:
        click.echo(
            "No recordings."
            if criteria != RecordingFilter()
            else "No recordings yet. Submit one: meeting-pipeline submit FILE"
        )
    else:
        cells = [_cells(overview) for overview in found]
        click.echo(table(("RECORDING_ID", "STATUS", "LENGTH", "TITLE", "NOTES"), cells))


def _insight(name: str | None) -> "Insight":
    """Raises: UsageError for a name that no insight has."""
    from meeting_pipeline.domain.result_kinds import Insight

    if name not in Insight.names():
        raise click.UsageError(f"--gap: choose {_ANY} or one of {', '.join(Insight.names())}")
    return Insight(name)


def _cells(overview: "Overview") -> tuple[str, str, str, str, str]:
    row = overview.row
    title = short_line(row.title, _TITLE)
    return row.key, row.status, clock(row.duration_ms), title, "; ".join(_notes(overview))


def _notes(overview: "Overview") -> list[str]:
    row, outage = overview.row, overview.outage
    notes = [] if RecordingStatus(row.status).terminal else [row.stage]
    if outage is not None:
        notes.append(f"waits for {outage.provider} ({outage.code})")
    elif row.error_code:
        notes.append(f"{row.error_code}: {one_line(row.error_message or '')}")
    if overview.draft:
        notes.append("draft")
    if overview.gaps:
        notes.append("missing: " + ", ".join(gap.insight for gap in overview.gaps))
    return notes


def _fields(overview: "Overview") -> dict[str, Any]:
    row, outage = overview.row, overview.outage
    error = {"code": row.error_code, "message": row.error_message, "advice": row.error_advice}
    return {
        "recording_id": row.key,
        "title": row.title,
        "original_name": row.original_name,
        "reference": overview.attached.reference,
        "metadata": dict(overview.attached.metadata),
        "status": row.status,
        "stage": row.stage,
        "meeting_date": row.meeting_date.isoformat(),
        "duration_ms": row.duration_ms,
        "submitted_at": row.created_at.isoformat(),
        "completed_at": row.completed_at.isoformat() if row.completed_at else None,
        "error": error if row.error_code else None,
        "waits_for": _outage_fields(outage) if outage else None,
        "gaps": [gap.insight for gap in overview.gaps],
        "draft": overview.draft,
    }


def _outage_fields(outage: "Outage") -> dict[str, str]:
    return {
        "provider": outage.provider,
        "code": outage.code,
        "message": outage.message,
        "since": outage.since.isoformat(),
        "asked_again_at": outage.probe_at.isoformat(),
    }
