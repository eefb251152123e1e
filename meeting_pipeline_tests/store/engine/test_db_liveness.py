"""Which silent workers get a grace period after the database was unavailable."""

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.engine.db_liveness import DatabaseLiveness


class Now:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


def test_workers_that_are_silent_after_a_cut_are_given_time_once() -> None:
    now = Now()
    liveness = DatabaseLiveness(now)
    liveness.note_success()
    now.at += store_policies.DATABASE_SILENCE_SECONDS + 1
    liveness.note_success()
    assert liveness.excuse(["a", "b"]) == {"a", "b"}
    now.at += store_policies.DATABASE_GRACE_SECONDS + 1
    liveness.note_success()
    assert liveness.excuse(["a"]) == set()
    assert liveness.was_cut_off("a")


def test_cuts_that_follow_each_other_do_not_excuse_for_ever() -> None:
    now = Now()
    liveness = DatabaseLiveness(now)
    liveness.note_success()
    excused = []
    for _ in range(4):
        now.at += store_policies.DATABASE_SILENCE_SECONDS + 1
        liveness.note_success()
        excused.append(bool(liveness.excuse(["a"])))
    assert excused == [True, False, False, False]


def test_a_process_that_was_never_cut_off_excuses_nobody() -> None:
    now = Now()
    liveness = DatabaseLiveness(now)
    for _ in range(20):
        now.at += defs_policies.SENSOR_SECONDS
        liveness.note_success()
    assert liveness.excuse(["a"]) == set()
    assert not liveness.was_cut_off("a")


def test_the_grace_leaves_a_dead_worker_noticed_within_a_minute() -> None:
    assert store_policies.DATABASE_SILENCE_SECONDS + policies.HEARTBEAT_SECONDS < policies.LEASE_SECONDS
    assert store_policies.DATABASE_GRACE_SECONDS > 2 * policies.HEARTBEAT_SECONDS


def test_after_the_clock_was_set_back_workers_are_given_time_to_be_heard() -> None:
    now = Now()
    liveness = DatabaseLiveness(now)
    liveness.note_success()
    now.at -= 3600
    liveness.note_success()
    assert liveness.excuse(["a"]) == {"a"}
    now.at += store_policies.DATABASE_GRACE_SECONDS + 1
    liveness.note_success()
    assert liveness.excuse(["a"]) == set()
