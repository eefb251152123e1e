"""Headers of every response of the UI: no other site can frame it, load from it, or learn which page was open.

Must not go here: the policy of the guard's own pages (``pages.py``).
"""

import re
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

_STATIC: Final = re.compile(r"/(_next|vendor)/|/favicon|/\w+\.(mp4|json|txt)$")
_HEADERS: Final = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}
_NO_FRAMES: Final = "frame-ancestors 'none'"


def with_headers(scope: Scope, send: Send) -> Send:
    """Wrap ``send`` so that the response has these headers."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if _NO_FRAMES not in headers.get("content-security-policy", ""):
                headers.append("Content-Security-Policy", _NO_FRAMES)  # in addition to Dagster's own: both apply
            if not _STATIC.match(scope["path"]):
                headers["Cache-Control"] = "no-store"
        await send(message)

    return answer
