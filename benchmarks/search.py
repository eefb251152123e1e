"""Search over many generated meetings: how long queries take, how large the index is, and what keeping it costs.

    .venv/bin/python -m benchmarks.search --meetings 1000 --database sqlite --folder /tmp/search

Meetings have 4,000 words on average (log-normal), of a vocabulary of 50,000 with Zipf's frequencies, in lines of some 15 words,
said by people with names, on days of the last three years. Each is indexed by the program's own code in a transaction of its own.
Times are those of ``store.search.find``, which reads all that is shown of ten meetings with three lines each; the HTTP service
adds a few milliseconds. With `--meaning`, all meetings get vectors of 1,536 random numbers, by the program's own code without a
server, and everything is measured again with the vector of each question.
Must not go here: the store (``meeting_pipeline/store/search``).
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.fernet import Fernet
from sqlalchemy import insert, select, text

from meeting_pipeline.domain.claim_edits import judged
from meeting_pipeline.domain.insight_results import (
    ActionItem,
    ActionItems,
    Decision,
    Decisions,
    Summary,
    SummarySentence,
)
from meeting_pipeline.domain.provenance import Provenance, Usage
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.foundation.quick_start import collect_rarely
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.ledger.embedding_calls import EmbeddingPermit
from meeting_pipeline.store.search.indexing import index_recording
from meeting_pipeline.store.search.values import Meaning, Question
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Artifact, Recording, SearchMeeting, SearchVectorSet, SegmentRow
from meeting_pipeline_tests.postgres import running_server

VOCABULARY, WORDS, LINE = 50_000, 4000, 15
DIMENSIONS, VECTORS = 1536, "random-1536"
MEANT = ", by meaning"
FIRST_DAY, DAYS = date(2023, 12, 1), 1095
MADE = Provenance(provider="generated", model="zipf")
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "or", "is")]
FIRST = [
    "Anna",
    "Ben",
    "Carla",
    "David",
    "Elena",
    "Felix",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Liam",
    "Mona",
    "Noah",
    "Olga",
    "Paul",
    "Quinn",
    "Rosa",
    "Sven",
    "Tara",
]
LAST = [
    "Adler",
    "Berg",
    "Costa",
    "Dahl",
    "Eder",
    "Frank",
    "Gruber",
    "Hansen",
    "Iversen",
    "Jansen",
    "Keller",
    "Lang",
    "Meyer",
    "Novak",
    "Olsen",
    "Peters",
    "Roth",
    "Weber",
]


def vocabulary(seed: random.Random) -> list[str]:
    """Words; the frequent ones are short."""
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        size = 1 if len(words) < 100 else 2 if len(words) < 4000 else 3
        words["".join(seed.choices(SYLLABLES, k=size)) + ("s" if len(words) % 7 == 6 else "")] = None
    return list(words)


class Generator:
    """Makes meetings, always the same for one seed."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._numbers = np.random.default_rng(seed)
        self.words = np.array(vocabulary(self._random))
        weights = 1.0 / np.arange(1, VOCABULARY + 1) ** 1.0
        self._cumulative = np.cumsum(weights / weights.sum())
        self.names = [f"{first} {last}" for first in FIRST for last in LAST]

    def said(self, count: int) -> list[str]:
        """So many words."""
        return list(self.words[np.searchsorted(self._cumulative, self._numbers.random(count))])

    def meeting(self, number: int) -> MeetingRecord:
        """A meeting with a transcript, items, decisions and a summary."""
        day = FIRST_DAY + timedelta(days=self._random.randrange(DAYS))
        people = self._random.sample(self.names, self._random.randint(2, 7))
        labels = [chr(65 + at) for at in range(len(people))]
        left = self.said(max(200, int(self._numbers.lognormal(np.log(WORDS) - 0.18, 0.6))))
        segments: list[Segment] = []
        at_ms = 0
        while left:
            size = min(len(left), self._random.randint(3, 2 * LINE - 3))
            part, left = left[:size], left[size:]
            segments.append(
                Segment(index=len(segments), speaker=self._random.choice(labels), start_ms=at_ms, end_ms=at_ms + size * 400,
                        text=" ".join(part).capitalize() + ".")
            )  # fmt: skip
            at_ms += size * 400
        transcript = Transcript(
            segments=tuple(segments), language="en", duration_ms=at_ms, confidence=None, provenance=MADE,
            speaker_names=dict(zip(labels, people, strict=True)),
        )  # fmt: skip
        key = f"{day.isoformat()}-meeting-{number:08x}"
        return judged(
            MeetingRecord(
                key=key, title=" ".join(self.said(3)).title(), original_name="m.wav", meeting_date=day, duration_ms=at_ms,
                status=RecordingStatus.COMPLETED, stage=Stage.DONE, revision=1, submitted_at=datetime.now(UTC),
                completed_at=datetime.now(UTC), transcript=transcript, results=self._results(labels, len(segments)),
            )
        )  # fmt: skip

    def _results(self, labels: list[str], segments: int) -> dict[Insight, Any]:
        def proof() -> Evidence:
            return Evidence(segment_ids=(self._random.randrange(segments),), quote="")

        def sentence() -> str:
            return " ".join(self.said(12)).capitalize() + "."

        items = [
            ActionItem(task=sentence(), owner=self._random.choice(labels), due_date=None, due_words=None, evidence=proof(),
                       verdict=Verdict.VERIFIED, status="open")
            for _ in range(5)
        ]  # fmt: skip
        decisions = [
            Decision(decision=sentence(), decided_by=(labels[0],), evidence=proof(), verdict=Verdict.VERIFIED)
            for _ in range(3)
        ]
        summary = [SummarySentence(text=sentence(), segment_ids=(0,), verdict=Verdict.VERIFIED) for _ in range(4)]
        return {
            Insight.ACTION_ITEMS: ActionItems(items=tuple(items)),
            Insight.DECISIONS: Decisions(decisions=tuple(decisions)),
            Insight.SUMMARY: Summary(short_summary="", topics=(), sentences=tuple(summary)),
        }


