"""``/v1/deletions``: receipts of deletions.

Must not go here: deleting (``deletion.py``).
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.store.deletions.receipts import Receipt, read_receipt, unknown_deletion

router = APIRouter(prefix="/v1/deletions", tags=["recordings"])


class DeletionPlace(BaseModel):
    """A place from which the recording is removed."""

    place: str = Field(description="A stable identifier, such as `dagster_events`.")
    removed: int = Field(description="Number of rows, files, events or mentions removed there.")
    left: str | None = Field(description="A stable code for why something is left; null if nothing is.")


class DeletionReceipt(BaseModel):
    """The receipt of a deletion. It contains no words of the meeting."""

    recording_id: str = Field(
        description="The recording's id; once nothing is left, an id without the words of the title. Both work in "
        "requests."
    )
    deleted_at: datetime
    deleted_by: str = Field(description="The name of the API key, or who else deleted it.")
    erased_at: datetime | None = Field(description="When the last copy was erased; null before that.")
    next_try_at: datetime | None = Field(description="When the rest is retried.")
    tries: int = Field(description="Number of attempts that left something.")
    places: list[DeletionPlace]


@router.get("/{recording_id}", operation_id="getDeletion", responses=responses(401, 403, 404))
def get_deletion(
    installation: Opened, _caller: Annotated[Caller, Depends(require("read"))], key: Key
) -> DeletionReceipt:
    """Get the receipt of a deleted recording: what was removed where, what is left, and when the rest is retried."""
    row = installation.store.deleted_recordings.find(key)
    if row is None:
        raise unknown_deletion(key)
    return _response(read_receipt(row))


def _response(receipt: Receipt) -> DeletionReceipt:
    return DeletionReceipt(
        recording_id=receipt.key,
        deleted_at=receipt.deleted_at,
        deleted_by=receipt.deleted_by,
        erased_at=receipt.erased_at,
        next_try_at=receipt.next_try_at,
        tries=receipt.tries,
        places=[DeletionPlace(place=one.name, removed=one.removed, left=one.left) for one in receipt.places],
    )
