"""Everything works at the ticks of the sensors alone: a wake-up saves time, and nothing relies on it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Outside, System

pytestmark = pytest.mark.scenario


@pytest.fixture(scope="module")
def system(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with Outside() as outside:
        system = System(tmp_path_factory.mktemp("ticks") / "home", outside, MEETING_PIPELINE_WAKE_SENSORS="off")
        try:
            yield system.start()
        finally:
            system.kill()


def test_recordings_are_taken_processed_and_delivered(system: System) -> None:
    receiver = system.outside.receiver
    receiver.answer(500, name="flaky")
    dropped = system.drop("dropped.wav", media.wav("dropped"), hook="dropped")
    flaky = system.drop("flaky.wav", media.wav("its receiver fails once"), hook="flaky")
    sent = httpx.post(
        f"{system.api_url}/v1/recordings",
        files={"file": ("uploaded.wav", media.wav("uploaded"))},
        data={"webhook_url": receiver.hook("uploaded")},
        timeout=60,
    )
    assert sent.status_code == 202
    for hook in ("dropped", "uploaded", "flaky"):
        system.wait_until_told(hook)
    system.wait_for(lambda: len(receiver.received("flaky")) == 2, "the failed webhook to be sent again")
    for one in (dropped, flaky):
        assert len(system.outside.orders(one.sha256)) == 1
