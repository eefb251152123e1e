"""Repeated requests: who is at work on one, and the answer that whoever repeats it gets again.

A claim is short and renewed while its request goes on, so that one whose service died lapses. An answer is kept no longer
than the recording that it speaks of: of a deleted one only that it was deleted is kept. Source of the rules:
draft-ietf-httpapi-idempotency-key-header-07. Must not go here: headers and statuses (``api/uploads/idempotency.py``).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import IdempotentRequest

GONE: Final = 410
"""Status of an answer whose recording was deleted since: it has neither headers nor a body."""


@dataclass(frozen=True)
class Claim:
    """The right to answer a request."""

    caller: str
    key: str
    token: str


@dataclass(frozen=True)
class StoredAnswer:
    """What a request was answered. ``fingerprint`` is the hash of what it had submitted."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: bytes


class InProgress:
    """Another request with this key is at work."""


@retrying
class Idempotency:
    """Repository of requests that carried a key."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def claim(self, caller: str, key: str) -> Claim | StoredAnswer | InProgress:
        """Begin on a request. What is older than ``IDEMPOTENCY_SECONDS`` is forgotten."""
        try:
            return self._claim(caller, key)
        except IntegrityError:  # another request with the key came between our look and our write
            return InProgress()

    def _claim(self, caller: str, key: str) -> Claim | StoredAnswer | InProgress:
        now = self._context.now()
        claim = Claim(caller, key, new_id())
        until = now + timedelta(seconds=policies.IDEMPOTENCY_LEASE_SECONDS)
        with self._context.database.write() as session:
            forgotten = now - timedelta(seconds=policies.IDEMPOTENCY_SECONDS)
            session.execute(
                delete(IdempotentRequest)
                .where(
                    IdempotentRequest.created_at < forgotten,
                    (IdempotentRequest.claimed_until.is_(None)) | (IdempotentRequest.claimed_until < now),
                )
                .execution_options(synchronize_session=False)
            )
            row = session.get(IdempotentRequest, (caller, key), with_for_update=True)
            if row is None:
                session.add(
                    IdempotentRequest(caller=caller, key=key, claim=claim.token, claimed_until=until, created_at=now)
                )
                return claim
            if row.status is not None:
                return StoredAnswer(row.fingerprint or "", row.status, row.headers or {}, row.body or b"")
            if row.claimed_until is not None and row.claimed_until > now:
                return InProgress()
            row.claim, row.claimed_until, row.created_at = claim.token, until, now
            return claim

    def renew(self, claim: Claim) -> bool:
        """The request goes on. False if the claim has lapsed and somebody else has it."""
        with self._context.database.write() as session:
            row = _held(session, claim)
            if row is None:
                return False
            row.claimed_until = self._context.now() + timedelta(seconds=policies.IDEMPOTENCY_LEASE_SECONDS)
            return True

    def release(self, claim: Claim) -> None:
        """The request came to nothing: whoever repeats it begins anew."""
        with self._context.database.write() as session:
            row = _held(session, claim)
            if row is not None:
                session.delete(row)

    def answer(self, claim: Claim, answer: StoredAnswer) -> None:
        """Keep the answer, for whoever repeats the request. Nothing happens if the claim was lost."""
        with self._context.database.write() as session:
            row = _held(session, claim)
            if row is not None:
                _keep(row, answer)


def answer_within(session: Session, claim: Claim, answer: StoredAnswer, recording: str | None = None) -> None:
    """Keep the answer in the transaction that makes it true: with it the one is there if and only if the other is.

    ``recording``: the key of the recording that it speaks of.
    Raises: WorkerFenced if the claim was lost: another request with the key is at work.
    """
    row = _held(session, claim)
    if row is None:
        raise WorkerFenced(claim.token)
    _keep(row, answer)
    row.recording_key = recording


def forget_answers(session: Session, recording: str) -> int:
    """The recording is being deleted: whoever repeats a request that made it is told so, not sent to where it was.

    Returns how many answers there were.
    """
    mine = session.scalars(select(IdempotentRequest).where(IdempotentRequest.recording_key == recording)).all()
    for row in mine:
        row.status, row.headers, row.body, row.recording_key = GONE, None, None, None
    session.flush()
    return len(mine)


def _keep(row: IdempotentRequest, answer: StoredAnswer) -> None:
    row.fingerprint, row.status, row.headers, row.body = answer.fingerprint, answer.status, answer.headers, answer.body
    row.claim = row.claimed_until = None


def _held(session: Session, claim: Claim) -> IdempotentRequest | None:
    query = select(IdempotentRequest).where(
        IdempotentRequest.caller == claim.caller,
        IdempotentRequest.key == claim.key,
        IdempotentRequest.claim == claim.token,
    )
    return session.scalar(query.with_for_update())
