"""What one meeting contributes: its items with their status, and its reports, from its record.

Must not go here: other meetings (``linking.py``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from meeting_pipeline.domain.commitments.reports import reports_of
from meeting_pipeline.domain.commitments.series import series_of
from meeting_pipeline.domain.commitments.values import Part, Report, Standing
from meeting_pipeline.domain.edited_claims import anchor_of
from meeting_pipeline.domain.insight_results import ActionItem, Decision
from meeting_pipeline.domain.item_edits import Anchor, ClaimQuery, matched
from meeting_pipeline.domain.judged_claims import ClaimState, JudgedClaim
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.search_lines import people_of
from meeting_pipeline.domain.verdicts import ItemStatus
from meeting_pipeline.domain.verification.languages import is_english

_ENDING_REASONS = frozenset(("done_already", "taken_back"))
"""Reasons for which an item is withheld that are news of a commitment: it was done, or taken back."""


@dataclass(frozen=True)
class FoundPart:
    """An item of a record. ``part.part_id`` is empty: the store knows it. ``anchor`` finds the item in a later version."""

    part: Part
    claim_id: str
    anchor: Anchor

    @property
    def insight(self) -> Insight:
        """What made it."""
        return self.part.insight


@dataclass(frozen=True)
class Gathered:
    """A meeting's share in the commitments of its series."""

    series: str
    people: tuple[str, ...]
    parts: tuple[FoundPart, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True)
class KnownPart:
    """A part that is stored already."""

    part_id: str
    insight: Insight
    anchor: Anchor


def gathered(record: MeetingRecord, participants: Iterable[str]) -> Gathered:
    """What this record has. Times and dates are those of the meeting as people corrected them."""
    people = people_of(record, participants)
    reports: tuple[Report, ...] = ()
    if record.transcript is not None and is_english(record.transcript):
        names = {label: record.known_name(label) for label in record.transcript.speakers}
        reports = reports_of(record.transcript.segments, names, people, record.meeting_date)
    return Gathered(series_of(record.title, people, record.key), people, tuple(_parts(record)), reports)


def _parts(record: MeetingRecord) -> Iterator[FoundPart]:
    for claim in record.claims or ():
        standing = _standing(claim)
        if standing is None or not isinstance(claim.value, ActionItem | Decision):
            continue
        value = claim.value
        part = Part(
            "", record.key, claim.insight, claim.text, quote=value.evidence.quote,
            segment_ids=value.evidence.segment_ids, status=_status(value.status),
            status_segment=value.status_segment_id, standing=standing,
        )  # fmt: skip
        if isinstance(value, ActionItem):
            owner = _name(record, value.owner)
            part = replace(part, owner=owner, due_date=value.due_date, due_words=value.due_words)
        yield FoundPart(part, claim.claim_id, anchor_of(claim))


def _standing(claim: JudgedClaim) -> Standing | None:
    """What an item counts for; ``None``: nothing, because it is withheld or was deleted."""
    value = claim.value
    if not isinstance(value, ActionItem | Decision) or not claim.text.strip() or claim.state is ClaimState.DELETED:
        return None
    if claim.withheld:
        ended = value.status not in (None, ItemStatus.OPEN) and set(claim.reasons) <= _ENDING_REASONS
        return Standing.TOLD if ended and claim.reasons else None
    return Standing.CANDIDATE if value.candidate else Standing.FACT


def _status(status: ItemStatus | None) -> str | None:
    return ItemStatus(status).value if status is not None else None


def _name(record: MeetingRecord, owner: str | None) -> str | None:
    """The owner's name; ``None`` for a label that nobody has named: "Speaker A" is somebody else in the next meeting."""
    if owner is None:
        return None
    labels = record.transcript.speakers if record.transcript is not None else ()
    label = record.merged.get(owner, owner)
    return record.known_name(label) or (None if label in (*labels, *record.silent_labels) else label)


def same_parts(known: Sequence[KnownPart], found: Sequence[FoundPart]) -> dict[str, str]:
    """The stored id of each found item that was there before, by its claim id: by the rule for edits of items."""
    wanted = [ClaimQuery(one.part_id, one.insight, one.anchor) for one in known]
    return {claim_id: part_id for part_id, claim_id in matched(wanted, found, lambda one: one.anchor).items()}
