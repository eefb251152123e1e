"""What a run leaves behind: canaries where they must not be (I7), processes, staged copies and temporary files (I8).

Must not go here: inconsistent rows (``invariants.py``).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from meeting_pipeline_tests.canaries import Found, in_files, in_tables
from meeting_pipeline_tests.chaos.faults_services import NAME_CANARY, SECRET_CANARY, SPOKEN_CANARY, TITLE_CANARY
from meeting_pipeline_tests.chaos.observer import Reader
from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY
from meeting_pipeline_tests.scenario.system import SIGNING_SECRET

SECRETS = (SECRET_CANARY, SIGNING_SECRET, ASSEMBLYAI_KEY, OPENAI_KEY)
WORDS = (SPOKEN_CANARY, TITLE_CANARY, NAME_CANARY)
RESULT_TABLES = (
    "recordings", "segments", "speakers", "action_items", "decisions", "artifacts", "paid_answers", "webhook_events",
    r"search_\w+", "mail_deliveries", "inbox_objects", "commitments", r"commitment_\w+", r"person_\w+",
    "speaker_voices",
)  # fmt: skip
MAY_HOLD_WORDS = re.compile(
    rf"(meetings\.sqlite3:)?({'|'.join(RESULT_TABLES)})\.\w+|meetings\.sqlite3-wal"
    r"|(dagster/storage/.*:)?(event_logs\.event|asset_keys\.\w+)|dagster/storage/.*-wal|(recordings|exports)/.*"
    # The note about details that were sent and not used repeats them: their sidecar is deleted.
    r"|rejected/[^/]+/[^/]+\.error\.txt"
)
RETURNED = re.compile(r"rejected/[^/]+/[^/]+\.json")
"""The sidecar of a rejected file is returned unchanged, so that it can be dropped again."""
PREVIEWS = ("ASSET_MATERIALIZATION", "ASSET_OBSERVATION", "ASSET_CHECK_EVALUATION", "STEP_OUTPUT", "HANDLED_OUTPUT")
"""Dagster events in which people read short previews of results."""


def secrets_and_words(home: Path, reader: Reader) -> Iterator[str]:
    """I7. No secret is stored in plain text; spoken words appear only in results and in previews of them."""
    places = set[Found](in_files(home, (*SECRETS, *WORDS)))
    if reader.results.dialect.name == "postgresql":
        places |= in_tables(reader.results, (*SECRETS, *WORDS))
    for one in sorted(places):
        if one.word in SECRETS and not RETURNED.fullmatch(one.place):
            yield f"I7 {one.place}: a secret ({one.word})"
        elif one.word in WORDS and not MAY_HOLD_WORDS.fullmatch(one.place):
            yield f"I7 {one.place}: {one.word}"
    yield from _words_in_other_events(home, reader)


def _words_in_other_events(home: Path, reader: Reader) -> Iterator[str]:
    query = "SELECT dagster_event_type AS kind, event FROM event_logs"
    engines = [reader.results]
    if reader.results.dialect.name == "sqlite":
        log = home / "dagster" / "storage" / "history" / "event_log.db"
        engines = [sa.create_engine(f"sqlite:///file:{log}?mode=ro&uri=true", poolclass=sa.NullPool)]
    seen = set()
    for engine in engines:
        with engine.connect() as connection:
            for kind, event in connection.execute(sa.text(query)):
                if kind not in PREVIEWS:
                    seen |= {(str(kind), word) for word in WORDS if word in event}
    for kind, word in sorted(seen):
        yield f"I7 Dagster's event log, {kind}: {word}"


def left_behind(home: Path, temporary: Path, ended: int) -> Iterator[str]:
    """I8, files, after the last clean stop. ``ended``: number of processes that could not clean up after themselves."""
    for path in (home / "recordings" / ".incoming").glob("*"):
        yield f"I8 {path.relative_to(home)} is a staged copy"
    for path in (home / "inbox").rglob("*"):
        if path.is_file():
            yield f"I8 {path.relative_to(home)} was neither accepted nor rejected"
    left = sorted(path.name for path in temporary.iterdir())
    ours = [name for name in left if name.startswith("meeting-pipeline-")]
    if ours:
        yield f"I8 temporary folders of ours: {ours}"
    if len(left) > 2 * ended:
        yield f"I8 {len(left)} temporary files, and {ended} processes were ended: {left[:10]}"


def unsound_databases(home: Path) -> Iterator[str]:
    """I5, SQLite files."""
    for path in sorted(home.rglob("*")):
        if path.suffix in (".sqlite3", ".db"):
            connection = sqlite3.connect(path)
            found = connection.execute("PRAGMA integrity_check").fetchall()
            connection.close()
            if found != [("ok",)]:
                yield f"I5 {path.relative_to(home)}: {found[:3]}"


def recording_folders(home: Path, reader: Reader) -> Iterator[str]:
    """I5. Every recording with content has its folder, and every folder belongs to a recording."""
    rows = reader.rows("SELECT key, media_file, transcript_file FROM recordings")
    wanted = {row["key"]: row["media_file"] or row["transcript_file"] for row in rows}
    for key, name in wanted.items():
        if name and not (home / "recordings" / key / name).is_file():
            yield f"I5 {key}: the stored copy is gone"
    for folder in (home / "recordings").glob("[!.]*"):
        if folder.name not in wanted:
            yield f"I5 recordings/{folder.name}: a folder without a recording"
