"""Voices of speakers as vectors, by a speaker embedding model on this machine (sherpa-onnx; the extra ``voices``).

Runs in a sandbox: it decodes an untrusted file, and the library ends its process when it cannot read a model. Must not go here:
which stretches a voice is made from (``domain/people/voices.py``), calling the sandbox (``steps/voices/``).
"""

import stat
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.keys import hash_file
from meeting_pipeline.domain.people.voices import Span
from meeting_pipeline.media.decoding import SPEECH_RATE_HZ, decode_pcm16k_mono
from meeting_pipeline.settings import VARIABLES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_PER_MS: Final = SPEECH_RATE_HZ // 1000
"""Samples in a millisecond."""
_LOUDEST: Final = 32768.0
"""The largest value of a 16-bit sample: voices are made of samples between -1 and 1."""
_QUIETEST: Final = 0.001
"""Root mean square below which a stretch is silence, not a voice. In measured meetings, 8 s of somebody had 0.0075 and more."""
_TRY_SECONDS: Final = 2
"""Seconds of noise with which a model is tried."""


def model_id(path: Path | None) -> str | None:
    """What identifies a model: the hash of its file. ``None`` without a file that can be read."""
    if path is None:
        return None
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # reading a pipe or a device may never end
            return None
        return _hash(path, facts.st_mtime_ns, facts.st_size)
    except OSError:
        return None


@lru_cache(maxsize=4)
def _hash(path: Path, _changed: int, _size: int) -> str:
    return hash_file(path)


def voices_in(path: Path, model: Path, spans: Mapping[str, Sequence[Span]]) -> dict[str, list[float]]:
    """The voice of each label as a vector of length 1, made of its stretches. Silence makes none.

    Raises: IntakeRefused, as ``decode_pcm16k_mono``; OperatorError ``voices_not_installed``.
    """
    engine = _engine(model)
    found = {}
    for label, samples in _samples_by_label(path, spans).items():
        vector = _vector(engine, samples)
        if vector is not None:
            found[label] = vector
    return found


def try_model(model: Path) -> int:
    """The length of a model's vectors. Raises: OperatorError ``voices_not_installed``, ``voices_model_unusable``."""
    import numpy as np

    noise = np.random.default_rng(0).standard_normal(SPEECH_RATE_HZ * _TRY_SECONDS).astype(np.float32) * 0.1
    vector = _vector(_engine(model), noise)
    if vector is None:
        raise model_unusable("it gives no numbers")
    return len(vector)


def model_unusable(why: str) -> OperatorError:
    """The error for a model that cannot be used."""
    return OperatorError(
        "voices_model_unusable",
        f"The model of voices cannot be used: {why}.",
        f"{VARIABLES['voices_model']} must name a speaker embedding model with the metadata that sherpa-onnx needs.",
    )


def _engine(model: Path) -> Any:
    try:
        import sherpa_onnx
    except ImportError as error:
        raise OperatorError(
            "voices_not_installed",
            "The library that compares voices is not installed.",
            "pip install 'meeting-pipeline[voices]', then restart `up`.",
        ) from error
    if not model.is_file():
        raise model_unusable("there is no such file")
    config = sherpa_onnx.SpeakerEmbeddingExtractorConfig(model=str(model), num_threads=1)
    try:
        return sherpa_onnx.SpeakerEmbeddingExtractor(config)
    except (RuntimeError, ValueError) as error:
        raise model_unusable(type(error).__name__) from error


def _samples_by_label(path: Path, spans: Mapping[str, Sequence[Span]]) -> "dict[str, Samples]":
    """The samples of each label's stretches, joined. Decoding ends with the last of them."""
    import numpy as np

    wanted = sorted((start, end, label) for label, some in spans.items() for start, end in some)
    pieces: dict[str, list[Any]] = {}
    begin = first = 0
    for block in decode_pcm16k_mono(path):
        end = begin + len(block)
        while first < len(wanted) and wanted[first][1] * _PER_MS <= begin:
            first += 1
        if first == len(wanted):
            break
        for start_ms, end_ms, label in wanted[first:]:
            if start_ms * _PER_MS >= end:
                break
            cut = block[max(start_ms * _PER_MS - begin, 0) : end_ms * _PER_MS - begin]
            pieces.setdefault(label, []).append(cut)
        begin = end
    return {label: np.concatenate(some).astype(np.float32) / _LOUDEST for label, some in pieces.items()}


def _vector(engine: Any, samples: "Samples") -> list[float] | None:
    import numpy as np

    if len(samples) == 0 or float(np.sqrt(np.mean(samples**2))) < _QUIETEST:
        return None
    stream = engine.create_stream()
    stream.accept_waveform(SPEECH_RATE_HZ, samples)
    stream.input_finished()
    if not engine.is_ready(stream):
        return None
    vector = np.asarray(engine.compute(stream), dtype=np.float32)
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0:
        return None
    return [float(number) for number in vector / length]
