"""Fixtures of a whole installation: its home, its store on SQLite, and a clock that can be moved.

``installation`` works without keys; ``paid`` uses the loopback providers. Belongs here: what the tests of steps, assets,
ops and sensors share. Must not go here: what only one of those packages needs.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.steps.intake import inspection_slots as inspecting
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.batch import take_in
from meeting_pipeline.steps.intake.inbox import find_settled
from meeting_pipeline.steps.intake.inspections import Inspection, Inspections
from meeting_pipeline.steps.intake.probe import probe
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult
from meeting_pipeline.steps.intake.report import IntakeReport
from meeting_pipeline.steps.intake.sidecar import read_sidecar
from meeting_pipeline.steps.intake.staging import StagedCopy
from meeting_pipeline.steps.sandbox import untrusted
from meeting_pipeline.steps.sandbox.question import Ended
from meeting_pipeline.steps.sandbox.sandbox import Sandbox
from meeting_pipeline.steps.transcription import local as transcribing_here
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.scenario.media import vtt, wav

OpenWith = Callable[..., Installation]
TALK = vtt(
    ("Dana", "Good morning, we decided to ship the release in two steps."),
    ("Priya", "I will send the draft of the plan by Friday."),
)


class Clock:
    """The real time plus the offset by which it was moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """A clock at which every file that a test drops counts as settled."""
    clock = Clock()
    clock.advance(60)
    return clock


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, to copy."""
    path = tmp_path_factory.mktemp("database") / "meetings.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


class InThisProcess(Sandbox):
    """Does in this process what a sandbox does in a separate one, which takes longer to start than most tests run."""

    def begin(self, name: str, given: dict[str, Any], *_: Any, **__: Any) -> None:
        self._answered = Ended("exit", json.loads(untrusted.answer(name, given)))

    def wait(self, *_: Any) -> Ended:
        return self._answered

    def works(self, *_: Any) -> bool:
        return True


@pytest.fixture(autouse=True)
def files_are_read_in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inspect and transcribe files without a sandbox. Tests marked ``processes`` use the real one."""
    if request.node.get_closest_marker("processes") is None:
        for module in (inspecting, transcribing_here):
            monkeypatch.setattr(module, "Sandbox", InThisProcess)


@pytest.fixture
def open_with(tmp_path: Path, clock: Clock, migrated_database: Path) -> Iterator[OpenWith]:
    """Open the installation of this test's home with the given environment variables."""
    opened: list[Installation] = []
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(migrated_database, home / "meetings.sqlite3")

    def open_it(**variables: str) -> Installation:
        found = open_installation(_settings(home, variables), now=clock)
        opened.append(found)
        return found

    yield open_it
    for installation in opened:
        close(installation)


def _settings(home: Path, variables: dict[str, str]) -> Settings:
    return load_settings(
        {"MEETING_PIPELINE_HOME": str(home), "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.1", **variables}
    )


def close(installation: Installation) -> None:
    """Close store and providers."""
    installation.store.close()
    installation.close_question_model()
    if "analyst" in vars(installation) and hasattr(installation.analyst, "close"):
        installation.analyst.close()


@pytest.fixture
def installation(open_with: OpenWith) -> Installation:
    """An installation without keys."""
    return open_with()


@pytest.fixture
def paid(open_with: OpenWith, providers: Providers) -> Installation:
    """An installation with the loopback providers."""
    return open_with(**providers.environment())


def drop(installation: Installation, name: str, content: bytes | str | None = None, **sidecar: Any) -> Path:
    """Put a file into the drop folder, with a sidecar ``NAME.ending.json`` if there are details."""
    path = installation.settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = wav(name) if content is None else content
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    if sidecar:
        path.with_name(f"{path.name}.json").write_text(json.dumps(sidecar))
    return path


def take_all(installation: Installation) -> IntakeReport:
    """Take in everything once, as if it had settled. Files are probed in this process, to avoid starting another."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(policies, "SETTLE_SECONDS", 0.0)
        found = find_settled(installation.settings.inbox, time.monotonic(), 100)
        return take_in(installation, found, inspections=Unlimited())


class Unlimited(Inspections):
    """Inspections in this process, where tests can patch them. Only for files that are known to be harmless."""

    def start(self, copy: StagedCopy) -> Inspection:
        return Inspection(lambda _: probe(copy), SameThread())

    def probe(self, copy: StagedCopy, **_: Any) -> ProbeResult:
        return probe(copy)

    def sidecar(self, path: Path) -> SidecarOptions:
        return read_sidecar(path)


class SameThread(ThreadPoolExecutor):
    """Runs each task immediately, and re-raises exceptions that end a process."""

    def __init__(self) -> None:
        super().__init__(1)

    def submit(self, work: Any, /, *given: Any, **named: Any) -> Any:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*given, **named))
        except Exception as error:  # noqa: BLE001 - handed on, as an executor does
            done.set_exception(error)
        return done


def accepted(
    installation: Installation, name: str = "weekly.wav", content: bytes | str | None = None, **sidecar: Any
) -> Recording:
    """Drop a file, take it in, and return the row of its recording."""
    drop(installation, name, content, **sidecar)
    [taken] = take_all(installation).taken
    return installation.store.recordings.get(taken.accepted.key)


def inbox_names(installation: Installation) -> list[str]:
    """Names of the files in the drop folder."""
    return sorted(str(path.relative_to(installation.settings.inbox)) for path in installation.settings.inbox.rglob("*"))


def notes(installation: Installation) -> list[str]:
    """The texts of the notes beside rejected files."""
    return [path.read_text() for path in sorted(installation.settings.rejected.rglob("*.error.txt"))]


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
