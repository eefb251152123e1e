"""The origins of current results, and which of them are stale. The cost of finding these depends only on their number.

Each new current version of an insight gets a row, in the transaction that stores it. Code that makes another version current
must call ``note_origin`` too.
Must not go here: what a fingerprint is made of (``domain/fingerprints.py``), what making them again costs
(``steps/operations/bill.py``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import Session

from meeting_pipeline.domain.fingerprints import REPLACED
from meeting_pipeline.domain.provenance import Provenance, Usage
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.text_matching import contains
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import FingerprintInUse, Recording, ResultOrigin

_COUNTS: Final = ("calls", "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens")


@dataclass(frozen=True)
class Chosen:
    """A choice among recordings: the days of their meetings (both included), words of their titles, or their keys."""

    since: date | None = None
    until: date | None = None
    title: str = ""
    keys: tuple[str, ...] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions on ``recordings``."""
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(Recording.meeting_date >= self.since)
        if self.until is not None:
            found.append(Recording.meeting_date <= self.until)
        if self.title:
            found.append(contains(Recording.title, self.title))
        if self.keys:
            found.append(Recording.key.in_(self.keys))
        return found


@dataclass(frozen=True)
class StaleResult:
    """The current result of one insight of one recording, which would be made otherwise today.

    ``usage``: the calls on which it is based. ``since``: when it was made, or when its transcript was replaced.
    """

    key: str
    result: str
    fingerprint: str
    provider: str
    model: str
    since: datetime
    title: str
    meeting_date: date
    usage: Usage = field(default_factory=Usage)

    @property
    def replaced(self) -> bool:
        """Whether its transcript was replaced by one with other words."""
        return self.fingerprint == REPLACED


