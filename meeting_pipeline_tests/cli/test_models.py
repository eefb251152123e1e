"""``models fetch | list | remove``, against a hub on 127.0.0.1."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from meeting_pipeline.cli.models import models
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers.whisper import catalog
from meeting_pipeline.providers.whisper.folders import model_in_use, note_fetched
from meeting_pipeline.providers.whisper.verifying import verify
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.providers.whisper.hub import CONTENT, MODEL, Hub, hub

pytestmark = pytest.mark.services


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setattr(catalog, "MODELS", (MODEL,))
    monkeypatch.setenv("MEETING_PIPELINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WHISPER_MODEL_DIR", raising=False)
    with hub() as found:
        monkeypatch.setenv("WHISPER_MODEL_HUB", found.url)
        yield found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(models, arguments)


def test_a_model_is_fetched_listed_and_removed(server: Hub, tmp_path: Path) -> None:
    assert "toy" in run("list").output
    fetched = run("fetch", "toy")
    assert fetched.exit_code == 0
    assert "100 %" in fetched.output
    folder = tmp_path / "home" / "models" / "whisper" / "toy"
    assert (folder / "model.bin").read_bytes() == CONTENT["model.bin"]
    listed = run("list")
    assert (listed.exit_code, "in use" in listed.output) == (0, True)
    assert run("remove", "toy").exit_code == 0
    assert not folder.exists()
    assert run("remove", "toy").exit_code == 2


def test_a_fetched_model_whose_disk_is_not_mounted_is_missed_until_it_is_back_or_removed(
    server: Hub, tmp_path: Path
) -> None:
    run("fetch", "toy")
    settings, top = load_settings(), tmp_path / "home" / "models"
    away = top.rename(tmp_path / "away")
    (top / "whisper" / "lost+found").mkdir(parents=True)
    missed = model_in_use(settings)
    assert missed is not None, "recordings would get drafts of a worse engine"
    with pytest.raises(OperatorError, match="may not be mounted") as found:
        verify(missed)
    assert found.value.code == "model_missing"
    listed = run("list")
    assert (listed.exit_code, "model_missing" in listed.output) == (1, True)
    shutil.rmtree(top)
    away.rename(top)
    verify(missed)
    shutil.rmtree(top)
    assert run("remove", "toy").exit_code == 0
    assert model_in_use(settings) is None


def test_a_model_that_an_earlier_version_fetched_is_noted_at_the_start(server: Hub, tmp_path: Path) -> None:
    run("fetch", "toy")
    settings, note = load_settings(), tmp_path / "home" / "fetched-models.txt"
    note.unlink()
    note_fetched(settings)
    assert note.read_text() == "toy\n"


def test_an_intact_model_is_not_fetched_again_and_a_damaged_one_is(server: Hub, tmp_path: Path) -> None:
    run("fetch", "toy")
    asked = len(server.asked)
    assert run("fetch", "toy").exit_code == 0
    assert len(server.asked) == asked
    weights = tmp_path / "home" / "models" / "whisper" / "toy" / "model.bin"
    weights.write_bytes(b"damaged")
    listed = run("list")
    assert (listed.exit_code, "model_damaged" in listed.output) == (1, True)
    assert "fetched again" in run("fetch", "toy").output
    assert weights.read_bytes() == CONTENT["model.bin"]


def test_a_download_that_was_not_finished_is_listed_and_can_be_removed(server: Hub, tmp_path: Path) -> None:
    server.status["model.bin"] = [500] * 3
    assert run("fetch", "toy").exit_code != 0
    assert "not finished" in run("list").output
    assert run("remove", "toy").exit_code == 0
    assert not list((tmp_path / "home" / "models" / "whisper").glob("*toy*part"))


@pytest.mark.parametrize("name", ["huge", "../x", "", "."])
@pytest.mark.parametrize("command", ["fetch", "remove"])
def test_a_name_that_is_no_model_is_refused(server: Hub, command: str, name: str) -> None:
    found = run(command, name)
    assert found.exit_code == 2
    assert server.asked == []


def test_a_folder_of_ones_own_is_listed_and_takes_precedence(
    server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHISPER_MODEL_DIR", str(tmp_path / "own"))
    listed = run("list")
    assert (listed.exit_code, "model_missing" in listed.output) == (1, True)
    assert "takes precedence" in run("fetch", "toy").output
