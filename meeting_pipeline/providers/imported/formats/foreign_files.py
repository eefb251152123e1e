"""Refuses files of programs whose transcripts cannot be read here, and says what to do instead. The first rows identify them.

Otherwise, their markup would be read as words that somebody said. Must not go here: files that can be read.
"""

import re
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export

_SURE: Final = 0.96
_MARKUP: Final = 0.9
_KNOWN: Final = (
    (re.compile(r"(?:<\?xml.{0,200}?\?>\s{0,9}+)?<ANNOTATION_DOCUMENT\b", re.DOTALL), "an annotation of ELAN"),
    (
        re.compile(r"(?:<\?xml.{0,200}?\?>\s{0,9}+)?(?:<!DOCTYPE Trans.{0,200}?>\s{0,9}+)?<Trans\b", re.DOTALL),
        "a file of Transcriber",
    ),
    (re.compile(r"File type = \"ooTextFile"), "an annotation of Praat"),
    (re.compile(r"@UTF8\s{1,9}@Begin|@Begin\b"), "a transcript of CLAN"),
    (re.compile(r"Scenarist_SCC\b"), "captions as codes of a broadcast (SCC)"),
    (re.compile(r"TITLE:.{0,200}\n{1,3}FCM:"), "an edit list of a video program"),
    (re.compile(r"#EXTM3U|ffconcat version|\[playlist\]|v=0\no=.{1,200}\ns="), "a list of other files"),
    (re.compile(r"%!PS|%PDF-"), "a document for printers"),
    (re.compile(r"BEGIN:V(?:CALENDAR|CARD)"), "a calendar or address"),
)
_MAIL: Final = re.compile(
    r"(?:(?P<name>from|sender|to|cc|bcc|subject|date|sent|received|return-path|delivered-to|reply-to|message-id|mime-version)"
    r"|precedence|importance|[a-z]{1,20}(?:-[a-z]{1,20}){1,4}): ?.{0,2000}",
    re.IGNORECASE,
)
_MAIL_DATE: Final = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}, .{1,20}\d{4}", re.IGNORECASE)
"""As e-mails write it: ``Fri, 20 Nov 2026``."""
_XML: Final = re.compile(r"\s{0,99}+(?:<\?xml\b|<!DOCTYPE\b|<[a-zA-Z][\w:.-]{0,60}+(?:\s[^<>]{0,400}+)?>)")
_TAG: Final = re.compile(r"</[a-zA-Z]")
_WEBVTT_LIKE: Final = ("-->", "<v ")


def _what(source: Source) -> str | None:
    start = source.text[:2000].lstrip("\ufeff \n\t")
    return next((what for pattern, what in _KNOWN if pattern.match(start)), "an e-mail" if _is_mail(start) else None)


def _is_mail(start: str) -> bool:
    """Whether two different headers of an e-mail begin a text, with an address or a date. ``From: 10:00 to 10:45`` is talk."""
    head, blank, _ = start.partition("\n\n")
    rows = head.split("\n")[: None if blank else -1]  # the last may be cut off
    found = [_MAIL.fullmatch(row) for row in rows if not row.startswith((" ", "\t"))]  # long headers are folded
    if not found or not all(found):
        return False
    headers = [header for header in found if header]
    known = any("@" in row or _MAIL_DATE.search(row) for row in rows)
    return known and len({header["name"].casefold() for header in headers if header["name"]}) > 1


def _is_markup(source: Source) -> bool:
    """Whether the text is XML: it begins with a tag, ends with one, and has more of them than rows of talk."""
    text = source.text
    if not _XML.match(text[:1000]) or not text.rstrip().endswith(">") or any(mark in text for mark in _WEBVTT_LIKE):
        return False
    return text.lstrip().startswith(("<?xml", "<!DOCTYPE")) or len(_TAG.findall(text)) * 2 > text.count("\n")


def _score(source: Source) -> float:
    if not source.is_text:
        return 0.0
    if _what(source) is not None:
        return _SURE
    return _MARKUP if _is_markup(source) else 0.0


def _read(source: Source) -> Export:
    what = _what(source) or "XML of an unknown program"
    raise IntakeRefused(
        "bad_transcript",
        f"The file is {what}, which is not read here.",
        "Export the transcript there as text, Word document, WebVTT or SRT, and submit that file.",
    )


FORMAT: Final = ExportFormat("foreign-file", "A file of another program", _score, _read)
