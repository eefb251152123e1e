"""Starting, pausing, resuming and cancelling campaigns, each with who, when and why, in one transaction.

Must not go here: when a campaign pauses automatically (``steps/campaigns/advance.py``), the rows of a
new one (``starting.py``), its recordings (``work.py``).
"""

import dataclasses
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from meeting_pipeline.domain.campaigns import CampaignChange, CampaignDecision, CampaignState, ItemState, PauseCode
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store import policies
from meeting_pipeline.store.campaigns.campaign_rows import spent_by
from meeting_pipeline.store.campaigns.notes import THE_SYSTEM, locked_campaign, note, pause_row
from meeting_pipeline.store.campaigns.starting import NewCampaign, add_campaign, campaign_exists
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import CampaignNoteRow, CampaignRecording, CampaignRow


@retrying
class CampaignChanges:
    """Repository of what people and the system do with campaigns."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def start(self, new: NewCampaign, by: str, reason: str | None = None) -> None:
        """Store it, running. Recordings that were deleted since it was planned are left out.

        Raises: PermanentError ``campaign_exists``.
        """
        try:
            with self._context.database.write() as session:
                add_campaign(self._context, session, new, by, reason)
        except IntegrityError as error:  # another person chose the same name in the same moment
            raise campaign_exists(new.name) from error

    def pause(self, name: str, by: str, reason: str | None = None, code: PauseCode = PauseCode.BY_PERSON) -> bool:
        """Begin and buy nothing more. Calls in progress end. False if it was not running.

        Raises: PermanentError ``unknown_campaign``, ``campaign_over``.
        """
        with self._context.database.write() as session:
            row = locked_campaign(session, name)
            if CampaignState(row.state).over:
                raise _over(row)
            if row.state == CampaignState.PAUSED:
                return False
            pause_row(self._context, session, row, by, reason, code)
            return True

    def resume(self, name: str, by: str, reason: str | None = None, *, cap_usd: float | None = None) -> None:
        """Continue where it was. Recordings that failed get another chance. ``cap_usd``: a new cap.

        Raises: PermanentError ``unknown_campaign``, ``campaign_over``, ``campaign_not_paused``, ``cap_reached``.
        """
        with self._context.database.write() as session:
            row = locked_campaign(session, name)
            if CampaignState(row.state).over:
                raise _over(row)
            if row.state != CampaignState.PAUSED:
                raise PermanentError(
                    "campaign_not_paused", f"The campaign {name} is running already.", "There is nothing to do."
                )
            cap = cap_usd if cap_usd is not None else row.cap_usd
            spent = spent_by(session, [row])[name]
            if cap is not None and spent.usd >= cap:
                raise PermanentError(
                    "cap_reached",
                    f"The campaign {name} has spent {spent.usd:.4f} of {cap:.4f} USD.",
                    f"Raise the cap: meeting-pipeline campaigns resume {name} --max-usd SUM",
                )
            now = self._context.now()
            row.state, row.pause_code, row.pause_reason = CampaignState.RUNNING.value, None, None
            row.cap_usd, row.changed_at, row.counted_from = cap, now, now
            session.execute(
                update(CampaignRecording)
                .where(CampaignRecording.campaign == name, CampaignRecording.state == ItemState.FAILED.value)
                .values(state=ItemState.WAITING.value, tries=0, error_code=None, error_message=None, ended_at=None)
                .execution_options(synchronize_session=False)
            )
            note(self._context, session, name, CampaignChange.RESUMED, by, reason)

    def cancel(self, name: str, by: str, reason: str | None = None) -> None:
        """End it. Its results so far stay; the rest is not made.

        Raises: PermanentError ``unknown_campaign``, ``campaign_over``.
        """
        with self._context.database.write() as session:
            row = locked_campaign(session, name)
            if CampaignState(row.state).over:
                raise _over(row)
            row.state, row.pause_code, row.pause_reason = CampaignState.CANCELLED.value, None, None
            row.changed_at = self._context.now()
            note(self._context, session, name, CampaignChange.CANCELLED, by, reason)

    def finish(self, name: str) -> bool:
        """End it if each of its recordings is over. True if this call ended it."""
        with self._context.database.write() as session:
            row = session.get(CampaignRow, name, with_for_update=True)
            if row is None or row.state != CampaignState.RUNNING:
                return False
            left = select(CampaignRecording.recording_key).where(
                CampaignRecording.campaign == name,
                CampaignRecording.state.in_([state.value for state in ItemState if not state.over]),
            )
            if session.scalar(left.limit(1)) is not None:
                return False
            row.state, row.changed_at = CampaignState.FINISHED.value, self._context.now()
            note(self._context, session, name, CampaignChange.FINISHED, THE_SYSTEM)
            return True

    def settle(self) -> int:
        """Keep the sums of campaigns that have been over for a while: the page often asks for them. Returns how many."""
        over = [state.value for state in CampaignState if state.over]
        long_ago = self._context.now() - timedelta(seconds=policies.CAMPAIGN_SETTLED_SECONDS)
        query = select(CampaignRow).where(
            CampaignRow.state.in_(over), CampaignRow.settled.is_(None), CampaignRow.changed_at < long_ago
        )
        with self._context.database.write() as session:
            rows = session.scalars(query.order_by(CampaignRow.name).with_for_update()).all()
            spent = spent_by(session, rows) if rows else {}
            for row in rows:
                row.settled = dataclasses.asdict(spent[row.name])
            return len(rows)

    def note_decision(self, name: str, decision: CampaignDecision, by: str, reason: str | None) -> int:
        """Note that a person begins to promote or discard what it holds. Returns the number of the note: see ``count_decided``.

        Raises: PermanentError ``unknown_campaign``.
        """
        with self._context.database.write() as session:
            locked_campaign(session, name)
            return note(self._context, session, name, CampaignChange(decision.value), by, reason, 0)

    def count_decided(self, name: str, number: int, recordings: int) -> None:
        """So many recordings are promoted or discarded by now."""
        with self._context.database.write() as session:
            row = session.get(CampaignNoteRow, (name, number), with_for_update=True)
            if row is not None:
                row.recordings = recordings


def _over(row: CampaignRow) -> PermanentError:
    return PermanentError(
        "campaign_over", f"The campaign {row.name} is {row.state}.", "Start another: meeting-pipeline reprocess --help"
    )
