"""The HTTP service of a running system: its address, its health, who may call it, and that the system survives its death.

No sensor of this system is woken, so the first test also shows that a wake-up only saves time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
import pytest

from meeting_pipeline_tests.fuzzing.running import fuzz, new_key, prepare
from meeting_pipeline_tests.processes import has_ended
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.parts import part_of
from meeting_pipeline_tests.scenario.system import RESPONSE_SECONDS, Outside, System

pytestmark = pytest.mark.scenario

SLICE = ("--max-examples", "8", "--seed", "1", "--phases", "fuzzing")
"""A few seconds of what ``make api-fuzz`` does for minutes."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A separate system: it gets a key, and its service is killed."""
    with Outside() as outside:
        system = QuickSystem(tmp_path_factory.mktemp("guarded") / "home", outside, MEETING_PIPELINE_WAKE_SENSORS="off")
        try:
            yield system.start()
        except BaseException:
            system.kill()
            raise
        finally:
            if not system.process_ended():
                system.kill()


def _status(system: System, path: str) -> int:
    """The response status; 0 while the service is down."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{system.api_url}{path}", timeout=RESPONSE_SECONDS, trust_env=False).status_code
    return 0


def test_recordings_are_taken_processed_and_delivered_at_the_ticks_of_the_sensors_alone(guarded: System) -> None:
    receiver = guarded.outside.receiver
    receiver.answer(500, name="flaky")
    dropped = guarded.drop("dropped.wav", media.wav("dropped"), hook="dropped")
    flaky = guarded.drop("flaky.wav", media.wav("its receiver fails once"), hook="flaky")
    sent = httpx.post(
        f"{guarded.api_url}/v1/recordings",
        files={"file": ("uploaded.wav", media.wav("uploaded"))},
        data={"webhook_url": receiver.hook("uploaded")},
        timeout=RESPONSE_SECONDS,
        trust_env=False,
    )
    assert sent.status_code == 202
    for hook in ("dropped", "uploaded", "flaky"):
        guarded.wait_until_told(hook)
    guarded.wait_for(lambda: len(receiver.received("flaky")) == 2, "the failed webhook to be sent again")
    for one in (dropped, flaky):
        assert len(guarded.outside.orders(one.sha256)) == 1


def test_up_says_where_the_service_is_and_all_works(guarded: System) -> None:
    assert f"HTTP API and page: {guarded.api_url} (no key required" in guarded.output()
    assert _status(guarded, "/healthz") == 200
    guarded.wait_for(lambda: _status(guarded, "/readyz") == 200, "all to work")
    assert _status(guarded, "/v1/recordings") == 200


def test_a_service_that_was_killed_is_started_again_at_the_same_place(guarded: System) -> None:
    before = part_of(guarded, "http-service")
    before.kill()
    guarded.wait_for(lambda: has_ended(before), "its end")
    guarded.wait_for(lambda: _status(guarded, "/healthz") == 200, "the service to start again")
    assert part_of(guarded, "http-service").pid != before.pid


def test_generated_requests_are_answered_as_described(guarded: System) -> None:
    known, key = prepare(guarded, 1), new_key(guarded)
    guarded.wait_for(lambda: _status(guarded, "/v1/recordings") == 401, "the service to notice its first key")
    report = fuzz(guarded, known, key, *SLICE)
    assert not report.failures, report.text
    assert not report.errors, report.text
    assert report.tested == report.operations
    assert report.generated > 80
    assert "Traceback" not in (guarded.home / "logs" / "http-service.log").read_text()


def test_the_system_ends_in_order_although_clients_follow_events(guarded: System) -> None:
    key = {"Authorization": f"Bearer {new_key(guarded)}"}
    with (
        httpx.Client(trust_env=False, timeout=RESPONSE_SECONDS) as client,
        client.stream("GET", f"{guarded.api_url}/v1/events", headers=key) as following,
    ):
        assert "event: ready" in next(line for line in following.iter_lines() if line.startswith("event:"))
        guarded.stop()
