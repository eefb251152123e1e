"""Calls that wake a waiting loop."""

import threading
import time

from meeting_pipeline.daemon.wake_up import WakeUp

LONG = 120.0


def test_a_call_ends_a_wait_at_once() -> None:
    wake_up, taken = WakeUp(), list[frozenset[str]]()
    thread = threading.Thread(target=lambda: taken.append(wake_up.take(LONG, threading.Event())))
    thread.start()
    wake_up.call({"one"})
    thread.join(LONG / 2)
    assert taken == [frozenset({"one"})]


def test_calls_made_while_nobody_waits_are_taken_together_and_once() -> None:
    wake_up, stopped = WakeUp(), threading.Event()
    wake_up.call({"one"})
    wake_up.call({"two", "one"})
    assert wake_up.take(LONG, stopped) == {"one", "two"}
    assert wake_up.take(0.0, stopped) == frozenset()


def test_a_wait_without_a_call_ends_in_time() -> None:
    began = time.monotonic()
    assert WakeUp().take(0.05, threading.Event()) == frozenset()
    assert time.monotonic() - began >= 0.05


def test_a_stop_ends_a_wait() -> None:
    stopped = threading.Event()
    thread = threading.Thread(target=lambda: WakeUp().take(LONG, stopped))
    thread.start()
    stopped.set()
    thread.join(LONG / 2)
    assert not thread.is_alive()
