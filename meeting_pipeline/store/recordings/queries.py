"""Recordings for display: one at a time or in pages, with everything known besides their results.

Belongs here: selecting recordings, and gathering their details in a few queries per page. Reading only.
Must not go here: whole records with transcripts (``store/results/records.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import RecordingStatus, Source, Stage
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.submitter_data import NOTHING_ATTACHED, SubmitterData, metadata_digest, reference_digest
from meeting_pipeline.domain.waits import Wait, wait_of
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.engine.text_matching import contains
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.recording_costs import Cost, costs
from meeting_pipeline.store.recordings.outage_filter import waits_for
from meeting_pipeline.store.recordings.outages import all_outages
from meeting_pipeline.store.recordings.submitter_data import submitter_data
from meeting_pipeline.store.tables import Artifact, GapRow, Recording, Submission, SubmissionIndex


@dataclass(frozen=True)
class RecordingFilter:
    """A filter: recordings that meet every given condition. ``any_gap``: some insight is missing."""

    status: RecordingStatus | None = None
    stage: Stage | None = None
    source: Source | None = None
    gap: Insight | None = None
    any_gap: bool = False
    title: str | None = None
    """Part of the title, ignoring case."""
    submitted_after: datetime | None = None
    submitted_before: datetime | None = None
    reference: str | None = None
    """The reference of one of its submissions."""
    metadata: tuple[str, ...] = ()
    """``NAME=VALUE``: entries that the metadata of its submissions have, each in any of them."""

    def digests(self) -> tuple[str, ...]:
        """What it is looked up by in the index of submissions, the rarest first."""
        references = () if self.reference is None else (reference_digest(self.reference),)
        return tuple(dict.fromkeys((*references, *map(metadata_digest, self.metadata))))

    def narrow(self, query: Select[tuple[Recording]]) -> Select[tuple[Recording]]:
        """Add these conditions to the query."""
        if self.status is not None:
            query = query.where(Recording.status == self.status)
        if self.stage is not None:
            query = query.where(Recording.stage == self.stage)
        if self.source is not None:
            query = query.where(Recording.source == self.source)
        if self.gap is not None or self.any_gap:
            # Not EXISTS: there are few gaps, so the query starts from them.
            gaps = select(GapRow.recording_key).where(
                GapRow.insight.in_([self.gap] if self.gap is not None else Insight.names())
            )
            query = query.where(Recording.key.in_(gaps))
        if self.title:
            query = query.where(contains(Recording.title, self.title))
        if self.submitted_after is not None:
            query = query.where(Recording.created_at > self.submitted_after)
        if self.submitted_before is not None:
            query = query.where(Recording.created_at < self.submitted_before)
        for digest in self.digests()[1:]:  # the list is read in the order of the first: see ``Overviews.page``
            entry = aliased(SubmissionIndex)
            own = (entry.created_at == Recording.created_at, entry.recording_key == Recording.key)
            # Not EXISTS, which PostgreSQL turns into a join of everything that has this entry.
            has = select(literal(1)).where(entry.digest == digest, *own).scalar_subquery()
            query = query.where(has.is_not(None))
        return query


@dataclass(frozen=True)
class PagePosition:
    """A place in the list of all recordings. It names values, not a row, so inserts and deletions do not affect it."""

    submitted_at: datetime
    key: str


@dataclass(frozen=True)
class Overview:
    """One recording, and what is known besides its row. ``results``: kinds that have a good version."""

    row: Recording
    gaps: tuple[GapRow, ...] = ()
    results: frozenset[ResultKind] = frozenset()
    draft: bool = False
    cost_usd: float = 0.0
    unpriced_purchases: int = 0
    submissions: int = 0
    attached: SubmitterData = NOTHING_ATTACHED
    """The submitters' own reference and metadata."""
    wait: Wait | None = None
    outage: Outage | None = None
    """The outage that it waits for."""
    insights_out: Outage | None = None
    """The outage that every gap waits for."""

    def retried_at(self, gap: GapRow) -> datetime | None:
        """When a missing insight is retried; ``None``: it is left to people."""
        if gap.due_at is None or self.insights_out is None:
            return gap.due_at
        return max(gap.due_at, self.insights_out.probe_at)


@dataclass(frozen=True)
class Page:
    """Some recordings, newest first. ``after``: where the next page starts; ``None``: this is the last page."""

    items: tuple[Overview, ...]
    after: PagePosition | None


