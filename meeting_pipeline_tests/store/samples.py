"""Sample rows, a controllable clock and other helpers for the tests of the store."""

import json
import multiprocessing
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from meeting_pipeline.domain.answers import Answer, LLMRequest, LLMResponse, Unavailable
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_results import (
    ActionItem,
    ActionItems,
    Decision,
    Decisions,
    InsightResult,
    SpeakerName,
    Speakers,
    Summary,
    Topic,
)
from meeting_pipeline.domain.provenance import Coverage, Provenance, Usage
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import MediaFacts, TranscriptionOptions
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript
from meeting_pipeline.store.ledger.llm_calls import Begun
from meeting_pipeline.store.outbox.webhook_events import EventHeader
from meeting_pipeline.store.recordings.new_recordings import NewRecording, StoredIn
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import TranscriptionOrder

T = TypeVar("T")
START = datetime(2025, 3, 14, 9, 0, tzinfo=UTC)
HOOK = "http://127.0.0.1:9/hook"
BESIDE = StoredIn("restored", "this-host")
"""The folder that a backup was restored into."""
SIMULATED = Provenance(provider="simulated", model="scripted")


class Clock:
    """A clock that stands still until a test advances it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def new_recording(
    number: int = 1, *, needs_order: bool = False, hook: str | None = None, **changes: Any
) -> NewRecording:
    """A recording; each number gives different content."""
    new = NewRecording(
        key=f"2025-03-14-weekly-{number:08x}",
        title="Weekly",
        original_name="weekly.wav",
        source="drop_folder",
        sha256=f"{number:064x}",
        size_bytes=1000,
        media_file="original.wav",
        transcript_file=None,
        facts=MediaFacts(duration_ms=60_000, codec="pcm_s16le", container="wav", sample_rate_hz=16_000, channels=1),
        duration_ms=60_000,
        meeting_date=date(2025, 3, 14),
        options=SidecarOptions(webhook_url=hook),
        needs_order=needs_order,
    )
    return replace(new, **changes)


def transcript(*texts: str) -> Transcript:
    """A transcript of two speakers in alternating segments of 1 s."""
    segments = tuple(
        Segment(index=i, speaker="AB"[i % 2], start_ms=i * 1000, end_ms=i * 1000 + 900, text=text, confidence=0.9)
        for i, text in enumerate(texts or ("Good morning.", "I will send the report by Friday."))
    )
    return Transcript(
        segments=segments, language="en", duration_ms=len(segments) * 1000, confidence=0.9, provenance=SIMULATED
    )


EVIDENCE = Evidence(segment_ids=(1,), quote="send the report")


def summary(text: str = "A report was promised.") -> Summary:
    return Summary(short_summary=text, topics=(Topic(title="Report", start_ms=0, end_ms=2000),))


def action_items(*tasks: str) -> ActionItems:
    return ActionItems(
        items=tuple(
            ActionItem(task=task, owner="B", due_date=date(2025, 3, 21), due_words="by Friday", evidence=EVIDENCE)
            for task in tasks
        )
    )


def decisions(*texts: str) -> Decisions:
    return Decisions(decisions=tuple(Decision(decision=t, decided_by=("A",), evidence=EVIDENCE) for t in texts))


def speakers(name: str | None = "Ada") -> Speakers:
    return Speakers(names=(SpeakerName(label="A", name=name, confidence=0.9, evidence=EVIDENCE),))


_INSIGHT_OF = {
    Summary: Insight.SUMMARY,
    ActionItems: Insight.ACTION_ITEMS,
    Decisions: Insight.DECISIONS,
    Speakers: Insight.SPEAKERS,
}


def answer(result: InsightResult) -> Answer:
    return Answer(
        insight=_INSIGHT_OF[type(result)],
        result=result,
        coverage=Coverage(segments_read=2, segments_total=2),
        usage=Usage(calls=1, input_tokens=100, output_tokens=10, cost_usd=0.01),
        provenance=SIMULATED,
        prompt_version="1",
    )


def unavailable(insight: Insight = Insight.SUMMARY, **changes: Any) -> Unavailable:
    gap = Unavailable(insight=insight, code="provider_unavailable", reason="The provider did not answer.")
    return gap.model_copy(update=changes)


def question(digest: str = "q", insight: Insight = Insight.SUMMARY) -> LLMRequest:
    return LLMRequest(insight=insight, digest=digest, model="m", prompt_version="1")


PAID = Usage(calls=1, input_tokens=100, cached_tokens=40, output_tokens=10, cost_usd=0.01)


def reply(text: str = "{}") -> LLMResponse:
    return LLMResponse(text=text, model="m-2025", usage=PAID)


def bought(
    store: Store, key: str, run_id: str, asked: LLMRequest | None = None, text: str = "{}", problem: str | None = None
) -> str:
    """A language-model call that got its response. Returns the id of its row."""
    begun = store.llm_calls.begin(key, run_id, asked or question(uuid.uuid4().hex))
    assert isinstance(begun, Begun)
    store.llm_calls.answered(begun.id, reply(text), problem)
    return begun.id


OPTIONS = TranscriptionOptions(provider="assemblyai", speech_models=("universal-2",))


def render(record: MeetingRecord, header: EventHeader) -> bytes:
    """A small body with the parts of a real one that matter to the outbox."""
    return json.dumps(
        {
            "id": header.event_id,
            "revision": header.revision,
            "status": record.status,
            "error": record.error.code if record.error else None,
            "summary": record.summary.short_summary if record.summary else None,
            "gaps": [gap.insight for gap in record.gaps],
        }
    ).encode()


@dataclass(frozen=True)
class Attempt:
    """The result of one attempt at a delivery."""

    delivered: bool = True
    status: int | None = 204
    error_code: str | None = None
    detail: str = ""
    duration_ms: int = 12
    peer: str | None = "127.0.0.1"
    gone: bool = False


REFUSED = Attempt(delivered=False, status=500, error_code="webhook_status", detail="HTTP 500")
GONE = Attempt(delivered=False, status=410, error_code="webhook_gone", detail="HTTP 410", gone=True)


def race(count: int, work: Callable[[int], T]) -> list[T]:
    """Call ``work`` ``count`` times at once, in threads that start together."""
    barrier = threading.Barrier(count)

    def one(index: int) -> T:
        barrier.wait(120)
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def race_processes(count: int, work: Callable[[str], T], argument: str) -> list[T | str]:
    """Call ``work(argument)``, a module-level function, in ``count`` processes that start together.

    Exceptions are returned as text: some cannot be sent between processes, and the pool would then wait forever.
    The processes are forked from one that has imported this module and has no threads or connections: importing it again takes
    each of them a second of a processor.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", __name__, "alembic.command", "meeting_pipeline.store.engine.database"])
    with context.Pool(count, initializer=_meet_at, initargs=(context.Barrier(count),)) as pool:
        found = pool.starmap(_after_all_are_there, [(work, argument)] * count, chunksize=1)
        pool.close()
        pool.join()
    return found


