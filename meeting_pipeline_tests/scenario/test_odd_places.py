"""A system whose home and environment are in folders with names that are special to templates, URLs and shells."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Outside, System

pytestmark = pytest.mark.scenario

ODD = "-a b%2F?x=1#y&'\"$HOME{z}\\;:@é😀"


def test_a_recording_is_processed_in_a_home_and_an_environment_with_odd_names(tmp_path: Path) -> None:
    """A symlink leads to the environment, so Python and Dagster see the odd path. A colon would split the search path."""
    environment = tmp_path / ODD.replace(":", "") / "environment"
    environment.parent.mkdir()
    environment.symlink_to(Path(sys.executable).parent.parent)
    with Outside() as outside:
        system = OddSystem(tmp_path / ODD / "home", outside)
        system.python = environment / "bin/python"
        try:
            system.start()
            dropped = system.drop("weekly?%41#1.wav", media.wav("odd places", 2.0), hook="odd", date="2026-11-20")
            system.wait_for(lambda: system.recording(dropped).get("status") == "completed", "the outcome")
            system.wait_for(lambda: outside.told("odd"), "the webhook")
            system.wait_until_idle()
            runs = system.ui.runs_of(system.key(dropped))
            assert runs
            assert [run["status"] for run in runs] == ["SUCCESS"] * len(runs)
        except BaseException:
            system.kill()
            raise
        system.stop()
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted({ODD, ODD.replace(":", "")}), "nothing is written beside the home"
    assert list((tmp_path / ODD / "home/dagster/storage").rglob("*.db"))
    shutil.rmtree(tmp_path / ODD)


class OddSystem(System):
    """A system that is started through another path to the same Python."""

    python = Path(sys.executable)

    def command(self, *arguments: str) -> list[str]:
        words = "import sys; from meeting_pipeline.cli import main; sys.argv[0] = 'meeting-pipeline'; main()"
        return [str(self.python), "-c", words, *arguments]
