"""Recognise speech with faster-whisper: everything that touches the library.

The model gets samples, never a file: decoding is the project's own. Must not go here: which model (``folders.py``), whether
its files are intact (``verifying.py``), who speaks (``offline/diarization.py``).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.providers.offline.segmentation import Stretch
from meeting_pipeline.providers.whisper import policies
from meeting_pipeline.providers.whisper.pieces import Heard, Piece
from meeting_pipeline.providers.whisper.windows import PER_MS, Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INSTALL: Final = "pip install 'meeting-pipeline[whisper]'"
"""Installs the extra."""


class HeardWord(Protocol):
    """A word of the library."""

    word: str
    start: float
    end: float
    probability: float


class HeardSegment(Protocol):
    """A segment of the library. ``words`` is ``None`` if it has none."""

    avg_logprob: float
    compression_ratio: float

    @property
    def words(self) -> Sequence[HeardWord] | None:
        """Its words, with times."""
        ...


class Model(Protocol):
    """What is used of ``faster_whisper.WhisperModel``."""

    @property
    def supported_languages(self) -> list[str]:
        """The codes of its languages: ISO 639-1, and some of three letters."""
        ...

    def detect_language(
        self, audio: Any, *, language_detection_segments: int
    ) -> tuple[str, float, list[tuple[str, float]]]:
        """Return the language, its probability, and those of all languages."""
        ...

    def transcribe(self, audio: Any, **options: Any) -> tuple[Iterable[HeardSegment], Any]:
        """Return the segments, which are recognised as they are read, and facts about the sound."""
        ...


Detector = Callable[["NDArray[np.float32]"], Iterable[tuple[int, int]]]
"""Finds speech in samples of -1 to 1: first sample and end of each stretch."""
Loader = Callable[[Path, int], Model]
"""Loads the model of a folder, to be run with that many threads."""


def load(folder: Path, threads: int) -> Model:
    """Load a model from files that were verified. Opens no connection.

    Raises: OperatorError ``whisper_not_installed``, ``model_unusable``.
    """
    try:
        import ctranslate2
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise not_installed() from error
    ctranslate2.set_random_seed(policies.SEED)
    try:
        model: Model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )
    except Exception as error:  # the library raises RuntimeError, ValueError, KeyError and bare Exceptions of its parts
        raise OperatorError(
            "model_unusable",
            f"The speech model in {folder} cannot be loaded ({type(error).__name__}).",
            "It must be a Whisper model in the format of CTranslate2. Fetch one: meeting-pipeline models fetch base",
        ) from error
    return model


def not_installed() -> OperatorError:
    """The error for a model without the library that runs it."""
    return OperatorError(
        "whisper_not_installed",
        "A speech model is set up, but the library that runs it is not installed.",
        f"Install it ({INSTALL}) and restart `up`, or remove the model: meeting-pipeline models remove NAME, or unset "
        "WHISPER_MODEL_DIR.",
    )


def find_speech(samples: "NDArray[np.float32]") -> Iterator[tuple[int, int]]:
    """Find speech with the voice activity detector that faster-whisper brings. Stretches do not overlap."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=policies.SPEECH_PROBABILITY,
        min_speech_duration_ms=policies.MIN_SPEECH_MS,
        max_speech_duration_s=policies.STRETCH_S,
        min_silence_duration_ms=policies.PAUSE_MS,
        speech_pad_ms=policies.PADDING_MS,
    )
    for found in get_speech_timestamps(samples, options):
        yield int(found["start"]), int(found["end"])


def stretches(windows: Iterable[Window], detector: Detector = find_speech) -> Iterator[Stretch]:
    """Yield the stretches of speech of a recording."""
    import numpy as np

    for window in windows:
        if not window.samples.any():
            continue  # digital silence, of which a long recording may have hours
        for start, end in detector(window.samples.astype(np.float32) / np.float32(32768)):
            yield Stretch((window.start + start) // PER_MS, window.samples[start:end].copy())


def language_of(model: Model, start: Sequence[Piece]) -> str:
    """Recognise the language from the first pieces of a recording."""
    import numpy as np

    known = model.supported_languages
    if len(known) == 1:
        return known[0]
    sound = np.concatenate([piece.sound for piece in start])
    return model.detect_language(sound, language_detection_segments=policies.LANGUAGE_PIECES)[0]


def recognise(model: Model, piece: Piece, language: str) -> list[Heard]:
    """Recognise the words of a piece. What the model guesses, or repeats in a loop, is left out."""
    segments, _ = model.transcribe(
        piece.sound,
        language=language,
        beam_size=policies.BEAM,
        temperature=list(policies.TEMPERATURES),
        compression_ratio_threshold=policies.COMPRESSION_RATIO,
        log_prob_threshold=policies.LOG_PROBABILITY,
        no_speech_threshold=policies.NO_SPEECH_PROBABILITY,
        hallucination_silence_threshold=policies.SILENCE_IN_SPEECH_S,
        condition_on_previous_text=False,  # otherwise one loop or invention continues through the rest of the recording
        word_timestamps=True,
        vad_filter=False,  # the piece is speech already
    )
    return [
        Heard(word.word, float(word.start), float(word.end), float(word.probability))
        for segment in segments
        if is_believed(segment)
        for word in segment.words or ()
        if word.word.strip()
    ]


def is_believed(segment: HeardSegment) -> bool:
    """Whether the model probably heard the words of a segment, after its last attempt."""
    return segment.compression_ratio <= policies.COMPRESSION_RATIO and segment.avg_logprob >= policies.LOG_PROBABILITY
