"""Build a ``Transcript`` from the lines of an export: order, times, labels, merging.

Must not go here: file formats (``formats/``).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.provenance import Provenance, WordCount
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.clock import continued
from meeting_pipeline.providers.imported.cues.limits import too_much_text
from meeting_pipeline.providers.imported.file_labels import labels_for
from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.names import shown_name
from meeting_pipeline.providers.imported.text import bad_transcript, empty_transcript

MERGE_UP_TO_MS: Final = 30_000
"""Adjacent cues of one speaker become one segment of at most this length: Zoom cuts a sentence into several
cues. Short enough to serve as evidence."""
MERGE_GAP_MS: Final = 5_000
"""Cues further apart than this are separate utterances."""
WORD_MS: Final = 400
"""Estimated length of a word if an export has no times: 150 words a minute, a usual speaking rate."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_INVISIBLE: Final = re.compile("[\u00ad\u2060\ufeff]|\u200b(?![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])")
"""Marks of where a word may be broken; whoever searches for the word does not write them. Thai and its neighbours need theirs."""
_HALVES: Final = re.compile(r"[\ud800-\udfff]")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,20}(?:[-_][A-Za-z0-9]{1,10}){0,3}")
"""What a file says may be anything; the language of a meeting is a code or a name."""
ESTIMATED: Final = "Times are estimated."
RESTARTED: Final = "The clock of the file starts again; times continue from there, in the order of the file."


def assembled(export: Export, words: WordCount | None = None) -> Transcript:
    """Build the transcript of an export that has at least one line. ``words``: the words of its file, counted.

    Raises: IntakeRefused ``too_long``, ``bad_transcript`` (more speakers than a meeting has), ``empty_transcript`` (only signs).
    """
    lines = [line for each in export.lines if (line := _with_shown_name(each)).text]
    if not lines:
        raise empty_transcript()
    timed, estimated = with_times(lines, export.duration_ms)
    if export.by_time:
        timed.sort(key=lambda line: line.start_ms or 0)
    ordered, restarts = continued(timed)
    ends = max(line.end_ms or 0 for line in ordered)
    duration_ms = max(export.duration_ms or 0, ends)
    _require_meeting_length(duration_ms - (ordered[0].start_ms or 0), duration_ms, estimated)
    merged = ordered if export.whole else merge(ordered)
    labels = labels_for(line.speaker for line in merged)
    if len(labels) > policies.MAX_TRANSCRIPT_SPEAKERS:
        raise bad_transcript(f"The transcript names more than {policies.MAX_TRANSCRIPT_SPEAKERS:,} speakers.")
    segments = tuple(
        Segment(
            index=index,
            speaker=labels[line.speaker],
            start_ms=line.start_ms or 0,
            end_ms=line.end_ms or 0,
            text=line.text,
        )
        for index, line in enumerate(merged)
    )
    remarks = ["As exported.", *([ESTIMATED] if estimated else []), *([RESTARTED] if restarts else []), *export.remarks]
    return Transcript(
        segments=segments,
        language=_language(export.language),
        duration_ms=duration_ms,
        confidence=None,
        provenance=Provenance(
            provider="imported", model=export.kind, draft=export.draft, note=" ".join(remarks), words=words
        ),
        speaker_names={label: name for name, label in labels.items() if name is not None},
    )


def _with_shown_name(line: Line) -> Line:
    shown = shown_name(_INVISIBLE.sub("", line.speaker) if line.speaker is not None else None)
    text = line.text if line.text.isprintable() else without_controls(line.text)
    if shown == line.speaker and text == line.text:
        return line
    return Line(shown, line.start_ms, line.end_ms, text)


def without_controls(text: str) -> str:
    """The text without what no word contains and no store takes: control characters, and halves of characters.

    JSON and XML can write them as numbers; terminals obey some.
    """
    return " ".join(_HALVES.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub(" ", _INVISIBLE.sub("", text))).split())


def _language(code: str | None) -> str | None:
    return code if code is not None and _LANGUAGE.fullmatch(code) else None


def require_meeting_text(lines: Sequence[Line]) -> None:
    """Raises: IntakeRefused ``too_large``. A file may claim that millions of words, or one endless word, take ten seconds."""
    if sum(len(line.text) for line in lines) > policies.MAX_TRANSCRIPT_CHARACTERS:
        raise too_much_text()


def _require_meeting_length(length_ms: int, ends_ms: int, estimated: bool) -> None:
    """Raises: IntakeRefused ``too_long``. ``length_ms`` counts from the first word: a clock may start at any time."""
    if (
        length_ms <= policies.MAX_TRANSCRIPT_HOURS * 3_600_000
        and ends_ms <= policies.MAX_TRANSCRIPT_CLOCK_HOURS * 3_600_000
    ):
        return
    what = "has so many words that it would last" if estimated else "has times"
    raise IntakeRefused(
        "too_long",
        f"The transcript {what} more than {policies.MAX_TRANSCRIPT_HOURS:g} hours.",
        "Check that this is the right file; split it if it is.",
    )


def with_times(lines: Sequence[Line], duration_ms: int | None) -> tuple[list[Line], bool]:
    """Fill in missing times; the second value says whether any were missing.

    The lines between two known starts share the time in proportion to their number of words. After the last known start,
    each word lasts ``WORD_MS``.
    """
    if all(line.end_ms is not None for line in lines):
        return list(lines), False
    anchors = [i for i, line in enumerate(lines) if line.start_ms is not None or i == 0]
    filled: list[Line] = []
    for first, after in pairwise([*anchors, len(lines)]):
        group = lines[first:after]
        starts = group[0].start_ms or 0
        limit = lines[after].start_ms if after < len(lines) else duration_ms
        sizes = [max(1, len(line.text.split())) for line in group]
        words = sum(sizes)
        total = limit - starts if limit is not None and limit > starts else words * WORD_MS
        spoken = 0
        for line, size in zip(group, sizes, strict=True):
            begin = starts + total * spoken // words
            spoken += size
            filled.append(replace(line, start_ms=begin, end_ms=starts + total * spoken // words))
    return filled, True


def merge(lines: Sequence[Line]) -> list[Line]:
    """Join adjacent timed lines of one speaker, up to ``MERGE_UP_TO_MS``."""
    merged: list[Line] = []
    texts: list[list[str]] = []  # joined once at the end: extending a string cue by cue would copy it each time
    for line in lines:
        last = merged[-1] if merged else None
        if last is not None and last.speaker == line.speaker and _near(last, line):
            merged[-1] = replace(last, end_ms=max(last.end_ms or 0, line.end_ms or 0))
            texts[-1].append(line.text)
        else:
            merged.append(line)
            texts.append([line.text])
    return [replace(line, text=" ".join(parts)) for line, parts in zip(merged, texts, strict=True)]


def _near(last: Line, line: Line) -> bool:
    long = (line.end_ms or 0) - (last.start_ms or 0) > MERGE_UP_TO_MS
    return not long and (line.start_ms or 0) - (last.end_ms or 0) <= MERGE_GAP_MS
