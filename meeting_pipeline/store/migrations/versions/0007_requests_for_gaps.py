"""When a run for a gap was requested, and which recording an answer to a repeated request speaks of."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_GONE = 410
_PLACE = "/v1/recordings/"


def upgrade() -> None:
    """Apply."""
    op.add_column("gaps", sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("idempotent_requests", sa.Column("recording_key", sa.String(length=80), nullable=True))
    op.create_index("ix_idempotent_requests_recording_key", "idempotent_requests", ["recording_key"])
    _say_which_recording(op.get_bind())


def _say_which_recording(connection: sa.Connection) -> None:
    """Answers of the last day name their recording in a header. Of those whose recording was deleted nothing is kept but that."""
    requests = sa.table(
        "idempotent_requests",
        sa.column("caller", sa.String),
        sa.column("key", sa.String),
        sa.column("recording_key", sa.String),
        sa.column("status", sa.Integer),
        sa.column("headers", sa.JSON),
        sa.column("body", sa.LargeBinary),
    )
    recordings = sa.table("recordings", sa.column("key", sa.String))
    known = set(connection.scalars(sa.select(recordings.c.key)))
    for caller, key, headers in connection.execute(
        sa.select(requests.c.caller, requests.c.key, requests.c.headers)
    ).all():
        place = _place(headers)
        if place is None:
            continue
        same = (requests.c.caller == caller) & (requests.c.key == key)
        if place in known:
            connection.execute(sa.update(requests).where(same).values(recording_key=place))
        else:
            connection.execute(sa.update(requests).where(same).values(status=_GONE, headers=sa.null(), body=sa.null()))


def _place(headers: Any) -> str | None:
    found = json.loads(headers) if isinstance(headers, str) else headers
    place = (found or {}).get("Location", "")
    return place.removeprefix(_PLACE) if place.startswith(_PLACE) else None


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_idempotent_requests_recording_key", "idempotent_requests")
    op.drop_column("idempotent_requests", "recording_key")
    op.drop_column("gaps", "requested_at")
