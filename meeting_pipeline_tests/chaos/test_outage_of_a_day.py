"""Both providers are down for a day: a hundred recordings wait as rows, then all complete, and each is bought once.

Time is scaled, so that the day passes in less than a minute; processes run at normal speed.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from meeting_pipeline_tests.chaos.faults_database import Server
from meeting_pipeline_tests.chaos.speed import measured_slack
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3600)]

TIME_SCALE = 0.0005
DAY_SECONDS = 24 * 3600 * TIME_SCALE
BEFORE, FLYING, DURING, AFTER = 20, 30, 45, 5
"""Number of recordings transcribed before the outage, at the provider when it begins, arriving during it, and after it."""
COUNT = BEFORE + FLYING + DURING + AFTER
PATIENCE_SECONDS = 600.0
_TICK = '"dagster.daemon.SensorDaemon"'
"""Dagster's daemon logs every tick of every sensor, whatever its reason; a slow day has more ticks."""
LAYING_OUT = "SELECT count(*) AS n FROM recordings WHERE stage IN ('queued', 'collecting', 'extracting')"


@dataclass
class Day:
    """What was observed from outside."""

    dropped: list[Dropped] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    requests: int = 0
    outage_seconds: float = 0.0
    recovery_seconds: float = 0.0
    newcomers_seconds: float = 0.0
    listed: str = ""
    pending: int = 0


def _drop(system: System, day: Day, phase: str, count: int) -> list[Dropped]:
    names = [f"{phase}-{number:02}" for number in range(count)]
    dropped = [system.drop(f"{name}.wav", media.wav(name), hook=name) for name in names]
    day.dropped += dropped
    return dropped


def _ordered(system: System) -> int:
    return int(
        system.rows("SELECT count(*) AS n FROM transcription_orders WHERE state IN ('ordered', 'collected')")[0]["n"]
    )


def _pending(system: System) -> int:
    return int(system.rows("SELECT count(*) AS n FROM recordings WHERE status = 'pending'")[0]["n"])


def _requests(outside: Outside) -> int:
    return sum(outside.providers.ledger()["requests"].values())


def _whole(outside: Outside, hook: str | None) -> Callable[[], bool]:
    """Whether the latest webhook has everything."""
    return lambda: outside.told(hook)[-1]["gaps"] == []


