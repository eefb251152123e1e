"""Two hundred clients of the event streams while thirty recordings run in the real system.

Every client loses its connection now and then. In the meantime the service is killed and ``up`` restarts it. At the end
each client must have received every sequence number of its stream once and in order, compared with the database. Prints
the resources that the service used.

Run: ``make events-load``, or ``.venv/bin/python -m benchmarks.events [--database sqlite|postgres] [--clients 200]
[--recordings 30]``. Must not go here: anything that a test relies on.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from meeting_pipeline_tests.api.audience import Audience
from meeting_pipeline_tests.postgres import running_server
from meeting_pipeline_tests.scenario.media import wav
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

OF_ALL = 0.1
"""Share of the clients that follow all recordings."""
KILL_AFTER = 1 / 3
"""The service is killed when this share of the recordings is finished."""
IDLE_SECONDS = 10.0
SECONDS = 900


@dataclass
class Usage:
    """Resources that one process of the service used, as far as observed."""

    cpu_s: float = 0.0
    rss_mb: float = 0.0
    peak_mb: float = 0.0
    began: float = field(default_factory=time.monotonic)
    seen: float = 0.0


class Watch:
    """The service's processes, one after the other."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.usages: dict[int, Usage] = {}
        self.killed_at: float | None = None

    def process(self) -> psutil.Process | None:
        """The service's process, if there is one."""
        assert self._system.process is not None
        for process in psutil.Process(self._system.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if "meeting_pipeline.api.server" in process.cmdline():
                    return process
        return None

    def look(self) -> Usage | None:
        """Record what it has used so far."""
        process = self.process()
        if process is None:
            return None
        with contextlib.suppress(psutil.Error, OSError, IndexError):
            usage = self.usages.setdefault(process.pid, Usage())
            times = process.cpu_times()
            usage.cpu_s = times.user + times.system
            usage.rss_mb = process.memory_info().rss / 2**20
            usage.peak_mb = int(Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
            usage.seen = time.monotonic()
            return usage
        return None

    def kill(self) -> None:
        """Send SIGKILL, once."""
        process = self.process()
        if self.killed_at is None and process is not None:
            self.look()
            process.kill()
            self.killed_at = time.monotonic()

    def idle(self) -> float:
        """CPU seconds per second while nothing happens."""
        before = self.look()
        start = before.cpu_s if before else 0.0
        time.sleep(IDLE_SECONDS)
        after = self.look()
        return ((after.cpu_s if after else 0.0) - start) / IDLE_SECONDS


def run(system: System, clients: int, recordings: int) -> dict[str, str]:
    """Drop, follow, disturb, compare. Returns the table rows; raises AssertionError if a client missed anything."""
    watch = Watch(system)
    of_all = round(clients * OF_ALL)
    with Audience(system, of_all, (clients - of_all) // recordings) as audience:
        idle = watch.idle()
        began = time.monotonic()
        dropped = [system.drop(f"events-{n}.wav", wav(f"{n}-{began}"), hook=f"events-{n}") for n in range(recordings)]
        audience.follow(dropped)

        def over() -> bool:
            watch.look()
            ended = sum(1 for frame in audience.of_all[0].events() if frame.type == "completed")
            if len(audience.of_one) == recordings and ended >= recordings * KILL_AFTER:
                watch.kill()
            return audience.all_were_told_the_end(dropped)

        system.wait_for(over, "all streams to end", SECONDS)
        settle(system, dropped)
        watch.look()
        took = time.monotonic() - began
        wrong = audience.wrong(dropped)
        assert not wrong, "\n".join(wrong[:20])
        assert watch.killed_at is not None, "the service was not killed in time"
        return table(audience, watch, {
            "recordings, their events": f"{recordings}, {sum(len(system.events(system.key(one))) for one in dropped)}",
            "wall-clock seconds; the service was killed after": f"{took:.0f}; {watch.killed_at - began:.0f}",
            f"idle with {of_all} clients: CPU-s a second": f"{idle:.4f}",
        })  # fmt: skip


def settle(system: System, dropped: list[Dropped]) -> None:
    """Wait until every webhook has arrived and no work is left."""
    for one in dropped:
        system.wait_until_told(one.hook, seconds=SECONDS)
    query = "SELECT id FROM webhook_deliveries WHERE state != 'delivered'"
    system.wait_for(lambda: not system.rows(query), "all webhooks to be noted", SECONDS)
    system.wait_until_idle(SECONDS)


def table(audience: Audience, watch: Watch, lines: dict[str, str]) -> dict[str, str]:
    """All rows of the table."""
    everybody = audience.everybody()
    answers = Counter(status for client in everybody for status in client.statuses)
    found = {
        "clients of one recording, of all": f"{len(everybody) - len(audience.of_all)}, {len(audience.of_all)}",
        **lines,
        "events received": str(sum(len(client.events()) for client in everybody)),
        "missed, repeated or out of order": "0",
        "answers by status": ", ".join(f"{status}: {count}" for status, count in sorted(answers.items())),
        "connections that were lost, or found nobody": str(sum(client.errors for client in everybody)),
    }
    for number, usage in enumerate(watch.usages.values(), 1):
        found[f"service process {number}: CPU-s, in seconds of life"] = (
            f"{usage.cpu_s:.1f}, {usage.seen - usage.began:.0f}"
        )
        found[f"service process {number}: memory at the end, peak (VmHWM), MB"] = (
            f"{usage.rss_mb:.0f}, {usage.peak_mb:.0f}"
        )
    return found


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--recordings", type=int, default=30)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        outside = stack.enter_context(Outside())
        extra = {}
        if options.database == "postgres":
            server = stack.enter_context(running_server())
            extra["MEETING_PIPELINE_DATABASE_URL"] = server.url(server.create())
        system = System(Path(folder) / "home", outside, **extra)
        try:
            lines = run(system.start(), options.clients, options.recordings)
        except BaseException:
            system.kill()
            raise
        system.stop()
    sys.stdout.write(f"| what ({options.database}) | measured |\n|---|---|\n")
    for what, measured in lines.items():
        sys.stdout.write(f"| {what} | {measured} |\n")


if __name__ == "__main__":
    main()
