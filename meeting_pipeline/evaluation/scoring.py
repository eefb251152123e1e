"""Compare what was reported about one meeting with its labels: counts that can be added up over meetings.

A labelled item is found if evidence of a reported item is near one of its stretches; a reported item is right if it is near any
labelled item of its kind. This needs no judge. What an item says is compared by its words, its owner and its date.
Must not go here: ratios and intervals (``figures.py``), names and numbers of summaries (``unsupported.py``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from meeting_pipeline.domain.insight_results import (
    Speakers,
)
from meeting_pipeline.evaluation import policies
from meeting_pipeline.evaluation.meetings import KINDS, Gold, Kind, LabelledMeeting, Stretch
from meeting_pipeline.evaluation.reported import Reported
from meeting_pipeline.providers.offline.key_sentences import content_words

FACTS: Final = "facts"
"""Items that are presented as facts: neither candidates nor withheld."""
SHOWN: Final = "shown"
"""Facts and candidates."""


class Tally(defaultdict[str, float]):
    """Counts by name; a name that was never counted is 0."""

    def __init__(self, counts: Mapping[str, float] | None = None) -> None:
        super().__init__(float, counts or {})

    def add(self, other: Mapping[str, float]) -> None:
        """Add all counts of another tally."""
        for name, number in other.items():
            self[name] += number


def near(one: Iterable[Stretch], other: Sequence[Stretch]) -> bool:
    """Whether a stretch of one is near a stretch of the other."""
    return any(a.near(b, policies.TOLERANCE_MS) for a in one for b in other)


def score_items(meeting: LabelledMeeting, items: Sequence[Reported], kinds: Iterable[Kind] = KINDS) -> Tally:
    """Counts of both kinds of items. Labels without evidence are left out: nothing can be near them."""
    tally = Tally()
    for kind in kinds:
        gold = [label for label in meeting.gold.get(kind, ()) if label.evidence]
        mine = [item for item in items if item.kind == kind]
        tally[f"{kind}.gold"] += len(gold)
        tally[f"{kind}.traps"] += len(meeting.traps)
        tally[f"{kind}.all"] += len(mine)
        tally[f"{kind}.withheld"] += sum(item.withheld for item in mine)
        tally.add(_item_tally(f"{kind}.{FACTS}", gold, [item for item in mine if item.fact]))
        shown = [item for item in mine if not item.withheld]
        tally.add(_item_tally(f"{kind}.{SHOWN}", gold, shown))
        tally.add(_said(kind, meeting, gold, shown))
        tally.add(_turns(kind, meeting, gold, shown))
        tally[f"{kind}.trapped"] += sum(is_trapped(meeting, item) for item in mine if item.fact)
        tally[f"{kind}.trapped_shown"] += sum(is_trapped(meeting, item) for item in shown)
    return tally


def is_right(meeting: LabelledMeeting, item: Reported) -> bool:
    """Whether the item is near a labelled one of its kind."""
    return any(near(item.stretches, label.evidence) for label in meeting.gold.get(item.kind, ()))


def is_trapped(meeting: LabelledMeeting, item: Reported) -> bool:
    """Whether the item rests on a trap: its first segment is a labelled trap, and no labelled item is there."""
    first = meeting.stretch_of(item.segment_ids[:1])
    inside = any(a.near(b, 0) for trap in meeting.traps for a in first for b in trap.evidence)
    return inside and not any(a.near(b, 0) for g in meeting.gold.get(item.kind, ()) for a in first for b in g.evidence)


def _item_tally(name: str, gold: Sequence[Gold], items: Sequence[Reported]) -> Tally:
    marked = [stretch for label in gold for stretch in label.evidence]
    return Tally(
        {
            f"{name}.predicted": len(items),
            f"{name}.right": sum(near(item.stretches, marked) for item in items),
            f"{name}.found": sum(any(near(item.stretches, label.evidence) for item in items) for label in gold),
        }
    )


def _said(kind: Kind, meeting: LabelledMeeting, gold: Sequence[Gold], items: Sequence[Reported]) -> Tally:
    """For each labelled item that was found: do the words, the owner and the date of the best match agree?"""
    tally = Tally()
    for label in gold:
        matches = [item for item in items if near(item.stretches, label.evidence)]
        if not matches:
            continue
        best = max(matches, key=lambda item: _content(label, item))
        tally[f"{kind}.content"] += _content(label, best)
        tally[f"{kind}.matched"] += 1
        if label.owner_labelled:
            tally[f"{kind}.owners"] += 1
            tally[f"{kind}.owners_right"] += _same_person(meeting, label.owner, best.owner)
        if label.due_labelled:
            tally[f"{kind}.dues"] += 1
            tally[f"{kind}.dues_right"] += label.due == best.due
    return tally


def _content(label: Gold, item: Reported) -> float:
    """Share of the label's content words that the item says."""
    wanted = set(content_words(label.text))
    return len(wanted & set(content_words(item.text))) / len(wanted) if wanted else 1.0


def _same_person(meeting: LabelledMeeting, label: str | None, said: str | None) -> bool:
    """Whether both name the same person, by label or by name."""
    if label is None or said is None:
        return label is said
    names = {label.casefold(), (meeting.speaker_names.get(label) or label).casefold()}
    return said.casefold() in names


def _turns(kind: Kind, meeting: LabelledMeeting, gold: Sequence[Gold], items: Sequence[Reported]) -> Tally:
    """Turns by what labels and items say about them: for the agreement that people are measured by, and for chance."""
    marked = [stretch for label in gold for stretch in label.evidence]
    cited = {index for item in items for index in item.segment_ids}
    tally = Tally()
    for segment in meeting.transcript.segments:
        stretch = Stretch(start_ms=segment.start_ms, end_ms=segment.end_ms)
        labelled = any(stretch.near(other, 0) for other in marked)
        tally[f"{kind}.turns_{'yes' if labelled else 'no'}_{'yes' if segment.index in cited else 'no'}"] += 1
        tally[f"{kind}.turns_near"] += near((stretch,), marked)
    return tally


def score_names(meeting: LabelledMeeting, result: Speakers) -> Tally:
    """Counts of speaker names. A first name alone is right; only labels whose name is labelled count."""
    tally = Tally()
    said = {entry.label: entry.name for entry in result.names if not entry.withheld}
    for label, name in meeting.speaker_names.items():
        given = said.get(label)
        tally["names.gold"] += name is not None
        tally["names.predicted"] += given is not None
        tally["names.right"] += _same_name(name, given)
    return tally


def _same_name(name: str | None, given: str | None) -> bool:
    if name is None or given is None:
        return False
    return name.casefold() in given.casefold().split() or name.casefold() == given.casefold()


def added(tallies: Iterable[Mapping[str, float]]) -> Tally:
    """The sum of all."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total
