"""Captions in XML: TTML (also called DFXP and IMSC), and YouTube's ``timedtext`` and ``transcript``.

Source: https://www.w3.org/TR/ttml2/, sections 10 and 12. Read as a stream; a document type declaration is refused.
Must not go here: annotations of linguists (``foreign_files.py``).
"""

import html
import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from meeting_pipeline.providers.imported.caption_cues import Caption, export_of
from meeting_pipeline.providers.imported.clock_times import FRAMES_PER_SECOND
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import bad_transcript

_SURE: Final = 0.97
_START: Final = re.compile(
    r"\s{0,99}+(?:<\?xml.{0,200}?\?>\s{0,99}+)?(?:<!--.{0,1000}?-->\s{0,99}+)?(?:<!DOCTYPE.{0,400}?>\s{0,99}+)?"
    r"<(?:[a-z]{1,20}:)?(?:tt|timedtext|transcript)[\s>]",
    re.DOTALL,
)
_CAPTION: Final = re.compile(r"<(?:[a-zA-Z]{1,20}:)?(?:p|text|span)[\s>]|<(?:[a-z]{1,20}:)?(?:tt|timedtext)[\s>]")
"""Another program may call its file a transcript too."""
_CLOCK: Final = re.compile(r"(\d{1,4}):(\d{2}):(\d{2})(?:\.(\d{1,9})|:(\d{1,3})(?:\.\d{1,3})?)?")
_OFFSET: Final = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s|f|t)")
_NUMBER: Final = re.compile(r"\d{1,12}(?:\.\d{1,9})?")
_UNITS: Final = {"h": 3_600_000.0, "m": 60_000.0, "s": 1000.0, "ms": 1.0}
_DECLARED: Final = re.compile(r"^(\s{0,99}<\?xml[^>]{0,100}?)\sencoding=[\"'][^\"']{1,40}[\"']")
"""The text is decoded already."""


def _score(source: Source) -> float:
    fits = source.is_text and _START.match(source.text[:2000]) and _CAPTION.search(source.text)
    return _SURE if fits else 0.0


def _read(source: Source) -> Export:
    reader = _Reader()
    try:
        reader.parser.Parse(_DECLARED.sub(r"\1", source.text), True)
    except (expat.ExpatError, ValueError, RecursionError) as error:
        raise bad_transcript("The file is XML that cannot be read: it is damaged, or was cut off.") from error
    return export_of("xml-captions", reader.captions)


class _Reader:
    """Collects captions: ``p`` with a time, or ``text`` of YouTube's oldest format."""

    def __init__(self) -> None:
        self.captions: list[Caption] = []
        self._names: dict[str, str] = {}
        self._agent: str | None = None
        self._named = False
        self._begin: list[float] = [0.0]
        """Begins of the elements around, which times count from."""
        self._rate, self._ticks = float(FRAMES_PER_SECOND), 1.0
        self._open: tuple[float, float | None, str | None] | None = None
        self._rows: list[list[str]] = []
        self._twice = self._timed = False
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        found = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        begin = self._ms(found.get("begin")) or 0.0
        if tag == "tt":
            self._rate = _number(found.get("frameRate"), self._rate)
            self._ticks = _number(found.get("tickRate"), 1.0 if "frameRate" not in found else self._rate)
        elif tag == "agent":
            self._agent = found.get("id")
        elif tag == "name":
            self._named = True
        elif tag == "br" and self._rows:
            self._rows.append([])
        if tag in ("p", "text") and self._open is None:
            self._open_caption(found, begin)
            self._timed = not found.keys().isdisjoint(("t", "start", "begin"))
        elif tag == "span" and "begin" in found and self._open is not None and not self._timed:
            self._close_caption()
            self._open_caption(found, begin)
        self._begin.append(self._begin[-1] + begin)

    def _open_caption(self, found: Mapping[str, str], begin: float) -> None:
        around = self._begin[-1]
        speaker = self._names.get(found.get("agent", ""), found.get("agent"))
        if "t" in found:  # YouTube, format 3
            start, length = _number(found["t"], 0.0), found.get("d")
            end = None if length is None else start + _number(length, 0.0)
        elif "start" in found:  # YouTube, format 1
            self._twice = True
            start, length = 1000 * _number(found["start"], 0.0), found.get("dur")
            end = None if length is None else start + 1000 * _number(length, 0.0)
        elif "begin" in found:
            start, stop, lasts = around + begin, self._ms(found.get("end")), self._ms(found.get("dur"))
            end = around + stop if stop is not None else start + lasts if lasts is not None else None
        else:
            start, end = around, None
        self._open, self._rows = (start, end, speaker), [[]]

    def _end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        self._begin.pop()
        if tag == "name":
            self._named = False
        if tag in ("p", "text"):
            self._close_caption()

    def _close_caption(self) -> None:
        if self._open is None:
            return
        start, end, speaker = self._open
        rows = tuple("".join(row) for row in self._rows)
        rows = tuple(html.unescape(row) for row in rows) if self._twice else rows
        self.captions.append(Caption(round(start), None if end is None else round(end), rows, speaker))
        self._open, self._rows = None, []

    def _text(self, text: str) -> None:
        if self._named and self._agent is not None:
            self._names[self._agent] = self._names.get(self._agent, "") + text.strip()
        elif self._rows:
            self._rows[-1].append(text)

    def _ms(self, text: str | None) -> float | None:
        if text is None:
            return None
        clock = _CLOCK.fullmatch(text.strip())
        if clock is not None:
            seconds = (int(clock[1]) * 60 + int(clock[2])) * 60 + int(clock[3])
            part = float(f"0.{clock[4]}") if clock[4] else int(clock[5] or 0) / self._rate
            return 1000 * (seconds + part)
        offset = _OFFSET.fullmatch(text.strip())
        if offset is None:
            return None
        unit = {"f": 1000 / self._rate, "t": 1000 / self._ticks}.get(offset[2]) or _UNITS[offset[2]]
        return float(offset[1]) * unit

    def _refuse(self, *_: object) -> None:
        raise bad_transcript("The file is XML with a document type declaration, which captions do not have.")


def _number(text: str | None, default: float) -> float:
    if text is None or not _NUMBER.fullmatch(text.strip()):
        return default
    return float(text) or default


FORMAT: Final = ExportFormat("xml-captions", "Captions in XML (TTML)", _score, _read)
