"""The ``SpeechToText`` port for submitted transcript files: nothing to order, nothing to buy.

Must not go here: reading exports (``reading.py``).
"""

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline.providers.local import LocalProvider
from meeting_pipeline.providers.ports import NO_OPTIONS, Audio, Rejected
from meeting_pipeline.providers.redaction import refuse_redaction


class ImportedTranscripts(LocalProvider):
    """Reads the transcript export that was submitted with a recording, or alone."""

    name = "imported"

    def options(
        self,
        *,
        language: str | None,
        keyterms: tuple[str, ...],
        speakers_expected: int | None,
        speech: SpeechOptions = NO_OPTIONS,
    ) -> TranscriptionOptions:
        """Return empty options: none of them affects an export. Raises: ProviderRefused ``option_unsupported``."""
        refuse_redaction("A transcript export", speech)
        return TranscriptionOptions(provider=self.name)

    def collect(self, order_id: str | None, audio: Audio, options: TranscriptionOptions) -> Rejected | Transcript:
        """Read the export. An unreadable file is ``Rejected`` with the code of the ``IntakeRefused``."""
        if audio.transcript_path is None:
            return Rejected("no_transcript_file", "There is no transcript export for this recording.")
        try:
            return read_transcript(audio.transcript_path)
        except IntakeRefused as refusal:
            return Rejected(refusal.code, refusal.message)

    def check(self) -> str:
        """For ``doctor``."""
        return "Transcript exports (VTT, SRT, TXT) are read on this machine."