def row_of(record: MeetingRecord, number: int) -> Recording:
    """The row of a generated meeting."""
    now = datetime.now(UTC)
    return Recording(
        key=record.key, title=record.title, original_name="m.wav", source="cli", sha256=f"{number:064x}", size_bytes=1,
        media_file="original.wav", duration_ms=record.duration_ms, meeting_date=record.meeting_date, participants=[],
        keyterms=[], status="completed", stage="done", created_at=now, updated_at=now,
    )  # fmt: skip


def fill(store: Store, generator: Generator, meetings: int) -> dict[str, float]:
    """Index so many meetings. Returns what indexing one costs, in ms."""
    spent: list[float] = []
    words = 0
    began = time.monotonic()
    for number in range(meetings):
        record = generator.meeting(number)
        assert record.transcript is not None
        words += sum(segment.text.count(" ") + 1 for segment in record.transcript.segments)
        with store.database.write() as session:
            row = row_of(record, number)
            session.add(row)
            session.flush()
            session.execute(
                insert(SegmentRow),
                [{"recording_key": row.key, **one.model_dump()} for one in record.transcript.segments],
            )
            session.add(
                Artifact(
                    id=f"artifact-{number}", recording_key=row.key, kind="transcript", version=1, available=True, run_id="",
                    payload=record.transcript.model_dump(mode="json"), provenance=MADE.model_dump(mode="json"),
                    created_at=row.created_at,
                )
            )  # fmt: skip
            start = time.perf_counter()
            index_recording(session, row, record)
            spent.append((time.perf_counter() - start) * 1000)
        if (number + 1) % 500 == 0:
            print(
                f"{number + 1} meetings, {words / 1e6:.1f} million words, {time.monotonic() - began:.0f} s", flush=True
            )
    return {"words": words, "p50_ms": percentile(spent, 0.5), "p95_ms": percentile(spent, 0.95)}


def prepare_memory() -> None:
    """As the service does, which is the fork of a process that has everything loaded: else the collector looks at that again."""
    collect_rarely()
    gc.collect()
    gc.freeze()


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 1)


def questions(generator: Generator, seed: random.Random) -> Iterator[tuple[str, list[Question]]]:
    """Kinds of queries, each with many of them."""
    words = [str(word) for word in generator.words]

    def one(low: int, high: int) -> str:
        return words[seed.randrange(low, high)]

    many = range(40)
    yield "common word (rank 1 to 100)", [Question(one(0, 100)) for _ in many]
    yield "frequent word (100 to 2,000)", [Question(one(100, 2000)) for _ in many]
    yield "medium word (2,000 to 10,000)", [Question(one(2000, 10_000)) for _ in many]
    yield "rare word (10,000 to 50,000)", [Question(one(10_000, 50_000)) for _ in many]
    yield "two common words", [Question(f"{one(0, 100)} {one(0, 100)}") for _ in many]
    yield "common and rare word", [Question(f"{one(0, 100)} {one(10_000, 50_000)}") for _ in many]
    yield "two medium words", [Question(f"{one(2000, 10_000)} {one(2000, 10_000)}") for _ in many]
    yield "phrase of two common words", [Question(f'"{one(0, 100)} {one(0, 100)}"') for _ in many]
    yield "phrase of three words", [Question(f'"{" ".join(generator.said(3))}"') for _ in many]
    yield "beginning, 3 letters", [Question(one(100, 50_000)[:3], typing=True) for _ in many]
    yield "beginning, 4 letters", [Question(one(4000, 50_000)[:4], typing=True) for _ in many]
    yield "beginning, 5 letters", [Question(one(4000, 50_000)[:5], typing=True) for _ in many]
    yield "common word and speaker", [Question(one(0, 100), speaker=seed.choice(generator.names)) for _ in many]
    yield "rare word and first name", [Question(one(5000, 50_000), person=seed.choice(FIRST)) for _ in many]
    yield "common word in decisions", [Question(one(0, 100), kind=LineKind.DECISION) for _ in many]
    yield "open items of a person", [Question(person=seed.choice(generator.names), status="open") for _ in many]
    month = [FIRST_DAY + timedelta(days=seed.randrange(DAYS - 31)) for _ in many]
    yield "common word in a month", [Question(one(0, 100), since=day, until=day + timedelta(days=30)) for day in month]
    yield "common word and title", [Question(one(0, 100), title=one(2000, 6000)) for _ in many]


