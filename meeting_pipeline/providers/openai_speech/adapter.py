"""The port ``InParts`` for OpenAI and servers that speak its protocol: speaches, whisper.cpp, LocalAI, vLLM, Mistral and others.

Must not go here: requests (``server.py``), forms of request (``variants.py``), reading answers (``answers.py``), cutting and
joining (``providers/parts``).
"""

from collections.abc import Mapping
from typing import Any, Final

from meeting_pipeline.domain.errors import OperatorError, ProviderRefused
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.units import MS_PER_MINUTE
from meeting_pipeline.media.encoding import AudioFormat
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.local import LocalProvider
from meeting_pipeline.providers.openai_speech.answers import detail_of, read_answer
from meeting_pipeline.providers.openai_speech.failures import FormRefused
from meeting_pipeline.providers.openai_speech.server import NAME, Server
from meeting_pipeline.providers.openai_speech.settings import is_free, key_of, price_of, server_of, used_by_default
from meeting_pipeline.providers.openai_speech.variants import Variant, ladder, next_time
from meeting_pipeline.providers.parts.port import PartAnswer, PartLimits, PartText
from meeting_pipeline.providers.ports import NO_OPTIONS, Audio, Pending, Rejected
from meeting_pipeline.providers.redaction import refuse_redaction
from meeting_pipeline.providers.spec import SpeechSpec
from meeting_pipeline.settings import VARIABLES, Settings


class OpenAITranscription(LocalProvider):
    """See ``parts.port.InParts``. Thread-safe. Opens and imports nothing before the first call."""

    name = NAME

    def __init__(self, server: Server, limits: PartLimits, *, is_free: bool) -> None:
        """``is_free``: whether its answers cost nothing, so that a poor one may be requested once more in another form."""
        self._server = server
        self._limits = limits
        self._is_free = is_free
        self.server = hash_json([server.address.rstrip("/"), server.model])

    def options(
        self,
        *,
        language: str | None,
        keyterms: tuple[str, ...],
        speakers_expected: int | None,
        speech: SpeechOptions = NO_OPTIONS,
    ) -> TranscriptionOptions:
        """See the port."""
        refuse_redaction("a transcription server", speech)
        return TranscriptionOptions(
            provider=self.name,
            speech_models=(self._server.model,),
            language=language,
            keyterms=keyterms,
            speakers_expected=speakers_expected,
            server=self._server.address.rstrip("/"),
        )

    def part_limits(self) -> PartLimits:
        """See the port."""
        return self._limits

    def ask(self, audio: bytes, options: TranscriptionOptions, known: str | None) -> PartAnswer:
        """See the port. Tries the forms of request in turn: a refused one costs nothing."""
        steps = ladder(self._server.model, known)
        best: PartAnswer | None = None
        refused: FormRefused | None = None
        for variant in steps:
            try:
                body = self._server.transcribe(audio, self._limits.audio, _fields(variant, options))
            except FormRefused as error:
                refused = error
                continue
            got = detail_of(body)
            if got is None:  # nothing was said: it shows nothing about the server
                return best or PartAnswer(body, variant.name)
            answer = PartAnswer(body, next_time(variant, got, steps))
            if got >= variant.asks_for or not self._is_free:
                return answer
            best = answer
        if best is not None:
            return best
        raise refused or ProviderRefused("provider_refused", "There is no form of request.", "Report it.")

    def read(self, body: Mapping[str, Any], duration_ms: int) -> PartText:
        """See the port."""
        return read_answer(body, duration_ms)

    def collect(
        self, order_id: str | None, audio: Audio, options: TranscriptionOptions
    ) -> Pending | Rejected | Transcript:
        """Never called: it is bought in parts. Raises: ProviderRefused ``not_remote``."""
        raise ProviderRefused("not_remote", "This provider answers part by part.", "Report it.")

    def check(self) -> str:
        """See the port. Servers without a list of models are asked for it too: they answer that there is none."""
        models = self._server.models()
        where = f"The transcription server at {self._server.address}"
        if models is None:
            return f"{where} answers. It lists no models, so whether it has {self._server.model} is not known."
        if self._server.model not in models:
            raise OperatorError(
                "openai_model_unknown",
                f"{where} accepts the key, but does not list the model {self._server.model}.",
                "Correct OPENAI_TRANSCRIPTION_MODEL.",
            )
        return f"{where} accepts the key and has the model {self._server.model}."


def _fields(variant: Variant, options: TranscriptionOptions) -> dict[str, Any]:
    fields = dict(variant.fields)
    if options.language is not None and variant.takes_language:
        fields["language"] = options.language.split("_")[0]  # ISO 639-1
    if options.keyterms and variant.prompted:
        fields["prompt"] = ", ".join(options.keyterms)[: policies.PROMPT_CHARACTERS]
    return fields


def _make(settings: Settings) -> OpenAITranscription:
    audio: AudioFormat = settings.openai_transcription_audio
    longest_ms = settings.openai_transcription_part_minutes * MS_PER_MINUTE
    limits = PartLimits(longest_ms, settings.openai_transcription_part_mb * 1024**2, audio)
    return OpenAITranscription(server_of(settings), limits, is_free=is_free(settings))


SPEECH: Final = SpeechSpec(
    name=NAME,
    title="OpenAI",
    make=_make,
    key=key_of,
    used_by_default=used_by_default,
    key_variable=VARIABLES["openai_transcription_api_key"],
    address_variable=VARIABLES["openai_transcription_base_url"],
    in_parts=True,
    prices=price_of,
    price_settings=(VARIABLES["openai_transcription_usd_per_hour"],),
)
