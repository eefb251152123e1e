"""IBM Watson: ``{"results": [{"alternatives": [{"transcript": ..., "timestamps": [["good", 0.1, 0.4], ...]}]}]}``. Seconds.

Who speaks stands in ``speaker_labels`` beside the results, by the start of each word; people call the numbers "Speaker 0".
Must not go here: Google's results (``listed_json.py``).
"""

from typing import Any, Final

from meeting_pipeline.providers.imported.json_exports import (
    Word,
    json_format,
    kept_lines,
    line_of,
    lines_of_words,
    ms_of,
    objects,
    speaker_name,
    words_in,
)
from meeting_pipeline.providers.imported.lines import Export, Line

_PARTS: Final = 3
"""Word, start and end."""


def _answers(value: Any) -> list[dict[str, Any]]:
    """The objects with results: the file, each of a list, or those that a job wraps in results of its own."""
    found = objects(value) if isinstance(value, list) else [value] if isinstance(value, dict) else []
    inside = [one for each in found for one in objects(each, "results") if objects(one, "results")]
    return inside or found


def _choices(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The first choice of each final result."""
    finals = [one for one in objects(answer, "results") if one.get("final") is not False]
    return [choices[0] for one in finals if (choices := objects(one, "alternatives"))]


def _fits(value: Any) -> bool:
    choices = [one for answer in _answers(value) for one in _choices(answer)][:3]
    return any(_timed_words(one) for one in choices) or (
        bool(choices) and any("result_index" in answer for answer in _answers(value))
    )


def _timed_words(choice: dict[str, Any]) -> list[list[Any]]:
    stamps = choice.get("timestamps")
    return [one for one in stamps if isinstance(one, list) and len(one) == _PARTS] if isinstance(stamps, list) else []


def _read(value: Any) -> Export:
    lines: list[Line] = []
    said: list[str] = []
    for answer in _answers(value):
        labels = {ms_of(one.get("from")): speaker_name(one.get("speaker")) for one in objects(answer, "speaker_labels")}
        for choice in _choices(answer):
            said.append(words_in(choice.get("transcript")))
            words = [
                Word(labels.get(ms_of(start)), ms_of(start), ms_of(end), words_in(text))
                for text, start, end in _timed_words(choice)
            ]
            lines += lines_of_words(words) if words else kept_lines([line_of(None, None, None, said[-1])])
    return Export("watson-json", tuple(lines), said=" ".join(said), whole=True)


FORMAT: Final = json_format("watson-json", "IBM Watson, JSON", _fits, _read)
