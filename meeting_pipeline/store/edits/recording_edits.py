"""Changes of a recording's own details by people: title, date, participants, language and such. With history, and reversible.

The old value is only in the history, because nothing else needs it. Results made for another date remember that date, so that
due dates can be computed again (``domain/edited_claims.py``). Must not go here: which values are allowed
(``domain/sidecar_options.py``).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.text import normalized, one_line
from meeting_pipeline.store.edits.edit_history import Change, last_number, note_edit, publish_edit, require_version
from meeting_pipeline.store.edits.edited_rows import edited_since
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.tables import Artifact, Recording

RECORDING: Final = "recording"
DETAILS: Final = ("title", "date", "timezone", "participants", "language", "keyterms", "speakers_expected")
EVENT: Final = "details_edited"
_TITLE_CHARACTERS: Final = 255
"""As for the title of a submission (``steps/intake/arrival.py``)."""


@retrying
class RecordingEdits:
    """Repository of edits of recordings."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents) -> None:
        self._context = context
        self._webhook_events = webhook_events

    def change(self, key: str, given: Mapping[str, Any], by: str, version: int | None = None) -> frozenset[str]:
        """Change details: ``DETAILS``, validated as those of a submission. Returns which have changed.

        Raises: PermanentError ``unknown_recording``, ``bad_edit``, ``edited_meanwhile``.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            require_version(version, last_number(session, key, RECORDING))
            return self._set(session, row, _clean(given), by)

    def restore_within(
        self, session: Session, row: Recording, entry_after: Mapping[str, Any], before: Mapping[str, Any], by: str,
        undoes: int,
    ) -> bool:  # fmt: skip
        """Put back what was before. Inside the caller's transaction. Raises: PermanentError ``edited_since``."""
        present = details_of(row)
        if any(present[name] != value for name, value in entry_after.items()):
            raise edited_since()
        return bool(self._set(session, row, before, by, undoes))

    def _set(
        self, session: Session, row: Recording, given: Mapping[str, Any], by: str, undoes: int | None = None
    ) -> frozenset[str]:
        present = details_of(row)
        changed = {name: value for name, value in given.items() if present[name] != value}
        if not changed:
            return frozenset()
        if "date" in changed:
            _remember_date(session, row)
            row.meeting_date = date.fromisoformat(changed["date"])
        for name in changed.keys() - {"date"}:
            setattr(row, name, changed[name])
        before = {name: present[name] for name in changed}
        change = Change(RECORDING, RECORDING, "changed", by, row.title, None, before, changed, undoes=undoes)
        note_edit(self._context, session, row.key, change)
        publish_edit(self._context, self._webhook_events, session, row, EVENT)
        return frozenset(changed)


def details_of(row: Recording) -> dict[str, Any]:
    """The details that people can change, as JSON values."""
    return {
        "title": row.title,
        "date": row.meeting_date.isoformat(),
        "timezone": row.timezone,
        "participants": list(row.participants),
        "language": row.language,
        "keyterms": list(row.keyterms),
        "speakers_expected": row.speakers_expected,
    }


def _remember_date(session: Session, row: Recording) -> None:
    """Results from before this column was filled were made for the date that the recording has until now."""
    session.execute(
        update(Artifact)
        .where(Artifact.recording_key == row.key, Artifact.meeting_date.is_(None))
        .values(meeting_date=row.meeting_date)
        .execution_options(synchronize_session=False)
    )


def _clean(given: Mapping[str, Any]) -> dict[str, Any]:
    from pydantic import ValidationError

    try:
        options = SidecarOptions.model_validate(dict(given))
    except ValidationError as error:
        names = ", ".join(sorted({str(one["loc"][0]) for one in error.errors(include_input=False)}))
        raise PermanentError(
            "bad_edit", f"Not usable: {names}.", "The rules are those for the details of a submission."
        ) from None
    found: dict[str, Any] = {}
    for name in given:
        value = getattr(options, name)
        if name == "title":
            value = one_line(normalized("NFC", value or ""))[:_TITLE_CHARACTERS]
            if not value:
                raise PermanentError("bad_edit", "A title must not be empty.", "Send the title as it should appear.")
        elif name == "date":
            if value is None:
                raise PermanentError("bad_edit", "A meeting needs a date.", "Send it as 2026-11-20.")
            value = value.isoformat()
        elif name in ("participants", "keyterms"):
            value = [one for one in value if one]
        found[name] = value
    return found
