"""Files that are served unchanged: read once, and kept by browsers as long as they do not change.

Must not go here: which files there are, and their headers (``routes/page.py``, ``routes/reference.py``).
"""

import gzip
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
_GZIP_LEVEL: Final = 9
"""Each file is compressed once."""


@dataclass(frozen=True)
class StaticFile:
    """A file and what is sent with it. ``packed``: the same, compressed by gzip."""

    content: bytes
    packed: bytes
    media_type: str
    etag: str


def read_files(paths: Iterable[Traversable]) -> dict[str, StaticFile]:
    """The files of these types by name: no other file can be requested."""
    found = {}
    for path in paths:
        media_type = _TYPES.get(PurePath(path.name).suffix)
        if media_type is not None:
            content = path.read_bytes()
            found[path.name] = StaticFile(
                content,
                gzip.compress(content, _GZIP_LEVEL, mtime=0),
                media_type,
                hashlib.sha256(content).hexdigest()[:32],
            )
    return found


def send_file(request: Request, found: StaticFile | None, headers: Mapping[str, str], *, start: str) -> Response:
    """The file, or 304 if the client has it. ``start``: where to begin. Raises: ApiError 404 ``not_found``."""
    if found is None:
        raise ApiError(404, "not_found", "There is no such file.", f"Start at the address {start}.")
    packed = takes_gzip(request.headers.get("accept-encoding", ""))
    etag = f'"{found.etag}{"-gzip" if packed else ""}"'  # of these bytes: the other form has another
    sent = {**headers, "ETag": etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=sent)
    if packed:
        return Response(found.packed, media_type=found.media_type, headers={**sent, "Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=sent)


def takes_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` names gzip, or everything, and does not refuse it (RFC 9110, 12.5.3)."""
    weights: dict[str, str] = {}
    for entry in accepted.lower().split(","):
        name, _, weight = entry.partition(";")
        weights[name.strip()] = weight.strip().removeprefix("q=").strip()
    asked = weights.get("gzip", weights.get("*"))
    return asked is not None and (asked == "" or asked.strip("0.") != "")
