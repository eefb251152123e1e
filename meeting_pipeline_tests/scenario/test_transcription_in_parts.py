"""A running system buys a transcription part by part, and its worker dies in the middle of the third of five parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.foundation.crash_points import FOLDER_VARIABLE
from meeting_pipeline.media.encoding import encoded
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import Outside, System
from meeting_pipeline_tests.sounds import conversation

pytestmark = pytest.mark.scenario

MODEL = "whisper-1"


@pytest.fixture(scope="module")
def crash_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crashes")


@pytest.fixture(scope="module")
def system(others_at_work: None, tmp_path_factory: pytest.TempPathFactory, crash_folder: Path) -> Iterator[System]:
    """A system that buys from a transcription server, which answers two requests and lets the others wait."""
    with Outside() as outside:
        outside.providers.settings(extra_models=[MODEL], speech={"answers": 2})
        settings = outside.providers.speech_environment(
            OPENAI_TRANSCRIPTION_MODEL=MODEL, OPENAI_TRANSCRIPTION_PART_MINUTES="1",
            OPENAI_TRANSCRIPTION_USD_PER_HOUR="0.36",
        )  # fmt: skip
        home = tmp_path_factory.mktemp("parts") / "home"
        system = QuickSystem(home, outside, **settings, **{FOLDER_VARIABLE: str(crash_folder)})
        try:
            yield system.start()
        finally:
            system.kill()


def test_only_the_part_that_was_being_answered_is_bought_twice(system: System, crash_folder: Path) -> None:
    turns: list[tuple[int | None, float]] = []
    for number in range(30):
        turns += [(number % 2, 8.0), (None, 1.0)]
    dropped = system.drop("talk.mp3", encoded(conversation(turns), "mp3"), hook="talk")
    answered = "SELECT id FROM transcription_parts WHERE state = 'answered'"
    providers = system.outside.providers
    system.wait_for(lambda: len(system.rows(answered)) == 2, "two parts")
    system.wait_for(lambda: len(providers.ledger()["speech_calls"]) == 3, "the request for the third")
    (crash_folder / "transcribing.part_answered").touch()
    providers.settings(speech={"answers": None})
    system.wait_until_told("talk")

    assert list(crash_folder.iterdir()) == [], "the worker was killed"
    assert system.recording(dropped)["status"] == "completed"
    billed = [call["sha256"] for call in providers.ledger()["speech_calls"] if call["billed"]]
    assert (len(billed), len(set(billed))) == (6, 5)
    rows = system.rows("SELECT lost_calls FROM transcription_parts ORDER BY start_ms")
    assert [row["lost_calls"] for row in rows] == [0, 0, 1, 0, 0]
    [order] = system.rows("SELECT state, cost_usd FROM transcription_orders")
    assert order["state"] == "collected"
    assert order["cost_usd"] == pytest.approx(0.36 * 270 / 3600)
    [transcript] = system.artifacts(system.key(dropped), "transcript")
    assert transcript["cost_usd"] == pytest.approx(0.36 * 270 / 3600)
