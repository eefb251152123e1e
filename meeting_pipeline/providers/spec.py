"""Descriptions of providers, besides the adapter: when a provider is used, its settings, limits, prices and display name.

Belongs here: the description that selection, cost figures, ``doctor``, the API and the page use. Must not go here: anything
specific to one provider; that belongs in its adapter's module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import SecretStr

from meeting_pipeline.domain.errors import ProviderRefused
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.domain.units import MS_PER_HOUR
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.audio_prices import HourPrice
from meeting_pipeline.providers.llm_ports import Analyst, QuestionModel
from meeting_pipeline.providers.ports import SpeechToText
from meeting_pipeline.settings import Settings

P = TypeVar("P")


@dataclass(frozen=True)
class ProviderSetting:
    """An environment variable of one provider. Those of new providers begin with ``settings.PROVIDER_VARIABLES``."""

    variable: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """A provider's limits, in addition to those of this system (``policies.MAX_RECORDING_HOURS`` and others).

    ``None``: the provider has no such limit. ``listed_days``: how many days back it lists orders.
    """

    max_hours: float | None = None
    max_bytes: int | None = None
    min_ms: int | None = None
    listed_days: int = 0

    def require(self, provider: str, duration_ms: int, size_bytes: int) -> None:
        """Check a recording. Raises: ProviderRefused ``beyond_provider_limit`` if this provider would refuse it."""
        reason = None
        if self.max_hours is not None and duration_ms > self.max_hours * MS_PER_HOUR:
            reason = f"accepts recordings of at most {self.max_hours:g} hours"
        elif self.max_bytes is not None and size_bytes > self.max_bytes:
            reason = f"accepts files of at most {self.max_bytes / 1024**2:.0f} MB"
        elif self.min_ms is not None and duration_ms < self.min_ms:
            reason = f"accepts no recording shorter than {self.min_ms} ms"
        if reason is not None:
            raise ProviderRefused(
                "beyond_provider_limit", f"{provider} {reason}.", "Submit a part of it, or use another provider."
            )


@dataclass(frozen=True, kw_only=True)
class LocalLimits:
    """What a transcription on this machine may use.

    Attributes:
        cpu_share: processor time per second of sound.
        memory_bytes: address space.
    """

    cpu_share: float = policies.LOCAL_CPU_SHARE
    memory_bytes: int = policies.LOCAL_MEMORY_BYTES


@dataclass(frozen=True, kw_only=True)
class ProviderSpec(Generic[P]):
    """A provider.

    Attributes:
        name: the name in the ledger and in provenance; stable.
        title: the display name.
        make: creates the adapter; opens nothing and imports nothing heavy.
        key: its key in the settings. ``None``: it needs no key, and is used if no provider before it is set up.
        present: whether everything it needs besides a key is on this machine. Opens no file.
        used_by_default: whether it is used without being named in a setting. ``None``: it is if it can be used.
        key_variable: the variable that holds the key.
        address_variable: the variable that holds its address, if the address can be set.
        settings: the provider's other variables.
    """

    name: str
    title: str
    make: Callable[[Settings], P]
    key: Callable[[Settings], SecretStr | None] | None = None
    used_by_default: Callable[[Settings], bool] | None = None
    key_variable: str | None = None
    address_variable: str | None = None
    settings: tuple[ProviderSetting, ...] = ()
    present: Callable[[Settings], bool] = lambda settings: True

    def set_up(self, settings: Settings) -> bool:
        """Whether the provider can be used."""
        return (self.key is None or self.key(settings) is not None) and self.present(settings)

    def preferred(self, settings: Settings) -> bool:
        """Whether the provider is used without being named, if none before it is."""
        return self.set_up(settings) if self.used_by_default is None else self.used_by_default(settings)

    @property
    def variables(self) -> frozenset[str]:
        """All variables of the provider."""
        named = {self.key_variable, self.address_variable, *(setting.variable for setting in self.settings)}
        return frozenset(name for name in named if name is not None)


@dataclass(frozen=True, kw_only=True)
class SpeechSpec(ProviderSpec[SpeechToText]):
    """A transcription provider.

    Attributes:
        usd_per_hour: price of an hour of audio, whatever was ordered.
        prices: instead, the price of an hour with these options, by the model that was used (``None``: not known yet).
        price_settings: the variables that give a price which is not listed.
        in_parts: whether it is an ``InParts`` (``parts/port.py``): it answers a part of a recording while the caller waits.
        redacts: whether it can remove personal data.
        takes_links: whether it fetches a recording from any address, instead of getting an upload.
        finished_order: reads the order's id from the JSON that the provider sends to a completion hook; ``None`` if it is not
            that. A provider without this function gets no hook.
        multichannel: it can transcribe each channel as one speaker. Others mix the channels.
        local: what it may use, if it works on this machine.
        local_settings: the fields of the settings that it needs there; its process gets no others.
        draft_advice: how to get better transcripts than its drafts, for `doctor`; empty for a provider that makes none.
    """

    limits: Limits = Limits()
    in_parts: bool = False
    redacts: bool = False
    takes_links: bool = False
    usd_per_hour: Callable[[Settings], float] = lambda settings: 0.0
    prices: Callable[[Settings, TranscriptionOptions, str | None], HourPrice] | None = None
    price_settings: tuple[str, ...] = ()
    finished_order: Callable[[object], str | None] | None = None
    multichannel: bool = False
    local: LocalLimits = LocalLimits()
    local_settings: tuple[str, ...] = ()
    draft_advice: str = ""

    def hour_price(self, settings: Settings, options: TranscriptionOptions, model: str | None = None) -> HourPrice:
        """The price of an hour of audio."""
        if self.prices is not None:
            return self.prices(settings, options, model)
        return HourPrice(self.usd_per_hour(settings))


@dataclass(frozen=True, kw_only=True)
class AnalystSpec(ProviderSpec[Analyst]):
    """An analyst. Its adapter calculates prices: they depend on the tokens of each call.

    Attributes:
        price_line: the price of its model for people; ``None`` if it is unknown.
        answers: makes what answers people's questions; ``None`` if it cannot.
    """

    price_line: Callable[[Settings], str | None] = lambda settings: "nothing is paid"
    answers: Callable[[Settings], QuestionModel] | None = None
