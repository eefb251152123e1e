"""Repeated requests: which one is in progress, and the stored response that a repetition gets.

A claim is short and renewed while its request runs, so it expires if its service died. A response is kept no longer than its
recording: once the recording is deleted, only the fact of the deletion is kept. Source of the rules:
draft-ietf-httpapi-idempotency-key-header-07.
Must not go here: headers and statuses (``api/uploads/idempotency.py``).
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
"""Status of a response whose recording was deleted since: it has neither headers nor a body."""


@dataclass(frozen=True)
class Claim:
    """The right to process a request."""

    caller: str
    key: str
    token: str


@dataclass(frozen=True)
class StoredAnswer:
    """The response to a request. ``fingerprint``: the hash of what was submitted."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: bytes


class InProgress:
    """Another request with this key is in progress."""


@retrying
class Idempotency:
    """Repository of requests with an idempotency key."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def claim(self, caller: str, key: str) -> Claim | StoredAnswer | InProgress:
        """Start on a request. Entries older than ``IDEMPOTENCY_SECONDS`` are deleted."""
        try:
            return self._claim(caller, key)
        except IntegrityError:  # another request with the key came between our read and our write
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
        """Extend the claim. False if it has expired and another request has taken it."""
        with self._context.database.write() as session:
            row = _held(session, claim)
            if row is None:
                return False
            row.claimed_until = self._context.now() + timedelta(seconds=policies.IDEMPOTENCY_LEASE_SECONDS)
            return True

    def release(self, claim: Claim) -> None:
        """The request had no result: a repetition starts afresh."""
        with self._context.database.write() as session:
            row = _held(session, claim)
            if row is not None:
                session.delete(row)

    def answer(self, claim: Claim, answer: StoredAnswer) -> None:
        """Store the response for repetitions of the request. Does nothing if the claim was lost."""
        with self._context.database.write() as session:
            row = _held(session, claim)
            if row is not None:
                _keep(row, answer)


def answer_within(session: Session, claim: Claim, answer: StoredAnswer, recording: str | None = None) -> None:
    """Store the response in the transaction of its effect, so that either both exist or neither.

    ``recording``: the key of the recording that the response refers to.
    Raises: WorkerFenced if the claim was lost: another request with the key is in progress.
    """
    row = _held(session, claim)
    if row is None:
        raise WorkerFenced(claim.token)
    _keep(row, answer)
    row.recording_key = recording


def forget_answers(session: Session, recording: str) -> int:
    """Replace the responses that refer to a recording being deleted: a repeated request learns that the recording is gone.

    Returns how many responses there were.
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
