"""The page for people: ``/`` and its files below ``/page/``, served unchanged from the folder ``page``.

Belongs here: which files there are, and their response headers. Must not go here: what the page does (its scripts), and
data: the page uses the same routes as other clients. The page itself needs no key.
"""

from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from meeting_pipeline.api.static_files import StaticFile, read_files, send_file

router = APIRouter(include_in_schema=False)
FOLDER: Final = Path(__file__).parents[1] / "page"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' blob:; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Allows only scripts, styles and requests of this service: a transcript can neither become code nor send data elsewhere."""
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


@cache
def _files() -> dict[str, StaticFile]:
    return read_files(FOLDER.iterdir())


@router.get("/")
def index(request: Request) -> Response:
    """The page."""
    return _answer(request, "index.html")


@router.get("/page/{name}")
def file(request: Request, name: str) -> Response:
    """A file of the page."""
    return _answer(request, name)


def _answer(request: Request, name: str) -> Response:
    return send_file(request, _files().get(name), _HEADERS, start="/")
