"""Captions with one row each: LRC (``[00:01.20]words``), MicroDVD (``{100}{150}words``), MPL2 (``[10][25]words``).

Must not go here: stamped rows of transcripts (``stamped_txt.py``).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from meeting_pipeline.providers.imported.caption_cues import Caption, export_of
from meeting_pipeline.providers.imported.clock_times import FRAMES_PER_SECOND
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.prefixes import judged_prefixes
from meeting_pipeline.providers.imported.text_rows import Row

_LRC: Final = re.compile(r"\[(\d{1,3}):(\d{2})(?:\.(\d{1,3})|:(?P<odd>\d{2}))?\](?P<words>.*)", re.DOTALL)
"""Some programs write a colon before the hundredths. Where no row has a full stop, these are hours, minutes and seconds."""
_LRC_TAG: Final = re.compile(r"\[(?:ar|ti|al|by|au|re|ve|length|offset|la|lr|tool|#)\s?:.{0,300}\]", re.IGNORECASE)
_WORD_STAMP: Final = re.compile(r"<\d{1,3}:\d{2}(?:[.:]\d{1,3})?>")
_FRAMES: Final = re.compile(r"\{(\d{1,9})\}\{(\d{0,9})\}(?P<words>.*)", re.DOTALL)
_TENTHS: Final = re.compile(r"\[(\d{1,9})\]\[(\d{0,9})\](?P<words>.*)", re.DOTALL)
_RATE: Final = re.compile(r"\d{2}(?:\.\d{1,3})?")
_STYLE: Final = re.compile(r"\{[a-zA-Z]:[^{}]{0,100}+\}")
_SURE: Final = 0.9
_NEARLY_ALL: Final = 0.9


def _kind(source: Source) -> str | None:
    rows = source.rows
    for name, pattern in (("lrc", _LRC), ("microdvd", _FRAMES), ("mpl2", _TENTHS)):
        talk = [row for row in rows if not _LRC_TAG.fullmatch(row.head)] if name == "lrc" else rows
        found = [match for row in talk if (match := pattern.match(row.head))]
        fits = len(found) >= 2 and len(found) >= _NEARLY_ALL * len(talk)
        if fits and (name != "lrc" or _is_lrc(found, tagged=len(talk) < len(rows))):
            return name
    return None


def _is_lrc(found: Sequence[re.Match[str]], *, tagged: bool) -> bool:
    """Whether rows are captions, and not those of a transcript, which have a space after the time, or names without fractions."""
    fractions = any(match[3] for match in found)
    if not fractions and any(match["odd"] for match in found):
        return False
    words = [match["words"] for match in found]
    glued = sum(bool(said) and not said[0].isspace() for said in words)
    if not (glued >= _NEARLY_ALL * sum(bool(said.strip()) for said in words) and glued) and not (tagged and fractions):
        return False
    times = [_lrc_ms(match) for match in found]
    in_order = tagged or times == sorted(times)  # past one o'clock, times of day begin again
    return fractions or (in_order and not judged_prefixes([said.strip() for said in words]))


def _read(source: Source) -> Export:
    kind = _kind(source)
    if kind is None:
        return Export("captions", ())
    read = {"lrc": _lrc, "microdvd": _microdvd, "mpl2": _mpl2}[kind]
    captions = list(read([row for row in source.rows if not _LRC_TAG.fullmatch(row.head)]))
    named = judged_prefixes([" ".join(caption.rows) for caption in captions])
    if not named:  # a row that is sung twice is listed at its first time; turns are in their order already
        captions.sort(key=lambda caption: caption.start_ms)
    return export_of(kind, captions)


def _lrc(rows: Sequence[Row]) -> Iterator[Caption]:
    for row in rows:
        found = _LRC.fullmatch(row.text)
        if found is None:
            yield Caption(0, 0, (row.text,))
            continue
        words = found["words"].strip()
        starts = [_lrc_ms(found)]
        while (again := _LRC.fullmatch(words)) is not None:  # a row that is sung twice has both times
            starts.append(_lrc_ms(again))
            words = again["words"].strip()
        for start in starts:
            yield Caption(start, None, (_WORD_STAMP.sub("", words),))


def _microdvd(rows: Sequence[Row]) -> Iterator[Caption]:
    rate = float(FRAMES_PER_SECOND)
    for row in rows:
        found = _FRAMES.fullmatch(row.text)
        words = found["words"].strip() if found else ""
        if found and int(found[1]) <= 1 and int(found[2] or 0) <= 1 and _RATE.fullmatch(words):
            rate = float(words) or rate
        else:
            yield _numbered(row, found, 1000 / rate)


def _mpl2(rows: Sequence[Row]) -> Iterator[Caption]:
    return (_numbered(row, _TENTHS.fullmatch(row.text), 100.0) for row in rows)


def _numbered(row: Row, found: re.Match[str] | None, unit_ms: float) -> Caption:
    """A caption whose times are numbers of frames or tenths. A row without them keeps its words."""
    if found is None:
        return Caption(0, 0, (row.text,))
    first, last = int(found[1]), int(found[2] or 0)
    rows = tuple(part.removeprefix("/") for part in _STYLE.sub("", found["words"].strip()).split("|"))
    return Caption(round(first * unit_ms), round(last * unit_ms) if last else None, rows)


def _lrc_ms(found: re.Match[str]) -> int:
    return (int(found[1]) * 60 + int(found[2])) * 1000 + int((found[3] or found["odd"] or "0").ljust(3, "0"))


FORMAT: Final = ExportFormat(
    "plain-captions",
    "Captions with one row each",
    score=lambda source: _SURE if source.is_plain_text and _kind(source) else 0.0,
    read=_read,
    timed=True,
)
