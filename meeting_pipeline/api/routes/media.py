"""The recording itself, for a player: with range requests, and under a media type that no browser executes.

Must not go here: which types there are (``media/formats.py``).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.head_requests import is_head
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, problem, responses
from meeting_pipeline.api.security.access import Caller
from meeting_pipeline.api.security.tokens import readable_with_token
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.files.port import StoredFile
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.formats import media_type
from meeting_pipeline.steps.mounted_folder import is_absent_here, not_mounted
from meeting_pipeline.steps.stored_elsewhere import stored_elsewhere
from meeting_pipeline.steps.stored_files import RecordingFiles, files_of, sound_name

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])
_ONE_RANGE: Final = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))")
_OF_THE_FILE: Final = frozenset(
    ("accept-ranges", "content-disposition", "content-length", "content-range", "content-type", "etag", "last-modified")
)

AskedRange = Annotated[str | None, Header(alias="range", include_in_schema=False)]
"""The ``Range`` header."""
_CONTENT: Final[dict[str, Any]] = {"audio/*": {}, "video/*": {}, "application/octet-stream": {}}


class Media(FileResponse):
    """A file that supports requests for one range.

    A ``Range`` header that is malformed or asks for several ranges is ignored, as RFC 9110 permits.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, a range of it, or 416 as a problem document."""
        asked = Headers(scope=scope).get("range")
        size = int(self.headers["content-length"])
        found = _one_range(asked)
        if asked is not None and found is None:
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"range"]}
        elif found is not None and _is_beyond(found, size):
            await _not_satisfiable(size, _kept(self.headers))(scope, receive, send)
            return
        if is_head(scope):
            scope = {**scope, "method": "HEAD"}  # the file is not read then
        await super().__call__(scope, receive, send)


class StreamedMedia(StreamingResponse):
    """A file in object storage, or a range of it. Passed on in blocks, so that memory does not grow with it."""

    def __init__(self, files: RecordingFiles, file: StoredFile, asked: str | None, **given: Any) -> None:
        """``asked``: the ``Range`` header. Raises: as ``RecordingFiles.read``."""
        first, last = 0, file.size_bytes - 1
        found = _one_range(asked)
        self._beyond = found is not None and _is_beyond(found, file.size_bytes)
        if found is not None and not self._beyond:
            first, last = _limits(found, file.size_bytes)
        self._size = file.size_bytes
        blocks = iter(()) if self._beyond else files.read(file.name, first, last - first + 1)
        super().__init__(blocks, status_code=200 if found is None else 206, **given)
        self.headers["accept-ranges"] = "bytes"
        self.headers["content-length"] = str(last - first + 1)
        if found is not None:
            self.headers["content-range"] = f"bytes {first}-{last}/{file.size_bytes}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, a range of it, or 416 as a problem document."""
        if self._beyond:
            await _not_satisfiable(self._size, _kept(self.headers))(scope, receive, send)
        elif is_head(scope):
            await Response(status_code=self.status_code, headers=dict(self.headers))(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


@router.get(
    "/{recording_id}/media",
    operation_id="getMedia",
    response_class=FileResponse,
    responses={
        200: {"description": "The whole file.", "content": _CONTENT},
        206: {"description": "The requested range.", "content": _CONTENT},
        **responses(
            _404="No such recording, or it has no audio (code `no_media`).",
            _416="The range is outside the file.",
            **REFUSED,
        ),
    },
)
def get_media(
    installation: Opened,
    _caller: Annotated[Caller, Depends(readable_with_token)],
    key: Key,
    download: Annotated[bool, Query(description="Send it as a download instead of playing it.")] = False,
    prepared: Annotated[
        bool, Query(description="Send the prepared copy of the sound, if there is one. Its times match the transcript.")
    ] = False,
    asked: AskedRange = None,
) -> Response:
    """Get the recording as submitted, for an audio player. Supports range requests. Needs a key or a token for this recording.

    Players should set `prepared`: for a file with left-out pauses, several tracks or a format that browsers do not play,
    they then get the sound that was transcribed.
    """
    return media_of(installation, key, prepared=prepared, download=download, asked=asked)


def media_of(
    installation: Installation, key: str, *, prepared: bool, download: bool, asked: str | None = None
) -> Response:
    """The file of a recording, or its prepared copy. ``asked``: the ``Range`` header.

    Raises: PermanentError ``no_media``, TransientError ``stored_elsewhere``; StoreUnavailable, StorageRefused.
    """
    row = installation.store.recordings.get(key)
    files = files_of(installation, row)
    name = sound_name(files, row) if prepared else row.media_file
    if name is None:
        raise PermanentError(
            "no_media", "This recording has no audio: it was submitted as a transcript export.", "Read the transcript."
        )
    given: dict[str, Any] = {
        "media_type": media_type(row.container if name == row.media_file else "flac"),
        "headers": {"Cache-Control": "private, no-cache"},
    }
    shown, kind = f"{row.key}{_plain(Path(name))}", "attachment" if download else "inline"
    try:
        if row.object_prefix is not None:
            given["headers"]["Content-Disposition"] = f'{kind}; filename="{shown}"'
            return StreamedMedia(files, files.facts(name), asked, **given)
        path = installation.folder.path(row.key, name)
        return Media(path, filename=shown, content_disposition_type=kind, stat_result=path.stat(), **given)
    except FileNotFoundError as error:  # deleted, perhaps just now
        elsewhere = stored_elsewhere(installation, row) if row.object_prefix is None else None
        if elsewhere is not None:
            raise elsewhere from error
        if row.object_prefix is None and is_absent_here(installation, row.stored_in):
            raise not_mounted() from error
        raise PermanentError("no_media", "The file of this recording is missing.", "Submit it again.") from error


def _plain(path: Path) -> str:
    return path.suffix.lower() if re.fullmatch(r"\.[a-z0-9]{1,5}", path.suffix.lower()) else ""


def _one_range(asked: str | None) -> re.Match[str] | None:
    """The range of a ``Range`` header; ``None`` if there is none, or it is malformed or asks for several."""
    found = _ONE_RANGE.fullmatch(asked.replace(" ", "").lower()) if asked is not None else None
    backwards = found is not None and found["first"] and found["last"] and int(found["last"]) < int(found["first"])
    return None if backwards else found


def _is_beyond(found: re.Match[str], size: int) -> bool:
    if found["suffix"]:
        return int(found["suffix"]) == 0 or size == 0
    return int(found["first"]) >= size


def _limits(found: re.Match[str], size: int) -> tuple[int, int]:
    """The first and the last byte of a range within a file of this size."""
    if found["suffix"]:
        return max(size - int(found["suffix"]), 0), size - 1
    return int(found["first"]), min(int(found["last"]) if found["last"] else size - 1, size - 1)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that are not about the file: who may keep, embed or index the answer holds for a refusal too."""
    return {name: value for name, value in headers.items() if name not in _OF_THE_FILE}


def _not_satisfiable(size: int, kept: Mapping[str, str]) -> Response:
    return problem(
        416,
        "range_not_satisfiable",
        f"The file has {size} bytes.",
        "Request a range within them.",
        headers={**kept, "Content-Range": f"bytes */{size}"},
    )
