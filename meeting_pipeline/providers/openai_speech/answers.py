"""Reads the answers of transcription servers: ``diarized_json``, ``verbose_json``, ``json``, and how servers vary them.

The JSON is untrusted: any server may have sent it. An invalid time or confidence has a fallback; no words are lost.
Must not go here: HTTP, speakers of the whole recording (``providers/parts``).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.providers.http_errors import shown
from meeting_pipeline.providers.openai_speech.variants import Detail
from meeting_pipeline.providers.parts.port import PartText, Said, SaidWord

_SPEAKER_FIELDS: Final = ("speaker", "speaker_id", "speaker_label")
LONGEST_LIST: Final = 200_000
"""Segments, or words, of one part: an hour of fast speech has 12,000 words."""
_LABEL_CHARACTERS: Final = 100
"""Characters of a speaker label that are kept."""


def detail_of(body: Mapping[str, Any]) -> Detail | None:
    """Return how much an answer tells; ``None`` for an answer without speech: it shows nothing about the server."""
    pieces = _dicts(body.get("segments"))
    if pieces:
        told = any(_label(piece) is not None for piece in pieces if _text(piece))
        timed = any(_seconds(piece.get("end")) is not None for piece in pieces)
        return Detail.SPEAKERS if told else Detail.TIMES if timed else Detail.TEXT
    if _dicts(body.get("words")):
        return Detail.TIMES
    return Detail.TEXT if _text(body) else None


def read_answer(body: Mapping[str, Any], duration_ms: int) -> PartText:
    """Read the answer for a part of this length. Raises: BadAnswer ``invalid_answer`` if it is not a transcription."""
    text, pieces, words = body.get("text"), _dicts(body.get("segments")), _dicts(body.get("words"))
    if not isinstance(text, str) and not isinstance(body.get("segments"), list):
        raise _bad("text")
    detail = detail_of(body)
    if detail is Detail.TEXT or (not pieces and not words):
        whole = _text(body) or " ".join(filter(None, map(_text, pieces)))
        return _part(body, (Said(whole, 0, duration_ms),) if whole else (), timed=False)
    if not pieces:
        pieces = [{"text": " ".join(filter(None, map(_text, words))), "start": 0, "end": duration_ms / 1000}]
    said = list(_said(pieces, words, duration_ms))
    said += _beyond(_text(body), said, duration_ms)
    if detail is Detail.SPEAKERS:
        said = _with_labels(said)
    return _part(body, tuple(said), timed=True)


def _part(body: Mapping[str, Any], said: tuple[Said, ...], *, timed: bool) -> PartText:
    language, model = body.get("language"), body.get("model")
    return PartText(
        said=said,
        timed=timed,
        language=one_line(_clean(language))[:20] or None if isinstance(language, str) else None,
        model=shown(_clean(model)) or None if isinstance(model, str) else None,
    )


def _beyond(text: str, said: Sequence[Said], duration_ms: int) -> list[Said]:
    """Return what the whole text has after the last segment."""
    whole = text.split()
    covered = [word for one in said for word in one.text.split()]
    if len(whole) <= len(covered) or whole[: len(covered)] != covered:
        return []
    return [Said(" ".join(whole[len(covered) :]), said[-1].end_ms if said else 0, duration_ms)]


def _with_labels(said: Sequence[Said]) -> list[Said]:
    """A piece without a speaker belongs to the one before it; the first ones to the one after."""
    label = next((one.speaker for one in said if one.speaker is not None), None)
    found = []
    for one in said:
        label = one.speaker if one.speaker is not None else label
        found.append(replace(one, speaker=label))
    return found


def _said(pieces: Sequence[dict[str, Any]], words: Sequence[dict[str, Any]], duration_ms: int) -> Iterator[Said]:
    timed_words = [word for word in (_word(one, duration_ms) for one in words) if word is not None]
    clock = at = 0
    for number, piece in enumerate(pieces):
        text = _text(piece)
        if not text:
            continue
        start = _ms(piece.get("start"), duration_ms)
        start = clock if start is None else start
        end = _ms(piece.get("end"), duration_ms)
        clock = start if end is None else max(start, end)
        own = [word for word in (_word(one, duration_ms) for one in _dicts(piece.get("words"))) if word is not None]
        if not own:
            last = number == len(pieces) - 1
            begin = at
            while at < len(timed_words) and (last or timed_words[at].start_ms < clock):
                at += 1
            own = timed_words[begin:at]
        yield Said(text, start, clock, _label(piece), _confidence(piece), tuple(own))


def _word(word: Mapping[str, Any], duration_ms: int) -> SaidWord | None:
    text = word.get("word", word.get("text"))
    start, end = _ms(word.get("start"), duration_ms), _ms(word.get("end"), duration_ms)
    if not isinstance(text, str) or not text.strip() or start is None:
        return None
    return SaidWord(_clean(text).strip(), start, max(start, start if end is None else end))


def _text(piece: Mapping[str, Any]) -> str:
    text = piece.get("text", piece.get("word"))
    return " ".join(_clean(text).split()) if isinstance(text, str) else ""


def _label(piece: Mapping[str, Any]) -> str | None:
    for name in _SPEAKER_FIELDS:
        value = piece.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return one_line(_clean(str(value)))[:_LABEL_CHARACTERS] or None
    return None


def _confidence(piece: Mapping[str, Any]) -> float | None:
    """Return the mean probability of a segment's tokens; Whisper gives its logarithm."""
    value = piece.get("avg_logprob")
    if isinstance(value, bool) or not isinstance(value, int | float) or not -50 <= value <= 0:
        return None
    return round(math.exp(value), 4)


def _seconds(value: object) -> float | None:
    """Parse a time in seconds, also one in a string; ``None`` if it is invalid."""
    if isinstance(value, str) and len(value) <= 20:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e7:
        return None
    return float(value)


def _ms(value: object, duration_ms: int) -> int | None:
    """Parse a time as ms, not beyond the part: servers round, and invent words in silence at the end."""
    seconds = _seconds(value)
    return None if seconds is None else min(round(seconds * 1000), duration_ms)


def _dicts(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    if len(value) > LONGEST_LIST:
        raise _bad("the number of segments or words")
    return [item for item in value if isinstance(item, dict)]


def _clean(text: str) -> str:
    """Make text valid for every database: no NUL, no lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _bad(where: str) -> BadAnswer:
    return BadAnswer(
        "invalid_answer",
        f"The transcription server's answer cannot be read: {where} does not match the API.",
        "It is retried; if this happens often, check OPENAI_TRANSCRIPTION_BASE_URL.",
    )
