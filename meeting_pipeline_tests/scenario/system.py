"""A running system, controlled from outside: ``meeting-pipeline up`` as a process, its drop folder, its database, its UI.

Belongs here: starting, dropping, waiting, querying, stopping. Must not go here: expectations (the scenarios).
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, TypeVar

import psutil
import sqlalchemy as sa

from meeting_pipeline.settings import VARIABLES
from meeting_pipeline_tests.canaries import files_below
from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.fakes.control import Providers, Receiver
from meeting_pipeline_tests.fakes.providers import providers_app
from meeting_pipeline_tests.fakes.receiver import ReceiverState, receiver_app
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.fakes.state import ProviderState
from meeting_pipeline_tests.processes import has_ended, is_ending, words_of
from meeting_pipeline_tests.scenario.commands import quick_program
from meeting_pipeline_tests.scenario.ui import UNFINISHED, UserInterface

if TYPE_CHECKING:
    from meeting_pipeline_tests.scenario.forked_up import ForkedUp

SIGNING_SECRET = "whsec_" + "c2NlbmFyaW9zY2VuYXJpb3NjZW5hcmlvc2NlbmFyaW8="
SECRET = "canary-submitter-secret-5e1f"
START_SECONDS = 900.0
STOP_SECONDS = 15.0
"""The system's limit for a clean stop."""
BUSY_STOP_SECONDS = 2 * STOP_SECONDS
"""The limit on a machine that runs other tests at the same time."""
HUNG_STOP_SECONDS = 4 * STOP_SECONDS
"""No stop takes this long, unless the machine is slow: something is waited for that does not end."""
PATIENCE_SECONDS = 600.0
"""Time that a busy machine may need for something that takes seconds. Nothing here measures speed, and a wait ends with its
event: a long limit costs only a test that fails anyway."""
AN_HOUR = 3600.0
"""How long a service works or is slow that a scenario lets go: longer than any wait."""
RESPONSE_SECONDS = 300.0
"""Timeout of a request to a service of the system. The client's own default is too short for a busy machine."""
END_SECONDS = 120.0
"""Time that the kernel may need to end a process that was killed."""

WITH_DAGSTERS_LAUNCHER = """
import sys, yaml
from meeting_pipeline.cli import main
from meeting_pipeline.supervisor import supervisor

ours = supervisor.write_instance

def without_launcher(settings, *given):
    ours(settings, *given)
    path = settings.dagster_home / "dagster.yaml"
    config = yaml.safe_load(path.read_text())
    del config["run_launcher"]
    path.write_text(yaml.safe_dump(config))

supervisor.write_instance = without_launcher
sys.argv[0] = "meeting-pipeline"
main()
"""
"""``meeting-pipeline`` whose ``up`` leaves the launcher to Dagster, as after an edit of ``dagster.yaml``."""

USUAL_UMASK = 0o022
"""The umask of most machines: others may read files that a process does not protect."""
PR_SET_PDEATHSIG = 1
"""From ``linux/prctl.h``: the signal that the kernel sends to a child when its parent dies."""

T = TypeVar("T")


@dataclass(frozen=True)
class Dropped:
    """A submitted file. ``hook`` is the receiver's hook that its sidecar names."""

    name: str
    sha256: str
    hook: str | None


class Outside:
    """The services that the system uses: its own providers and webhook receiver, in this process."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Outside:
        services = self._stack.enter_context(LoopbackServer(providers_app(ProviderState(processing_seconds=0.5))))
        self.hooks = ReceiverState(signing_secret=SIGNING_SECRET, secret=SECRET)
        receiver = self._stack.enter_context(LoopbackServer(receiver_app(self.hooks)))
        self.providers = self._stack.enter_context(Providers(services.url))
        self.receiver = self._stack.enter_context(Receiver(receiver.url))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def uploads(self, sha256: str) -> list[dict[str, Any]]:
        """Uploads of this content."""
        return [entry for entry in self.providers.ledger()["uploads"] if entry["sha256"] == sha256]

    def orders(self, sha256: str) -> list[dict[str, Any]]:
        """Paid orders for this content."""
        return [entry for entry in self.providers.ledger()["orders"] if entry["sha256"] == sha256]

    def calls(self, words: str) -> list[dict[str, Any]]:
        """Calls of the language model whose prompt contains these words."""
        return [entry for entry in self.providers.ledger()["llm_calls"] if words in entry["prompt"]]

    def told(self, hook: str | None) -> list[dict[str, Any]]:
        """Bodies that a hook received, in order."""
        return [json.loads(entry["body"]) for entry in self.receiver.received(hook)]


def without_settings() -> dict[str, str]:
    """The environment of these tests without this machine's settings, and without a proxy."""
    ours = set(VARIABLES.values())
    return {k: v for k, v in os.environ.items() if k not in ours and "proxy" not in k.lower()}


