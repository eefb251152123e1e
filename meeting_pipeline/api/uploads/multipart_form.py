"""Parsing a multipart form while it arrives: files go to their sinks, fields to the options.

Works on blocks of bytes, without network access. Holds only one block and the fields in memory. Source of the format: RFC
7578. Must not go here: what a field may contain (``options.py``), where blocks come from (``body.py``).
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
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.steps.intake.arrival import plain_name

_FILES: Final = {"file": "original", "transcript": "transcript"}
"""Parts that are files, and the names under which they are stored."""
_OPTIONS: Final = "options"
_FIELD_BYTES: Final = 256 * 1024
"""Limit for all other fields together: a thousand key terms take about 20 KB."""
_LIST_NAME: Final = re.compile(r"(\w{1,40})\[\d{0,6}\]")
"""List items as PHP, Rails and many JavaScript clients name them: ``participants[]`` or ``participants[0]``."""
_CHARSETS: Final = {"utf-8": "utf-8", "iso-8859-1": "latin-1"}
"""The charsets that RFC 5987, section 3.2.1, requires recipients to support."""


@dataclass(frozen=True)
class Arrived:
    """A complete form. ``sha256`` is that of the file; ``transcript`` is the export that was sent with it."""

    file: Sink
    sha256: str
    transcript: Sink | None
    transcript_sha256: str | None
    options: SidecarOptions


class Form:
    """A form that arrives block by block. ``folder``: where its files are stored; ``None``: they are only hashed."""

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
        """Parse the next block. Raises: ApiError, IntakeRefused, OSError."""
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
        """Finish the form, which has arrived completely. Raises: ApiError, IntakeRefused, OSError."""
        try:
            self._parser.close()
        except multipart.MultipartError as error:
            raise _malformed() from error
        if "file" not in self._sinks:
            refuse_field("file", "is missing")
        file, transcript = self._sinks["file"], self._sinks.get("transcript")
        if transcript is not None and (transcript.media or not file.media):
            refuse_field("transcript", "must be a transcript export together with a recording")
        hashes = self._hashes
        return Arrived(file, hashes["file"], transcript, hashes.get("transcript"), self._options())

    def close(self) -> None:
        """Close open files."""
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
            self._options()  # reports invalid options before the file arrives
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
            return  # an HTML form sends empty fields too
        if self._name in LISTS:
            self._fields.setdefault(self._name, []).append(text)
        else:
            self._fields[self._name] = text

    def _options(self) -> SidecarOptions:
        """The options received so far. Raises: ApiError."""
        fields = dict(self._fields)
        text = fields.pop(_OPTIONS, None)
        if text is None:
            return options_from(fields)
        if fields:
            refuse_field(_OPTIONS, "excludes other fields")
        return options_from(read_json(text.encode(), _OPTIONS))


def _field_name(given: str) -> str:
    """The field that a part belongs to. Names of list items may end in brackets."""
    found = _LIST_NAME.fullmatch(given)
    return found[1] if found is not None and found[1] in LISTS else given


def _extended_filename(part: multipart.MultipartSegment) -> str | None:
    """The file name given only as ``filename*`` (RFC 5987), as older urllib3 sends names that are not ASCII."""
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