def embed(store: Store) -> dict[str, float]:
    """Make the vectors of all meetings. Returns what that costs for one, in ms, without a server."""
    numbers, model, spent, windows = np.random.default_rng(5), VECTORS, list[float](), 0
    began = time.monotonic()
    with store.database.read() as session:
        keys = list(session.scalars(select(SearchMeeting.recording_key)))
    store.leases.begin_batch("benchmark")
    for number, key in enumerate(keys):
        made_up = 0.0
        start = time.thread_time()
        work = store.vector_sets.open(key, model)
        assert work is not None
        for first in range(0, len(work.missing), 32):
            batch = work.missing[first : first + 32]
            call = store.embedding_calls.begin(key, "benchmark", model, "x" * 64, expected_usd=0.0, limit_usd=1e9)
            assert isinstance(call, EmbeddingPermit)
            paused = time.thread_time()
            vectors = numbers.standard_normal((len(batch), DIMENSIONS))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            rows = [(place, window, row) for (place, window), row in zip(batch, vectors.tolist(), strict=True)]
            made_up += time.thread_time() - paused
            store.vector_sets.add(work, call.id, rows, Usage(calls=1, input_tokens=1))
        store.vector_sets.finish(work)
        spent.append((time.thread_time() - start - made_up) * 1000)
        windows += work.windows
        if (number + 1) % 500 == 0:
            print(f"{number + 1} meetings have vectors, {time.monotonic() - began:.0f} s", flush=True)
    store.leases.end("benchmark")
    return {"windows": windows, "cpu_p50_ms": percentile(spent, 0.5), "cpu_p95_ms": percentile(spent, 0.95)}


def meanings(seed: int = 17) -> Iterator[Meaning]:
    """Vectors of questions, as random as those of the meetings."""
    numbers = np.random.default_rng(seed)
    while True:
        vector = numbers.standard_normal(DIMENSIONS)
        yield Meaning(tuple((vector / np.linalg.norm(vector)).tolist()), VECTORS)


def measure(store: Store, generator: Generator, *, by_meaning: bool = False) -> list[dict[str, Any]]:
    """Times of all kinds of queries: each is asked once, in a random order, after a few others have warmed the caches."""
    asked_for = meanings()
    seed = random.Random(11)  # noqa: S311 - no secret
    kinds = list(questions(generator, seed))
    for _, asked in kinds:
        store.search.find(asked[0], limit=10, lines=3)
    order = [(name, question) for name, asked in kinds for question in asked]
    seed.shuffle(order)
    prepare_memory()
    times: dict[str, list[float]] = {name: [] for name, _ in kinds}
    cpu: dict[str, list[float]] = {name: [] for name, _ in kinds}
    found: dict[str, list[int]] = {name: [] for name, _ in kinds}
    for name, question in order:
        meaning = next(asked_for) if by_meaning else None
        start, used = time.perf_counter(), time.thread_time()
        result = store.search.find(question, limit=10, lines=3, meaning=meaning)
        times[name].append((time.perf_counter() - start) * 1000)
        cpu[name].append((time.thread_time() - used) * 1000)
        found[name].append(len(result.meetings))
    return [
        {"query": name + MEANT * by_meaning, "p50_ms": percentile(times[name], 0.5), "p95_ms": percentile(times[name], 0.95),
         "most_ms": round(max(times[name]), 1), "cpu_p50_ms": percentile(cpu[name], 0.5),
         "cpu_p95_ms": percentile(cpu[name], 0.95), "meetings": statistics.mean(found[name])}
        for name, _ in kinds
    ]  # fmt: skip


