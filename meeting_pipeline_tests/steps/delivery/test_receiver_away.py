"""A receiver is unavailable for days and comes back: every event arrives once, with revisions in order.

Uses a real store, a real client and a receiver in a separate process; the test advances the store's clock.
"""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from meeting_pipeline.cli import main
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.deliver import drain
from meeting_pipeline.store.engine.secrets import signing_secret
from meeting_pipeline_tests.fakes.control import Receiver
from meeting_pipeline_tests.installations import Clock, OpenWith
from meeting_pipeline_tests.store.samples import Journey, completed, summary

HOUR = 3600.0
RECORDINGS = 4
REVISIONS = 3


@pytest.fixture
def place() -> Iterator[socket.socket]:
    """A reserved port of 127.0.0.1 that refuses connections, until it is closed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def installation(request: pytest.FixtureRequest, open_with: OpenWith) -> Installation:
    if request.param == "sqlite":
        return open_with()
    return open_with(MEETING_PIPELINE_DATABASE_URL=str(request.getfixturevalue("postgres_url")))


@contextlib.contextmanager
def receiver_back(place: socket.socket, installation: Installation, folder: Path) -> Iterator[Receiver]:
    """Start the receiver on the reserved port."""
    port = str(place.getsockname()[1])
    place.close()
    file = folder / "ports.json"
    words = [sys.executable, "-m", "meeting_pipeline_tests.fakes", "--port-file", str(file), "--with-parent"]
    words += ["--receiver-port", port, "--signing-secret", signing_secret(installation.settings)]
    process = subprocess.Popen(words)
    try:
        deadline = time.monotonic() + 300
        while not file.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with Receiver(json.loads(file.read_text())["receiver"]) as control:
            yield control
    finally:
        process.terminate()
        process.wait(120)


def pass_time(installation: Installation, clock: Clock, hours: float) -> None:
    """Advance the clock by this many hours, and attempt due deliveries every hour."""
    for _ in range(round(hours)):
        drain(installation)
        clock.advance(HOUR)
    drain(installation)


def away(installation: Installation, clock: Clock, url: str, hours: float) -> None:
    """Complete and revise recordings during the hours in which the receiver is unavailable."""
    journeys: list[Journey] = []
    for number in range(1, RECORDINGS + 1):
        journeys.append(completed(installation.store, number, hook=url))
        pass_time(installation, clock, 3)
    for revision in range(2, REVISIONS + 1):
        for journey in journeys:
            changed = journey.begin(collecting=False).answer(summary(f"View {revision}."))
            assert changed.complete() == revision
        pass_time(installation, clock, 10)
    pass_time(installation, clock, hours - 3 * RECORDINGS - 10 * (REVISIONS - 1))


def states(installation: Installation) -> Counter[str]:
    return Counter(row.state for row in installation.store.deliveries.list())


def check_all_arrived(installation: Installation, receiver: Receiver) -> None:
    """Check that each event arrived once, signed, with the stored bytes, and in the order of the recording's revisions."""
    received = receiver.received()
    assert all(entry["signature_ok"] for entry in received)
    arrived: dict[str, list[int]] = {}
    for entry in received:
        body = json.loads(entry["body"])
        arrived.setdefault(body["recording_id"], []).append(body["revision"])
    assert sorted(arrived.values()) == [list(range(1, REVISIONS + 1))] * RECORDINGS
    events = {event.id: event.body for key in arrived for event in installation.store.deliveries.events(key)}
    assert {entry["headers"]["webhook-id"]: entry["body"].encode() for entry in received} == events
    assert states(installation) == {"delivered": RECORDINGS * REVISIONS}
    assert installation.store.outbox.endpoints.list() == []


def replay(installation: Installation, *choice: str) -> str:
    """Run ``webhooks replay`` as an operator does. Returns its output."""
    settings = installation.settings
    variables = {"MEETING_PIPELINE_HOME": str(settings.home)}
    if not installation.store.database.sqlite:
        variables["MEETING_PIPELINE_DATABASE_URL"] = settings.store_url
    return CliRunner().invoke(main, ["webhooks", "replay", *choice], env=variables, catch_exceptions=False).stdout


def test_after_two_days_all_arrives_by_the_schedule_alone(
    installation: Installation, clock: Clock, place: socket.socket, tmp_path: Path
) -> None:
    away(installation, clock, f"http://127.0.0.1:{place.getsockname()[1]}/hook/cms", hours=50)
    assert states(installation) == {"pending": RECORDINGS * REVISIONS}
    with receiver_back(place, installation, tmp_path) as receiver:
        pass_time(installation, clock, 2 * 24)
        check_all_arrived(installation, receiver)


# After about 80 h the first deliveries have used up their attempts: each wait varies by a fifth.
@pytest.mark.parametrize(("hours", "visible"), [(80, {"dead", "pending"}), (150, {"dead", "held"})])
def test_after_longer_nothing_is_lost_and_a_replay_delivers_all(
    installation: Installation, clock: Clock, place: socket.socket, tmp_path: Path, hours: float, visible: set[str]
) -> None:
    away(installation, clock, f"http://127.0.0.1:{place.getsockname()[1]}/hook/cms", hours)
    found = states(installation)
    assert found.total() == RECORDINGS * REVISIONS
    assert set(found) <= visible
    assert hours < 100 or set(found) == visible
    with receiver_back(place, installation, tmp_path) as receiver:
        said = replay(installation, "--endpoint", "127.0.0.1")
        assert f"{RECORDINGS * REVISIONS} of {RECORDINGS * REVISIONS} deliveries are due again." in said
        clock.advance(60)  # the command uses the real clock
        drain(installation)
        check_all_arrived(installation, receiver)
