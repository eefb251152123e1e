"""Questions about meetings whose answers people have marked: how many of the marked spans are among the passages that are found.

    .venv/bin/python -m benchmarks.retrieval ../shared/data/qmsum/product.jsonl --half report

The file has QMSum's form: a meeting a line, with its turns, and questions with spans of turns (first and last). All meetings are
indexed together. Each question is asked twice: within its meeting, as the people who wrote it meant it, and over all meetings.
A span counts as found if a passage has most of its words inside it. `--half tune` takes the meetings with even numbers,
`--half report` the others, which no constant was chosen by. Beside it: passages at random places, for comparison.
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
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import insert

from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.questions.passages import Passage
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.search.indexing import index_recording
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Artifact, Recording, SegmentRow
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


def measure(store: Store, marked: Sequence[Marked], transcripts: dict[str, Transcript]) -> dict[str, Any]:
    """Figures of all questions."""
    seed = random.Random(5)  # noqa: S311 - no secret
    within: list[bool] = []
    everywhere: list[bool] = []
    chance: list[bool] = []
    share: list[float] = []
    times: list[float] = []
    for one in marked:
        found = store.retrieval.passages(Question(one.text, recording_key=one.key), most=PASSAGES).passages
        within += found_spans(one, found)
        share.append(covered(one, found, transcripts[one.key]))
        sizes = [len(passage.lines) for passage in found]
        chance += found_spans(one, at_random(transcripts[one.key], one.key, sizes, seed))
        start = time.thread_time()
        everywhere += found_spans(one, store.retrieval.passages(Question(one.text), most=PASSAGES).passages)
        times.append((time.thread_time() - start) * 1000)
    return {
        "meetings": len({one.key for one in marked}),
        "questions": len(marked),
        "spans": len(within),
        "recall_at_10_within_the_meeting": round(statistics.mean(within), 3),
        "recall_at_10_over_all_meetings": round(statistics.mean(everywhere), 3),
        "recall_at_10_of_random_passages_within_the_meeting": round(statistics.mean(chance), 3),
        "words_of_spans_shown_within_the_meeting": round(statistics.mean(share), 3),
        "median_cpu_ms_over_all_meetings": round(statistics.median(times), 1),
    }


def run(path: Path, half: str, url: str) -> dict[str, Any]:
    """Index the meetings of a file, and measure the questions of one half."""
    store = Store(StoreContext(Database(url), Cipher(Fernet.generate_key().decode())), lambda *_: b"")
    store.database.migrate()
    marked: list[Marked] = []
    transcripts: dict[str, Transcript] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        meeting = json.loads(line)
        transcript = transcript_of(meeting["meeting_transcripts"])
        key = index(store, number, transcript)
        transcripts[key] = transcript
        if half == "all" or (half == "tune") == (number % 2 == 0):
            marked += questions_of(key, meeting)
    found = measure(store, marked, transcripts)
    store.close()
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--half", choices=["tune", "report", "all"], default="report")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    if options.database == "postgres":
        with running_server() as server:
            figures = run(options.file, options.half, server.url(server.create()))
    else:
        with tempfile.TemporaryDirectory() as folder:
            figures = run(options.file, options.half, f"sqlite:///{folder}/store.sqlite3")
    print(
        json.dumps({"file": options.file.name, "half": options.half, "database": options.database} | figures, indent=1)
    )


if __name__ == "__main__":
    main()
