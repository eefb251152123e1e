"""A home of recordings moves from one machine to many, and back: by the documented commands, and with everything as before.

The variable RECORDINGS changes how many there are.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import pytest

from meeting_pipeline_tests.machines.brokers import Redis
from meeting_pipeline_tests.machines.lab import WorkerMachine, require_machines
from meeting_pipeline_tests.object_storage import KEY, ObjectStorage
from meeting_pipeline_tests.object_storage import SECRET as STORAGE_SECRET
from meeting_pipeline_tests.ports import free_port
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import AN_HOUR, PATIENCE_SECONDS, RESPONSE_SECONDS, Dropped, Outside, System

pytestmark = [pytest.mark.chaos, pytest.mark.processes, pytest.mark.timeout(3600)]
RECORDINGS = int(os.environ.get("RECORDINGS", "12"))
"""Three of four are exports, whose transcripts cost nothing; the others are sound."""
PREFIX: Final = "of-a-move"
SETTLE_SECONDS: Final = PATIENCE_SECONDS + 10 * RECORDINGS
COMMAND_SECONDS: Final = 300.0 + 6 * RECORDINGS
"""The longest command, on a busy machine: all results are reported to Dagster's new storage on PostgreSQL."""
ASSETS: Final = ("recording", "transcript", "speakers", "summary", "action_items", "decisions", "minutes")
MANY: Final = (
    "MEETING_PIPELINE_BROKER_URL",
    "MEETING_PIPELINE_DATABASE_URL",
    "MEETING_PIPELINE_STORAGE_URL",
    "MEETING_PIPELINE_STORAGE_ENDPOINT",
)
"""What makes the difference between one machine and many."""


