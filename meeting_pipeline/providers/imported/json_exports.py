"""What the formats in JSON share: times, and joining words to lines.

Must not go here: the shape of one program's JSON (``formats/``).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.lines import Export, Line
from meeting_pipeline.providers.imported.text import bad_transcript, too_many_lines

SURE: Final = 0.95
"""Keys that only this program writes."""
SHAPE_FITS: Final = 0.6
_LONGEST_MS: Final = 10**12
"""A later time is a date, not a time in a recording: 10^12 ms are 31 years."""
_LINE_MS: Final = 15_000
"""Words of one speaker are cut at the first end of a sentence after this long, so that a line can be quoted."""
_SENTENCE_END: Final = (".", "?", "!", "…", "\N{IDEOGRAPHIC FULL STOP}")
_NO_SPACE_BEFORE: Final = frozenset(".,?!;:…%)\u3001\u3002\uff0c\uff01\uff1f\uff1b\uff1a")
_WITHOUT_SPACES: Final = re.compile(
    r"[\u0e00-\u0e7f\u3001-\u3002\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01\uff0c\uff1f]"
)
"""Letters of scripts that write no spaces, and their punctuation."""
_SPACED_SHARE: Final = 0.1
"""Where at least this share of the words begins or ends with a space, the words carry the spaces between them."""


@dataclass(frozen=True)
class Word:
    """A word with its times; ``None`` where the program has none."""

    speaker: str | None
    start_ms: int | None
    end_ms: int | None
    text: str


def json_format(
    name: str, title: str, fits: Callable[[Any], bool], read: Callable[[Any], Export], best: float = SURE
) -> ExportFormat:
    """A format in JSON. ``fits``: whether the parsed file has its shape; never raises."""

    def score(source: Source) -> float:
        value = source.json_value if source.is_text else None
        return best if value is not None and fits(value) else 0.0

    def read_checked(source: Source) -> Export:
        export = read(source.json_value)
        if len(export.lines) > policies.MAX_TRANSCRIPT_LINES:
            raise too_many_lines()
        return export

    return ExportFormat(name, title, score, read_checked)


def objects(value: Any, key: str | None = None) -> list[dict[str, Any]]:
    """The objects in a list, or in the list that an object has at ``key``; empty if there is none."""
    found = value if key is None else inner(value, key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def inner(value: Any, *keys: str) -> Any:
    """The value at a path of keys; ``None`` if it ends early."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def has_keys(items: Sequence[Mapping[str, Any]], *keys: str) -> bool:
    """Whether there are items, and the first ones have all these keys."""
    return bool(items) and all(key in item for item in items[:3] for key in keys)


def words_in(value: Any) -> str:
    """Text on one line; empty for any other value."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def ms_of(value: Any, *, unit_ms: float = 1000) -> int | None:
    """A time in seconds, or in units of ``unit_ms``, as milliseconds; ``None`` if it is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value) * unit_ms
    except (ValueError, OverflowError):
        return None
    return round(found) if 0 <= found < _LONGEST_MS else None


def speaker_name(value: Any) -> str | None:
    """The name or label of a speaker. A number alone is made readable."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return f"Speaker {value}"
    text = words_in(value)
    return f"Speaker {text}" if text.isdecimal() and len(text) <= 3 else text or None


def line_of(speaker: str | None, start_ms: int | None, end_ms: int | None, text: Any) -> Line | None:
    """A line, or ``None`` without words. No line ends before it starts."""
    said = words_in(text)
    end = None if start_ms is None or end_ms is None else max(start_ms, end_ms)
    return Line(speaker, start_ms, end, said) if said else None


def kept_lines(lines: Iterable[Line | None]) -> tuple[Line, ...]:
    """The lines that have words."""
    return tuple(line for line in lines if line is not None)


def has_outer_spaces(texts: Sequence[Any]) -> bool:
    """Whether words come with the spaces between them, so that some are parts of words: ``"Go", "od", " mor", "ning"``."""
    known = [text for text in texts if isinstance(text, str) and text]
    return len(known) > 1 and sum(text != text.strip() for text in known) >= _SPACED_SHARE * len(known)


def lines_of_words(words: Sequence[Word], *, spaced: bool = False) -> tuple[Line, ...]:
    """Join words to lines, one per change of speaker, and per sentence or two. ``spaced``: the words have their own spaces."""
    if not words:
        return ()
    groups: list[list[Word]] = [[words[0]]]
    for before, word in pairwise(words):
        begun = groups[-1][0].start_ms
        long = begun is not None and before.end_ms is not None and before.end_ms - begun > _LINE_MS
        if word.speaker != before.speaker or (long and before.text.rstrip().endswith(_SENTENCE_END)):
            groups.append([])
        groups[-1].append(word)
    return kept_lines(_line(group, spaced) for group in groups)


def _line(group: Sequence[Word], spaced: bool) -> Line | None:
    parts: list[str] = []
    for word in group:
        parts.append(word.text if spaced or not parts or _is_glued(parts[-1], word.text) else f" {word.text}")
    starts = [word.start_ms for word in group if word.start_ms is not None and word.text.strip()]
    ends = [word.end_ms for word in group if word.end_ms is not None and word.text.strip()]
    return line_of(group[0].speaker, min(starts, default=None), max(ends, default=None), "".join(parts))


def _is_glued(before: str, text: str) -> bool:
    """Whether no space is between two words: before punctuation, and in scripts that have none."""
    if len(text) == 1 and text in _NO_SPACE_BEFORE:
        return True
    return bool(_WITHOUT_SPACES.match(before[-1:]) and _WITHOUT_SPACES.match(text))


def unknown_json() -> Exception:
    """The refusal of JSON that is not a transcript."""
    return bad_transcript("The file is JSON, but not a transcript of a known program.")
