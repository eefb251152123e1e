"""JSON of programs without a format of their own: a list of objects with words, a start and perhaps a speaker.

Fireflies, the transcripts of Teams' API, Gladia, ElevenLabs, Azure, Speechmatics and many others write such lists, at the top or
inside other objects. Must not go here: shapes that need more than names of keys (``premiere_json.py``), where the talk is
(``json_lists.py``).
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Final

from meeting_pipeline.providers import policies
from meeting_pipeline.providers.imported.export_format import ExportFormat, Source
from meeting_pipeline.providers.imported.json_exports import (
    Word,
    has_outer_spaces,
    kept_lines,
    line_of,
    lines_of_words,
    speaker_name,
    words_in,
)
from meeting_pipeline.providers.imported.json_keys import (
    ENDS,
    LENGTHS,
    SPEAKERS,
    STARTS,
    WEAK_STARTS,
    any_key,
    channel_of,
    named,
)
from meeting_pipeline.providers.imported.json_listed import Listed
from meeting_pipeline.providers.imported.json_talk import Found
from meeting_pipeline.providers.imported.json_times import has_point, in_ms, is_date, raw_time, says_unit, unit_ms
from meeting_pipeline.providers.imported.lines import Export, LeftOut
from meeting_pipeline.providers.imported.text import too_many_lines

_BELOW_KNOWN: Final = 0.55
_WORDS_ALONE: Final = 1.3
"""A list with fewer words per object than this is a list of words."""
_REPEATED: Final = 0.9
"""Items with speakers that have at least this share of the words of those without repeat them, as Google's last result does."""
_SAMPLES_PER_MS: Final = 16
"""Otter counts samples of sound, and gives seconds only inside ``alignment``."""
_SOURCES: Final = frozenset({"microphone", "system"})
"""Granola has no speakers, only which sound an item is from."""
_PARTICIPANTS: Final = "/participants/"


def _score(source: Source) -> float:
    return _BELOW_KNOWN if source.is_text and source.json_value is not None and source.listed.talk is not None else 0.0


def _read(source: Source) -> Export:
    found = source.listed
    talk = found.talk
    if talk is None or talk.text is None:
        return Export("listed-json", ())
    text = talk.text
    words = _words(found, talk, text)
    words, repeated = _without_repeats(words)
    if talk.has_list_per_speaker and all(word.start_ms is not None for word in words):
        words = sorted(words, key=lambda word: word.start_ms or 0)
    said = " ".join(word.text for word in words)
    spaced = has_outer_spaces([item.get(text) for item in talk.items])
    count = sum(len(word.text.split()) for word in words)
    alone = spaced or count < _WORDS_ALONE * max(1, sum(bool(word.text.strip()) for word in words))
    lines = (
        lines_of_words(words, spaced=spaced)
        if alone
        else kept_lines(line_of(w.speaker, w.start_ms, w.end_ms, w.text) for w in words)
    )
    if found.whole and len(found.whole.split()) > sum(len(line.text.split()) for line in lines):
        said = found.whole
    elif alone:
        said = " ".join(line.text for line in lines)
    if len(lines) > policies.MAX_TRANSCRIPT_LINES:
        raise too_many_lines()
    left_out = (LeftOut("repeated words", repeated, counted=False),) if repeated else ()
    said = f"{said} {repeated}".strip()
    return Export("listed-json", lines, said=said, whole=not alone, left_out=left_out)


def _words(found: Found, talk: Listed, text: str) -> list[Word]:
    items = talk.items
    starts, ends, dated = _times(talk, [words_in(item.get(text)) for item in items])
    shift = min((at for at in starts if at is not None), default=0) if dated else 0
    who = next((key for key in SPEAKERS if any(item.get(key) is not None for item in items)), SPEAKERS[-1])
    speakers = [_speaker(item, owner, who, found.people) for item, owner in zip(items, talk.owners, strict=True)]
    if found.turns is not None and not any(speakers):
        speakers = _by_turns(found.turns, starts, found.people)
    if not any(speakers):
        speakers = [channel_of(item) for item in items]
    if len(set(speakers)) == 1 and (speakers[0] or "").startswith("Channel "):
        speakers = [None] * len(speakers)  # all people share one channel
    return [
        Word(
            speaker,
            None if start is None else start - shift,
            None if end is None or start is None else end - shift,
            spoken if isinstance(spoken := item.get(text), str) else "",
        )
        for item, speaker, start, end in zip(items, speakers, starts, ends, strict=True)
    ]


