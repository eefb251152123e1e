"""The ``SpeechToText`` port of Whisper. It streams, holding two minutes of sound and the features of the voices in memory.

Must not go here: the steps themselves; each has its own module.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.media.decoding import channel_count, decode_pcm16k_channel, decode_pcm16k_mono
from meeting_pipeline.providers.local import LocalProvider
from meeting_pipeline.providers.offline.diarization import Voice, diarize
from meeting_pipeline.providers.offline.features import mfcc
from meeting_pipeline.providers.offline.utterances import assembled, speaker_of
from meeting_pipeline.providers.offline.words import Word
from meeting_pipeline.providers.ports import NO_OPTIONS, Audio, Rejected
from meeting_pipeline.providers.redaction import refuse_redaction
from meeting_pipeline.providers.spec import LocalLimits, SpeechSpec
from meeting_pipeline.providers.whisper import engine, policies
from meeting_pipeline.providers.whisper.folders import FoundModel, model_in_use
from meeting_pipeline.providers.whisper.pieces import Piece, pieces
from meeting_pipeline.providers.whisper.speakers import by_sentence
from meeting_pipeline.providers.whisper.verifying import verify
from meeting_pipeline.providers.whisper.windows import windows
from meeting_pipeline.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOTE: Final = (
    "Draft made on this machine by the speech model Whisper {name}. Where several people speak at once, words are "
    "missing; names and "
    "numbers may be wrong. Speakers are told apart by voice."
)
_HASH_SHOWN: Final = 12
"""Digits of the model's hash in the provenance, as people compare them."""


class WhisperSpeechToText(LocalProvider):
    """Transcribes on this machine with a Whisper model."""

    name = "whisper"

    def __init__(
        self,
        model: FoundModel | None,
        threads: int,
        load: engine.Loader = engine.load,
        detector: engine.Detector = engine.find_speech,
    ) -> None:
        self._model = model
        self._threads = threads
        self._load = load
        self._detector = detector

    def options(
        self,
        *,
        language: str | None,
        keyterms: tuple[str, ...],
        speakers_expected: int | None,
        speech: SpeechOptions = NO_OPTIONS,
    ) -> TranscriptionOptions:
        """Return the options with the model's name, without those that have no effect here, such as key terms.

        Raises: ProviderRefused ``option_unsupported``.
        """
        refuse_redaction("Whisper on this machine", speech)
        return TranscriptionOptions(
            provider=self.name,
            speech_models=(self._model.name,) if self._model else (),
            language=language,
            speakers_expected=speakers_expected,
        )

    def collect(self, order_id: str | None, audio: Audio, options: TranscriptionOptions) -> Rejected | Transcript:
        """Transcribe. A file that cannot be decoded, or a language that the model does not know, is ``Rejected``.

        A recording without speech yields a transcript without segments.
        Raises: OperatorError ``model_missing``, ``model_damaged``, ``model_unusable``, ``whisper_not_installed``.
        """
        if audio.media_path is None:
            return Rejected("no_media", "There is no audio to transcribe.")
        model, digest = self._opened()
        language = options.language.split("_")[0] if options.language else None
        if language is not None and language not in model.supported_languages:
            return Rejected("unsupported_language", f"The speech model {self._shown} does not know this language.")
        hearing = _Hearing(model, language, self._detector)
        try:
            if options.multichannel:
                spoken = _by_channel(hearing, audio.media_path)
            else:
                spoken = _by_voice(hearing, audio.media_path, options.speakers_expected)
        except IntakeRefused as refusal:
            return Rejected(refusal.code, refusal.message)
        confidences = [word.confidence for said in spoken for _, word in said]
        return Transcript(
            segments=assembled(spoken, _written),
            language=hearing.language if confidences else language,
            duration_ms=audio.duration_ms,
            confidence=round(sum(confidences) / len(confidences), 3) if confidences else None,
            provenance=Provenance(
                provider=self.name,
                model=f"whisper {self._shown} ({digest[:_HASH_SHOWN]}) + clustering",
                draft=True,
                note=NOTE.format(name=self._shown),
            ),
        )

    def check(self) -> str:
        """For ``doctor``: verifies the model's files and loads it."""
        self._opened()
        threads = "thread" if self._threads == 1 else "threads"
        return f"The speech model Whisper {self._shown} transcribes on this machine, with {self._threads} {threads}."

    @property
    def _shown(self) -> str:
        return self._model.name if self._model else "none"

    def _opened(self) -> tuple[engine.Model, str]:
        model = self._model or FoundModel(Path())
        digest = verify(model)
        return self._load(model.folder, self._threads), digest


