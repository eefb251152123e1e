"""Files are checked before each use, and what is wrong with them is told with what to do."""

import hashlib
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers.whisper.folders import FoundModel
from meeting_pipeline.providers.whisper.verifying import SUMS, verify
from meeting_pipeline_tests.providers.whisper.hub import CONTENT, MODEL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in CONTENT.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def problem(model: FoundModel) -> OperatorError:
    with pytest.raises(OperatorError) as caught:
        verify(model)
    assert "meeting-pipeline models fetch" in caught.value.advice
    return caught.value


def test_an_intact_model_gives_the_hash_of_its_weights(folder: Path) -> None:
    expected = hashlib.sha256(CONTENT["model.bin"]).hexdigest()
    assert verify(FoundModel(folder, MODEL)) == verify(FoundModel(folder)) == expected


@pytest.mark.parametrize("name", CONTENT)
def test_each_changed_missing_or_cut_file_of_a_fetched_model_is_found(folder: Path, name: str) -> None:
    data = CONTENT[name]
    for damage in (data[:-1], data + b"x", bytes([data[0] ^ 1]) + data[1:], b""):
        (folder / name).write_bytes(damage)
        assert problem(FoundModel(folder, MODEL)).code == "model_damaged"
    (folder / name).unlink()
    assert problem(FoundModel(folder, MODEL)).code == "model_damaged"
    (folder / name).mkdir()
    assert problem(FoundModel(folder, MODEL)).code == "model_damaged"


@pytest.mark.parametrize("name", CONTENT)
def test_a_folder_of_ones_own_must_be_whole(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert problem(FoundModel(folder)).code == ("model_missing" if name == "model.bin" else "model_damaged")


def test_a_folder_that_is_not_there_is_a_missing_model(tmp_path: Path) -> None:
    assert problem(FoundModel(tmp_path / "none")).code == "model_missing"


def test_a_configuration_that_is_no_json_is_found(folder: Path) -> None:
    (folder / "config.json").write_bytes(b"\xff{")
    assert problem(FoundModel(folder)).code == "model_damaged"


def test_a_list_of_hashes_is_believed(folder: Path) -> None:
    line = f"{hashlib.sha256(CONTENT['model.bin']).hexdigest().upper()} *./model.bin\n\n"
    (folder / SUMS).write_text(line)
    verify(FoundModel(folder))
    (folder / "model.bin").write_bytes(b"changed")
    assert "model.bin" in problem(FoundModel(folder)).message


@pytest.mark.parametrize("text", ["no hash", f"{'0' * 64}  ../outside", f"{'g' * 64}  model.bin", "x" * 70_000])
def test_a_list_that_is_none_is_not_ignored(folder: Path, text: str) -> None:
    (folder / SUMS).write_text(text)
    assert problem(FoundModel(folder)).code == "model_damaged"
