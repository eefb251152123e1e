"""Starting a campaign: its row, and a row for each of its recordings.

Must not go here: planning it and its bill (``steps/operations/``), what happens to it later (``changing.py``).
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.campaigns import CampaignChange, CampaignState, ItemState
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.campaigns.notes import note
from meeting_pipeline.store.campaigns.reading import BACKFILL
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.tables import CampaignRecording, CampaignRow, Recording


@dataclasses.dataclass(frozen=True)
class NewCampaign:
    """The input for starting a campaign. ``work``: recordings with the assets to make, in order. ``plan``: its bill.

    ``backfill``: the backfill in Dagster that processes it; its recordings are assigned only when that is over.
    """

    name: str
    work: Sequence[tuple[str, Sequence[str]]]
    hold: bool = False
    cap_usd: float | None = None
    service_tier: str | None = None
    plan: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    backfill: str | None = None


def add_campaign(context: StoreContext, session: Session, new: NewCampaign, by: str, reason: str | None) -> None:
    """Add it, running. Recordings that were deleted since it was planned are left out.

    Raises: PermanentError ``campaign_exists``.
    """
    if session.get(CampaignRow, new.name) is not None:
        raise campaign_exists(new.name)
    now = context.now()
    session.add(
        CampaignRow(
            name=new.name,
            state=CampaignState.RUNNING.value,
            hold=new.hold,
            cap_usd=new.cap_usd,
            service_tier=new.service_tier,
            insights=list(dict.fromkeys(asset for _, assets in new.work for asset in assets)),
            plan={**new.plan, **({BACKFILL: new.backfill} if new.backfill is not None else {})},
            counted_from=now,
            started_by=by,
            started_at=now,
            changed_at=now,
        )
    )
    session.flush()
    known = _known_keys(session, [key for key, _ in new.work])
    work = [(key, assets) for key, assets in new.work if key in known]
    state = ItemState.WAITING if new.backfill is None else ItemState.REQUESTED
    rows = [_waiting(new.name, key, place, assets, state) for place, (key, assets) in enumerate(work)]
    for start in range(0, len(rows), AT_ONCE):
        session.execute(insert(CampaignRecording), rows[start : start + AT_ONCE])
    note(context, session, new.name, CampaignChange.STARTED, by, reason, len(rows))


def _waiting(name: str, key: str, place: int, assets: Sequence[str], state: ItemState) -> dict[str, Any]:
    return {
        "campaign": name,
        "recording_key": key,
        "place": place,
        "state": state.value,
        "assets": list(assets),
        "leases": [],
        "tries": 0,
        "size": 0,
    }


def campaign_exists(name: str) -> PermanentError:
    """The error for a name that a campaign has already."""
    return PermanentError(
        "campaign_exists", f"A campaign named {name} already exists.", "Choose another name with --campaign."
    )


def _known_keys(session: Session, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), AT_ONCE):
        found |= set(session.scalars(select(Recording.key).where(Recording.key.in_(keys[start : start + AT_ONCE]))))
    return found
