"""Questions about meetings whose answers people have marked: how many of the marked spans are among the passages that are found.

    .venv/bin/python -m benchmarks.retrieval ../shared/data/qmsum/product.jsonl --half report

The file has QMSum's form: a meeting a line, with its turns, and questions with spans of turns (first and last). All meetings are
indexed together. Each question is asked twice: within its meeting, as the people who wrote it meant it, and over all meetings.
A span counts as found if a passage has most of its words inside it. `--half tune` takes the meetings with even numbers,
`--half report` the others, which no constant was chosen by. Beside it: passages at random places, for comparison.
With `--meaning URL` the installation's search by meaning is turned on by its settings, with the server at this address
(`make embeddings-server`), and everything is measured by words, by vectors alone, and by both.
Must not go here: retrieval itself (``meeting_pipeline/store/search/retrieving.py``).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.questions.passages import Passage
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings.loading import load_settings
from meeting_pipeline.steps.embedding.query import WordsOnly, meaning_of
from meeting_pipeline.steps.embedding.transcripts import embed_due
from meeting_pipeline.store.search.indexing import index_recording
from meeting_pipeline.store.search.values import Meaning, Question
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Artifact, Recording, SearchVector, SearchVectorSet, SegmentRow
from meeting_pipeline_tests.postgres import running_server

PASSAGES = 10
MARKS = re.compile(r"\{[a-z]{1,20}\}")
MADE = Provenance(provider="imported", model="qmsum")


@dataclass(frozen=True)
class Marked:
    """A question with the spans (first and last turn) that answer it."""

    key: str
    text: str
    spans: tuple[tuple[int, int], ...]


def transcript_of(turns: Sequence[dict[str, str]]) -> Transcript:
    """The turns, with times by their words."""
    labels = {name: chr(65 + at) for at, name in enumerate(dict.fromkeys(turn["speaker"] for turn in turns))}
    segments, at_ms = [], 0
    for index, turn in enumerate(turns):
        text = " ".join(MARKS.sub(" ", turn["content"]).split()) or "..."
        end_ms = at_ms + max(len(text.split()), 1) * 350
        segments.append(Segment(index=index, speaker=labels[turn["speaker"]], start_ms=at_ms, end_ms=end_ms, text=text))
        at_ms = end_ms
    names = {label: name for name, label in labels.items()}
    return Transcript(
        segments=tuple(segments),
        language="en",
        duration_ms=at_ms,
        confidence=None,
        provenance=MADE,
        speaker_names=names,
    )


def index(store: Store, number: int, transcript: Transcript) -> str:
    """Store and index a meeting. Returns its id."""
    day, now = date(2026, 1, 5) + timedelta(days=number), datetime.now(UTC)
    key, title = f"{day.isoformat()}-meeting-{number:08x}", f"Meeting {number}"
    record = MeetingRecord(
        key=key, title=title, original_name="m.txt", meeting_date=day, duration_ms=transcript.duration_ms,
        status=RecordingStatus.COMPLETED, stage=Stage.DONE, revision=1, submitted_at=now, completed_at=now,
        transcript=transcript,
    )  # fmt: skip
    with store.database.write() as session:
        row = Recording(
            key=key, title=title, original_name="m.txt", source="cli", sha256=f"{number:064x}", size_bytes=1,
            media_file=None, duration_ms=transcript.duration_ms, meeting_date=day, participants=[], keyterms=[],
            status="completed", stage="done", created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(
            Artifact(
                id=f"artifact-{number}", recording_key=key, kind="transcript", version=1, available=True,
                payload=transcript.model_dump(mode="json"), provenance=MADE.model_dump(mode="json"), run_id="", created_at=now,
            )
        )  # fmt: skip
        session.execute(insert(SegmentRow), [{"recording_key": key, **one.model_dump()} for one in transcript.segments])
        index_recording(session, row, record)
    return key


def questions_of(key: str, meeting: dict[str, Any]) -> Iterator[Marked]:
    """The specific questions of a meeting: those that have spans."""
    for one in meeting["specific_query_list"]:
        spans = tuple((int(first), int(last)) for first, last in one["relevant_text_span"])
        if spans:
            yield Marked(key, one["query"], spans)


def found_spans(marked: Marked, passages: Sequence[Passage]) -> list[bool]:
    """Whether each span has a passage most of whose words are inside it."""
    return [any(_inside(one, marked.key, first, last) for one in passages) for first, last in marked.spans]


def _inside(passage: Passage, key: str, first: int, last: int) -> bool:
    words = {line.segment_id: len(line.text.split()) for line in passage.lines}
    within = sum(count for index, count in words.items() if first <= index <= last)
    return passage.key == key and within * 2 > sum(words.values())


def covered(marked: Marked, passages: Sequence[Passage], transcript: Transcript) -> float:
    """The share of the words of the spans that the passages have."""
    inside = {i for first, last in marked.spans for i in range(first, last + 1)}
    shown = {line.segment_id for one in passages if one.key == marked.key for line in one.lines}
    words = {s.index: len(s.text.split()) for s in transcript.segments if s.index in inside}
    return sum(count for i, count in words.items() if i in shown) / max(sum(words.values()), 1)


def at_random(transcript: Transcript, key: str, sizes: Sequence[int], seed: random.Random) -> list[Passage]:
    """As many passages of the same sizes, anywhere in the meeting."""
    from meeting_pipeline.domain.questions.passages import PassageLine

    segments, made = transcript.segments, []
    for size in sizes:
        start = seed.randrange(max(len(segments) - size, 1))
        lines = tuple(
            PassageLine(s.index, s.speaker, s.speaker, s.start_ms, s.end_ms, s.text)
            for s in segments[start : start + size]
        )
        made.append(Passage(key, "", date.min, False, 0.0, lines))
    return made


def measure(
    store: Store, marked: Sequence[Marked], transcripts: dict[str, Transcript], meanings: dict[str, Meaning], by: str
) -> dict[str, Any]:
    """Figures of all questions. ``meanings``: vectors of the questions; ``by``: words, vectors or both."""
    seed = random.Random(5)  # noqa: S311 - no secret
    within: list[bool] = []
    everywhere: list[bool] = []
    chance: list[bool] = []
    share: list[float] = []
    words: list[int] = []
    times: list[float] = []
    for one in marked:
        text, meaning = "" if by == "vectors" else one.text, meanings.get(one.text) if by != "words" else None
        question = Question(text, recording_key=one.key)
        found = store.retrieval.passages(question, most=PASSAGES, meaning=meaning).passages
        within += found_spans(one, found)
        share.append(covered(one, found, transcripts[one.key]))
        sizes = [len(passage.lines) for passage in found]
        chance += found_spans(one, at_random(transcripts[one.key], one.key, sizes, seed))
        start = time.thread_time()
        found = store.retrieval.passages(Question(text), most=PASSAGES, meaning=meaning).passages
        times.append((time.thread_time() - start) * 1000)
        everywhere += found_spans(one, found)
        words.append(sum(len(line.text.split()) for passage in found for line in passage.lines))
    return {
        "by": by,
        "recall_at_10_within_the_meeting": round(statistics.mean(within), 3),
        "recall_at_10_over_all_meetings": round(statistics.mean(everywhere), 3),
        "recall_at_10_of_random_passages_within_the_meeting": round(statistics.mean(chance), 3),
        "words_of_spans_shown_within_the_meeting": round(statistics.mean(share), 3),
        "words_of_ten_passages_over_all_meetings": round(statistics.mean(words)),
        "median_cpu_ms_over_all_meetings": round(statistics.median(times), 1),
    }


def give_vectors(installation: Installation) -> dict[str, Any]:
    """Make the vectors of all meetings as the background job does. Returns what that took."""
    store, began, used = installation.store, time.monotonic(), time.thread_time()
    store.leases.begin_batch("benchmark")
    done = embed_due(installation, "benchmark", seconds=3600.0)
    store.leases.end("benchmark")
    if done.stopped:
        raise SystemExit(f"The embeddings server gives no vectors: {done.stopped}")
    with store.database.read() as session:
        vectors = session.scalar(select(func.sum(func.length(SearchVector.vector)))) or 0
        signs = session.scalar(select(func.sum(func.length(SearchVectorSet.signs)))) or 0
    return {
        "recordings": done.recordings, "windows": done.windows, "seconds": round(time.monotonic() - began, 1),
        "cpu_s_without_the_server": round(time.thread_time() - used, 1),
        "kb_of_vectors": round(vectors / 1000), "kb_of_signs": round(signs / 1000),
    }  # fmt: skip


def meanings_of(installation: Installation, marked: Sequence[Marked]) -> tuple[dict[str, Meaning], float]:
    """The vector of each question, and the median of the milliseconds that a call for one took."""
    found, times = dict[str, Meaning](), list[float]()
    for one in marked:
        start = time.perf_counter()
        meaning = meaning_of(installation, one.text)
        times.append((time.perf_counter() - start) * 1000)
        if meaning is None or isinstance(meaning, WordsOnly):
            raise SystemExit(f"A question has no vector: {meaning}")
        found[one.text] = meaning
    return found, round(statistics.median(times), 1)


def run(options: argparse.Namespace, url: str | None, home: Path) -> dict[str, Any]:
    """Index the meetings of a file, and measure the questions of one half."""
    environment = {"MEETING_PIPELINE_HOME": str(home)}
    if url is not None:
        environment["MEETING_PIPELINE_DATABASE_URL"] = url
    if options.meaning:
        environment |= {
            "MEETING_PIPELINE_EMBEDDINGS_MODEL": options.model,
            "MEETING_PIPELINE_EMBEDDINGS_BASE_URL": options.meaning,
        }
    installation = open_installation(load_settings(environment))
    store = installation.store
    marked: list[Marked] = []
    transcripts: dict[str, Transcript] = {}
    for number, line in enumerate(options.file.read_text(encoding="utf-8").splitlines()):
        meeting = json.loads(line)
        transcript = transcript_of(meeting["meeting_transcripts"])
        key = index(store, number, transcript)
        transcripts[key] = transcript
        if options.half == "all" or (options.half == "tune") == (number % 2 == 0):
            marked += questions_of(key, meeting)
    report: dict[str, Any] = {
        "meetings": len({one.key for one in marked}),
        "questions": len(marked),
        "spans": sum(len(one.spans) for one in marked),
    }
    meanings: dict[str, Meaning] = {}
    if options.meaning:
        report["vectors"] = give_vectors(installation)
        meanings, report["median_ms_of_a_question's_vector"] = meanings_of(installation, marked)
    ways = ("words", "vectors", "both") if options.meaning else ("words",)
    report["figures"] = [measure(store, marked, transcripts, meanings, way) for way in ways]
    installation.close_question_model()
    store.close()
    return report


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--half", choices=["tune", "report", "all"], default="report")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--meaning", metavar="URL", help="of an OpenAI-compatible embeddings server")
    parser.add_argument("--model", default="all-MiniLM-L6-v2", help="the model to ask it for")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = None
        if options.database == "postgres":
            server = stack.enter_context(running_server())
            url = server.url(server.create())
        figures = run(options, url, Path(folder))
    print(
        json.dumps({"file": options.file.name, "half": options.half, "database": options.database} | figures, indent=1)
    )


if __name__ == "__main__":
    main()