_barriers: list[Any] = []


def _meet_at(barrier: Any) -> None:
    _barriers.append(barrier)


def meet() -> None:
    """Within ``race_processes``: wait for the other processes."""
    _barriers[0].wait(300)


def _after_all_are_there(work: Callable[[str], T], argument: str) -> T | str:
    meet()
    try:
        return work(argument)
    except Exception as error:  # noqa: BLE001 - see race_processes
        return f"{type(error).__name__}: {error}"


@dataclass
class Journey:
    """Moves one recording through its stages with the store's public methods."""

    store: Store
    key: str = ""
    run_id: str = ""
    number: int = 1
    runs: int = field(default=0)

    def accept(self, **options: Any) -> "Journey":
        self.key = self.store.recordings.accept(new_recording(self.number, **options)).key
        return self

    def begin(self, *, collecting: bool = True) -> "Journey":
        """Request a run and begin it."""
        self.runs += 1
        self.run_id = f"run-{self.number}-{self.runs}"
        self.store.lifecycle.request_runs(10)
        self.store.lifecycle.begin(self.key, self.run_id, collecting=collecting)
        return self

    def order(self, options: TranscriptionOptions) -> TranscriptionOrder:
        """Place the order, and let the provider finish it."""
        order = self.store.orders.open(self.key, options)
        self.store.orders.claim(order.id, "w")
        self.store.orders.ordered(order.id, "ext-1")
        self.store.lifecycle.ordered(self.key)
        self.store.lifecycle.ready(self.key)
        return order

    def collect(self, *texts: str) -> "Journey":
        """Store the run's transcript."""
        self.store.results.store_transcript(self.key, self.run_id, transcript(*texts), input_hash="t", cost_usd=0.05)
        self.store.lifecycle.extracting(self.key, self.run_id)
        return self

    def answer(self, *results: InsightResult) -> "Journey":
        for result in results:
            self.store.results.store_answer(self.key, self.run_id, answer(result), input_hash="i")
        return self

    def complete(self) -> int | None:
        """Complete the run. Returns the revision to deliver, if there is one."""
        self.store.results.store_minutes(self.key, self.run_id, "hash")
        revision = self.store.lifecycle.complete(self.key, self.run_id)
        self.store.leases.end(self.run_id)
        return revision

    def shown(self) -> tuple[str, str]:
        """Status and stage."""
        row = self.store.recordings.get(self.key)
        return row.status, row.stage


def completed(store: Store, number: int = 1, **options: Any) -> Journey:
    """A completed recording."""
    journey = Journey(store, number=number).accept(**options).begin().collect()
    journey.answer(summary(), speakers(), action_items("Send the report"), decisions("Ship it"))
    journey.complete()
    return journey


def failed(store: Store, number: int = 1, *, accept: bool = True, **options: Any) -> Journey:
    """A recording that failed permanently in its first run. Without ``accept`` it must already be stored and due."""
    journey = Journey(store, number=number)
    if accept:
        journey.accept(**options)
    journey.key = new_recording(number).key
    journey.runs = store.recordings.get(journey.key).requests
    journey.begin()
    store.lifecycle.fail(journey.key, journey.run_id, PermanentError("no_speech", "Nobody speaks."))
    store.leases.end(journey.run_id)
    return journey


def event_types(store: Store, key: str) -> Sequence[str]:
    return [event.type for event in store.recordings.events(key)]
