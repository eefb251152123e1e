"""The names of a meeting: who speaks and for how long, who was named as a participant, who owns or decided something.

Must not go here: who the names belong to (``identities.py``), names that no word of the meeting confirms.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from meeting_pipeline.domain.insight_results import ActionItem, Decision
from meeting_pipeline.domain.people.names import NAME_CHARACTERS, identity_of
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.text import one_line


@dataclass(frozen=True)
class Appearance:
    """A name in a meeting. ``folded``: what makes spellings one name; ``name``: as it is written there.

    ``talk_ms``: how long it spoke, ``None`` if it did not; ``invited``: it was named as a participant; ``acts``: it owns an
    action item or made a decision.
    """

    folded: str
    name: str
    talk_ms: int | None = None
    invited: bool = False
    acts: bool = False


def appearances_of(record: MeetingRecord, participants: Iterable[str]) -> list[Appearance]:
    """Each name of a record once, speakers first. Labels without a name, and placeholders, name nobody."""
    found: dict[str, Appearance] = {}
    for one in _all(record, participants):
        known = found.get(one.folded)
        if not one.folded:
            continue
        if known is None:
            found[one.folded] = one
            continue
        talk = known.talk_ms if one.talk_ms is None else (known.talk_ms or 0) + one.talk_ms
        found[one.folded] = replace(
            known, talk_ms=talk, invited=known.invited or one.invited, acts=known.acts or one.acts
        )
    return list(found.values())


def _all(record: MeetingRecord, participants: Iterable[str]) -> Iterator[Appearance]:
    if record.transcript is not None:
        talk = dict.fromkeys(record.transcript.speakers, 0)
        for segment in record.transcript.segments:
            talk[segment.speaker] += max(segment.end_ms - segment.start_ms, 0)
        for label, spoken in talk.items():
            yield _of(record.known_name(label), talk_ms=spoken)
    for name in participants:
        yield _of(str(name), invited=True)
    for claim in record.claims or ():
        if not claim.published:
            continue
        if isinstance(claim.value, ActionItem):
            yield _of(person_in(record, claim.value.owner), acts=True)
        elif isinstance(claim.value, Decision):
            for name in claim.value.decided_by:
                yield _of(person_in(record, name), acts=True)


def _of(name: str | None, *, talk_ms: int | None = None, invited: bool = False, acts: bool = False) -> Appearance:
    text = one_line(name or "")[:NAME_CHARACTERS]
    return Appearance(identity_of(text), text, talk_ms, invited, acts)


def folded_speaker(record: MeetingRecord, label: str) -> str:
    """The name of a label as it appears; empty for a label that nobody has named."""
    return _of(record.known_name(record.merged.get(label, label))).folded


def person_in(record: MeetingRecord, who: str | None) -> str | None:
    """The name of an owner; ``None`` for a label that nobody has named: "Speaker A" is somebody else in the next meeting."""
    if who is None:
        return None
    labels = record.transcript.speakers if record.transcript is not None else ()
    label = record.merged.get(who, who)
    return record.known_name(label) or (None if label in (*labels, *record.silent_labels) else label)