class _Hearing:
    """Hears the words of pieces. A language that is not given is recognised from the first ones, and holds for all."""

    def __init__(self, model: engine.Model, language: str | None, detector: engine.Detector) -> None:
        self.language = language
        self._model = model
        self._detector = detector

    def words(self, sound: "Iterable[NDArray[np.int16]]") -> Iterator[tuple[Piece, list[list[Word]]]]:
        """Yield the pieces of a recording with the words of their stretches."""
        found = pieces(engine.stretches(windows(sound), self._detector))
        first: list[Piece] = []
        if self.language is None:
            for piece in found:
                first.append(piece)
                if sum(one.duration_ms for one in first) >= policies.LANGUAGE_MS:
                    break
            if not first:
                return
            self.language = engine.language_of(self._model, first)
        for part in (first, found):
            for piece in part:
                yield piece, piece.words(engine.recognise(self._model, piece, self.language))


def _by_voice(hearing: _Hearing, path: Path, speakers_expected: int | None) -> list[list[tuple[int, Word]]]:
    """The words of each stretch with their speakers, who are told apart by voice."""
    starts: list[int] = []
    words: list[list[Word]] = []
    voices: list[Voice] = []
    for piece, said in hearing.words(decode_pcm16k_mono(path)):
        starts += [stretch.start_ms for stretch in piece.stretches]
        voices += [Voice(*mfcc(stretch.samples)) for stretch in piece.stretches]
        words += said
    paths = diarize(voices, speakers_expected)
    return [
        by_sentence((speaker_of(word, start, path), word) for word in said)
        for start, said, path in zip(starts, words, paths, strict=True)
    ]


def _by_channel(hearing: _Hearing, path: Path) -> list[list[tuple[int, Word]]]:
    """The words of each stretch with the channel that they were heard on, one channel after the other, in order of time."""
    spoken = [
        [(channel, word) for word in said]
        for channel in range(channel_count(path))
        for _, stretches in hearing.words(decode_pcm16k_channel(path, channel))
        for said in stretches
    ]
    return sorted((said for said in spoken if said), key=lambda said: said[0][1].start_ms)


def _written(words: Iterable[str]) -> str:
    """Join words that bring their own spaces and punctuation, as some languages have none."""
    return " ".join("".join(words).split())


def threads_of(settings: Settings) -> int:
    """Return the number of threads: the setting, otherwise an equal share of the processors for each recording in progress."""
    if settings.whisper_threads is not None:
        return settings.whisper_threads
    share = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(policies.MAX_THREADS, share // settings.max_concurrent_runs))


def _make(settings: Settings) -> WhisperSpeechToText:
    return WhisperSpeechToText(model_in_use(settings), threads_of(settings))


SPEECH: Final = SpeechSpec(
    name=WhisperSpeechToText.name,
    title="Whisper on this machine",
    make=_make,
    present=lambda settings: model_in_use(settings) is not None,
    multichannel=True,
    local=LocalLimits(cpu_share=policies.CPU_SHARE, memory_bytes=policies.MEMORY_BYTES),
    local_settings=("home", "whisper_model_dir", "whisper_threads", "max_concurrent_runs"),
    draft_advice="Drafts, better with a larger model (meeting-pipeline models list).",
)
