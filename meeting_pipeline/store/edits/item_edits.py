"""Edits of items and decisions by people: stored separately from the results, published like a changed result, and reversible.

Belongs here: storing an edit, with its history, and its consequences in the same transaction. Must not go here: what an edit does
to a record (``domain/edited_claims.py``), which item it belongs to (``domain/item_edits.py``), undoing (``undoing.py``).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.edit_input import bad_edit, clean_fields
from meeting_pipeline.domain.edited_claims import anchor_of, conflicts, field_values
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.evidence import shown_quote
from meeting_pipeline.domain.item_edits import EDITABLE, Anchor, ItemEdit
from meeting_pipeline.domain.judged_claims import JudgedClaim, Judgement
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.edits.claim_edits import ClaimEdits
from meeting_pipeline.store.edits.edit_history import Change, last_number, note_edit, publish_edit, require_version
from meeting_pipeline.store.edits.edited_rows import Subject, set_fields
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import locked_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_events import WebhookEvents
from meeting_pipeline.store.results.records import load_record
from meeting_pipeline.store.results.stored_edits import ITEM, anchor_json
from meeting_pipeline.store.tables import RecordEdit

EVENT = "items_edited"


@retrying
class ItemEdits:
    """Repository of item edits."""

    def __init__(self, context: StoreContext, webhook_events: WebhookEvents, claim_edits: ClaimEdits) -> None:
        self._context = context
        self._webhook_events = webhook_events
        self._claim_edits = claim_edits

    def add(self, key: str, insight: Insight, given: Mapping[str, Any], by: str, segment: int | None = None) -> str:
        """Add an item; ``segment``: where it was said. Returns its claim id. The same item is not added twice.

        Raises: PermanentError ``unknown_recording``, ``not_editable``, ``bad_edit``, ``bad_name``, ``unknown_segment``,
            ``too_many_items``.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            record = load_record(session, row)
            _require_editable(insight)
            fields = clean_fields(record, insight, given)
            if "text" not in fields:
                raise bad_edit("An item needs a text.", "Send what the item says as `text`.")
            evidence = _evidence(record, segment)
            fields |= evidence[1]
            for known in record.item_edits:
                if known.added and known.insight is insight and dict(known.fields) == fields:
                    return known.subject
            self._require_place(session, key)
            number = last_number(session, key) + 1
            name = f"added-{number}"
            about = Subject(name, ITEM, anchor_json(Anchor(name, fields["text"], evidence[0])), insight.value, True)
            restore = set_fields(self._context, session, key, about, by, number, fields)
            shown = {one: value for one, value in fields.items() if one != "quote"}
            change = Change(ITEM, name, "added", by, fields["text"], insight.value, {}, shown, restore)
            note_edit(self._context, session, key, change)
            publish_edit(self._context, self._webhook_events, session, row, EVENT)
            return name

    def change(self, key: str, claim_id: str, given: Mapping[str, Any], by: str, version: int | None = None) -> bool:
        """Change fields of an item. ``version``: that of the item which the caller has seen. False if nothing changes.

        Raises: PermanentError ``unknown_recording``, ``unknown_claim``, ``not_editable``, ``bad_edit``, ``bad_name``,
            ``edited_meanwhile``.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            record = load_record(session, row)
            claim = _claim(record, claim_id)
            edit = claim.item_edit
            _require_editable(claim.insight)
            require_version(version, edit.version if edit is not None else 0)
            shown = field_values(claim.value)
            fields = {
                name: value
                for name, value in clean_fields(record, claim.insight, given).items()
                if shown.get(name) != value
            }
            if not fields:
                return False
            number = last_number(session, key) + 1
            about = _subject(session, key, claim, number)
            restore = set_fields(self._context, session, key, about, by, number, fields)
            before = {name: shown.get(name) for name in fields}
            insight = claim.insight.value
            change = Change(ITEM, about.name, "changed", by, claim.text, insight, before, fields, restore)
            note_edit(self._context, session, key, change)
            publish_edit(self._context, self._webhook_events, session, row, EVENT)
            return True

    def delete(self, key: str, claim_id: str, by: str, version: int | None = None) -> bool:
        """Delete an item, or set an edit aside whose item is gone. It stays in the history. False if it is deleted already.

        Raises: PermanentError ``unknown_recording``, ``unknown_claim``, ``edited_meanwhile``.
        """
        with self._context.database.write() as session:
            row = locked_recording(session, key)
            record = load_record(session, row)
            lost = next((edit for edit in conflicts(record) if edit.subject == claim_id), None)
            claim = None if lost is not None else _claim(record, claim_id)
            edit = lost or (claim.item_edit if claim is not None else None)
            require_version(version, edit.version if edit is not None else 0)
            if claim is not None and not claim.added:
                return self._claim_edits.judge_within(session, row, claim.claim_id, Judgement.DELETED, by)
            if edit is None:
                return False
            number = last_number(session, key) + 1
            about = Subject(edit.subject, ITEM, anchor_json(edit.anchor), edit.insight.value, edit.added)
            before = {name: value for name, value in edit.fields.items() if name != "quote"}
            restore = set_fields(self._context, session, key, about, by, number, {}, list(edit.fields))
            text = claim.text if claim is not None else edit.anchor.text
            change = Change(ITEM, edit.subject, "deleted", by, text, edit.insight.value, before, {}, restore)
            note_edit(self._context, session, key, change)
            publish_edit(self._context, self._webhook_events, session, row, EVENT)
            return True

    def _require_place(self, session: Session, key: str) -> None:
        query = select(func.count()).where(RecordEdit.recording_key == key, RecordEdit.added.is_(True))
        if (session.scalar(query) or 0) >= policies.ADDED_ITEMS:
            raise PermanentError(
                "too_many_items",
                f"People can add at most {policies.ADDED_ITEMS} items to a recording.",
                "Delete some that are not needed.",
            )


def _subject(session: Session, key: str, claim: JudgedClaim, number: int) -> Subject:
    """The edit of this item, or a new one. Another item's edit may have the id as its name: then a number is added."""
    edit: ItemEdit | None = claim.item_edit
    if edit is not None:
        return Subject(edit.subject, ITEM, anchor_json(edit.anchor), edit.insight.value, edit.added)
    name = claim.claim_id if session.get(RecordEdit, (key, claim.claim_id)) is None else f"{claim.claim_id}-{number}"
    return Subject(name, ITEM, anchor_json(anchor_of(claim)), claim.insight.value)


def _claim(record: MeetingRecord, claim_id: str) -> JudgedClaim:
    claim = next((claim for claim in listed(record) if claim.claim_id == claim_id), None)
    if claim is None:
        raise PermanentError(
            "unknown_claim",
            "The meeting has no claim with this id.",
            "List its claims again: they may have changed since.",
        )
    return claim


def _require_editable(insight: Insight) -> None:
    if insight not in EDITABLE:
        raise PermanentError(
            "not_editable",
            f"Single entries of {insight.value} cannot be edited or added.",
            f"What can: {', '.join(one.value for one in EDITABLE)}. Any claim can be accepted or deleted.",
        )


def _evidence(record: MeetingRecord, segment: int | None) -> tuple[tuple[int, ...], dict[str, str]]:
    """The segment that a person gives as evidence, and its words as the quote."""
    if segment is None:
        return (), {}
    segments = record.transcript.segments if record.transcript is not None else ()
    found = next((one for one in segments if one.index == segment), None)
    if found is None:
        raise PermanentError(
            "unknown_segment", "The transcript has no such segment.", "Name the id of one of `segments`."
        )
    return (segment,), {"quote": shown_quote(found.text)}