def _times(talk: Listed, said: Sequence[str]) -> tuple[list[int | None], list[int | None], bool]:
    """Starts and ends in milliseconds, and whether they count from a date."""
    items = talk.items
    key = talk.start or ""
    if key == "startoffset" and any("alignment" in item for item in items[:3]):
        starts = [in_ms(raw_time(item.get(key)), 1) for item in items]
        ends = [in_ms(raw_time(item.get("endoffset")), 1) for item in items]
        return [_samples(at) for at in starts], [_samples(at) for at in ends], False
    end_key = any_key(items, ENDS, (int, float, str, dict)) or ""
    length_key = any_key(items, LENGTHS, (int, float, str))
    begun = [raw_time(item.get(key), key) for item in items]
    ended = [raw_time(item.get(end_key), end_key) for item in items]
    first = next((item.get(key) for item in items if item.get(key) is not None), None)
    if not key:  # only ends, as in Google's results
        begun = [0.0, *ended[:-1]]
        first = "0s"
    unit: float = 1000 if says_unit(first, key) else 0
    lengths = [raw_time(item.get(length_key), length_key) if length_key else None for item in items]
    if length_key is not None and not end_key:
        same = unit == 0 and not length_key.endswith(("milliseconds", "millisecond", "ms"))
        if same:
            ended = [None if a is None or b is None else a + b for a, b in zip(begun, lengths, strict=True)]
    pointed = any(has_point(item.get(one)) for item in items for one in (key, end_key, length_key or ""))
    unit = unit or unit_ms(key, begun, ended, [len(text.split()) for text in said], pointed=pointed)
    starts = [in_ms(at, unit) if at is None or at * unit < 10**12 else round(at * unit) for at in begun]
    if length_key is not None and not end_key:
        of_length = 1 if length_key.endswith(("milliseconds", "millisecond", "ms")) else unit
        return (
            starts,
            [
                None if start is None or length is None else start + (in_ms(length, of_length) or 0)
                for start, length in zip(starts, lengths, strict=True)
            ],
            is_date(first),
        )
    of_end = 1000 if any(says_unit(item.get(end_key), end_key) for item in items[:3]) else unit
    return starts, [None if at is None else round(at * of_end) for at in ended], is_date(first)


def _samples(at: int | None) -> int | None:
    return None if at is None else at // _SAMPLES_PER_MS


def _speaker(item: Mapping[str, Any], owner: Any, who: str, people: Mapping[str, str]) -> str | None:
    value = named(item.get(who))
    if value is None:
        value = named(owner)
    if value is None and item.get("source") in _SOURCES:
        value = item["source"]
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value) in people:
        return speaker_name(people[str(value)])
    if isinstance(value, str) and _PARTICIPANTS in value:
        value = value.rpartition("/")[2]
    return speaker_name(value)


def _by_turns(turns: Listed, starts: Sequence[int | None], people: Mapping[str, str]) -> list[str | None]:
    """The speaker of the turn in which each item starts."""
    key = any_key(turns.items, (*STARTS, *WEAK_STARTS), (int, float, str, dict)) or ""
    begun = [raw_time(item.get(key), key) for item in turns.items]
    last = max((at for at in starts if at is not None), default=0)
    highest = max((at for at in begun if at is not None), default=0.0)
    unit = 1 if highest * 1000 > 2 * last + 1000 else 1000
    who = next((key for key in SPEAKERS if any(item.get(key) is not None for item in turns.items)), SPEAKERS[-1])
    known = sorted((round(at * unit), place) for place, at in enumerate(begun) if at is not None)
    times = [at for at, _ in known]
    names = [_speaker(turns.items[place], None, who, people) for _, place in known]
    found: list[str | None] = []
    for at in starts:
        place = bisect_right(times, at) - 1 if at is not None else -1
        found.append(names[place] if place >= 0 else found[-1] if found else None)
    return found


def _without_repeats(words: Sequence[Word]) -> tuple[list[Word], str]:
    """Leave out items without a speaker if those with one have the same words."""
    named_ones = [word for word in words if word.speaker is not None]
    others = [word for word in words if word.speaker is None]
    letters = sum(len(word.text) for word in others)
    if not others or not named_ones or sum(len(word.text) for word in named_ones) < _REPEATED * letters:
        return list(words), ""
    if {word.text.strip() for word in others} <= {word.text.strip() for word in named_ones}:
        return named_ones, " ".join(word.text for word in others)
    return list(words), ""


FORMAT: Final = ExportFormat("listed-json", "JSON with a list of what was said", _score, _read)
