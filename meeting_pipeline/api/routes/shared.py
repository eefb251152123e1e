"""``/shared/{token}``: one meeting, for people who have a link but no key.

The page is text without scripts and links, so it leads nowhere, and text of a transcript cannot act on it. Every problem with a
link (unknown, expired, revoked, its recording deleted, or audio that it does not include) gets the same response. Must not go
here: creating links (``shares.py``).
"""

import html
from typing import Final

from fastapi import APIRouter, Response

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.routes.media import AskedRange, media_of
from meeting_pipeline.domain.document_html import to_html
from meeting_pipeline.domain.errors import PermanentError, PipelineError, StoreUnavailable
from meeting_pipeline.domain.minutes import minutes
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.api.share_links import PREFIX
from meeting_pipeline.store.tables import ShareLink

router = APIRouter(prefix="/shared", include_in_schema=False)
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
_LONGEST: Final = 100
"""Characters of a token that are looked up: ours have fewer."""
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow, noarchive">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="stylesheet" href="../page/shared.css">
</head>
<body>
<main>
{body}</main>
{foot}</body>
</html>
"""
_NOWHERE: Final = _PAGE.format(
    title="No meeting here",
    body="<h1>No meeting here</h1>\n<p>This link is wrong, has expired, or was revoked. Ask whoever sent it for a new one.</p>\n",
    foot="",
)


@router.get("/{token}")
def shared_page(installation: Opened, token: str) -> Response:
    """The minutes of the meeting, with the transcript and a player if they were shared."""
    row = _link(installation, token)
    try:
        record = installation.store.records.get(row.recording_key) if row is not None else None
    except PermanentError:  # deleted between the two statements
        record = None
    if row is None or record is None:
        return _nowhere()
    return Response(_page(row, record, token), media_type="text/html; charset=utf-8", headers=_HEADERS)


@router.get("/{token}/sound", response_model=None)
def shared_sound(installation: Opened, token: str, asked: AskedRange = None) -> Response:
    """The sound of the meeting, if it was shared. Supports range requests."""
    row = _link(installation, token)
    if row is None or not row.with_sound:
        return _nowhere()
    try:
        found = media_of(installation, row.recording_key, prepared=True, download=False, asked=asked)
    except StoreUnavailable:
        raise
    except PipelineError:  # no sound, deleted, or on another machine: its name is nobody else's business
        return _nowhere()
    found.headers.update(_HEADERS)
    found.headers["Content-Disposition"] = "inline"  # the file's name is the recording's id
    return found


def _link(installation: Installation, token: str) -> ShareLink | None:
    if not token.startswith(PREFIX) or len(token) > _LONGEST:
        return None
    return installation.store.share_links.find(token)


def _nowhere() -> Response:
    return Response(_NOWHERE, status_code=404, media_type="text/html; charset=utf-8", headers=_HEADERS)


def _page(row: ShareLink, record: MeetingRecord, token: str) -> str:
    title, facts, *blocks = minutes(record, with_transcript=row.with_transcript, remote=True)
    player = f'<audio controls preload="none" src="{html.escape(token)}/sound"></audio>\n' if row.with_sound else ""
    foot = f"<footer><p>Shared until {row.expires_at:%Y-%m-%d %H:%M} UTC, to read only.</p></footer>\n"
    return _PAGE.format(
        title=html.escape(one_line(record.title)), body=to_html([title, facts]) + player + to_html(blocks), foot=foot
    )
