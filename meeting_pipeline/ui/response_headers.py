"""Headers of every answer of the UI: no other site shows it in a frame, loads from it, or hears which page was open.

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
    """Sends the answer with these headers."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if _NO_FRAMES not in headers.get("content-security-policy", ""):
                headers.append("Content-Security-Policy", _NO_FRAMES)  # beside Dagster's own: both hold
            if not _STATIC.match(scope["path"]):
                headers["Cache-Control"] = "no-store"
        await send(message)

    return answer
