"""The ``SpeechToText`` port of the offline engine. It streams, holding at most one stretch of audio in memory.

Must not go here: the steps themselves; each has its own module.
"""

from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.media.decoding import channel_count, decode_pcm16k_channel, decode_pcm16k_mono
from meeting_pipeline.providers.local import LocalProvider
from meeting_pipeline.providers.offline.diarization import Voice, diarize
from meeting_pipeline.providers.offline.features import mfcc
from meeting_pipeline.providers.offline.segmentation import stretches
from meeting_pipeline.providers.offline.utterances import segments_of, speaker_of
from meeting_pipeline.providers.offline.words import Recognizer, Word
from meeting_pipeline.providers.ports import NO_OPTIONS, Audio, Rejected
from meeting_pipeline.providers.redaction import refuse_redaction
from meeting_pipeline.providers.spec import SpeechSpec
from meeting_pipeline.providers.whisper.advice import SPEECH_MODEL_ADVICE

MODEL = "pocketsphinx-en-us + clustering"
NOTE = (
    "Draft made on this machine without a transcription service: English only, no punctuation. In real room recordings many "
    "words are wrong, names and dates most of all. Speakers are told apart by voice."
)


class OfflineSpeechToText(LocalProvider):
    """Transcribes on this machine: 1 to 7 times faster than real time on one core, 0.2 GB of memory."""

    name = "offline"

    def options(
        self,
        *,
        language: str | None,
        keyterms: tuple[str, ...],
        speakers_expected: int | None,
        speech: SpeechOptions = NO_OPTIONS,
    ) -> TranscriptionOptions:
        """Return the options without those that have no effect here. Raises: ProviderRefused ``option_unsupported``."""
        refuse_redaction("The offline engine", speech)
        return TranscriptionOptions(provider=self.name, language=language, speakers_expected=speakers_expected)

    def collect(self, order_id: str | None, audio: Audio, options: TranscriptionOptions) -> Rejected | Transcript:
        """Transcribe. A file that cannot be decoded, or a language other than English, is ``Rejected``.

        A recording without recognisable words yields a transcript without segments.
        """
        if audio.media_path is None:
            return Rejected("no_media", "There is no audio to transcribe.")
        if options.language is not None and options.language.split("_")[0] != "en":
            return Rejected("unsupported_language", "Without a transcription service only English is transcribed.")
        try:
            if options.multichannel:
                spoken = _by_channel(audio.media_path)
            else:
                spoken = _by_voice(audio.media_path, options.speakers_expected)
        except IntakeRefused as refusal:
            return Rejected(refusal.code, refusal.message)
        names = [part for name in audio.participants for part in name.split()]
        confidences = [word.confidence for said in spoken for _, word in said]
        return Transcript(
            segments=segments_of(spoken, names),
            language="en",
            duration_ms=audio.duration_ms,
            confidence=round(sum(confidences) / len(confidences), 3) if confidences else None,
            provenance=Provenance(provider=self.name, model=MODEL, draft=True, note=NOTE),
        )

    def check(self) -> str:
        """For ``doctor``: loads the model."""
        Recognizer()
        return "English drafts are transcribed on this machine (no key is set)."


def _by_voice(path: Path, speakers_expected: int | None) -> list[list[tuple[int, Word]]]:
    """The words of each stretch with their speakers, who are told apart by voice."""
    recognizer = Recognizer()
    starts: list[int] = []
    words: list[list[Word]] = []
    voices: list[Voice] = []
    for stretch in stretches(decode_pcm16k_mono(path)):
        starts.append(stretch.start_ms)
        words.append(recognizer.words(stretch))
        voices.append(Voice(*mfcc(stretch.samples)))
    paths = diarize(voices, speakers_expected)
    return [
        [(speaker_of(word, start, path), word) for word in said]
        for start, said, path in zip(starts, words, paths, strict=True)
    ]


def _by_channel(path: Path) -> list[list[tuple[int, Word]]]:
    """The words of each stretch with the channel that they were heard on, one channel after the other, in order of time."""
    recognizer = Recognizer()
    spoken = [
        [(channel, word) for word in recognizer.words(stretch)]
        for channel in range(channel_count(path))
        for stretch in stretches(decode_pcm16k_channel(path, channel))
    ]
    return sorted((said for said in spoken if said), key=lambda said: said[0][1].start_ms)


SPEECH: Final = SpeechSpec(
    name=OfflineSpeechToText.name,
    title="the offline engine",
    make=lambda _: OfflineSpeechToText(),
    multichannel=True,
    draft_advice=f"Drafts only. {SPEECH_MODEL_ADVICE}",
)
