"""Mails with minutes over HTTP: listing, showing and retrying them.

Must not go here: the schema of a mail (``api/schemas/mails.py``), sending (``mail/``).
"""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query

from meeting_pipeline.api import policies
from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.schemas.cursors import LONGEST, read_mail_cursor, write_mail_cursor
from meeting_pipeline.api.schemas.mails import Mail, MailPage, MailState, mail_response
from meeting_pipeline.api.schemas.problems import ApiError, responses
from meeting_pipeline.api.security.access import Caller, require
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.store.outbox.mails import MailPosition, unknown_mail

router = APIRouter(prefix="/v1/mails", tags=["deliveries"])
_ID: Final = re.compile(r"[0-9a-f]{32}")


def mail_id(text: Annotated[str, Path(alias="id", description="The mail's id.")]) -> str:
    """The id in the path; it may not exist. Raises: PermanentError ``unknown_mail`` if it is malformed."""
    if not _ID.fullmatch(text):
        raise unknown_mail(text[: policies.SHOWN_CHARACTERS])
    return text


MailId = Annotated[str, Depends(mail_id)]
Reader = Annotated[Caller, Depends(require("read"))]
Administrator = Annotated[Caller, Depends(require("admin"))]


@router.get("", operation_id="listMails", responses=responses(400, 401, 403))
def list_mails(
    installation: Opened,
    _caller: Reader,
    recording_id: Annotated[str | None, Query(max_length=200, description="Only those of this recording.")] = None,
    state: Annotated[list[MailState] | None, Query(description="Only these; can be repeated.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Maximum number of entries.")] = 50,
    cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next_cursor` of the previous page.")] = None,
) -> MailPage:
    """List mails with minutes, newest first."""
    after = read_mail_cursor(cursor) if cursor is not None else None
    if recording_id is not None and not is_key(recording_id):
        return MailPage(mails=[], next_cursor=None)
    found = installation.store.mails.list(states=tuple(state or ()), key=recording_id, limit=limit + 1, after=after)
    shown = found[:limit]
    last = MailPosition(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
    return MailPage(
        mails=[mail_response(row) for row in shown], next_cursor=write_mail_cursor(last) if last is not None else None
    )


@router.post("/{id}:retry", operation_id="retryMail", status_code=202, responses=responses(401, 403, 404, 409))
def retry_mail(installation: Opened, _caller: Administrator, wanted: MailId) -> Mail:
    """Send a dead or waiting mail now, with a fresh schedule. One that was sent is not sent again."""
    installation.store.mails.get(wanted)
    if not installation.store.mails.retry(mail_id=wanted):
        raise ApiError(
            409,
            "mail_not_waiting",
            "The mail is not waiting: see its state.",
            "Only dead and waiting mails can be retried.",
        )
    return mail_response(installation.store.mails.get(wanted))


@router.get("/{id}", operation_id="getMail", responses=responses(401, 403, 404))
def get_mail(installation: Opened, _caller: Reader, wanted: MailId) -> Mail:
    """Get one mail: its state, the reason of its last failure, and the time of the next attempt."""
    return mail_response(installation.store.mails.get(wanted))
