"""Check the files of a model each time before it is loaded: a damaged model recognises nonsense, or crashes the process.

A fetched model is compared with the catalog. An operator's own folder must hold a complete model; if it has a file
``SHA256SUMS``, each file that it lists is compared with it. Must not go here: loading (``engine.py``), downloading
(``fetching.py``).
"""

import json
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.keys import hash_file
from meeting_pipeline.providers.whisper.catalog import ModelFile
from meeting_pipeline.providers.whisper.folders import MODEL_FILE, FoundModel

SUMS: Final = "SHA256SUMS"
"""Lines of ``sha256sum``: a hash, two spaces, a name."""
_NEEDED: Final = (MODEL_FILE, "config.json", "tokenizer.json")
"""Without its tokenizer the library would look for one on the network."""
_VOCABULARIES: Final = ("vocabulary.txt", "vocabulary.json")
_MAX_SUMS_BYTES: Final = 64 * 1024
"""Of a list of checksums that is read: a model has a handful of files."""
_HEX: Final = frozenset("0123456789abcdef")


def verify(model: FoundModel) -> str:
    """Check all files; return the SHA-256 of the weights. Reads the whole model.

    Raises: OperatorError ``model_missing`` (no folder, or no model in it), ``model_damaged``.
    """
    try:
        if model.published is not None:
            if not model.folder.is_dir():
                raise _model_missing(model, model.published.name)
            found = {file.name: _checked(model, file) for file in model.published.files}
            return found[MODEL_FILE]
        return _verified_own(model)
    except OSError as error:
        raise _damaged(model, f"{error.filename}: {error.strerror}") from error


def _checked(model: FoundModel, file: ModelFile) -> str:
    path = model.folder / file.name
    if not path.is_file():
        raise _damaged(model, f"{file.name} is missing")
    if path.stat().st_size != file.size:
        raise _damaged(model, f"{file.name} has {path.stat().st_size} bytes instead of {file.size}")
    found = hash_file(path)
    if found != file.sha256:
        raise _damaged(model, f"{file.name} was changed")
    return found


def _verified_own(model: FoundModel) -> str:
    folder = model.folder
    if not folder.is_dir() or not (folder / MODEL_FILE).is_file():
        raise OperatorError(
            "model_missing",
            f"There is no speech model in {folder}.",
            "Set WHISPER_MODEL_DIR to the folder that holds model.bin, or unset it and fetch a model: "
            "meeting-pipeline models fetch base",
        )
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        missing.append(" or ".join(_VOCABULARIES))
    if missing:
        raise _damaged(model, f"{', '.join(missing)} missing")
    try:
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError:
        raise _damaged(model, "config.json is not JSON") from None
    for name, expected in _listed(model).items():
        if not (folder / name).is_file() or hash_file(folder / name) != expected:
            raise _damaged(model, f"{name} is not the file that {SUMS} lists")
    return hash_file(folder / MODEL_FILE)


def _listed(model: FoundModel) -> dict[str, str]:
    path = model.folder / SUMS
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        text = file.read(_MAX_SUMS_BYTES + 1)
    found: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition(" ")
        name = name.strip().removeprefix("*").removeprefix("./")
        if not line.strip():
            continue
        if (
            len(text) > _MAX_SUMS_BYTES
            or len(digest) != 64
            or not set(digest.lower()) <= _HEX
            or Path(name).name != name
        ):
            raise _damaged(model, f"{SUMS} is not a list of hashes and file names")
        found[name] = digest.lower()
    return found


def _model_missing(model: FoundModel, name: str) -> OperatorError:
    return OperatorError(
        "model_missing",
        f"The speech model {name} was fetched, and {model.folder} is missing: its disk may not be mounted.",
        f"Mount it, fetch it again (meeting-pipeline models fetch {name}), or do without it (meeting-pipeline models remove "
        f"{name}). Recordings wait.",
    )


def _damaged(model: FoundModel, what: str) -> OperatorError:
    name = model.published.name if model.published else None
    advice = (
        f"Fetch it again: meeting-pipeline models fetch {name}"
        if name
        else "Copy the model into WHISPER_MODEL_DIR again, or unset it and fetch one: meeting-pipeline models fetch base"
    )
    return OperatorError(
        "model_damaged", f"The speech model in {model.folder} is damaged: {what}.", f"{advice}. Recordings wait."
    )
