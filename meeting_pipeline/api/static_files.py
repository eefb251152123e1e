"""Files that are served unchanged: read once, and kept by browsers as long as they do not change.

Must not go here: which files there are, and their headers (``routes/page.py``, ``routes/reference.py``).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import PurePath
from typing import Final

from fastapi import Request, Response

from meeting_pipeline.api.schemas.problems import ApiError

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class StaticFile:
    """A file and what is sent with it."""

    content: bytes
    media_type: str
    etag: str


def read_files(paths: Iterable[Traversable]) -> dict[str, StaticFile]:
    """The files of these types by name: no other file can be requested."""
    found = {}
    for path in paths:
        media_type = _TYPES.get(PurePath(path.name).suffix)
        if media_type is not None:
            content = path.read_bytes()
            found[path.name] = StaticFile(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
    return found


def send_file(request: Request, found: StaticFile | None, headers: Mapping[str, str], *, start: str) -> Response:
    """The file, or 304 if the client has it. ``start``: where to begin. Raises: ApiError 404 ``not_found``."""
    if found is None:
        raise ApiError(404, "not_found", "There is no such file.", f"Start at the address {start}.")
    sent = {**headers, "ETag": found.etag}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=sent)
    return Response(found.content, media_type=found.media_type, headers=sent)
