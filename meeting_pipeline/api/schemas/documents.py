"""Documents made from a record: their validator, their name, and when a reader has them already.

Belongs here: what all renderings share over HTTP. Must not go here: the renderings (``domain/``), files
(``api/routes/media.py``).
"""

import hashlib
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


def document(request: Request, text: str, media_type: str, name: str, *, download: bool) -> Response:
    """The document, or 304 when the reader has this very one. ``name``: of the file, in letters that need no quoting.

    The entity tag is made from the content: a new revision, an edit of a speaker or a change of status changes it, and
    nothing else does.
    """
    body = text.encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    disposition = "attachment" if download else "inline"
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",  # keep it, but ask each time whether it is the same still
        "Content-Disposition": f'{disposition}; filename="{name}"',
    }
    if _is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _is_known(if_none_match: str, tag: str) -> bool:
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
