"""Taking a multipart form apart while it arrives: files to their sinks, fields to the options.

Works on blocks of bytes and knows no network. Nothing larger than a block and the fields is held. Source of the format:
RFC 7578. Must not go here: what a field may hold (``options.py``), where blocks come from (``body.py``).
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import multipart

from meeting_pipeline.api import policies
from meeting_pipeline.api.schemas.problems import ApiError
from meeting_pipeline.api.uploads.options import FIELDS, LISTS, options_from, read_json, refuse_field
from meeting_pipeline.api.uploads.sinks import Sink
from meeting_pipeline.domain.models import SidecarOptions
from meeting_pipeline.steps.intake.accept import plain_name

_FILES: Final = {"file": "original", "transcript": "transcript"}
"""Parts that are files, and how they are stored."""
_OPTIONS: Final = "options"
_FIELD_BYTES: Final = 256 * 1024
"""All other fields together: a thousand key terms have some 20 KB."""
_LIST_NAME: Final = re.compile(r"(\w{1,40})\[\d{0,6}\]")
"""A list as PHP, Rails and many JavaScript clients name it: ``participants[]`` or ``participants[0]``."""
_CHARSETS: Final = {"utf-8": "utf-8", "iso-8859-1": "latin-1"}
"""What RFC 5987, section 3.2.1, asks of a reader."""


@dataclass(frozen=True)
class Arrived:
    """A whole form. ``sha256`` is that of the file; ``transcript`` is the export that came beside it."""

    file: Sink
    sha256: str
    transcript: Sink | None
    transcript_sha256: str | None
    options: SidecarOptions


class Form:
    """A form that arrives block by block. ``folder`` is where its files go; ``None``: they are only hashed."""

    def __init__(self, boundary: str, folder: Path | None) -> None:
        self._parser = multipart.PushMultipartParser(
            boundary, max_segment_count=policies.UPLOAD_FIELDS, header_charset="utf8"
        )
        self._folder = folder
        self._sinks: dict[str, Sink] = {}
        self._hashes: dict[str, str] = {}
        self._fields: dict[str, Any] = {}
        self._name = ""
        self._sink: Sink | None = None
        self._text = bytearray()
        self._text_bytes = 0

    def feed(self, block: bytes) -> None:
        """Take the next block. Raises: ApiError, IntakeRefused, OSError."""
        try:
            for event in self._parser.parse(block):
                if event is None:
                    self._end()
                elif isinstance(event, multipart.MultipartSegment):
                    self._begin(event)
                else:
                    self._more(event)
        except multipart.MultipartError as error:
            raise _malformed() from error

    def finish(self) -> Arrived:
        """The form has arrived. Raises: ApiError, IntakeRefused, OSError."""
        try:
            self._parser.close()
        except multipart.MultipartError as error:
            raise _malformed() from error
        if "file" not in self._sinks:
            refuse_field("file", "is missing")
        file, transcript = self._sinks["file"], self._sinks.get("transcript")
        if transcript is not None and (transcript.media or not file.media):
            refuse_field("transcript", "must be a transcript export beside a recording")
        hashes = self._hashes
        return Arrived(file, hashes["file"], transcript, hashes.get("transcript"), self._options())

    def close(self) -> None:
        """Let go of files that are open."""
        for sink in self._sinks.values():
            sink.close()

    def _begin(self, part: multipart.MultipartSegment) -> None:
        self._name = name = _field_name(part.name)
        if name in _FILES:
            if name in self._sinks:
                refuse_field(name, "was given twice")
            filename = part.filename or _extended_filename(part)
            if not filename:
                refuse_field(name, "must be a file with a name")
            self._options()  # what is wrong with them is said before the file arrives
            shown = plain_name(filename.replace("\\", "/").rpartition("/")[2])
            self._sink = self._sinks[name] = Sink(self._folder, _FILES[name], shown)
        elif name in FIELDS or name == _OPTIONS:
            if name in self._fields and name not in LISTS:
                refuse_field(name, "was given twice")
            self._text.clear()
        else:
            refuse_field(plain_name(name), "is not a field of this form")

    def _more(self, data: bytearray) -> None:
        if self._sink is not None:
            self._sink.write(data)
            return
        self._text += data
        self._text_bytes += len(data)
        if self._text_bytes > _FIELD_BYTES:
            raise ApiError(413, "too_large", f"The fields are larger than {_FIELD_BYTES // 1024} KB.", "Shorten them.")

    def _end(self) -> None:
        if self._sink is not None:
            self._hashes[self._name] = self._sink.finish()
            self._sink = None
            return
        try:
            text = self._text.decode()
        except UnicodeDecodeError:
            refuse_field(self._name, "is not UTF-8")
        if not text.strip():
            return  # an empty field of a page's form says nothing
        if self._name in LISTS:
            self._fields.setdefault(self._name, []).append(text)
        else:
            self._fields[self._name] = text

    def _options(self) -> SidecarOptions:
        """What was said so far. Raises: ApiError."""
        fields = dict(self._fields)
        text = fields.pop(_OPTIONS, None)
        if text is None:
            return options_from(fields)
        if fields:
            refuse_field(_OPTIONS, "excludes other fields")
        return options_from(read_json(text.encode(), _OPTIONS))


def _field_name(given: str) -> str:
    """The field that a part belongs to: items of a list may carry brackets."""
    found = _LIST_NAME.fullmatch(given)
    return found[1] if found is not None and found[1] in LISTS else given


def _extended_filename(part: multipart.MultipartSegment) -> str | None:
    """The name of a file that comes as ``filename*`` alone (RFC 5987), as older urllib3 sends one that is not ASCII."""
    header = next((value for name, value in part.headerlist if name == "Content-Disposition"), "")
    given = multipart.parse_options_header(header)[1].get("filename*")
    if given is None:
        return None
    charset, quote, rest = str(given).partition("'")
    _language, second, encoded = rest.partition("'")
    encoding = _CHARSETS.get(charset.lower())
    if not quote or not second or encoding is None:
        refuse_field(part.name, "has a `filename*` that is not UTF-8'' followed by the percent-encoded name")
    try:
        return unquote_to_bytes(encoded).decode(encoding)
    except UnicodeDecodeError:
        refuse_field(part.name, f"has a `filename*` that is not {charset.upper()}")


def boundary_of(content_type: str) -> str:
    """The boundary of a multipart form. Raises: ApiError 400."""
    boundary = str(multipart.parse_options_header(content_type)[1].get("boundary", ""))
    if not 0 < len(boundary) <= 200 or not boundary.isascii() or not boundary.isprintable():
        raise _malformed()
    return boundary


def _malformed() -> ApiError:
    return ApiError(
        400,
        "malformed_form",
        "The body is not a multipart form, or it was cut off.",
        "Send multipart/form-data with the recording as `file`.",
    )
