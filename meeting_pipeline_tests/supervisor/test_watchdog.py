"""When the parts of a running system are restarted, with a clock that tests control."""

from collections.abc import Mapping

import pytest

from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.reports import Report
from meeting_pipeline.supervisor.watchdog import CODE, DAEMON, Watchdog

FINE = {"code-server": "", "webserver": "", "http-service": ""}


class Dog:
    """The watchdog of a started system, and its clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.watchdog = Watchdog(lambda: self.now)
        for part in (*FINE, DAEMON):
            self.watchdog.started(part)
        self.tick = 0

    def goes_on(
        self,
        seconds: float,
        words: Mapping[str, str] | None = None,
        *,
        busy: float = 1.0,
        ticks: bool = True,
        beats: bool = True,
    ) -> list[str]:
        """Feed it reports for this many seconds; returns the parts to restart, in order. ``words``: what is said of parts."""
        restarted: list[str] = []
        answers = {**FINE, **(words or {})}
        until = self.now + seconds
        while self.now < until:
            self.now += policies.PROBE_SECONDS
            self.tick += ticks
            beat = {"SENSOR": self.now // 30 if beats else 0.0}
            self.watchdog.note_report(Report(answers, ticks=str(self.tick), beats=beat, busy=busy))
            for name in self.watchdog.to_restart():
                restarted.append(name)
                self.watchdog.started(name)
        return restarted


@pytest.fixture
def dog() -> Dog:
    found = Dog()
    assert found.goes_on(120) == []
    return found


def test_a_system_that_works_is_left_alone(dog: Dog) -> None:
    assert dog.goes_on(3600) == []
    assert dog.watchdog.health().faults == ()


@pytest.mark.parametrize("part", list(FINE))
def test_a_part_that_does_not_answer_is_restarted_within_a_minute(dog: Dog, part: str) -> None:
    assert dog.goes_on(60, {part: "no answer"}) == [part]


def test_an_answer_that_fails_once_restarts_nothing(dog: Dog) -> None:
    for _ in range(20):
        assert dog.goes_on(10, {"webserver": "no answer"}) == []
        assert dog.goes_on(5) == []


def test_a_busy_machine_gets_as_much_more_time_as_it_is_busy(dog: Dog) -> None:
    assert dog.goes_on(policies.PART_SILENT_SECONDS * 5, {"webserver": "no answer"}, busy=8.0) == []
    assert dog.goes_on(policies.PART_SILENT_SECONDS * 4, {"webserver": "no answer"}, busy=8.0) == ["webserver"]


def test_a_part_that_restarts_do_not_cure_is_restarted_ever_more_seldom(dog: Dog) -> None:
    assert 4 <= len(dog.goes_on(3600, {"webserver": "no answer"})) <= 9
    assert len(dog.goes_on(3600, {"webserver": "no answer"})) <= 4, "four times an hour at most, in the end"
    [fault] = dog.watchdog.health().faults
    assert fault.part == "webserver"
    assert "restarts: " in fault.words


def test_a_part_that_was_just_started_gets_time_to_come_up(dog: Dog) -> None:
    dog.watchdog.started(CODE)
    assert dog.goes_on(policies.PART_GRACE_SECONDS - policies.PROBE_SECONDS, {"code-server": "no answer"}) == []


def test_a_stopped_process_is_restarted_however_busy_the_machine_is(dog: Dog) -> None:
    dog.watchdog.stopped("webserver", True)
    assert dog.goes_on(policies.PART_STOPPED_SECONDS + policies.PROBE_SECONDS, busy=10.0) == ["webserver"]


def test_a_process_that_was_stopped_for_a_moment_is_left_alone(dog: Dog) -> None:
    dog.watchdog.stopped("webserver", True)
    assert dog.goes_on(5) == []
    dog.watchdog.stopped("webserver", False)
    assert dog.goes_on(60) == []


def test_a_daemon_whose_sensors_do_not_tick_is_restarted(dog: Dog) -> None:
    assert dog.goes_on(policies.TICKS_SILENT_SECONDS + 15, ticks=False) == [DAEMON]


def test_a_daemon_one_of_whose_threads_hangs_is_restarted(dog: Dog) -> None:
    assert dog.goes_on(policies.DAEMON_SILENT_SECONDS - 10, beats=False) == []
    assert dog.goes_on(30, beats=False) == [DAEMON]


def test_a_daemon_is_not_blamed_for_a_code_server_that_is_away(dog: Dog) -> None:
    assert DAEMON not in dog.goes_on(600, {"code-server": "no answer"}, ticks=False, beats=False)


def test_a_daemon_is_not_blamed_for_a_database_that_is_away(dog: Dog) -> None:
    for _ in range(100):
        dog.now += 10
        away = {"database": "It does not work at present: database_unreachable."}
        dog.watchdog.note_report(Report(FINE, ticks="old", beats={"SENSOR": 1.0}, problems=away))
        assert dog.watchdog.to_restart() == {}
    [fault] = dog.watchdog.health().faults
    assert fault.part == "database"


def test_what_cannot_be_known_counts_against_nobody(dog: Dog) -> None:
    for _ in range(100):
        dog.now += 10
        dog.watchdog.note_report(Report(FINE))
        assert dog.watchdog.to_restart() == {}


def test_ticks_that_come_are_seen_whatever_their_times_say(dog: Dog) -> None:
    """Tick marks are compared, not times: after the clock is set back, a daemon does not count as silent."""
    for number in range(100):
        dog.now += 10
        dog.watchdog.note_report(Report(FINE, ticks=str(-number), beats={"SENSOR": -float(number)}))
        assert dog.watchdog.to_restart() == {}


def test_webhooks_that_do_not_move_are_told(dog: Dog) -> None:
    dog.watchdog.note_report(Report(FINE, problems={"outbox": "A webhook has been due for 700 s."}))
    assert [str(fault) for fault in dog.watchdog.health().faults] == [
        "outbox: A webhook has been due for 700 s. (for 0 s)"
    ]
    assert dog.watchdog.to_restart() == {}


def test_code_that_the_ui_cannot_load_restarts_the_ui_and_is_told(dog: Dog) -> None:
    found = dog.goes_on(1800, {"code-location": "its code cannot be loaded: ModuleNotFoundError"})
    assert set(found) == {"webserver"}
    assert len(found) < 8
    assert "ModuleNotFoundError" in str(dog.watchdog.health().faults[0])
    dog.goes_on(10)
    assert dog.watchdog.health().faults == ()


def test_a_fault_that_needs_no_second_look_is_limited_too(dog: Dog) -> None:
    assert dog.watchdog.at_once(CODE)
    assert not dog.watchdog.at_once(CODE)
    dog.now += policies.HEAL_FIRST_SECONDS
    assert dog.watchdog.at_once(CODE)
