"""Documents made from a meeting record: their entity tag, their file name, and 304 if the client has them already.

Belongs here: what all renderings have in common over HTTP. Must not go here: the renderings (``domain/``), files
(``api/routes/media.py``).
"""

import hashlib
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


def document(request: Request, text: str | bytes, media_type: str, name: str, *, download: bool) -> Response:
    """The document, or 304 if the client already has it. ``name``: the file name, in characters that need no quoting.

    The entity tag is a hash of the content: it changes with a new revision, an edited speaker or a new status, and with
    nothing else.
    """
    body = text.encode() if isinstance(text, str) else text
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    disposition = "attachment" if download else "inline"
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",  # may be cached, but must be revalidated each time
        "Content-Disposition": f'{disposition}; filename="{name}"',
    }
    if _is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _is_known(if_none_match: str, tag: str) -> bool:
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
