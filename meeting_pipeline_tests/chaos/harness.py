"""Run the real system through a plan of faults and check the result.

Belongs here: timing and control flow. Must not go here: what goes wrong (``schedule.py``, ``faults_*.py``), what must
be true (``invariants.py``, ``recovery.py``, ``traces.py``).
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import itertools
import json
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from meeting_pipeline.foundation.crash_points import FOLDER_VARIABLE
from meeting_pipeline_tests.chaos.faults_database import OutsideWriter, Server
from meeting_pipeline_tests.chaos.faults_disk import SmallDisk
from meeting_pipeline_tests.chaos.faults_processes import pick
from meeting_pipeline_tests.chaos.faults_services import (
    NAME_CANARY,
    SECRET_CANARY,
    SPOKEN_CANARY,
    TITLE_CANARY,
    Services,
)
from meeting_pipeline_tests.chaos.invariants import broken, load_facts
from meeting_pipeline_tests.chaos.observer import TERMINAL, UNREADABLE, Disturbance, Handed, Observer, Reader
from meeting_pipeline_tests.chaos.report import Report, Rest, make_report
from meeting_pipeline_tests.chaos.running import KeptRunning
from meeting_pipeline_tests.chaos.schedule import Plan, PlannedDrop, PlannedFault
from meeting_pipeline_tests.chaos.speed import Beside
from meeting_pipeline_tests.chaos.traces import left_behind, recording_folders, secrets_and_words, unsound_databases
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import STOP_SECONDS

TIME_SCALE = 0.005
"""A one-minute wait takes 0.3 s, the ten attempts of a webhook 23 minutes. Leases and heartbeats are not scaled."""
TURN_S = 0.1
PATIENCE_S = 420.0
"""Time limit for everything after the last fault: a lease and a lost request take minutes, and the machine is busy."""
START_S = 240.0
"""The first start creates two databases, on a machine that is busy with other things too."""
FIND_S = 12.0
"""How long a fault waits for a target."""
DISK_MB = 1024
SHORTAGE_S = 130.0
"""``up`` may exit if it starts while the database is down or the disk is full: it prints the reason and is restarted."""
UNFINISHED = (
    "SELECT count(*) AS n FROM runs WHERE status IN ('QUEUED', 'NOT_STARTED', 'STARTING', 'STARTED', 'CANCELING')"
)
SPOKEN = [
    {"speaker": "A", "text": f"Good morning, my name is {NAME_CANARY} and I keep the {SPOKEN_CANARY} budget."},
    {"speaker": "B", "text": f"I will send the {SPOKEN_CANARY} figures by Friday."},
    {"speaker": "A", "text": f"We agreed to freeze the {SPOKEN_CANARY} budget."},
]


class Harness:
    """One run.

    ``python_path``: a folder whose modules the system's processes find before their own. ``every_point``: armed crash
    points stay armed until they are reached, even after the fault window. ``slack``: factor for the time limits, for
    machines that are busy with other work. ``hopeless``: numbers of recordings that never end, because of a bug; the run is
    over when nothing else is left to do, without having come to rest.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        python_path: Path | None = None,
        keep: Path | None = None,
        every_point: bool = False,
        slack: float = 1.0,
        hopeless: Collection[int] = (),
    ) -> None:
        self.plan = plan
        self.keep = keep
        """Folder for report, plan, log and, after a violation, the system's files."""
        self._stack = contextlib.ExitStack()
        self._dice = random.Random(plan.seed)
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._armed: dict[str, Path] = {}
        self._ended = 0
        self._python_path = python_path
        self._every_point = every_point
        self._slack = slack
        self._hopeless = frozenset(hopeless)
        self._rest_limit_s = PATIENCE_S * slack
        self.recordings: dict[str, dict[str, Any]] = {}
        """By key, at the end of the run."""

    # --- a run ------------------------------------------------------------------------------------------------------

    def run(self) -> Report:
        """Execute the plan, wait until the system is idle, and check the invariants."""
        with self._stack:
            self._set_up()
            try:
                self._through_the_plan()
                quiet_s = self._until_quiet()
                return self._judge(quiet_s)
            finally:
                self.observer.stop()

    def _set_up(self) -> None:
        self.work = Path(tempfile.mkdtemp(prefix="mpc-"))
        self._stack.callback(shutil.rmtree, self.work, ignore_errors=True)
        self.disk = SmallDisk(self.work / "d", DISK_MB)
        self._stack.callback(self.disk.close)
        self.temporary, self.crashes = self.work / "t", self.work / "c"
        for folder in (self.temporary, self.crashes):
            folder.mkdir()
        self.services = self._stack.enter_context(Services())
        self.server: Server | None = None
        settings = {
            "MEETING_PIPELINE_TIME_SCALE": str(TIME_SCALE),
            "TMPDIR": str(self.temporary),
            FOLDER_VARIABLE: str(self.crashes),
        }
        if self._python_path is not None:
            settings["PYTHONPATH"] = str(self._python_path)
        if self.plan.database == "postgres":
            self.server = Server()
            self._stack.callback(self.server.close)
            settings["MEETING_PIPELINE_DATABASE_URL"] = self.server.url
        home = self.disk.path / "h"
        self.writer = OutsideWriter(home / "meetings.sqlite3")
        self._stack.callback(self.writer.let_go)
        self.system = KeptRunning(home, self.services, **settings)
        self.system.printed = self.work / "up.out"  # the home's disk may be full
        if self.keep is not None:
            shutil.rmtree(self.keep, ignore_errors=True)
            self.keep.mkdir(parents=True)
            self.plan.save(self.keep / "plan.json")
        notes = self.keep / "log.txt" if self.keep is not None else None
        self.observer = Observer(Reader(home, self.server.url if self.server else None), notes)
        if not self.disk.mounted:
            self.observer.note("no small disk: mounting is not permitted here, so no fault fills one")
        self._stack.callback(self.system.kill)
        self.beside = Beside()
        self._stack.callback(self.beside.stop)
        self.system.spawn()
        self.system.wait_for(self.system.is_up, "the system to start", START_S * self._slack)
        self.observer.start()
        self.beside.start()

    def _until_it_works(self) -> None:
        """Wait until the first file is accepted: faults that hit a system still starting would show little."""
        self._hand_in(self.plan.drops[0])

        def taken_in() -> bool:
            self._turn()
            return not any(self.system.inbox.glob("r[0-9]*"))

        self.system.wait_for(taken_in, "the first file to be taken in", START_S * self._slack)

    def _through_the_plan(self) -> None:
        self._until_it_works()
        self.began = time.time()
        for drop in self.plan.drops[1:]:
            self._do_at(self.began + drop.at, lambda drop=drop: self._hand_in(drop))  # type: ignore[misc]  # a bound default
        for fault in self.plan.faults:
            self._do_at(self.began + fault.at, lambda fault=fault: self._disturb(fault))  # type: ignore[misc]  # a bound default
        while time.time() < self.began + self.plan.seconds or self._later:
            self._turn()
        self.services.clear()
        self._see_crashes()
        if not self._every_point:
            for path in self._armed.values():
                path.unlink(missing_ok=True)
            self._armed.clear()

    def _turn(self) -> None:
        while self._later and self._later[0][0] <= time.time():
            heapq.heappop(self._later)[2]()
        self._see_crashes()
        told = self.system.keep_up()
        if told is not None:
            self._up_ended(told)
        time.sleep(TURN_S)

    def _do_at(self, at: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._later, (at, next(self._count), what))

    def _up_ended(self, told: str) -> None:
        now = time.time()
        explained = any(
            one.kind.startswith(("database", "disk")) and one.at < now < one.until + SHORTAGE_S * self._slack
            for one in self.observer.log.disturbances
        )
        self.observer.note(told)
        self.observer.log.disturbances.append(Disturbance(now, now, "up"))
        if not explained:
            self.observer.violation(f"I10 {told}")

    # --- handing in -------------------------------------------------------------------------------------------------

    def _hand_in(self, drop: PlannedDrop) -> None:
        name, content, sidecar = self._file(drop)
        sha256 = hashlib.sha256(content).hexdigest()
        if drop.kind == "canary":
            self.services.provider_state.scripts[sha256] = {"utterances": SPOKEN}
        if drop.kind == "refused":
            self.services.provider_state.scripts[sha256] = {"error": "Transcoding failed. File type unknown"}
        try:
            self._place(Path(name).with_suffix(".json").name, json.dumps(sidecar).encode())
            self._place(name, content)
        except OSError as error:  # for example because the disk is full: the submitter retries
            self.observer.note(f"{name} could not be dropped: {error.strerror}")
            self._do_at(time.time() + 2.0, lambda: self._hand_in(drop))
            return
        hook, secret = f"h{drop.number}", sidecar["webhook_secret"]
        self.observer.log.handed.append(Handed(drop.number, drop.kind, name, sha256, hook, secret, time.time()))

    def _file(self, drop: PlannedDrop) -> tuple[str, bytes, dict[str, Any]]:
        identity = f"chaos {self.plan.seed} {drop.number if drop.of is None else drop.of}"
        sidecar: dict[str, Any] = {
            "webhook_url": self.services.receiver.hook(f"h{drop.number}"),
            "webhook_secret": f"{SECRET_CANARY}{self.plan.seed}-{drop.number}",
            "title": f"Chaos number {drop.number}",
        }
        if drop.kind == "canary":
            sidecar |= {"title": f"{TITLE_CANARY} number {drop.number}", "participants": [NAME_CANARY]}
        if drop.kind == "transcript":
            lines = [("Ann", f"We agreed to meet in May about {identity}."), ("Bob", "I will write it down by Friday.")]
            return f"r{drop.number}.vtt", media.vtt(*lines).encode(), sidecar
        if drop.kind == "unusable":
            return f"r{drop.number}.wav", random.Random(identity).randbytes(4000), sidecar
        return f"r{drop.number}.wav", media.wav(identity), sidecar

    def _place(self, name: str, content: bytes) -> None:
        self.system.inbox.mkdir(parents=True, exist_ok=True)
        draft = self.system.inbox / f".{os.urandom(8).hex()}"
        try:
            draft.write_bytes(content)
            draft.rename(self.system.inbox / name)
        finally:
            draft.unlink(missing_ok=True)

    # --- faults -----------------------------------------------------------------------------------------------------

    def _disturb(self, fault: PlannedFault) -> None:
        group, _, name = fault.kind.partition(":")
        done = {
            "kill": self._kill, "freeze": self._freeze, "crash": self._arm, "provider": self._service,
            "receiver": self._service, "database": self._database, "disk": self._fill_disk,
        }[group](name, fault)  # fmt: skip
        if done is None and time.time() < self.began + fault.at + FIND_S:  # for example no worker is running right now
            self._do_at(time.time() + TURN_S, lambda: self._disturb(fault))
        elif done is None:
            self.observer.note(f"{fault.kind}: nothing to do it to")
        elif group != "crash":
            self.observer.note(f"{fault.kind} {fault.how or ''} {done.detail}")
            self.observer.log.disturbances.append(done)

    def _kill(self, name: str, fault: PlannedFault) -> Disturbance | None:
        at = time.time()
        if name == "everything":
            pids = self.system.kill_everything()
        elif name == "supervisor":
            pids = [] if self.system.process_ended() else [self.system.kill_supervisor()]
        else:
            process = pick(self.system, name, self._dice)
            pids = []
            if process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
                    pids = [process.pid]
        self._ended += len(pids)
        return Disturbance(at, at, fault.kind, pids=tuple(pids)) if pids else None

    def _freeze(self, name: str, fault: PlannedFault) -> Disturbance | None:
        process = pick(self.system, name, self._dice)
        if process is None:
            return None
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()

        def wake() -> None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

        until = time.time() + fault.how["seconds"]
        self._do_at(until, wake)
        return Disturbance(time.time(), until, fault.kind, f"process {process.pid}")

    def _arm(self, _: str, fault: PlannedFault) -> Disturbance | None:
        path = self.crashes / fault.how["point"]
        path.touch()
        self._armed[path.name] = path
        return Disturbance(time.time(), time.time(), fault.kind)

    def _see_crashes(self) -> None:
        for name, path in list(self._armed.items()):
            if not path.exists():
                del self._armed[name]
                self._ended += 1
                self.observer.note(f"crash at {name}")
                self.observer.log.disturbances.append(Disturbance(time.time(), time.time(), "crash", name))

    def _service(self, name: str, fault: PlannedFault) -> Disturbance | None:
        if name != "gone":
            self.services.order(fault.kind, fault.how)
            return Disturbance(time.time(), time.time(), fault.kind)
        service = self.services.provider_service if fault.kind.startswith("prov") else self.services.receiver_service
        service.leave()
        until = time.time() + fault.how["seconds"]
        self._do_at(until, service.come_back)
        return Disturbance(time.time(), until, fault.kind)

    def _database(self, name: str, fault: PlannedFault) -> Disturbance | None:
        at = time.time()
        until = at if name in ("terminate", "restart") else at + fault.how["seconds"]
        if name == "locked":
            if not self.writer.hold():
                return None
            self._do_at(until, self.writer.let_go)
        elif self.server is None:
            return None
        elif name == "terminate":
            with contextlib.suppress(Exception):  # another fault may have stopped the server
                self.server.end_connections()
        else:
            self.server.end_at_once()
            if name == "restart":
                self.server.start()
            else:
                self._do_at(until, self.server.start)
        return Disturbance(at, max(until, time.time()), fault.kind)

    def _fill_disk(self, name: str, fault: PlannedFault) -> Disturbance | None:
        if not self.disk.mounted:
            return None
        self.disk.fill()
        until = time.time() + fault.how["seconds"]
        self._do_at(until, self.disk.make_room)
        return Disturbance(time.time(), until, fault.kind)

    # --- the end ----------------------------------------------------------------------------------------------------

    def _until_quiet(self) -> float | None:
        """Seconds from the last fault until no work is left; ``None`` if that never happened.

        If the machine has become slower than before the run, this waits longer than the limit. The report then says
        that the limit was exceeded (I10), and I1 to I9 are checked on an idle system instead of one still working.
        """
        began = time.time()
        while time.time() - began < self._rest_limit_s * max(1.0, self.beside.slower_than(self._slack)):
            for _ in range(10):
                self._turn()
            with contextlib.suppress(*UNREADABLE):
                left = self._left_to_do()
                if not left:
                    return time.time() - began
                if self._hopeless and not self._left_to_do(but=self._hopeless):
                    break
        self.observer.note(f"not quiet: {left}")
        return None

    def _left_to_do(self, but: Collection[int] = ()) -> list[str]:
        """What has no end yet, without the recordings of these numbers."""
        reader = self.observer.reader
        handed = self.observer.log.handed
        without = {one.sha256 for one in handed if one.number in but}
        rows = reader.rows("SELECT sha256, status, stage FROM recordings")
        known = {row["sha256"]: row for row in rows if row["sha256"] not in without}
        wanted = [one.sha256 for one in handed if one.kind != "unusable" and one.sha256 not in without]
        left = [f"crash point {name}" for name in self._armed]
        left += [f"recording {sha256[:8]}" for sha256 in wanted if known.get(sha256, {}).get("status") not in TERMINAL]
        left += [f"stage {row['stage']}" for row in known.values() if row["stage"] != "done"]
        left += [f"file {path.name}" for path in self.system.inbox.rglob("*") if path.is_file()]
        for what, query in {
            "deliveries": "SELECT count(*) AS n FROM webhook_deliveries WHERE state NOT IN ('delivered', 'dead')",
            "leases": "SELECT count(*) AS n FROM run_leases WHERE state IN ('live', 'fenced')",
            "gaps": "SELECT count(*) AS n FROM gaps WHERE due_at IS NOT NULL",
            "changes": "SELECT count(*) AS n FROM recordings WHERE changed_at IS NOT NULL",
        }.items():
            left += [f"{row['n']} {what}" for row in reader.rows(query) if row["n"]]
        left += [f"{row['n']} runs" for row in reader.run_rows(UNFINISHED) if row["n"]]
        return left

    def _judge(self, quiet_s: float | None) -> Report:
        services, reader = self.services, self.observer.reader
        facts = load_facts(
            reader,
            received=list(services.receiver_state.received),
            ledger=services.provider_state.ledger.as_json(),
            lost_answers=sum(services.lost_answers().values()),
            aimed=tuple(hit.at for hit in services.provider_faults.log),
        )
        self.recordings = facts.recordings
        self.observer.stop()
        log = self.observer.log
        log.violations += broken(facts, log)
        log.violations += self._stopped()
        log.violations += secrets_and_words(self.system.home, reader)
        log.violations += recording_folders(self.system.home, reader)
        log.violations += unsound_databases(self.system.home)
        log.violations += left_behind(self.system.home, self.temporary, self._ended)
        rest = Rest(quiet_s, self._rest_limit_s)
        report = make_report(
            self.plan, facts, self.observer, services, rest, self.system.starts, self._slack, self.beside.slowness
        )
        if self.keep is not None:
            self._keep_files(self.keep, report)
        return report

    def _stopped(self) -> list[str]:
        if self.system.process_ended():
            return ["I8 the system was not running at the end"]
        try:
            took = self.system.stop()
        except (AssertionError, subprocess.TimeoutExpired) as error:
            return [f"I8 {error}"]
        limit = STOP_SECONDS * self._slack
        return [] if took < limit else [f"I10 the stop took {took:.0f} s (bound {limit:.0f} s)"]

    def _keep_files(self, folder: Path, report: Report) -> None:
        (folder / "report.json").write_text(report.as_json(), encoding="utf-8")
        shutil.copy(self.work / "up.out", folder / "up.out")
        if report.violations:
            with contextlib.suppress(shutil.Error, OSError, sqlite3.Error, sa.exc.SQLAlchemyError):
                shutil.copytree(self.system.home, folder / "home", dirs_exist_ok=True)
