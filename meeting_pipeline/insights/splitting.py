"""Splits a transcript that does not fit in one call: into whole segments, with overlap, without leaving anything out.

Belongs here: the estimate of tokens, and which segments go into which call. Must not go here: joining the answers
(``merging.py``), and anything that knows a model.
"""

from collections.abc import Iterator, Sequence

from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.prompting import render_segment


def estimate_tokens(text: str) -> int:
    """A cautious estimate from the bytes of the text, because no tokenizer fits every model."""
    return int(len(text.encode("utf-8", "replace")) / policies.TOKEN_BYTES) + 1


def split(segments: Sequence[Segment], budget: int) -> list[tuple[Segment, ...]]:
    """Parts of at most ``budget`` estimated tokens each, in order; together they contain all text of all segments.

    A part starts with the last ``policies.INSIGHT_OVERLAP_SEGMENTS`` segments of the part before it, as far as they
    fit in ``policies.INSIGHT_OVERLAP_SHARE`` of the budget. A segment that is longer than the budget is cut between words
    into pieces that keep its index. A budget below ``policies.INSIGHT_PART_TOKENS`` is raised to that.
    """
    budget = max(budget, policies.INSIGHT_PART_TOKENS)
    parts: list[tuple[Segment, ...]] = []
    current: list[Segment] = []
    used = 0
    fresh = False
    for piece in (piece for segment in segments for piece in _pieces(segment, budget)):
        cost = _cost(piece)
        if fresh and used + cost > budget:
            parts.append(tuple(current))
            room = min(int(budget * policies.INSIGHT_OVERLAP_SHARE), budget - cost)
            current = _overlap(current, room)
            used = sum(_cost(segment) for segment in current)
        current.append(piece)
        used += cost
        fresh = True
    if fresh:
        parts.append(tuple(current))
    return parts


def _cost(segment: Segment) -> int:
    return estimate_tokens(render_segment(segment) + "\n")


def _overlap(previous: Sequence[Segment], room: int) -> list[Segment]:
    kept: list[Segment] = []
    for segment in reversed(previous[-policies.INSIGHT_OVERLAP_SEGMENTS :]):
        room -= _cost(segment)
        if room < 0:
            break
        kept.insert(0, segment)
    return kept


def _pieces(segment: Segment, budget: int) -> Iterator[Segment]:
    """The segment itself, or pieces of it that each fit the budget."""
    if _cost(segment) <= budget:
        yield segment
        return
    frame = _cost(segment.model_copy(update={"text": ""}))
    # Each piece may be as long as the budget in bytes, minus its frame; a character has at most four bytes.
    room = max(int((budget - frame - 1) * policies.TOKEN_BYTES), 4)
    for text in _chunks(segment.text, room):
        yield segment.model_copy(update={"text": text})


def _chunks(text: str, room: int) -> Iterator[str]:
    """Texts of at most ``room`` bytes that together contain all words of ``text``; longer words are cut."""
    line: list[str] = []
    used = 0
    for word in text.split():
        size = _bytes(word)
        if line and used + 1 + size > room:
            yield " ".join(line)
            line, used = [], 0
        if size > room:
            *whole, word = _cut(word, room)
            yield from whole
            size = _bytes(word)
        used += size + (1 if line else 0)
        line.append(word)
    if line:
        yield " ".join(line)


def _cut(word: str, room: int) -> list[str]:
    width = max(room // 4, 1)
    return [word[start : start + width] for start in range(0, len(word), width)]


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
