"""Formats for scoring speech recognition: STM (turns), CTM (words). RTTM says who speaks when, without words, and is refused.

Source: NIST, Rich Transcription evaluation plans. Must not go here: columns with a heading (``columns_csv.py``).
"""

import re
from typing import Final

from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import Word, kept_lines, line_of, lines_of_words, ms_of
from meeting_pipeline.providers.imported.lines import Export
from meeting_pipeline.providers.imported.text import bad_transcript

_T: Final = r"(\d{1,7}(?:\.\d{1,6})?)"
_STM: Final = re.compile(
    rf"\S{{1,200}}+\s{{1,9}}\w{{1,9}}\s{{1,9}}(\S{{1,100}}+)\s{{1,9}}{_T}\s{{1,9}}{_T}\s{{1,9}}(?:<[^<>\n]{{0,200}}+>\s{{0,9}})?"
)
_CTM: Final = re.compile(
    rf"\S{{1,200}}+\s{{1,9}}\w{{1,9}}\s{{1,9}}{_T}\s{{1,9}}{_T}\s{{1,9}}(\S{{1,100}}+)(?:\s{{1,9}}(?:-?[\d.]{{1,12}}|NA))?(?:\s{{1,9}}\S{{1,20}}+){{0,2}}"
)
_RTTM: Final = re.compile(rf"SPEAKER\s{{1,9}}\S{{1,200}}+\s{{1,9}}\d{{1,3}}\s{{1,9}}{_T}\s{{1,9}}{_T}\s{{1,9}}<NA>")
_NOTHING: Final = frozenset({"ignore_time_segment_in_scoring", "inter_segment_gap"})
_SURE: Final = 0.92
_FEWEST: Final = 2


def _kind(source: Source) -> str | None:
    heads = [row.head for row in source.rows if not row.head.startswith(";;")]
    if len(heads) < _FEWEST:
        return None
    if _RTTM.match(heads[0]):
        return "rttm"
    if all(_CTM.fullmatch(head) for head in heads):
        return "ctm"
    return "stm" if all(_STM.match(head) for head in heads) else None


def _read(source: Source) -> Export:
    kind = _kind(source)
    rows = [row.text for row in source.rows if not row.head.startswith(";;")]
    if kind == "rttm":
        raise bad_transcript("The file says who speaks when (RTTM), but no words.")
    if kind == "ctm":
        words = []
        for row in rows:
            if (found := _CTM.fullmatch(row)) is not None:
                start, length = ms_of(found[1]) or 0, ms_of(found[2]) or 0
                words.append(Word(None, start, start + length, found[3]))
        lines = lines_of_words(words)
        return Export("ctm", lines, said=" ".join(line.text for line in lines))
    lines = kept_lines(
        line_of(found[1], ms_of(found[2]), ms_of(found[3]), row[found.end() :])
        for row in rows
        if (found := _STM.match(row)) is not None and row[found.end() :].strip().casefold() not in _NOTHING
    )
    return Export("stm", lines, said=" ".join(line.text for line in lines))


FORMAT: Final = ExportFormat(
    "nist-txt", "STM or CTM", score=lambda source: _SURE if source.is_plain_text and _kind(source) else 0.0, read=_read
)
