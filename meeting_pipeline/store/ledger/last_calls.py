"""The last calls for each insight of some recordings, and other data for estimating the cost of making them again. Reading only.

Belongs here: what a plan counts. Must not go here: prices (``providers/``), the plan (``steps/operations/bill.py``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.ledger.cost_queries import BILLED
from meeting_pipeline.store.tables import LLMCall, Recording, SegmentRow, Submission, TranscriptionOrder


@dataclass(frozen=True)
class BilledCall:
    """A billed call, usable or not. ``seconds``: how long it took; ``None`` if it is not known."""

    run_id: str
    prompt_version: str
    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int
    created_at: datetime
    seconds: float | None


@retrying
class LastCalls:
    """Repository of what a plan counts."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def of(self, keys: Sequence[str]) -> dict[tuple[str, str], list[BilledCall]]:
        """All billed calls, by recording and insight. See ``of_last_run``."""
        found: dict[tuple[str, str], list[BilledCall]] = {}
        columns = (
            LLMCall.recording_key, LLMCall.insight, LLMCall.run_id, LLMCall.prompt_version, LLMCall.input_tokens,
            LLMCall.cached_tokens, LLMCall.cache_write_tokens, LLMCall.output_tokens, LLMCall.created_at, LLMCall.ended_at,
        )  # fmt: skip
        for chunk in _chunks(keys):
            query = select(*columns).where(LLMCall.recording_key.in_(chunk), LLMCall.state.in_(BILLED))
            with self._context.database.read() as session:
                for key, insight, run_id, version, given, cached, written, made, began, ended in session.execute(query):
                    seconds = (ended - began).total_seconds() if ended is not None else None
                    call = BilledCall(run_id, version, given, cached, written, made, began, seconds)
                    found.setdefault((key, insight), []).append(call)
        return found

    def lengths(self, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Characters and segments of the current transcripts, by recording."""
        found: dict[str, tuple[int, int]] = {}
        for chunk in _chunks(keys):
            query = (
                select(SegmentRow.recording_key, func.sum(func.length(SegmentRow.text)), func.count())
                .where(SegmentRow.recording_key.in_(chunk))
                .group_by(SegmentRow.recording_key)
            )
            with self._context.database.read() as session:
                found |= {key: (int(characters or 0), int(many)) for key, characters, many in session.execute(query)}
        return found

    def webhooks(self, keys: Sequence[str]) -> int:
        """How many webhooks a change of each of these recordings sends."""
        total = 0
        for chunk in _chunks(keys):
            query = select(func.count()).where(Submission.recording_key.in_(chunk), Submission.webhook_url.is_not(None))
            with self._context.database.read() as session:
                total += session.scalar(query) or 0
        return total

    def orders(self, keys: Sequence[str]) -> list[tuple[Recording, set[str]]]:
        """Recordings with their sound, each with the hashes of the options with which its transcript was ordered."""
        found: list[tuple[Recording, set[str]]] = []
        for chunk in _chunks(keys):
            rows = select(Recording).where(Recording.key.in_(chunk), Recording.media_file.is_not(None))
            ordered = select(TranscriptionOrder.recording_key, TranscriptionOrder.options_hash).where(
                TranscriptionOrder.recording_key.in_(chunk), TranscriptionOrder.state.in_(("ordered", "collected"))
            )
            with self._context.database.read() as session:
                hashes: dict[str, set[str]] = {}
                for key, digest in session.execute(ordered):
                    hashes.setdefault(key, set()).add(digest)
                found += [(row, hashes.get(row.key, set())) for row in session.scalars(rows)]
        return found


def of_last_run(calls: Sequence[BilledCall]) -> list[BilledCall]:
    """The calls of the last run that made any."""
    last = max(calls, key=lambda call: call.created_at).run_id
    return [call for call in calls if call.run_id == last]


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]
