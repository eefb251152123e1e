"""The models on this machine, and which of them is used.

Belongs here: where models are. Must not go here: whether their files are intact (``verifying.py``), loading them (``engine.py``).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from meeting_pipeline.providers.whisper import catalog
from meeting_pipeline.providers.whisper.catalog import PublishedModel
from meeting_pipeline.settings import Settings

MODEL_FILE: Final = "model.bin"
"""The weights, by which a folder is recognised as a model."""


@dataclass(frozen=True)
class FoundModel:
    """A model on this machine. ``published``: what it must be; ``None`` for a folder of the operator's own."""

    folder: Path
    published: PublishedModel | None = None

    @property
    def name(self) -> str:
        """Its name for people, and in the provenance of results."""
        return self.published.name if self.published else self.folder.name


def models_folder(settings: Settings) -> Path:
    """The folder of fetched models, below the home."""
    return settings.home / "models" / "whisper"


def fetched(settings: Settings) -> list[FoundModel]:
    """Return the fetched models, the best first. A download that is not finished has another name, and is none of them."""
    top = models_folder(settings)
    return [FoundModel(top / model.name, model) for model in reversed(catalog.MODELS) if (top / model.name).is_dir()]


def model_in_use(settings: Settings) -> FoundModel | None:
    """Return the model of ``WHISPER_MODEL_DIR``, otherwise the best one that was fetched; ``None`` without any."""
    if settings.whisper_model_dir is not None:
        return FoundModel(settings.whisper_model_dir)
    return next(iter(fetched(settings)), None)
