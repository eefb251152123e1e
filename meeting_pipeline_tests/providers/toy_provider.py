"""A toy transcription provider. This file and one line in the register are all that a provider needs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from pydantic import SecretStr

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.speech_options import SpeechOptions
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.providers.completion_hook import CompletionHook
from meeting_pipeline.providers.ports import NO_OPTIONS, Audio, ListedOrders, Pending, Ready, Rejected, Unknown
from meeting_pipeline.providers.spec import Limits, ProviderSetting, SpeechSpec
from meeting_pipeline.settings import PROVIDER_VARIABLES, Settings

KEY: Final = f"{PROVIDER_VARIABLES}TOY_KEY"
PRICE: Final = f"{PROVIDER_VARIABLES}TOY_USD_PER_HOUR"


class Toy:
    """Returns the same text for every recording: that the toy has listened to it."""

    name = "toy"
    remote = True

    def __init__(self, key: str) -> None:
        self._key = key

    def options(
        self,
        *,
        language: str | None,
        keyterms: tuple[str, ...],
        speakers_expected: int | None,
        speech: SpeechOptions = NO_OPTIONS,
    ) -> TranscriptionOptions:
        return TranscriptionOptions(provider=self.name, language=language)

    def upload(self, audio: Audio) -> str:
        return f"toy://{audio.media_path}"

    def order(self, upload_url: str, options: TranscriptionOptions, hook: CompletionHook | None = None) -> str:
        return "toy-1"

    def find_order(self, upload_url: str, since: datetime) -> str | None:
        return None

    def list_orders(self, since: datetime) -> ListedOrders:
        return ListedOrders((), complete=True)

    def poll(self, order_ids: Iterable[str]) -> Mapping[str, Pending | Ready | Rejected | Unknown]:
        return {order_id: Ready() for order_id in order_ids}

    def collect(
        self, order_id: str | None, audio: Audio, options: TranscriptionOptions
    ) -> Pending | Rejected | Transcript:
        text = "The toy has listened to this recording."
        segment = Segment(index=0, speaker="A", start_ms=0, end_ms=audio.duration_ms, text=text)
        return Transcript(
            segments=(segment,), language="en", duration_ms=audio.duration_ms, confidence=None,
            provenance=Provenance(provider=self.name, model="wood"),
        )  # fmt: skip

    def forget(self, order_id: str) -> None:
        pass

    def check(self) -> str:
        if self._key != "right":
            raise OperatorError("toy_key_refused", "The toy refuses the key.", f"Set {KEY}.")
        return "The toy accepts the key."


def _key(settings: Settings) -> SecretStr | None:
    return settings.of_provider(KEY)


def _make(settings: Settings) -> Toy:
    key = _key(settings)
    return Toy(key.get_secret_value() if key is not None else "")


def _price(settings: Settings) -> float:
    price = settings.of_provider(PRICE)
    return float(price.get_secret_value()) if price is not None else 1.0


SPEECH: Final = SpeechSpec(
    name="toy",
    title="The Toy Company",
    make=_make,
    key=_key,
    key_variable=KEY,
    settings=(ProviderSetting(PRICE, "Price of an hour of audio."),),
    limits=Limits(max_hours=0.5, listed_days=7),
    usd_per_hour=_price,
)
