"""The models on this machine, and which of them is used.

Belongs here: where models are, and a note in the home of those that were fetched. Their folder may be on a separate disk: while
that is not mounted there is no model, and without the note recordings would get drafts of a worse engine.
Must not go here: whether their files are intact (``verifying.py``), loading them (``engine.py``).
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from meeting_pipeline.foundation.atomic_files import write_durably
from meeting_pipeline.providers.whisper import catalog
from meeting_pipeline.providers.whisper.catalog import PublishedModel
from meeting_pipeline.settings import Settings

MODEL_FILE: Final = "model.bin"
"""The weights, by which a folder is recognised as a model."""

_NOTE: Final = "fetched-models.txt"
"""In the home: the names of the fetched models, one in a line."""


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
    """Return the model of ``WHISPER_MODEL_DIR``, otherwise the best one that was fetched; ``None`` without any.

    If none is there of those that were fetched, it is the best of these: recordings wait until it is back, or is removed.
    """
    if settings.whisper_model_dir is not None:
        return FoundModel(settings.whisper_model_dir)
    return next(iter(fetched(settings) or _expected(settings)), None)


def note_fetched(settings: Settings) -> None:
    """Note in the home which models are there, in addition to those noted before."""
    here, noted = {model.folder.name for model in fetched(settings)}, _noted(settings)
    if not here <= noted:
        _write_note(settings, here | noted)


def note_removed(settings: Settings, name: str) -> bool:
    """Note that this model was removed on purpose. Returns whether it was noted as fetched."""
    noted = _noted(settings)
    if name in noted:
        _write_note(settings, noted - {name})
    return name in noted


def _expected(settings: Settings) -> list[FoundModel]:
    top, noted = models_folder(settings), _noted(settings)
    return [FoundModel(top / model.name, model) for model in reversed(catalog.MODELS) if model.name in noted]


def _noted(settings: Settings) -> set[str]:
    try:
        return set((settings.home / _NOTE).read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError):
        return set()


def _write_note(settings: Settings, names: Collection[str]) -> None:
    with suppress(OSError):  # a home that cannot be written is reported by everything else
        write_durably(settings.home / _NOTE, "".join(f"{name}\n" for name in sorted(names)))
