"""``/docs``: the API reference as a page, drawn by Swagger UI from ``/v1/openapi.json``. It needs no internet.

Belongs here: which files there are, and their response headers. Must not go here: the description itself (``openapi.py``).
Swagger UI's files come with the package fastapi-offline; ours are in ``api/reference``.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from meeting_pipeline.api.static_files import StaticFile, read_files, send_file

router = APIRouter(include_in_schema=False)
FOLDER: Final = Path(__file__).parents[1] / "reference"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""As for the page, but Swagger UI sets styles on its elements."""
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_SWAGGER_UI: Final = ("swagger-ui-bundle.js", "swagger-ui.css")


@cache
def _files() -> dict[str, StaticFile]:
    library = files("fastapi_offline") / "static"
    return read_files([*FOLDER.iterdir(), *(library / name for name in _SWAGGER_UI)])


@router.get("/docs")
def reference(request: Request) -> Response:
    """The reference."""
    return _answer(request, "index.html")


@router.get("/docs/{name}")
def reference_file(request: Request, name: str) -> Response:
    """A file of the reference."""
    return _answer(request, name)


def _answer(request: Request, name: str) -> Response:
    return send_file(request, _files().get(name), _HEADERS, start="/docs")