def _end_with_the_tests() -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class System:
    """``meeting-pipeline up`` on a separate home. It can be stopped or killed, and restarted."""

    def __init__(self, home: Path, outside: Outside, **settings: str) -> None:
        self.home = home
        self.printed = home / "up.out"
        """File for the output of `up`."""
        self.outside = outside
        self.inbox = home / "inbox"
        receiver = outside.receiver.url.removeprefix("http://")
        self.settings = {
            **outside.providers.environment(),
            "MEETING_PIPELINE_HOME": str(home),
            "MEETING_PIPELINE_API_PORT": "0",
            "MEETING_PIPELINE_TIME_SCALE": "0.02",
            "MEETING_PIPELINE_WEBHOOK_ALLOW": receiver,
            "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": SIGNING_SECRET,
            **settings,
        }
        self.process: subprocess.Popen[bytes] | ForkedUp | None = None
        self.slack = 1.0
        """Factor for all wait limits, for callers that have measured that the machine is slow."""
        self.dagsters_launcher = False
        """Whether the next start uses Dagster's own run launcher."""
        self.api_url = ""
        """Address of the HTTP service, once it has started."""
        self._engine: sa.Engine | None = None
        self._rows_url: str | None = None
        self._ui: UserInterface | None = None

    # --- the process ------------------------------------------------------------------------------------------------

    def environment(self, settings: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a command: without this machine's settings, and without a proxy."""
        return {**without_settings(), **self.settings, **(settings or {})}

    def command(self, *arguments: str) -> list[str]:
        """``meeting-pipeline``, as installed next to the Python that runs the tests."""
        if self.dagsters_launcher:
            return [sys.executable, "-c", WITH_DAGSTERS_LAUNCHER, *arguments]
        return [str(Path(sys.executable).with_name("meeting-pipeline")), *arguments]

    def quick_command(self, *arguments: str) -> list[str]:
        """The same, where the process is not what a scenario is about: it does not import everything again."""
        return [str(quick_program()), *arguments]

    def start(self, **settings: str) -> System:
        """Start, and return once the UI responds."""
        return self.begin(**settings).wait_until_started()

    def begin(self, **settings: str) -> System:
        """Start, and return immediately."""
        self.settings.update(settings)
        self.home.mkdir(parents=True, exist_ok=True)
        with self.printed.open("ab") as output:
            self.process = self._run(output)
        return self

    def _run(self, output: IO[bytes]) -> subprocess.Popen[bytes] | ForkedUp:
        return subprocess.Popen(
            self.command("up", "--port", "0"),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_the_tests,
            umask=USUAL_UMASK,
        )

    def wait_until_started(self) -> System:
        """Wait until the UI responds."""
        note = self.home / "up.json"
        self.wait_for(lambda: self.process_ended() or self._noted(note), "the system to start", START_SECONDS)
        assert not self.process_ended(), f"`up` ended at once:\n{self.output()}"
        noted = json.loads(note.read_text())
        self._ui = UserInterface(noted["url"])
        self.api_url = str(noted["api_url"])
        return self

    def _noted(self, note: Path) -> bool:
        assert self.process is not None
        return note.is_file() and json.loads(note.read_text())["pid"] == self.process.pid

    def process_ended(self) -> bool:
        """Whether ``up`` has ended."""
        return self.process is None or self.process.poll() is not None

    def output(self) -> str:
        """What ``up`` printed."""
        return self.printed.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        """``up`` and all its descendants, and every other process with this home in its environment."""
        found: dict[int, psutil.Process] = {}
        if self.process is not None and self.process.poll() is None:
            parent = psutil.Process(self.process.pid)
            found = {child.pid: child for child in [parent, *parent.children(recursive=True)]}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("MEETING_PIPELINE_HOME") == str(self.home):
                    found.setdefault(process.pid, process)
        found.pop(os.getpid(), None)
        return list(found.values())

    def stop(self) -> float:
        """Send SIGTERM; returns how long the stop took, in seconds.

        Asserts that no process is at work when it ends. Who was killed may take a moment to end on a busy machine.
        """
        assert self.process is not None
        self._let_go()
        family = self.family()
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_SECONDS)
        finally:
            took = time.monotonic() - began
            # Those that are known come first: finding the others takes time, in which one that works on could end.
            left = [process for process in family if not is_ending(process)]
            others = [process for process in self.family() if process not in family]
            left += [process for process in others if not is_ending(process)]
            shown = [(process.pid, words_of(process)[-4:]) for process in left]
            self._kill(left)
        assert not left, f"still running after the stop: {shown}"
        assert self.process.returncode == 0, self.output()[-3000:]
        self.wait_for(
            lambda: all(has_ended(process) for process in [*family, *others]), "the end of those killed", END_SECONDS,
            pause=0.05,
        )  # fmt: skip
        assert in_time(took, HUNG_STOP_SECONDS * self.slack), f"the stop took {took:.0f} s"
        return took

    def kill(self) -> None:
        """Send SIGKILL to ``up`` and all its processes, as in a power cut."""
        self._let_go()
        self._kill(self.family())
        if self.process is not None:
            self.process.wait(END_SECONDS)
        self._kill(self.family())

    def _kill(self, processes: Sequence[psutil.Process]) -> None:
        for process in processes:  # `up` comes first: it would restart the others
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=END_SECONDS)

    def _let_go(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self._ui is not None:
            self._ui.close()
            self._ui = None

    @property
    def ui(self) -> UserInterface:
        """The Dagster UI's API."""
        assert self._ui is not None, "the system is not running"
        return self._ui

    # --- handing in -------------------------------------------------------------------------------------------------

    def drop(
        self,
        name: str,
        content: bytes,
        *,
        hook: str | None = None,
        beside: Mapping[str, str] | None = None,
        **sidecar: Any,
    ) -> Dropped:
        """Drop a file, its companion files first, each atomically. ``beside``: suffixes of companion files and their texts."""
        path = self.inbox / name
        if hook is not None:
            sidecar = {"webhook_url": self.outside.receiver.hook(hook), "webhook_secret": SECRET, **sidecar}
        companions = dict(beside or {})
        if sidecar:
            companions[".json"] = json.dumps(sidecar)
        path.parent.mkdir(parents=True, exist_ok=True)
        for ending, text in companions.items():
            self._place(path.with_suffix(ending) if path.suffix else Path(f"{path}{ending}"), text.encode())
        self._place(path, content)
        return Dropped(name, hashlib.sha256(content).hexdigest(), hook)

    def _place(self, path: Path, content: bytes) -> None:
        draft = self.inbox / f".{os.urandom(8).hex()}"
        draft.write_bytes(content)
        draft.rename(path)

    # --- looking ----------------------------------------------------------------------------------------------------

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of the results database, over a read-only connection."""
        if self._engine is None:
            self._engine = self._connect()
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), parameters).mappings()]

    def rows_from(self, url: str) -> None:
        """Make ``rows`` query the PostgreSQL database at this URL, for example the same database as another role."""
        self._rows_url = url

    def _connect(self) -> sa.Engine:
        url = self._rows_url or self.settings.get("MEETING_PIPELINE_DATABASE_URL")
        if url:
            return sa.create_engine(url, pool_pre_ping=True, execution_options={"postgresql_readonly": True})
        return sa.create_engine(
            sa.URL.create("sqlite", database=self._file.as_uri(), query={"mode": "ro", "uri": "true"})
        )

    @property
    def _file(self) -> Path:
        return (self.home / "meetings.sqlite3").absolute()

    def recording(self, dropped: Dropped) -> dict[str, Any]:
        """The row of a recording; empty until it exists."""
        found = self.rows("SELECT * FROM recordings WHERE sha256 = :sha", sha=dropped.sha256)
        return found[0] if found else {}

    def key(self, dropped: Dropped) -> str:
        """Its partition key."""
        return str(self.recording(dropped)["key"])

    def artifacts(self, key: str, kind: str) -> list[dict[str, Any]]:
        """All versions of a result, oldest first."""
        query = "SELECT * FROM artifacts WHERE recording_key = :key AND kind = :kind ORDER BY version"
        return self.rows(query, key=key, kind=kind)

    def events(self, key: str) -> list[dict[str, Any]]:
        """The events of a recording."""
        return self.rows("SELECT * FROM recording_events WHERE recording_key = :key ORDER BY seq", key=key)

    def minutes(self, key: str) -> str:
        """The minutes, as written."""
        return (self.home / "recordings" / key / "minutes.md").read_text(encoding="utf-8")

    def table_of_meetings(self) -> str:
        """The CSV files of the table of meetings, as one text; empty until they are written."""
        found = []
        for path in sorted((self.home / "exports" / "meetings").glob("*.csv")):
            with contextlib.suppress(FileNotFoundError):  # it was the last of its month
                found.append(path.read_text(encoding="utf-8"))
        return "".join(found)

    def logs(self) -> Iterator[tuple[Path, str]]:
        """All logs that the system wrote for its operators."""
        for path in [self.printed, *sorted((self.home / "logs").rglob("*"))]:
            if path.is_file():
                yield path, path.read_text(errors="replace")

    # --- waiting ----------------------------------------------------------------------------------------------------

    def wait_for(
        self,
        look: Callable[[], T | Literal[False] | None],
        what: str,
        seconds: float = PATIENCE_SECONDS,
        *,
        pause: float = 0.25,
    ) -> T:
        """Poll until the result is truthy. On failure, reports the system's state. ``pause``: seconds between polls.

        The last look is after the deadline: this process may have been stopped until then too.
        """
        seconds *= self.slack
        deadline = time.monotonic() + seconds
        while True:
            is_last = time.monotonic() > deadline
            found = look()
            if found:
                return found
            if is_last:
                raise AssertionError(f"waited {seconds:.0f} s in vain for {what}\n{self.describe()}")
            time.sleep(pause)

    def wait_until_over(self, *dropped: Dropped, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until each of them has an outcome."""
        for one in dropped:
            self.wait_for(
                lambda one=one: self.recording(one).get("status") in ("completed", "failed"),  # type: ignore[misc]  # a bound default
                f"an outcome of {one.name!r}",
                seconds,
            )

    def wait_until_ordered(self, dropped: Dropped) -> None:
        """Wait until its transcription is at the provider."""
        self.wait_for(lambda: self.recording(dropped).get("stage") == "transcribing", f"an order for {dropped.name!r}")

    def wait_until_told(self, hook: str | None, times: int = 1, seconds: float = PATIENCE_SECONDS) -> list[Any]:
        """Wait until a hook has received that many events; returns them."""
        told = self.outside.told
        return self.wait_for(lambda: len(told(hook)) >= times and told(hook), f"{times} events at {hook}", seconds)

    def wait_until_idle(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until no run is queued or in progress."""
        self.wait_for(lambda: not self.ui.unfinished_runs(), "all runs to end", seconds, pause=1.0)

    def wait_until_reported(self, *keys: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until the runs of these partitions have ended: a run sends its webhook before its last events reach Dagster."""
        for key in keys:
            self.wait_for(lambda key=key: self._are_over(key), f"the runs of {key} to end", seconds)  # type: ignore[misc]  # a bound default

    def _are_over(self, key: str) -> bool:
        runs = self.ui.runs_of(key)
        return bool(runs) and not [run for run in runs if run["status"] in UNFINISHED]

    def describe(self) -> str:
        """The current state, for a failure message."""
        lines = [f"home: {self.home}"]
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            query = "SELECT key, original_name, status, stage, attempts, due_at, error_code FROM recordings"
            lines += [str(dict(row)) for row in self.rows(f"{query} WHERE status NOT IN ('completed')")]
        lines += [f"inbox: {[path.name for path in files_below(self.inbox)]}" if self.inbox.is_dir() else "no inbox"]
        for path, text in self.logs():
            troubled = [line for line in text.splitlines() if '"level": "error"' in line or "Error" in line]
            lines += [f"--- {path}", *troubled[-15:], *text.splitlines()[-5:]]
        return "\n".join(lines)
