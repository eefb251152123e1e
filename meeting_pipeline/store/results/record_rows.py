"""The rows that a record is made of, read with few queries for any number of recordings. Inside the caller's transaction.

Must not go here: how they become a record (``records.py``), rows of edits of items and segments (``stored_edits.py``).
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.judged_claims import ClaimEdit, Judgement
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.speaker_edits import SpeakerEdit
from meeting_pipeline.store.results.stored_edits import anchor_of_json
from meeting_pipeline.store.tables import Artifact, GapRow
from meeting_pipeline.store.tables import ClaimEdit as ClaimEditRow
from meeting_pipeline.store.tables import SpeakerEdit as SpeakerEditRow

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)
"""Errors from reading a stored result that this version does not understand; pydantic's errors are ValueErrors."""
_AMONG_KEYS: Final[BindParameter[Any]] = bindparam("keys", expanding=True)
"""The statements below are made once: a record is read in most transactions, and making them took a third of that."""


def current_artifacts(session: Session, key: str, kinds: Collection[ResultKind] = ()) -> dict[ResultKind, Artifact]:
    """The newest available version of every kind of result of this recording, or only of these kinds."""
    return current_artifacts_of(session, [key], kinds).get(key, {})


def edits_of(session: Session, keys: Sequence[str]) -> dict[str, list[SpeakerEdit]]:
    """The speaker edits of these recordings."""
    found: dict[str, list[SpeakerEdit]] = {}
    for row in session.scalars(_speaker_edits_of(), {"keys": keys}):
        found.setdefault(row.recording_key, []).append(SpeakerEdit(row.label, row.name, row.merged_into))
    return found


def claim_edits_of(session: Session, keys: Sequence[str]) -> dict[str, list[ClaimEdit]]:
    """People's judgements of claims of these recordings, oldest first, without those of insights whose file is missing."""
    found: dict[str, list[ClaimEdit]] = {}
    for row in session.scalars(_judgements_of(), {"keys": keys}):
        insight = Insight.known(row.insight)
        if insight is not None:
            judgement = Judgement(row.judgement)
            anchor = anchor_of_json(row.anchor) if row.anchor is not None else None
            edit = ClaimEdit(row.claim_id, insight, row.text, judgement, row.edited_by, row.edited_at, anchor)
            found.setdefault(row.recording_key, []).append(edit)
    return found


def current_artifacts_of(
    session: Session, keys: Sequence[str], kinds: Collection[ResultKind] = ()
) -> dict[str, dict[ResultKind, Artifact]]:
    """The newest available version of every kind of result, or only of these kinds, by recording."""
    found: dict[str, dict[ResultKind, Artifact]] = {}
    given = {"keys": keys, "kinds": list(kinds)} if kinds else {"keys": keys}
    for artifact in session.scalars(_newest_of(of_kinds=bool(kinds)), given):
        kind = ResultKind.known(artifact.kind)
        if kind is not None:  # otherwise its insight file is missing: the result is kept and returns with the file
            found.setdefault(artifact.recording_key, {})[kind] = artifact
    return found


def gaps_of(session: Session, keys: Sequence[str]) -> dict[str, list[GapRow]]:
    """The gaps of these recordings, by insight."""
    found: dict[str, list[GapRow]] = {}
    for gap in session.scalars(_gaps_of(), {"keys": keys}):
        found.setdefault(gap.recording_key, []).append(gap)
    return found


@cache
def _newest_of(*, of_kinds: bool) -> Select[tuple[Artifact]]:
    """The newest available version of each result of ``keys``, or only of each of ``kinds``."""
    newest = (
        select(Artifact.recording_key, Artifact.kind, func.max(Artifact.version).label("version"))
        .where(
            Artifact.recording_key.in_(_AMONG_KEYS),
            Artifact.available.is_(True),
            *([Artifact.kind.in_(bindparam("kinds", expanding=True))] if of_kinds else []),
        )
        .group_by(Artifact.recording_key, Artifact.kind)
        .subquery()
    )
    return select(Artifact).join(
        newest,
        (Artifact.recording_key == newest.c.recording_key)
        & (Artifact.kind == newest.c.kind)
        & (Artifact.version == newest.c.version),
    )


@cache
def _gaps_of() -> Select[tuple[GapRow]]:
    return select(GapRow).where(GapRow.recording_key.in_(_AMONG_KEYS)).order_by(GapRow.insight)


@cache
def _speaker_edits_of() -> Select[tuple[SpeakerEditRow]]:
    return select(SpeakerEditRow).where(SpeakerEditRow.recording_key.in_(_AMONG_KEYS)).order_by(SpeakerEditRow.label)


@cache
def _judgements_of() -> Select[tuple[ClaimEditRow]]:
    of_keys = select(ClaimEditRow).where(ClaimEditRow.recording_key.in_(_AMONG_KEYS))
    return of_keys.order_by(ClaimEditRow.edited_at, ClaimEditRow.claim_id)
