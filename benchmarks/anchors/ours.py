"""The pipeline itself: ``meeting-pipeline up`` on a new home, at its real speed. Must not go here: what both pipelines share."""

import os
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from benchmarks.anchors import plan, work
from benchmarks.anchors.figures import Measured, Value
from benchmarks.anchors.measure import Trees
from benchmarks.anchors.plan import Sizes
from benchmarks.anchors.progress import say
from benchmarks.anchors.providers import Services
from benchmarks.anchors.storage import dagster_storage
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.scenario.media import wav
from meeting_pipeline_tests.scenario.system import SECRET, System

RECONCILING = "start-up check"
KINDS = (
    ("meeting_pipeline.daemon", "daemon"),
    ("code-server", "code server"),
    ("grpc", "code server"),
    ("launching.server", "workers"),
    ("api.server", "service"),
    ("ui.server", "ui"),
    ("reconcile", RECONCILING),
)
"""Word of a command line -> kind of process. Workers are forks of the fork server, and have its command line."""
SUPERVISOR = "supervisor"
UPLOAD_SECONDS = 120.0


class Ours:
    """A running system, and its processes."""

    def __init__(self, services: Services, sizes: Sizes, home: Path, server: PostgresServer | None) -> None:
        self.services, self.sizes = services, sizes
        self.database_url = server.url(server.create()) if server else None
        extra = {"MEETING_PIPELINE_DATABASE_URL": self.database_url} if self.database_url else {}
        self.system = System(home, services, **{"MEETING_PIPELINE_TIME_SCALE": "1", **extra})
        self._postgres = _server_process() if server else None

    def start(self) -> None:
        """Start, and wait until the work of the start is done."""
        self.system.start()
        assert self.system.process is not None
        roots = {SUPERVISOR: self.system.process.pid, **({"postgres": self._postgres} if self._postgres else {})}
        self.trees = Trees(roots, KINDS)
        self.system.wait_for(
            lambda: RECONCILING not in {kind for kind, _ in self.trees.processes()}, "the check at the start", 600
        )
        self.system.wait_until_idle()

    def measure(self, parts: Collection[str], measured: Measured) -> None:
        """Everything but the backfill, into ``measured``."""
        own = self.services.take(plan.TRANSCRIPTION_S, plan.MODEL_S)
        say("ours: starting")
        self.start()
        self._drop("warm", 1)
        self.services.wait_for("warm", 1, plan.BURST_LIMIT_S)
        self.system.wait_for(self._tables_are_fresh, "the tables over all meetings", plan.BURST_LIMIT_S, pause=1.0)
        self.system.wait_until_idle()
        say(f"ours: idle, {self.sizes.idle_s:.0f} s")
        rest = self.trees.at_rest(self.sizes.idle_s)
        measured.add("idle", rest)
        idle = float(str(rest["cpu_s_per_s"]))
        if "alone" in parts:
            say("ours: alone")
            measured.add("alone", {"drop_s": [self._one(f"drop-{n}", own) for n in range(self.sizes.runs)]})
            measured.add("alone", {"upload_s": [self._one(f"up-{n}", own, True) for n in range(self.sizes.runs)]})
        if "burst30" in parts:
            say(f"ours: burst of {self.sizes.burst}")
            before = dagster_storage(self.system.home / "dagster", self.database_url)
            measured.add("burst30", self._burst("burst", self.sizes.burst, own, idle))
            self.system.wait_until_idle()
            after = dagster_storage(self.system.home / "dagster", self.database_url)
            measured.add("storage", _growth(before, after, self.sizes.burst))
        if "burst200" in parts:
            say(f"ours: burst of {self.sizes.waiting}")
            own = self.services.take(plan.WAITING_TRANSCRIPTION_S, plan.MODEL_S)
            measured.add("burst200", self._burst("waiting", self.sizes.waiting, own, idle))

    def _tables_are_fresh(self) -> bool:
        """Whether they have been refreshed once: without that, a minute at rest would contain it."""
        return any(run["jobName"] == "refresh_catalog" for run in self.system.ui.runs())

    def _burst(self, name: str, count: int, own: float, idle: float) -> dict[str, Value]:
        self.services.forget()
        sounds = _sounds(name, count)

        def submit() -> tuple[float, float]:
            began = time.time()
            for hook, sound in sounds.items():
                self.system.drop(f"{hook}.wav", sound, hook=hook)
            return began, 0.0

        return work.burst(self.services, self.trees, submit, f"{name}-", count, own, idle, plan.BURST_LIMIT_S)

    def _one(self, name: str, own: float, upload: bool = False) -> float:
        self.system.wait_until_idle()

        def submit() -> tuple[float, float]:
            [(hook, sound)] = _sounds(name, 1).items()
            began = time.time()
            if upload:
                self._upload(hook, sound)
            else:
                self.system.drop(f"{hook}.wav", sound, hook=hook)
            return began, 0.0

        return work.one(self.services, submit, f"{name}-", own, plan.BURST_LIMIT_S)

    def _upload(self, hook: str, sound: bytes) -> None:
        httpx.post(
            f"{self.system.api_url}/v1/recordings",
            files={"file": (f"{hook}.wav", sound)},
            data={"webhook_url": self.services.receiver.hook(hook), "webhook_secret": SECRET},
            timeout=UPLOAD_SECONDS,
            trust_env=False,
        ).raise_for_status()

    def _drop(self, name: str, count: int) -> None:
        for hook, sound in _sounds(name, count).items():
            self.system.drop(f"{hook}.wav", sound, hook=hook)


@contextmanager
def new_system(services: Services, sizes: Sizes, server: PostgresServer | None) -> Iterator[Ours]:
    """A system that has not been started. At the end it is stopped, or killed after an error, and its home removed."""
    with tempfile.TemporaryDirectory(prefix="meeting-pipeline-benchmark-") as folder:
        ours = Ours(services, sizes, Path(folder) / "home", server)
        try:
            yield ours
        except BaseException:
            ours.system.kill()
            raise
        if not ours.system.process_ended():
            ours.system.stop()


def _sounds(name: str, count: int) -> dict[str, bytes]:
    return {f"{name}-{n}": wav(f"{name}-{n}-{time.time()}") for n in range(count)}


def _growth(before: tuple[int, int], after: tuple[int, int], count: int) -> dict[str, Value]:
    return {
        "before_mb": round(before[0] / 1e6, 2),
        "after_mb": round(after[0] / 1e6, 2),
        "before_files": before[1],
        "after_files": after[1],
        "kb_each": round((after[0] - before[0]) / count / 1e3, 1),
        "files_each": round((after[1] - before[1]) / count, 2),
    }


def _server_process() -> int:
    """The PostgreSQL server that this process has started."""
    [server] = [child for child in psutil.Process(os.getpid()).children() if child.name() == "postgres"]
    return server.pid
