"""The searchable lines of a meeting, each with its position in the recording.

Belongs here: which lines a record has. Must not go here: how they are indexed (``store/search/``), how a query is read
(``search_queries.py``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from meeting_pipeline.domain.claim_edits import listed
from meeting_pipeline.domain.insight_results import ActionItem, Decision, SpeakerName, SummarySentence, Topic
from meeting_pipeline.domain.judged_claims import ClaimState, JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord

FIRST_CLAIM: Final = 2**19
"""Position of the first line that is not a segment. Segments have the positions of their ids: ten hours have some 20,000."""
LINE_CHARACTERS: Final = 200_000
"""What is indexed of one line. Only a transcript export without any breaks has longer ones; PostgreSQL accepts 1 MB of words."""


class LineKind(StrEnum):
    """What a line is."""

    TRANSCRIPT = "transcript"
    ACTION_ITEM = "action_item"
    DECISION = "decision"
    SUMMARY = "summary"
    TOPIC = "topic"
    TITLE = "title"
    PERSON = "person"
    """A name: of a speaker, or of a participant that the submitter named."""
    OTHER = "other"
    """An item of an insight that this installation added."""


@dataclass(frozen=True)
class Line:
    """One line. ``position``: its place among the lines of its meeting; ``people``: who said it, does it or decided it.

    ``segment_id`` and the times (ms) are those of the first segment that it rests on; ``None`` if it rests on none.
    """

    position: int
    kind: LineKind
    text: str
    people: tuple[str, ...] = ()
    segment_id: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    status: str | None = None
    withheld: bool = False
    draft: bool = False


def lines_of(record: MeetingRecord, participants: Iterable[str] = ()) -> list[Line]:
    """The lines of a loaded record: edits are applied, deleted claims are left out, claims that are withheld are marked."""
    found = list(_segments(record))
    found += (
        Line(FIRST_CLAIM + number, **fields)  # type: ignore[arg-type]  # the fields of a line
        for number, fields in enumerate(_others(record, participants))
    )
    return found


def _segments(record: MeetingRecord) -> Iterator[Line]:
    if record.transcript is None:
        return
    draft = _is_draft(record, "transcript")
    names = {label: record.speaker_name(label) for label in record.transcript.speakers}
    for segment in record.transcript.segments[:FIRST_CLAIM]:
        yield Line(
            segment.index, LineKind.TRANSCRIPT, segment.text[:LINE_CHARACTERS], (names[segment.speaker],),
            segment.index, segment.start_ms, segment.end_ms, draft=draft,
        )  # fmt: skip


def _others(record: MeetingRecord, participants: Iterable[str]) -> Iterator[dict[str, object]]:
    yield {"kind": LineKind.TITLE, "text": record.title[:LINE_CHARACTERS]}
    for name in people_of(record, participants):
        yield {"kind": LineKind.PERSON, "text": name, "people": (name,)}
    claims = [claim for claim in listed(record) if claim.state is not ClaimState.DELETED]
    if record.summary is not None and not any(isinstance(claim.value, SummarySentence) for claim in claims):
        draft = _is_draft(record, "summary")
        if record.summary.short_summary:
            yield {"kind": LineKind.SUMMARY, "text": record.summary.short_summary[:LINE_CHARACTERS], "draft": draft}
    for claim in claims:
        if not isinstance(claim.value, SpeakerName) and claim.text:
            yield _claim(record, claim)


def _claim(record: MeetingRecord, claim: JudgedClaim) -> dict[str, object]:
    value = claim.value
    found: dict[str, object] = {
        "text": claim.text[:LINE_CHARACTERS],
        "withheld": claim.withheld,
        "draft": _is_draft(record, claim.insight.value),
        "status": getattr(value, "status", None),
    }
    match value:
        case ActionItem():
            people = (record.speaker_name(value.owner),) if value.owner else ()
            found |= {"kind": LineKind.ACTION_ITEM, "people": people}
        case Decision():
            decided_by = tuple(record.speaker_name(name) for name in value.decided_by)
            found |= {"kind": LineKind.DECISION, "people": decided_by}
        case Topic():
            return found | {"kind": LineKind.TOPIC, "start_ms": value.start_ms, "end_ms": value.end_ms}
        case SummarySentence():
            found["kind"] = LineKind.SUMMARY
        case _:
            found["kind"] = LineKind.OTHER
    return found | _place(record, claim)


def _place(record: MeetingRecord, claim: JudgedClaim) -> dict[str, object]:
    evidence = claim.evidence
    if evidence is None or record.transcript is None:
        return {}
    wanted = frozenset(evidence.segment_ids)
    first = next((segment for segment in record.transcript.segments if segment.index in wanted), None)
    if first is None:
        return {}
    return {"segment_id": first.index, "start_ms": first.start_ms, "end_ms": first.end_ms}


def people_of(record: MeetingRecord, participants: Iterable[str]) -> tuple[str, ...]:
    """Names of the people of a meeting: its speakers with a known name, then the participants that were named."""
    labels = record.transcript.speakers if record.transcript is not None else ()
    speakers = [name for label in labels if (name := record.known_name(label)) is not None]
    return tuple(dict.fromkeys(name for name in (*speakers, *map(str, participants)) if name.strip()))


def _is_draft(record: MeetingRecord, kind: str) -> bool:
    stamp = record.stamps.get(kind)
    return stamp is not None and stamp.provenance.draft