@retrying
class Origins:
    """Repository of origins and of the fingerprints in use."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def count_stale(self, in_use: Mapping[str, str]) -> dict[str, int]:
        """How many current results of each of these insights have another fingerprint than the one in use. By the index alone."""
        found = {}
        with self._context.database.read() as session:
            for result, fingerprint in in_use.items():
                ranges = union_all(
                    *(
                        select(func.count().label("many")).where(ResultOrigin.result == result, other)
                        for other in _others(fingerprint)
                    )
                ).subquery()
                found[result] = int(session.scalar(select(func.sum(ranges.c.many))) or 0)
        return found

    def stale(self, in_use: Mapping[str, str], chosen: Chosen | None = None) -> list[StaleResult]:
        """The current results with another fingerprint than the one in use, by recording, the latest meeting first."""
        conditions = (chosen or Chosen()).conditions()
        rows: list[StaleResult] = []
        with self._context.database.read() as session:
            for result, fingerprint in in_use.items():
                for other in _others(fingerprint):
                    query = _with_recordings().where(ResultOrigin.result == result, other, *conditions)
                    rows += [_stale(*row) for row in session.execute(query).all()]
        return sorted(rows, key=lambda row: (-row.meeting_date.toordinal(), row.key))

    def results_of(self, keys: Sequence[str], insights: Sequence[str]) -> list[StaleResult]:
        """The current results of these insights of these recordings, stale or not. What is missing has none."""
        rows: list[StaleResult] = []
        for start in range(0, len(keys), AT_ONCE):
            query = _with_recordings().where(
                ResultOrigin.recording_key.in_(keys[start : start + AT_ONCE]), ResultOrigin.result.in_(insights)
            )
            with self._context.database.read() as session:
                rows += [_stale(*row) for row in session.execute(query).all()]
        return rows

    def chosen(self, chosen: Chosen) -> list[str]:
        """The completed recordings of a choice, the latest meeting first."""
        query = (
            select(Recording.key)
            .where(Recording.status == RecordingStatus.COMPLETED, *chosen.conditions())
            .order_by(Recording.meeting_date.desc(), Recording.key)
        )
        with self._context.database.read() as session:
            return list(session.scalars(query))

    def latest_with(self, result: str, fingerprint: str, limit: int) -> list[str]:
        """At most ``limit`` recordings whose current result has this fingerprint. Reads the index alone."""
        query = select(ResultOrigin.recording_key).where(
            ResultOrigin.result == result, ResultOrigin.fingerprint == fingerprint
        )
        with self._context.database.read() as session:
            return list(session.scalars(query.order_by(ResultOrigin.recording_key.desc()).limit(limit)))

    def completed(self, keys: Sequence[str]) -> list[str]:
        """Those of these recordings that are completed, the latest meeting first."""
        found: list[tuple[date, str]] = []
        for start in range(0, len(keys), AT_ONCE):
            query = select(Recording.meeting_date, Recording.key).where(
                Recording.key.in_(keys[start : start + AT_ONCE]), Recording.status == RecordingStatus.COMPLETED
            )
            with self._context.database.read() as session:
                found += [(day, key) for day, key in session.execute(query).tuples()]
        return [key for day, key in sorted(found, key=lambda one: (-one[0].toordinal(), one[1]))]

    def of(self, key: str) -> dict[str, str]:
        """The fingerprints of the current results of a recording, by insight."""
        query = select(ResultOrigin.result, ResultOrigin.fingerprint).where(ResultOrigin.recording_key == key)
        with self._context.database.read() as session:
            return {str(result): str(fingerprint) for result, fingerprint in session.execute(query).all()}

    def in_use_since(self, in_use: Mapping[str, str]) -> dict[str, datetime]:
        """Since when the running system has made results with these fingerprints. One that it has not used yet is left out."""
        with self._context.database.read() as session:
            newest = _in_use(session)
        return {
            result: row.since
            for result, row in newest.items()
            if result in in_use and row.fingerprint == in_use[result]
        }

    def note_in_use(self, in_use: Mapping[str, str]) -> list[str]:
        """The running system makes results with these fingerprints. Returns the insights whose fingerprint has changed."""
        with self._context.database.read() as session:
            if not _changed(in_use, _in_use(session)):
                return []  # nearly always
        with self._context.database.write() as session:
            changed = _changed(in_use, _in_use(session))
            now = self._context.now()
            for result in changed:
                session.merge(FingerprintInUse(result=result, since=now, fingerprint=in_use[result]))
        return changed


def note_origin(
    session: Session, key: str, result: str, *, fingerprint: str, provenance: Provenance, usage: Usage, at: datetime
) -> None:
    """A version that was made like this is the current one now. The caller holds the recording's row lock."""
    counts: dict[str, Any] = {name: getattr(usage, name) for name in _COUNTS}
    session.merge(
        ResultOrigin(
            recording_key=key, result=result, fingerprint=fingerprint, provider=provenance.provider,
            model=provenance.model, since=at, **counts,
        )
    )  # fmt: skip


def note_replaced(session: Session, key: str, result: str, at: datetime) -> None:
    """The transcript of a result was replaced by one with other words. The caller holds the recording's row lock."""
    row = session.get(ResultOrigin, (key, result))
    if row is not None:
        row.fingerprint, row.since = REPLACED, at


def _others(fingerprint: str) -> Sequence[ColumnElement[bool]]:
    """All other fingerprints, as two ranges of the index: a database would not use it for "is not"."""
    return ResultOrigin.fingerprint < fingerprint, ResultOrigin.fingerprint > fingerprint


def _with_recordings() -> Select[Any]:
    return select(ResultOrigin, Recording.title, Recording.meeting_date).join(
        Recording, Recording.key == ResultOrigin.recording_key
    )


def _stale(row: ResultOrigin, title: str, meeting_date: date) -> StaleResult:
    usage = Usage(**{name: getattr(row, name) for name in _COUNTS})
    return StaleResult(
        row.recording_key, row.result, row.fingerprint, row.provider, row.model, row.since, title, meeting_date, usage
    )


def _in_use(session: Session) -> dict[str, FingerprintInUse]:
    rows = session.scalars(select(FingerprintInUse).order_by(FingerprintInUse.since))
    return {row.result: row for row in rows}


def _changed(in_use: Mapping[str, str], known: Mapping[str, FingerprintInUse]) -> list[str]:
    return [
        result
        for result, fingerprint in in_use.items()
        if result not in known or known[result].fingerprint != fingerprint
    ]
