"""The thread that wakes sensors after commits of any process."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from meeting_pipeline.daemon import policies
from meeting_pipeline.daemon.pending_work import DROP_FOLDER, PendingWork, Work
from meeting_pipeline.daemon.wake_up import WakeUp
from meeting_pipeline.daemon.waker import Spacing, Waker
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.event_log.watch import FeedWatch
from meeting_pipeline_tests.daemon.hand import Hand
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.store.samples import Journey

LONG = 120.0
NEVER = threading.Event()
SENSORS = frozenset({"drop_folder", "transcripts_ready", "webhooks_due", "results_changed"})


@pytest.fixture
def wake_up() -> WakeUp:
    return WakeUp()


@pytest.fixture
def start(wake_up: WakeUp) -> Iterator[Callable[..., Waker]]:
    started: list[Waker] = []

    def start_it(installation: Installation, committed: Callable[[], None] = lambda: None) -> Waker:
        started.append(Waker(installation, wake_up, committed))
        started[-1].start()
        return started[-1]

    yield start_it
    for one in started:
        one.stop()
        assert not one._thread.is_alive()


def test_new_work_wakes_at_once_and_the_same_work_later_and_later() -> None:
    hand = Hand(0.0)
    spacing = Spacing(hand)
    woken = []
    for _ in range(33):
        hand.at += 0.5
        if spacing.new([("one", "work")]):
            woken.append(hand.at)
    assert woken == [0.5, 2.5, 6.5, 11.5, 16.5]
    hand.at = 17.0
    assert not spacing.new([("one", "other work")]), "a sensor is woken at most once a second"
    hand.at = 17.5
    assert spacing.new([("one", "other work"), ("two", "work")]) == {"one", "two"}


def test_what_another_process_commits_wakes_the_sensor(
    open_with: OpenWith, installation: Installation, wake_up: WakeUp, start: Callable[..., Waker]
) -> None:
    committed = threading.Event()
    start(open_with(), committed.set)
    assert committed.wait(LONG), "once at its start: there may be work from before"
    committed.clear()
    Journey(installation.store).accept(needs_order=True)
    assert wake_up.take(LONG, NEVER) == {DROP_FOLDER}
    assert committed.wait(LONG)


@pytest.mark.parametrize(
    "error",
    [StoreUnavailable("database_unreachable", "The database is away."), RuntimeError("a bug")],
    ids=["away", "bug"],
)
def test_a_waker_that_failed_starts_again(
    error: Exception,
    installation: Installation,
    wake_up: WakeUp,
    start: Callable[..., Waker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing = iter([error])

    def in_store(self: PendingWork) -> Iterator[Work]:
        for one in failing:
            raise one
        yield DROP_FOLDER, "work"

    monkeypatch.setattr(PendingWork, "in_store", in_store)
    monkeypatch.setattr(policies, "REPAIR_SECONDS", 0.01)
    start(installation)
    assert wake_up.take(LONG, NEVER) == {DROP_FOLDER}


def test_a_store_that_never_rests_is_not_asked_without_a_pause(
    installation: Installation, start: Callable[..., Waker], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[float] = []
    enough = threading.Event()

    def in_store(self: PendingWork) -> Iterator[Work]:
        rounds.append(time.monotonic())
        if len(rounds) == 5:
            enough.set()
        yield from ()

    monkeypatch.setattr(PendingWork, "in_store", in_store)
    monkeypatch.setattr(FeedWatch, "wait", lambda self, seconds: True)
    monkeypatch.setattr(policies, "COORDINATOR_SECONDS", LONG * 10)
    told: list[float] = []
    start(installation, lambda: told.append(time.monotonic()))
    assert enough.wait(LONG)
    assert min(later - earlier for earlier, later in pairwise(rounds)) >= policies.WATCH_SECONDS * 0.9
    assert len(told) <= 1, "the queue of runs is not looked at after every commit"


def test_a_provider_with_many_orders_is_polled_for_less_often(installation: Installation) -> None:
    at = [0.0]
    waiting = PendingWork(installation, lambda: at[0])
    waiting._in_flight, waiting._polled_at = 300, 0.0
    at[0] = 2.9
    assert list(waiting.at_provider()) == []
    at[0] = 3.0
    assert len(list(waiting.at_provider())) == 1


def test_sensors_rest_while_nothing_is_open(
    open_with: OpenWith, installation: Installation, wake_up: WakeUp, start: Callable[..., Waker]
) -> None:
    waker = start(open_with())
    deadline = time.monotonic() + LONG
    while not waker.resting(SENSORS):
        assert time.monotonic() < deadline
        NEVER.wait(0.05)
    assert waker.resting(SENSORS) == {"drop_folder", "transcripts_ready", "webhooks_due"}
    Journey(installation.store).accept(needs_order=True)
    assert wake_up.take(LONG, NEVER) == {DROP_FOLDER}
    assert waker.resting(SENSORS) == frozenset(), "it has no outcome yet"


def test_all_sensors_rest_once_nothing_was_committed_for_a_while(
    open_with: OpenWith, installation: Installation, start: Callable[..., Waker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "QUIET_SECONDS", 0.5)
    waker = start(open_with())
    deadline = time.monotonic() + LONG
    while waker.resting(SENSORS) != SENSORS:
        assert time.monotonic() < deadline
        NEVER.wait(0.05)
    monkeypatch.setattr(policies, "QUIET_SECONDS", LONG)
    Journey(installation.store).accept(needs_order=True)
    assert waker.resting(SENSORS) < SENSORS


def test_sensors_that_refresh_do_not_rest_while_the_tables_lack_a_change(
    installation: Installation, start: Callable[..., Waker], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds, enough = iter(range(5)), threading.Event()

    def in_store(self: PendingWork) -> Iterator[Work]:
        self.nothing_open = self.unrefreshed = True
        if next(rounds, None) is None:
            enough.set()
        yield from ()

    monkeypatch.setattr(policies, "QUIET_SECONDS", 0.3)
    monkeypatch.setattr(policies, "WAKE_MAX_SECONDS", 0.0)
    monkeypatch.setattr(PendingWork, "in_store", in_store)
    monkeypatch.setattr(FeedWatch, "wait", lambda self, seconds: False)
    waker = start(installation)
    assert enough.wait(LONG), "half a second of looks"
    assert waker.resting(SENSORS) == SENSORS - {"results_changed"}


def test_sensors_do_not_rest_while_the_waker_has_trouble(
    installation: Installation, start: Callable[..., Waker], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def away(_: PendingWork) -> Iterator[Work]:
        asked.set()
        raise StoreUnavailable("database_unreachable", "The database is away.")

    monkeypatch.setattr(PendingWork, "in_store", away)
    waker = start(installation)
    assert asked.wait(LONG)
    assert waker.resting(SENSORS) == frozenset()


def test_sensors_do_not_rest_while_looks_at_a_slow_drop_folder_are_left_out(installation: Installation) -> None:
    at = [0.0]
    waiting = PendingWork(installation, lambda: at[0])
    seen = []
    for at[0], waiting._folder_at in (
        (0.0, 0.0),
        (5.0, 40.0),
        (41.0, 40.0),
    ):  # 40: as after a look that took two seconds
        list(waiting.in_folder())
        seen.append(not waiting.folder_unseen)
    assert seen == [True, False, True]
