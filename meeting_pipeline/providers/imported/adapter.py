"""The ``SpeechToText`` port for transcripts that came as a file: nothing to order, nothing to buy."""

from collections.abc import Iterable, Mapping

from meeting_pipeline.domain.errors import IntakeRefused, ProviderRefused
from meeting_pipeline.domain.models import Transcript, TranscriptionOptions
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline.providers.ports import Audio, Pending, Ready, Rejected


class ImportedTranscripts:
    """Reads the transcript export that came with a recording, or alone."""

    name = "imported"
    remote = False

    def options(
        self, *, language: str | None, keyterms: tuple[str, ...], speakers_expected: int | None
    ) -> TranscriptionOptions:
        """An export is what it is: no wish changes it."""
        return TranscriptionOptions(provider=self.name)

    def upload(self, audio: Audio) -> str:
        """Never called for a local provider."""
        raise _not_remote()

    def order(self, upload_url: str, options: TranscriptionOptions) -> str:
        """Never called for a local provider."""
        raise _not_remote()

    def find_order(self, upload_url: str) -> str | None:
        """A local provider has no orders."""
        return None

    def look(self, order_ids: Iterable[str]) -> Mapping[str, Pending | Ready | Rejected]:
        """A local provider has no orders."""
        return {}

    def collect(self, order_id: str | None, audio: Audio, options: TranscriptionOptions) -> Rejected | Transcript:
        """Read the export. A file that cannot be read is ``Rejected`` with the refusal's own code."""
        if audio.transcript_path is None:
            return Rejected("no_transcript_file", "There is no transcript export for this recording.")
        try:
            return read_transcript(audio.transcript_path)
        except IntakeRefused as refusal:
            return Rejected(refusal.code, refusal.message)

    def forget(self, order_id: str) -> None:
        """A local provider holds nothing."""

    def check(self) -> str:
        """For ``doctor``."""
        return "Transcript exports (VTT, SRT, TXT) are read on this machine."


def _not_remote() -> ProviderRefused:
    return ProviderRefused("not_remote", "Transcript exports are read here; nothing is uploaded or ordered.")