def _the_day(system: System, outside: Outside, day: Day) -> None:
    outside.providers.fault("* /v1/*", "reset", times=-1)
    early = _drop(system, day, "before", BEFORE)
    for one in early:
        system.wait_until_told(one.hook, seconds=PATIENCE_SECONDS)
    outside.providers.settings(processing_seconds=40.0)
    _drop(system, day, "flying", FLYING)
    system.wait_for(lambda: _ordered(system) == BEFORE + FLYING, "orders to be placed", PATIENCE_SECONDS)
    outside.providers.fault("* /v2/*", "reset", times=-1)
    began = time.monotonic()
    outside.providers.settings(processing_seconds=0.5)
    _drop(system, day, "during", DURING)
    taken_in = BEFORE + FLYING + DURING
    known = "SELECT count(*) AS n FROM recordings"
    system.wait_for(lambda: system.rows(known)[0]["n"] == taken_in, "the new ones to be taken in", PATIENCE_SECONDS)
    system.wait_until_idle()
    idle = min(len(system.family()) for _ in range(3))
    before, settled = _requests(outside), time.monotonic()
    while time.monotonic() < began + DAY_SECONDS or time.monotonic() < settled + DAY_SECONDS / 2:
        day.processes.append(len(system.family()) - idle)
        day.runs.append(len(system.ui.unfinished_runs()))
        day.held.append(int(system.rows(LAYING_OUT)[0]["n"]))
        time.sleep(1.0)
    day.requests = _requests(outside) - before
    listing = system.command("list", "--limit", "200")
    done = subprocess.run(listing, env=system.environment(), capture_output=True, text=True, timeout=120, check=True)
    day.listed, day.pending = done.stdout, _pending(system)
    day.outage_seconds = time.monotonic() - began
    outside.providers.clear_faults()
    over = time.monotonic()
    for one in _drop(system, day, "after", AFTER):
        system.wait_until_told(one.hook, seconds=PATIENCE_SECONDS)
    day.newcomers_seconds = time.monotonic() - over
    system.wait_until_over(*day.dropped, seconds=PATIENCE_SECONDS)
    no_gap = "SELECT count(*) AS n FROM gaps"
    system.wait_for(lambda: system.rows(no_gap)[0]["n"] == 0, "all gaps to be filled", PATIENCE_SECONDS)
    for one in day.dropped:
        system.wait_until_told(one.hook, 2 if one in early else 1, seconds=PATIENCE_SECONDS)
        # One that was transcribed in the outage's last seconds may have been told with a gap first.
        system.wait_for(_whole(outside, one.hook), f"{one.name} to be told without a gap", PATIENCE_SECONDS)
    day.recovery_seconds = time.monotonic() - over


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Settings that select the database."""
    if request.param == "sqlite":
        yield {}
        return
    server = Server()
    try:
        yield {"MEETING_PIPELINE_DATABASE_URL": server.url}
    finally:
        server.close()


@pytest.fixture(scope="module")
def outside(database: dict[str, str]) -> Iterator[Outside]:
    """Providers and receivers for this system only: their ledgers are compared with its database."""
    with Outside() as outside:
        yield outside


@pytest.fixture(scope="module")
def system(outside: Outside, database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    home = tmp_path_factory.mktemp("outage") / "home"
    system = System(home, outside, MEETING_PIPELINE_TIME_SCALE=str(TIME_SCALE), **database)
    system.slack = measured_slack()
    print(f"waits may take {system.slack:g} times as long as usual, as measured before")  # noqa: T201 - the result rests on it
    try:
        yield system.start()
    except BaseException:
        system.kill()
        raise
    system.stop()


@pytest.fixture(scope="module")
def day(system: System, outside: Outside) -> Day:
    """The day and the recovery after it."""
    day = Day()
    _the_day(system, outside, day)
    print(  # noqa: T201 - the numbers are the result
        f"\n{COUNT} recordings; out for {day.outage_seconds:.0f} s = {day.outage_seconds / TIME_SCALE / 3600:.0f} h; "
        f"processes beside the idle system: at most {max(day.processes)}, runs: at most {max(day.runs)}; "
        f"requests to both providers meanwhile: {day.requests}; newcomers told after {day.newcomers_seconds:.0f} s, "
        f"all after {day.recovery_seconds:.0f} s"
    )
    return day


def test_nothing_waits_as_a_process(day: Day) -> None:
    """A webhook or table batch may run briefly; nothing stays."""
    assert sorted(day.processes)[len(day.processes) // 2] <= 0
    assert sorted(day.runs)[len(day.runs) // 2] == 0
    assert max(day.held) == 0


def test_a_provider_that_is_out_is_asked_little(day: Day) -> None:
    assert day.requests <= 2 * (day.outage_seconds / 5.0 + 5)


def test_the_outage_is_shown(day: Day) -> None:
    assert "assemblyai (transcription) has not worked since" in day.listed
    assert "openai (insights) has not worked since" in day.listed
    assert day.listed.count("waits for assemblyai") == day.pending
    assert day.pending >= DURING


def test_all_complete_and_none_was_told_as_failed(day: Day, system: System, outside: Outside) -> None:
    rows = system.rows("SELECT status, count(*) AS n FROM recordings GROUP BY status")
    assert rows == [{"status": "completed", "n": COUNT}]
    assert {body["event"] for one in day.dropped for body in outside.told(one.hook)} == {"meeting.completed"}
    assert all(outside.told(one.hook)[-1]["gaps"] == [] for one in day.dropped)


def test_each_is_bought_once(day: Day, outside: Outside) -> None:
    bought = [order["sha256"] for order in outside.providers.ledger()["orders"]]
    assert len(bought) == COUNT
    assert set(bought) == {one.sha256 for one in day.dropped}


def test_no_log_line_repeats_with_every_look(day: Day, system: System) -> None:
    lines = [line for _, text in system.logs() for line in text.splitlines() if "has not worked since" in line]
    told = [line for line in lines if _TICK not in line]
    assert 2 <= len(told) <= 2 * 8, "once a process at most"


def test_the_stored_state_says_that_it_is_over(day: Day, system: System, tmp_path: Path) -> None:
    assert system.rows("SELECT * FROM provider_outages WHERE state = 'open'") == []
