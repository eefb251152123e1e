"""The worst items of a measurement, worst first, for people who want to know what to improve.

Must not go here: figures (``figures.py``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meeting_pipeline.domain.document import escape_markdown
from meeting_pipeline.domain.text import clock, short_line
from meeting_pipeline.evaluation import policies
from meeting_pipeline.evaluation.measuring import MeetingResult
from meeting_pipeline.evaluation.reported import Reported
from meeting_pipeline.evaluation.scoring import is_right, is_trapped, near

_TEXT_CHARACTERS = 160
"""Of an item or a quote in a report: about two lines."""


@dataclass(frozen=True)
class WorstItem:
    """One item and what is wrong with it. ``at_ms``: where in the meeting; ``None`` for a scripted item."""

    meeting: str
    kind: str
    why: str
    text: str
    quote: str = ""
    at_ms: int | None = None


def worst_items(results: Sequence[MeetingResult], limit: int = policies.WORST_ITEMS) -> list[WorstItem]:
    """False items first, then true ones that were withheld or missed, then candidates; meetings take turns."""
    found: list[WorstItem] = []
    for rank in (_lies, _trapped, _wrong, _truths, _withheld, _missed, _wrong_candidates):
        queues = [list(rank(result)) for result in results]
        for place in range(max(map(len, queues), default=0)):
            found += [queue[place] for queue in queues if place < len(queue)]
            if len(found) >= limit:
                return found[:limit]
    return found


def to_markdown(items: Sequence[WorstItem]) -> str:
    """A numbered list."""
    lines = []
    for number, item in enumerate(items, start=1):
        place = f", {clock(item.at_ms)}" if item.at_ms is not None else ""
        quote = f" — “{escape_markdown(short_line(item.quote, _TEXT_CHARACTERS))}”" if item.quote else ""
        said = escape_markdown(short_line(item.text, _TEXT_CHARACTERS))
        lines.append(
            f"{number}. **{escape_markdown(item.why)}** ({escape_markdown(item.meeting)}{place}): {said}{quote}"
        )
    return "\n".join(lines) or "Nothing is wrong."


def _lies(result: MeetingResult) -> Iterator[WorstItem]:
    for outcome in result.claims:
        if not outcome.claim.right and outcome.published and outcome.item is not None:
            why = f"scripted lie published as a fact: {outcome.claim.kind}"
            yield WorstItem(result.meeting.name, outcome.claim.insight, why, outcome.item.text, outcome.item.quote)


def _truths(result: MeetingResult) -> Iterator[WorstItem]:
    for outcome in result.claims:
        if outcome.claim.right and not outcome.published:
            said = str(next(iter(outcome.claim.answer.values()), ""))
            quote = str(outcome.claim.answer.get("quote", ""))
            why = f"scripted truth withheld: {outcome.claim.kind}"
            yield WorstItem(result.meeting.name, outcome.claim.insight, why, said, quote)


def _trapped(result: MeetingResult) -> Iterator[WorstItem]:
    for item in result.items:
        if item.fact and is_trapped(result.meeting, item):
            yield _item(result, item, "fact that rests on a trap")


def _wrong(result: MeetingResult) -> Iterator[WorstItem]:
    for item in result.items:
        if item.fact and not is_right(result.meeting, item) and not is_trapped(result.meeting, item):
            yield _item(result, item, "fact that nobody labelled")


def _withheld(result: MeetingResult) -> Iterator[WorstItem]:
    for item in result.items:
        if item.withheld and is_right(result.meeting, item):
            yield _item(result, item, "labelled item that was withheld")


def _missed(result: MeetingResult) -> Iterator[WorstItem]:
    for kind in result.kinds:
        labels = result.meeting.gold.get(kind, ())
        mine = [item for item in result.items if item.kind == kind and not item.withheld]
        for label in labels:
            if label.evidence and not any(near(item.stretches, label.evidence) for item in mine):
                yield WorstItem(
                    result.meeting.name, kind, f"missed {_singular(kind)}", label.text, at_ms=label.evidence[0].start_ms
                )


def _wrong_candidates(result: MeetingResult) -> Iterator[WorstItem]:
    for item in result.items:
        if item.candidate and not item.withheld and not is_right(result.meeting, item):
            yield _item(result, item, "candidate that nobody labelled")


def _item(result: MeetingResult, item: Reported, why: str) -> WorstItem:
    start = item.stretches[0].start_ms if item.stretches else None
    return WorstItem(result.meeting.name, item.kind, f"{why} ({_singular(item.kind)})", item.text, item.quote, start)


def _singular(kind: str) -> str:
    return kind.replace("_", " ").removesuffix("s")