@retrying
class Overviews:
    """Repository of overviews."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def get(self, key: str) -> Overview:
        """One recording. Raises: PermanentError ``unknown_recording``."""
        with self._context.database.read() as session:
            row = session.get(Recording, key)
        if row is None:
            raise unknown_recording(key)
        return self._gather([row])[0]

    def of(self, keys: Sequence[str]) -> list[Overview]:
        """Those of these recordings that exist, some hundreds at most, by key."""
        query = select(Recording).where(Recording.key.in_(keys)).order_by(Recording.key)
        with self._context.database.read() as session:
            rows = session.scalars(query).all()
        return self._gather(rows)

    def page(self, criteria: RecordingFilter, limit: int, after: PagePosition | None = None) -> Page:
        """At most ``limit`` recordings after a place, newest first."""
        query = criteria.narrow(select(Recording))
        submitted, key = Recording.created_at, Recording.key
        for digest in criteria.digests()[:1]:
            submitted, key = SubmissionIndex.created_at, SubmissionIndex.recording_key
            query = query.join(SubmissionIndex, Recording.key == key).where(SubmissionIndex.digest == digest)
        query = query.order_by(submitted.desc(), key.desc())
        if after is not None:
            # Compared as a row: both databases then begin at this place in the index.
            query = query.where(tuple_(submitted, key) < (after.submitted_at, after.key))
        with self._context.database.read() as session:
            rows = session.scalars(query.limit(limit + 1)).all()
        shown = rows[:limit]
        more = PagePosition(shown[-1].created_at, shown[-1].key) if len(rows) > limit else None
        return Page(tuple(self._gather(shown)), more)

    def _gather(self, rows: Sequence[Recording]) -> list[Overview]:
        if not rows:
            return []
        keys = [row.key for row in rows]
        outages = all_outages(self._context)
        blocked_by_outage = waits_for(self._context.database, outages, keys)
        insights_out = next((outage for outage in outages if outage.service.whole is Service.INSIGHTS), None)
        with self._context.database.read() as session:
            gaps = _gaps(session, keys)
            results = _results(session, keys)
            paid = costs(session, keys)
            submissions = _submissions(session, keys)
        return [
            Overview(
                row=row,
                gaps=tuple(gaps.get(row.key, ())),
                results=frozenset(results.get(row.key, {})),
                draft=any(results.get(row.key, {}).values()),
                cost_usd=paid.get(row.key, Cost()).usd,
                unpriced_purchases=paid.get(row.key, Cost()).unpriced,
                submissions=submissions.get(row.key, 0),
                attached=submitter_data(row),
                wait=wait_of(Stage(row.stage), row.due_at, _problem(row), blocked_by_outage.get(row.key)),
                outage=blocked_by_outage.get(row.key),
                insights_out=insights_out,
            )
            for row in rows
        ]


def _problem(row: Recording) -> Problem | None:
    return Problem(row.error_code, row.error_message or "", row.error_advice or "") if row.error_code else None


def _gaps(session: Session, keys: Sequence[str]) -> dict[str, list[GapRow]]:
    found: dict[str, list[GapRow]] = {}
    known = select(GapRow).where(GapRow.recording_key.in_(keys), GapRow.insight.in_(Insight.names()))
    for gap in session.scalars(known.order_by(GapRow.insight)):
        found.setdefault(gap.recording_key, []).append(gap)
    return found


def _results(session: Session, keys: Sequence[str]) -> dict[str, dict[ResultKind, bool]]:
    """Kinds of good results by recording, and whether the current one is a draft."""
    query = (
        select(Artifact.recording_key, Artifact.kind, Artifact.provenance)
        .where(Artifact.recording_key.in_(keys), Artifact.available.is_(True))
        .order_by(Artifact.version)
    )
    found: dict[str, dict[ResultKind, bool]] = {}
    for key, kind, provenance in session.execute(query).all():
        if (known := ResultKind.known(kind)) is not None:
            found.setdefault(key, {})[known] = bool(provenance.get("draft"))
    return found


def _submissions(session: Session, keys: Sequence[str]) -> dict[str, int]:
    query = select(Submission.recording_key, func.count()).where(Submission.recording_key.in_(keys))
    return {key: int(count) for key, count in session.execute(query.group_by(Submission.recording_key)).all()}
