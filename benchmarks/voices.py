"""Voices of real meetings: how well a model tells people apart, by length of speech, and what making a voice costs.

    .venv/bin/python -m benchmarks.voices MODEL.onnx ../shared/data/ami/clips
    .venv/bin/python -m benchmarks.voices --people 3000

The folder has sound as NAME.wav (mono or not, any rate) with NAME.json beside it: `segments` with `speaker`, `start` and `end` in
seconds; a speaker has the same name in all files. What each speaker says while nobody else does is cut into pieces of some
seconds, and all pieces are compared: of one person within a meeting, of one person in two meetings, of two people.
With `--people`: what suggestions cost with so many people in 10,000 meetings of six, with voices that are made up.
The first needs the extra `voices`.
Must not go here: the model (``providers/speaker_voices.py``), the figures (``domain/people/voices.py``).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.fernet import Fernet
from numpy.typing import NDArray
from sqlalchemy import insert

from meeting_pipeline.domain.people import voices as rules
from meeting_pipeline.domain.people.identities import own_id
from meeting_pipeline.domain.people.voice_thresholds import ThresholdMeasurement, measure_thresholds
from meeting_pipeline.domain.people.voices import Span
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline.providers.speaker_voices import voices_in
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.people.voice_matching import VoiceCriteria
from meeting_pipeline.store.search.vectors import packed
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import PersonName, Recording, SpeakerVoice, VoiceSet

NUMBERS = 192
"""Length of the vectors of CAM++."""

Piece = tuple[str, str, "NDArray[np.float32]"]
"""Meeting, speaker, voice."""


def segments_of(clip: Path) -> list[Segment]:
    """Who speaks when."""
    given: list[dict[str, Any]] = json.loads(clip.with_suffix(".json").read_text())["segments"]
    return [
        Segment(
            index=number, speaker=one["speaker"], start_ms=round(one["start"] * 1000), end_ms=round(one["end"] * 1000),
            text="",
        )
        for number, one in enumerate(given)
    ]  # fmt: skip


def cut(spans: Sequence[Span], length_ms: int) -> Iterator[list[Span]]:
    """The spans as pieces of this length; what is left at the end is dropped."""
    piece: list[Span] = []
    left = length_ms
    for start, end in spans:
        at = start
        while end - at >= left:
            yield [*piece, (at, at + left)]
            at, piece, left = at + left, [], length_ms
        if end > at:
            piece.append((at, end))
            left -= end - at


def pieces_of(clip: Path, model: Path, length_ms: int | None) -> list[Piece]:
    """The voices of all pieces of a meeting; without a length, of each speaker as a whole."""
    spans = rules.spans_of(segments_of(clip))
    wanted: dict[str, Sequence[Span]] = dict(spans)
    if length_ms is not None:
        wanted = {
            f"{speaker}/{number}": piece
            for speaker, some in spans.items()
            for number, piece in enumerate(cut(some, length_ms))
        }
    made = voices_in(clip.with_suffix(".wav"), model, wanted)
    return [(clip.stem, name.partition("/")[0], np.asarray(voice, dtype=np.float32)) for name, voice in made.items()]


def compared(pieces: Sequence[Piece]) -> dict[str, list[float]]:
    """How alike pieces are, by what they have in common."""
    found: dict[str, list[float]] = defaultdict(list)
    for (meeting, speaker, voice), (other_meeting, other_speaker, other) in combinations(pieces, 2):
        if speaker != other_speaker:
            kind = "two people"
        else:
            kind = "one person, one meeting" if meeting == other_meeting else "one person, two meetings"
        found[kind].append(float(voice @ other))
    return found


def show(title: str, found: dict[str, list[float]]) -> None:
    """Print the scores of each kind, and the error rates."""
    print(f"\n{title}")
    for kind, scores in sorted(found.items()):
        spread = ", ".join(f"{share:.2f}" for share in np.percentile(scores, [0, 5, 50, 95, 100]))
        print(f"  {kind}: {len(scores)} pairs; least, 5 %, half, 95 %, most: {spread}")
    same = found.get("one person, one meeting", []) + found.get("one person, two meetings", [])
    different = found.get("two people", [])
    if same and different:
        show_rates(measure_thresholds(same, different))


def show_rates(rates: ThresholdMeasurement) -> None:
    """Print the error rates."""
    print(f"  equal error rate {100 * rates.equal_error:.1f} %")
    for row in rates.rows:
        if 0.3 <= row.threshold <= 0.8:
            print(
                f"  {row.threshold:.2f}: missed {100 * row.missed:.1f} of 100, of two people {100 * row.false:.1f} of 100"
            )


def filled(store: Store, people: int, meetings: int) -> None:
    """Meetings of six people each, whose voices are random. Nobody has named half of the speakers."""
    random = np.random.default_rng(7)
    now = datetime.now(UTC)
    rows, names, sets, voices = [], [], [], []
    for number in range(meetings):
        day = date(2020, 1, 1) + timedelta(days=number % 2000)
        key = f"{day.isoformat()}-meeting-{number:08x}"
        rows.append(
            {
                "key": key, "title": f"Meeting {number}", "original_name": "m.wav", "source": "cli", "sha256": f"{number:064x}",
                "size_bytes": 1, "media_file": "m.wav", "duration_ms": 60_000, "meeting_date": day, "participants": [],
                "keyterms": [], "status": "completed", "stage": "done", "created_at": now, "updated_at": now,
            }
        )  # fmt: skip
        sets.append({"recording_key": key, "model": "model", "digest": "", "error_code": None})
        for place, who in enumerate(random.choice(people, 6, replace=False)):
            folded, person = f"given{who} family{who}", own_id(f"given{who} family{who}")
            is_named = place % 2 == 0
            if is_named:
                names.append(
                    {
                        "recording_key": key, "folded": folded, "name": folded.title(), "owner": folded, "base_id": person,
                        "person_id": person, "series": f"title:{number % 500}", "meeting_date": day, "talk_ms": 60_000,
                        "invited": False, "acts": False,
                    }
                )  # fmt: skip
            voice = random.standard_normal(NUMBERS)
            voices.append(
                {
                    "recording_key": key, "label": chr(65 + place), "folded": folded if is_named else "", "model": "model",
                    "heard_ms": 60_000, "vector": packed((voice / np.linalg.norm(voice)).tolist()),
                }
            )  # fmt: skip
    with store.database.write() as session:
        for table, some in ((Recording, rows), (PersonName, names), (VoiceSet, sets), (SpeakerVoice, voices)):
            session.execute(insert(table), some)


def show_cost(people: int, meetings: int) -> None:
    """Print what suggestions cost, without voices and with them."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/store.sqlite3")
        database.migrate()
        store = Store(
            StoreContext(database, Cipher(Fernet.generate_key().decode()), lambda: datetime.now(UTC)), _no_event
        )
        filled(store, people, meetings)
        size = (Path(folder) / "store.sqlite3").stat().st_size
        print(
            f"{people} people, {meetings} meetings, {6 * meetings} voices; the whole database has {size / 1e6:.0f} MB"
        )
        for title, asked in (("by names", None), ("with voices", VoiceCriteria("model", 0.6))):
            spent = []
            for _ in range(3):
                begun = time.process_time()
                found = store.people_suggestions.with_voices(100, asked)
                spent.append(time.process_time() - begun)
            print(f"{title}: {min(spent):.2f} s of a processor, {len(found.pairs)} suggestions")
        database.close()