@dataclass
class Home:
    """The home that moves, and what is in it."""

    system: System
    dropped: list[Dropped] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """Recordings whose results are looked up in the UI."""
    heard: list[str] = field(default_factory=list)
    """Recordings whose sound is read. Both are chosen once: recordings that come later sort before some of them."""

    def call(self, *words: str) -> str:
        """A command; returns what it printed."""
        began = time.monotonic()
        command = self.system.command(*words)
        done = subprocess.run(
            command, env=self.system.environment(), capture_output=True, text=True, timeout=COMMAND_SECONDS
        )
        assert done.returncode == 0, done.stdout + done.stderr
        print(f"{time.monotonic() - began:6.1f} s: meeting-pipeline {' '.join(words)}")  # noqa: T201 - figures of the proof
        return done.stdout

    def facts(self) -> dict[str, dict[str, object]]:
        """What must be the same on either kind of machine: of each recording that is over."""
        system, names = self.system, {system_key: one for one in self.dropped if (system_key := self.system.key(one))}
        keys = [row["key"] for row in system.rows("SELECT key FROM recordings WHERE status = 'completed' ORDER BY key")]
        self.shown = self.shown or keys[:: max(len(keys) // 5, 1)]
        partitions = set(system.ui.partitions())
        self.heard = self.heard or [key for key in keys if key in names and names[key].name.endswith(".wav")][:5]
        with httpx.Client(base_url=system.api_url, trust_env=False, timeout=RESPONSE_SECONDS) as api:
            repeated = submit(api)
            return {
                "partitions": {key: key in partitions for key in keys},
                "materialized": {
                    key: [len(system.ui.materializations(asset, key)) > 0 for asset in ASSETS]
                    for key in self.shown
                },
                "meetings": {key: meeting(api, key) for key in keys},
                "sound": {key: hashlib.sha256(api.get(f"/v1/recordings/{key}/media").content).hexdigest() for key in self.heard},
                "repeated": {"": (repeated.json(), repeated.headers.get("Idempotency-Replayed"))},
                "paid": {key: self._paid(key) for key in keys},
                "deliveries": {key: self._deliveries(key) for key in keys},
                "told": {key: self._told(names[key]) for key in keys if key in names},
            }  # fmt: skip

    def _told(self, one: Dropped) -> list[str]:
        return [body["event_id"] for body in self.system.outside.told(one.hook)]

    def _paid(self, key: str) -> list[tuple[object, ...]]:
        answers = "SELECT question_hash AS what, state, cost_usd FROM paid_answers WHERE recording_key = :key"
        orders = "SELECT provider_id, state, cost_usd FROM transcription_orders WHERE recording_key = :key"
        rows = self.system.rows(f"{answers} UNION ALL {orders}", key=key)
        return sorted((tuple(row.values()) for row in rows), key=repr)

    def _deliveries(self, key: str) -> list[tuple[object, ...]]:
        query = "SELECT id, event_id, state, attempts FROM webhook_deliveries WHERE recording_key = :key ORDER BY id"
        return [tuple(row.values()) for row in self.system.rows(query, key=key)]


def meeting(api: httpx.Client, key: str) -> dict[str, object]:
    """A meeting record. Databases add up costs in different orders, which changes the last digits."""
    found: dict[str, object] = api.get(f"/v1/meetings/{key}").raise_for_status().json()
    return {**found, "cost_usd": round(float(str(found["cost_usd"])), 9)}


def submit(api: httpx.Client) -> httpx.Response:
    """What a CMS submits, again and again, with the same key of idempotency."""
    talk = media.vtt(("Dana", "We decided to hire two people."), ("Priya", "I will write the text by Friday."))
    return api.post(
        "/v1/recordings",
        files={"file": ("hiring.vtt", talk)},
        data={"title": "Hiring"},
        headers={"Idempotency-Key": "hiring-1"},
    )


def filled(home: Home) -> None:
    """Process all recordings but one, which is at the provider."""
    system = home.system
    for n in range(RECORDINGS - 1):
        name = f"talk-{n}.wav" if n % 4 == 0 else f"talk-{n}.vtt"
        content = media.wav(f"talk {n}") if n % 4 == 0 else media.vtt(("Dana", f"We decided on plan {n}.")).encode()
        home.dropped.append(system.drop(name, content, hook=f"talk-{n}"))
    with httpx.Client(base_url=system.api_url, trust_env=False, timeout=RESPONSE_SECONDS) as api:
        submitted = submit(api)
    assert submitted.status_code == 202, submitted.text
    began = time.monotonic()
    system.wait_until_over(*home.dropped, seconds=SETTLE_SECONDS)
    for one in home.dropped:
        system.wait_until_told(one.hook)
    system.wait_for(
        lambda: system.rows("SELECT 1 FROM recordings WHERE status = 'completed' AND title = 'Hiring'"), "the upload"
    )
    system.wait_until_idle()
    print(f"{len(home.dropped) + 1} processed within {time.monotonic() - began:.0f} s")  # noqa: T201


def at_the_provider(home: Home, name: str) -> Dropped:
    """A recording that is being transcribed when the system stops."""
    home.system.outside.providers.settings(processing_seconds=AN_HOUR)
    dropped = home.system.drop(f"{name}.wav", media.wav(name), hook=name)
    home.system.wait_for(lambda: home.system.recording(dropped).get("stage") == "transcribing", "an order")
    home.system.outside.providers.settings(processing_seconds=0.5)
    return dropped


def test_a_home_moves_to_many_machines_and_back(
    postgres_server: PostgresServer, object_storage: ObjectStorage, tmp_path: Path
) -> None:
    require_machines()
    Redis.require()
    keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": STORAGE_SECRET, "AWS_REGION": "us-east-1"}
    with Outside() as outside, ExitStack() as stack:
        addresses = {
            "MEETING_PIPELINE_PUBLIC_URL": "http://127.0.0.1:1",
            "MEETING_PIPELINE_API_PUBLIC_URL": "http://127.0.0.1:2",
        }
        system = System(tmp_path / "home", outside, **addresses, **keys)
        stack.callback(system.kill)
        home = Home(system.start())
        filled(home)
        before = home.facts()
        midway = at_the_provider(home, "midway")
        home.dropped.append(midway)
        system.stop()

        # To many machines.
        broker = Redis(free_port(), tmp_path / "broker")
        stack.callback(broker.kill)
        broker.start()
        system.settings |= {
            "MEETING_PIPELINE_BROKER_URL": broker.url,
            "MEETING_PIPELINE_DATABASE_URL": postgres_server.url(postgres_server.create()).replace("+psycopg2", ""),
            "MEETING_PIPELINE_ENCRYPTION_KEY": (system.home / "keys" / "encryption.key").read_text().strip(),
            **object_storage.environment(PREFIX),
        }
        home.call("database", "move", "--to", "postgresql")
        home.call("storage", "move", "--to", "bucket")
        system.start()
        worker = WorkerMachine("moved-to", system, tmp_path)
        stack.enter_context(worker.cables)
        stack.callback(worker.kill)
        worker.start()
        worker.wait_until_ready()
        assert list((system.home / "recordings").rglob("original.*")) == []
        goes_on(home, midway, before)
        tasks = system.rows("SELECT host FROM run_leases WHERE run_id LIKE '%/task'")
        assert {row["host"].partition("-")[0] for row in tasks} == {"moved"}, "the worker processed"
        later = at_the_provider(home, "later")
        home.dropped.append(later)
        worker.stop()
        before = home.facts()
        system.stop()

        # And back.
        home.call("storage", "move", "--to", "folder")
        home.call("database", "move", "--to", "sqlite")
        for name in MANY:
            del system.settings[name]
        broker.kill()
        system.start()
        goes_on(home, later, before)
        assert object_storage.names(PREFIX) == {f"{PREFIX}/storage-id"}
        system.stop()


def goes_on(home: Home, midway: Dropped, before: dict[str, dict[str, object]]) -> None:
    """The system knows what it knew, collects what was ordered, and makes results again; nothing is bought or told twice."""
    system, outside = home.system, home.system.outside
    outside.providers.finish()
    system.wait_until_over(midway)
    system.wait_until_told(midway.hook)
    system.wait_until_idle()
    after = home.facts()
    for name, known in before.items():
        assert {each: after[name].get(each) for each in known} == known, name
    assert all(after["partitions"].values())
    assert all(map(all, after["materialized"].values()))  # type: ignore[arg-type]
    assert system.recording(midway)["status"] == "completed"
    assert len(outside.orders(midway.sha256)) == 1
    assert len(set(system.ui.partitions())) == len(system.rows("SELECT key FROM recordings"))
    home.call("ledger", "--check")
    home.call("reprocess", system.key(midway), "--assets", "summary", "--wait")
    assert len(system.artifacts(system.key(midway), "summary")) == 2
