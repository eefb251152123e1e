"""Makes vectors of transcripts, for recordings that lack them: in the background, in small batches, within the daily limit.

Each batch is recorded in the ledger before it is bought, and stored in the transaction that records its cost, so a crash loses
only the call in progress. Must not go here: which recordings lack them (``store/search/vector_sets.py``), requests
(``providers/``).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from meeting_pipeline.domain.embedding_windows import EmbeddingWindow
from meeting_pipeline.domain.errors import OperatorError, PermanentError, PipelineError, TransientError
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.foundation.logs import step_line
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.embedder import Embedder
from meeting_pipeline.providers.openai_errors import AnswerLost
from meeting_pipeline.steps.embedding import policies
from meeting_pipeline.store.ledger.questions import LimitReached
from meeting_pipeline.store.search.vector_sets import Work

Batch = Sequence[tuple[int, EmbeddingWindow]]


@dataclass
class EmbeddingRound:
    """The result of a round. ``stopped``: the code of what ended it before everything was made."""

    recordings: int = 0
    windows: int = 0
    stopped: str | None = None


class _Stopped(Exception):
    """Nothing more can be had at present, for any recording."""


def has_due(installation: Installation) -> bool:
    """Whether vectors are due now."""
    embedder = installation.embedder
    return embedder is not None and bool(installation.store.vector_sets.due(embedder.vectors, 1))


def embed_due(
    installation: Installation, run_id: str, *, may_start: Callable[[], bool] = lambda: True,
    seconds: float = policies.ROUND_SECONDS,
) -> EmbeddingRound:  # fmt: skip
    """Make the vectors that are due, for about ``seconds``. ``may_start``: asked before each recording.

    What fails is retried with back-off. Raises: WorkerFenced, StoreUnavailable.
    """
    done, ends = EmbeddingRound(), time.monotonic() + seconds
    embedder = installation.embedder
    while embedder is not None and time.monotonic() < ends and may_start():
        due = installation.store.vector_sets.due(embedder.vectors, 1)
        if not due:
            break
        try:
            _embed(installation, embedder, due[0], run_id, done)
        except _Stopped:
            break
    return done


def _embed(installation: Installation, embedder: Embedder, key: str, run_id: str, done: EmbeddingRound) -> None:
    sets = installation.store.vector_sets
    work = sets.open(key, embedder.vectors)
    if work is None:
        return
    for batch in _batches(work.missing):
        if not _buy(installation, embedder, work, batch, run_id, done):
            return
        done.windows += len(batch)
    if sets.finish(work):
        done.recordings += 1
        step_line("embedding", "made", recording_id=key, windows=work.windows)


def _batches(windows: Batch) -> Iterator[Batch]:
    for start in range(0, len(windows), policies.WINDOWS_PER_CALL):
        yield windows[start : start + policies.WINDOWS_PER_CALL]


def _buy(
    installation: Installation, embedder: Embedder, work: Work, batch: Batch, run_id: str, done: EmbeddingRound
) -> bool:
    """Buy one batch. False if this recording gets none now; raises ``_Stopped`` if no recording does."""
    store, texts = installation.store, [window.text for _, window in batch]
    try:
        begun = store.embedding_calls.begin(
            work.key, run_id, embedder.model, hash_json([work.model, [window.digest for _, window in batch]]),
            expected_usd=embedder.expected_usd(texts), limit_usd=installation.settings.embeddings_usd_per_day,
        )  # fmt: skip
    except PermanentError:  # it was deleted in this moment
        return False
    if isinstance(begun, LimitReached):
        wait = (begun.until - store.context.now()).total_seconds()
        raise _stopped(installation, work, "daily_limit_reached", done, wait)
    try:
        found = embedder.embed(texts)
    except PipelineError as error:
        store.embedding_calls.unanswered(begun.id, error.code, perhaps_billed=isinstance(error, AnswerLost))
        if isinstance(error, TransientError | OperatorError):
            raise _stopped(installation, work, error.code, done, getattr(error, "retry_after_s", None)) from error
        store.vector_sets.postpone(work.key, error.code, everybody=False)
        return False
    if found.problem is not None:
        store.embedding_calls.unusable(begun.id, found.usage, found.problem.code)
        store.vector_sets.postpone(work.key, found.problem.code, everybody=False)
        return False
    made = [(place, window, vector) for (place, window), vector in zip(batch, found.vectors, strict=True)]
    return store.vector_sets.add(work, begun.id, made, found.usage)


def _stopped(
    installation: Installation, work: Work, code: str, done: EmbeddingRound, seconds: float | None
) -> _Stopped:
    """What to raise, once everything that is due waits."""
    installation.store.vector_sets.postpone(work.key, code, everybody=True, seconds=seconds)
    done.stopped = code
    return _Stopped(code)
