"""Uploads that block their reader forever, over real HTTP: good uploads are still answered, however many there are."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from meeting_pipeline import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.uploads import admission
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.intake.inspections import Inspections
from meeting_pipeline.steps.sandbox import sandbox
from meeting_pipeline_tests.api.uploads.test_admission import upload, wait_for
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.scenario.media import wav
from meeting_pipeline_tests.steps.intake.test_inspections import NASTY

POISON = intake_policies.INSPECTIONS_AT_ONCE + policies.SLOW_INSPECTIONS_AT_ONCE + 4
"""More than the number of quick and slow inspections that may run at once."""
GOOD = 6


@dataclass
class Site:
    """A service in this process whose reader does what the file tells it to (``nasty_sandbox.py``)."""

    url: str
    inspections: Inspections
    stopping: threading.Event

    def waiting_for_a_slow_place(self) -> int:
        return self.inspections._slots._waiting


@pytest.fixture
def site(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made: list[Inspections] = []

    def make(stopping: threading.Event | None = None) -> Inspections:
        made.append(Inspections(stopping))
        return made[-1]

    monkeypatch.setattr(sandbox, "_COMMAND", NASTY)
    monkeypatch.setattr(admission, "Inspections", make)
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_CLOCK_SHARE", 1)  # a sleeping reader uses no processor time
    stopping = threading.Event()
    with LoopbackServer(build_app(Service(installation, guarded=False, stopping=stopping))) as server:
        yield Site(server.url, made[0], stopping)
    made[0].close()


def test_good_uploads_are_answered_while_more_poison_is_read_than_there_are_places(
    site: Site, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_SECONDS", 0.5)
    with ThreadPoolExecutor(POISON + GOOD) as pool:
        poison = [pool.submit(upload, site.url, f"sleep\n{number}".encode()) for number in range(POISON)]
        try:
            wait_for(
                lambda: site.waiting_for_a_slow_place() == POISON - policies.SLOW_INSPECTIONS_AT_ONCE,
                "all slow places to be taken",
            )
            monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_SECONDS", 120.0)  # for good ones on a busy machine
            good = [pool.submit(upload, site.url, wav(f"good {number}")) for number in range(GOOD)]
            assert [found.result().status_code for found in good] == [202] * GOOD
            assert not any(found.done() for found in poison), "all of it is still being read, or waits"
        finally:
            site.stopping.set()
        assert {found.result().status_code for found in poison} == {503}
    assert len(installation.store.recordings.list()) == GOOD