def asked(generator: Generator, seed: random.Random) -> Iterator[tuple[str, list[Question]]]:
    """Kinds of questions for ``ask``, each with many of them."""
    words = [str(word) for word in generator.words]

    def one(low: int, high: int) -> str:
        return words[seed.randrange(low, high)]

    many = range(20)
    yield "two rare words", [Question(f"What about {one(8000, 50_000)} and {one(8000, 50_000)}?") for _ in many]
    yield (
        "a common and two medium words",
        [Question(f"Who said {one(0, 100)} {one(1000, 8000)} and {one(1000, 8000)}?") for _ in many],
    )
    yield (
        "eight words, half of them common",
        [Question(" ".join([*(one(0, 300) for _ in range(4)), *(one(300, 8000) for _ in range(4))])) for _ in many],
    )
    yield "sixteen common words", [Question(" ".join(one(0, 500) for _ in range(16))) for _ in many]


def measure_questions(store: Store, generator: Generator, *, by_meaning: bool = False) -> list[dict[str, Any]]:
    """Times of finding passages for questions, in a random order."""
    asked_for = meanings()
    seed = random.Random(13)  # noqa: S311 - no secret
    order = [(name, question) for name, some in asked(generator, seed) for question in some]
    seed.shuffle(order)
    store.retrieval.passages(order[0][1])
    prepare_memory()
    times: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    for name, question in order:
        meaning = next(asked_for) if by_meaning else None
        start, used = time.perf_counter(), time.thread_time()
        store.retrieval.passages(question, meaning=meaning)
        times.setdefault(name, []).append((time.perf_counter() - start) * 1000)
        cpu.setdefault(name, []).append((time.thread_time() - used) * 1000)
    return [
        {"query": f"ask: {name}{MEANT * by_meaning}", "p50_ms": percentile(times[name], 0.5),
         "p95_ms": percentile(times[name], 0.95),
         "cpu_p50_ms": percentile(cpu[name], 0.5), "cpu_p95_ms": percentile(cpu[name], 0.95)}
        for name in sorted(times)
    ]  # fmt: skip


def sizes(store: Store) -> dict[str, float]:
    """Sizes in MB."""
    with store.database.read() as session:
        if store.database.sqlite:
            query = (
                "SELECT name, sum(pgsize) / 1e6 FROM dbstat GROUP BY name HAVING sum(pgsize) > 100000 ORDER BY 2 DESC"
            )
        else:
            query = (
                "SELECT relname, pg_relation_size(oid) / 1e6 FROM pg_class "
                "WHERE relname ~ '^(search_|ix_search|segments|pg_toast)' AND pg_relation_size(oid) > 100000 ORDER BY 2 DESC"
            )
        return {str(name): round(float(size), 1) for name, size in session.execute(text(query))}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meetings", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--folder", type=Path, required=True, help="for the SQLite file; it is kept and used again")
    parser.add_argument("--meaning", action="store_true", help="make vectors, and measure without and with them")
    parser.add_argument("--only-questions", action="store_true", help="measure finding passages for `ask` alone")
    options = parser.parse_args()
    generator = Generator()
    with ExitStack() as stack:
        if options.database == "postgres":
            server = stack.enter_context(running_server())
            url = server.url(server.create())
        else:
            options.folder.mkdir(parents=True, exist_ok=True)
            url = f"sqlite:///{options.folder / f'{options.meetings}.sqlite3'}"
        store = Store(StoreContext(Database(url), Cipher(Fernet.generate_key().decode())), lambda *_: b"")
        store.database.migrate()
        report: dict[str, Any] = {"meetings": options.meetings, "database": options.database}
        with store.database.read() as session:
            there = session.query(SearchMeeting).count()
        if not there:
            report["indexing"] = fill(store, generator, options.meetings)
        if options.database == "postgres":
            with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        report["free_disk_gb"] = round(shutil.disk_usage(options.folder.parent).free / 1e9)
        report["sizes_mb"] = sizes(store)
        report["queries"] = [] if options.only_questions else measure(store, generator)
        report["queries"] += measure_questions(store, generator)
        if options.meaning:
            with store.database.read() as session:
                there = session.query(SearchVectorSet).where(SearchVectorSet.signs.is_not(None)).count()
            if not there:
                report["vectors"] = embed(store)
                report["sizes_mb"] = sizes(store)
            report["queries"] += [] if options.only_questions else measure(store, generator, by_meaning=True)
            report["queries"] += measure_questions(store, generator, by_meaning=True)
        store.close()
    print(json.dumps(report, indent=1))
    for row in report["queries"]:
        shown = "  ".join(f"{name.removesuffix('_ms')} {row[name]:7.1f}" for name in row if name.endswith("_ms"))
        print(f"{row['query']:36} {shown}")


if __name__ == "__main__":
    main()