def _no_event(*_: object) -> bytes:
    return b""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--people", type=int, help="measure the cost of suggestions with so many people")
    parser.add_argument("--meetings", type=int, default=10_000, help="with so many meetings")
    parser.add_argument("--seconds", type=float, nargs="*", default=[1.5, 3.0, 5.0, 8.0], help="lengths of pieces")
    given = parser.parse_args()
    if given.people is not None:
        show_cost(given.people, given.meetings)
        return
    if given.model is None or given.folder is None:
        parser.error("name a model and a folder, or --people")
    clips = [one for one in sorted(given.folder.glob("*.wav")) if one.with_suffix(".json").is_file()]
    rules.SHORTEST_VOICE_MS = rules.SHORTEST_SPAN_MS  # type: ignore[misc] # here shorter ones are what is measured
    begun = time.process_time()
    whole = [piece for clip in clips for piece in pieces_of(clip, given.model, None)]
    spent = time.process_time() - begun
    speakers = len({speaker for _, speaker, _ in whole})
    print(
        f"{len(clips)} meetings, {speakers} speakers, {len(whole)} voices; {spent:.1f} s of a processor, loading included"
    )
    show("Each speaker as a whole", compared(whole))
    for seconds in given.seconds:
        length_ms = round(seconds * 1000)
        show(
            f"Pieces of {seconds:g} s",
            compared([one for clip in clips for one in pieces_of(clip, given.model, length_ms)]),
        )


if __name__ == "__main__":
    main()
