"""All settings of an installation, in one typed object.

Belongs here: values that differ between installations. Policy numbers with one right value are in ``policies.py``. Secrets
are ``SecretStr``, so that they are never printed. Must not go here: the types of the values (``field_types.py``), their
variables (``variables.py``), reading them (``loading.py``).
"""

from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr

from meeting_pipeline.domain.speech_options import Redaction
from meeting_pipeline.settings.field_types import (
    Folder,
    HourPrices,
    Price,
    Prices,
    SecretAddress,
    SpellingText,
    TimeZone,
    TokenPrices,
    WebAddress,
    Words,
)

REDACTED_KINDS: Final = (
    "account_number", "banking_information", "blood_type", "credit_card_cvv", "credit_card_expiration",
    "credit_card_number", "date_of_birth", "drivers_license", "drug", "email_address", "healthcare_number", "injury",
    "ip_address", "location_address", "medical_condition", "medical_process", "passport_number", "password", "phone_number",
    "us_social_security_number", "username", "vehicle_id",
)  # fmt: skip
"""Kinds of personal data that are removed by default. Not names of persons and not dates: minutes without owners and due dates
are of no use."""

_PROVIDER_NAME: Final = r"^[a-z][a-z0-9_]{0,40}$"
AudioFormat = Literal["mp3", "flac", "wav"]


class Settings(BaseModel):
    """The settings. Each field's description says what it does; its variable is in ``VARIABLES``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Folder = Field(
        default=Path("var"), description="Folder for the drop folder, recordings, databases and exports."
    )
    drop_folder: Folder | None = Field(
        default=None,
        description="Drop folder outside the home. Its owner and mode are not changed, so others can be allowed to use it. "
        "Unset: `inbox` below the home, for this user alone.",
    )
    database_url: SecretAddress = Field(
        default=None, description="PostgreSQL URL for results and for Dagster. Unset: SQLite files below the home."
    )
    transcription: str = Field(
        default="auto",
        pattern=_PROVIDER_NAME,
        description="Who transcribes: `assemblyai`, `openai` (or a compatible server), `whisper` or `offline`. `auto`: the first "
        "of these that is set up.",
    )
    transcription_second: str = Field(
        default="off",
        pattern=_PROVIDER_NAME,
        description="Who transcribes during an outage of the first, by the same names; the record says so. `off`: nobody, "
        "recordings wait.",
    )
    multichannel: Literal["on", "off"] = Field(
        default="off",
        description="`on`: each channel or audio track of a recording is one speaker, unless its submitter says otherwise.",
    )
    broker_url: SecretAddress = Field(
        default=None,
        description="Address of a Celery broker (`redis://` or `amqp://`): recordings are processed by `meeting-pipeline "
        "worker`, on this machine or others. Unset: by processes of `up`.",
    )
    recordings_folder: Folder | None = Field(
        default=None,
        description="Folder of stored recordings outside the home, for example on a file system that several machines share. "
        "Unset: `recordings` below the home.",
    )
    assemblyai_api_key: SecretStr | None = Field(default=None, description="Turns on paid transcription.")
    assemblyai_base_url: WebAddress = Field(
        default="https://api.assemblyai.com", description="AssemblyAI's address (EU: api.eu...)."
    )
    speech_models: Words = Field(
        default=("universal-3-5-pro", "universal-2"),
        min_length=1,
        description="AssemblyAI models, in order of preference.",
    )
    speech_usd_per_hour: Price | None = Field(
        default=None,
        description="Price of an hour of audio with all add-ons. Unset: the sum of the listed prices of model and add-ons.",
    )
    speech_prices: HourPrices = Field(
        default=(),
        description="Adds to the table of AssemblyAI's prices: `MODEL=USD@DATE` per hour of audio, or `ADD-ON=USD@DATE` by the "
        "add-on's option, such as `keyterms_prompt`. Separate entries by commas.",
    )
    assemblyai_languages: Words = Field(
        default=(), description="Languages that may be spoken, such as `en,de`, where no language is given. None: any."
    )
    assemblyai_redact_pii: Redaction = Field(
        default="off",
        description="`text`: AssemblyAI removes personal data from transcripts; `text_and_audio`: it also makes a copy of the "
        "audio without it, which stays there. The stored recording is not changed.",
    )
    assemblyai_redact_policies: Words = Field(
        default=REDACTED_KINDS, min_length=1, description="What counts as personal data then (AssemblyAI's names)."
    )
    assemblyai_filter_profanity: Literal["on", "off"] = Field(
        default="off", description="`on`: AssemblyAI masks profane words."
    )
    assemblyai_custom_spelling: SpellingText = Field(
        default=None, description='How to write what is said, as JSON: `{"SQL": ["sequel"]}`.'
    )
    whisper_model_dir: Folder | None = Field(
        default=None,
        description="Folder of a Whisper model in the format of CTranslate2: transcripts on this machine, without a key (needs "
        "the extra `whisper`). Unset: the best one that `meeting-pipeline models fetch` brought, if there is any.",
    )
    whisper_threads: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Threads for each recording that Whisper transcribes. Unset: the processors divided by "
        "`MEETING_PIPELINE_MAX_CONCURRENT_RUNS`, at most 4: recordings in progress do not compete, and more bring little.",
    )
    whisper_model_hub: WebAddress = Field(
        default="https://huggingface.co",
        description="Where `meeting-pipeline models fetch` fetches models: the hub of their publisher, or a mirror of it. "
        "Nothing else connects to it.",
    )
    openai_api_key: SecretStr | None = Field(default=None, description="Turns on extraction by a language model.")
    openai_base_url: WebAddress = Field(
        default="https://api.openai.com/v1",
        description="Address of OpenAI or a compatible server.",
    )
    openai_model: str = Field(default="gpt-6-luna", min_length=1, description="Model for the four insights.")
    openai_api: str = Field(
        default="responses", pattern="^(responses|chat)$", description="`responses`, or `chat` for compatible servers."
    )
    openai_service_tier: Literal["default", "flex"] | None = Field(
        default=None,
        description="OpenAI's service tier for calls: `default`, or `flex`, which costs half and is slower. Unset: the account's "
        "choice. A campaign can choose another one.",
    )
    openai_reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = Field(
        default=None,
        description="How much the model reasons before it answers: `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`. "
        "Not every model knows all of them. Unset: the model's default.",
    )
    openai_prompt_cache: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="One beginning for all calls about a transcript, which the provider caches and bills at a fraction; its "
        "first call is then made before the others. `auto`: at OpenAI's own address. `on`: at any, for example a gateway to "
        "OpenAI.",
    )
    openai_support_check: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="A second opinion on each item: a model reads it beside the lines around its evidence alone. What it doubts "
        "is unverified; it never publishes anything. `auto`: of recordings of ten minutes and more, where it is expected "
        "to cost less than 5 % of the recording.",
    )
    openai_support_model: str | None = Field(
        default=None, min_length=1, description="Model for second opinions. Unset: `OPENAI_MODEL`."
    )
    openai_usd_per_million: Prices | None = Field(
        default=None,
        description="Prices of `OPENAI_MODEL` per million tokens: input, cached input, output. Unset: the listed price of the "
        "model; that of a model that is not listed is unknown.",
    )
    openai_prices: TokenPrices = Field(
        default=(),
        description="Adds to the table of prices per million tokens: `MODEL=INPUT/CACHED/OUTPUT@DATE`, with `/CACHE_WRITE` after "
        "the output if that costs something else than input, and with `MODEL TIER` for another service tier. Separate entries by "
        "commas.",
    )
    openai_input_tokens: int = Field(
        default=200_000, ge=2_000, description="Longest input of one call; a longer transcript is split and merged."
    )
    max_usd_per_day: Price | None = Field(
        default=None,
        description="Once this much was spent on a day (UTC), nothing more is bought automatically until the next day. What a "
        "person asks for explicitly is bought all the same. Unset: no limit.",
    )
    questions_usd_per_day: Price = Field(
        default=1.0,
        description="What answers to questions may cost on a day (UTC), together: some thousand questions at the default model. "
        "Beyond it, and beyond `MEETING_PIPELINE_MAX_USD_PER_DAY`, a question gets the best passages and no answer. A question "
        "whose price is unknown counts as 0.01. `0`: no question is answered by a model.",
    )
    openai_transcription_api_key: SecretStr | None = Field(
        default=None,
        description="Turns on transcription by OpenAI or a compatible server. Unset: `OPENAI_API_KEY`, at the same address "
        "only.",
    )
    openai_transcription_base_url: WebAddress | None = Field(
        default=None,
        description="Address of a transcription server with `/audio/transcriptions`; turns it on too. Unset: `OPENAI_BASE_URL`.",
    )
    openai_transcription_model: str = Field(
        default="gpt-4o-transcribe-diarize", min_length=1, description="Model for transcription."
    )
    openai_transcription_usd_per_hour: Price | None = Field(
        default=None,
        description="Price of an hour of audio there. Unset: the listed price of OpenAI's model; 0 at a server without a key; "
        "unknown at any other.",
    )
    openai_transcription_part_minutes: int = Field(
        default=20, ge=1, le=120, description="Longest part of a recording that the server takes at once."
    )
    openai_transcription_part_mb: int = Field(default=24, ge=1, le=1024, description="Largest such part, in MB.")
    openai_transcription_audio: AudioFormat = Field(
        default="mp3",
        description="Format in which parts are sent: `mp3`, `flac`, or `wav` for servers that read nothing else.",
    )
    openai_transcription_call_seconds: float = Field(
        default=900.0, gt=0, le=86_400, description="Longest wait for the text of a part; raise it for a slow server."
    )
    ask_above_usd: Price = Field(
        default=1.0,
        description="`reprocess` asks before it starts something that is expected to cost more than this, or whose price is "
        "unknown: a dollar is more than any single meeting costs, and less than a mistake does.",
    )
    encryption_key: SecretStr | None = Field(
        default=None,
        description="Fernet key for webhook secrets at rest. Unset: generated at the first start, below the home.",
    )
    webhook_signing_secret: SecretStr | None = Field(
        default=None,
        description="`whsec_...` that signs webhooks. Unset: generated at the first start, below the home.",
    )
    webhook_allow: Words = Field(
        default=(),
        description="Private addresses to which webhooks may be sent and from which recordings may be fetched: `host:port`, "
        "hosts or CIDR networks.",
    )
    public_url: WebAddress | None = Field(
        default=None,
        description="Address of the UI: for links in webhooks, and the host name it serves behind a proxy. Unset: the one on "
        "127.0.0.1.",
    )
    timezone: TimeZone = Field(
        default=None,
        description="Default time zone of meetings, such as `Europe/Berlin`. Unset: the machine's.",
    )
    ui_port: int = Field(
        default=3000, ge=0, le=65535, description="Port of the Dagster UI on 127.0.0.1 (0: any free port)."
    )
    api_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address on which the HTTP service listens; any other than the default requires an API key.",
    )
    api_port: int = Field(default=3001, ge=0, le=65535, description="Port of the HTTP service (0: any free port).")
    api_public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+[^?#\s]*$",
        description="Address of the HTTP service as clients see it behind a proxy; its path is the base path of links. An "
        "address beyond this machine requires an API key. AssemblyAI reports finished orders there if it is a public one with "
        "https.",
    )
    api_rate_limit: int = Field(
        default=6000,
        ge=0,
        le=1_000_000,
        description="Requests a minute to the HTTP API from one API key, or from one address without a valid key; more get 429. "
        "Health checks and live events are not limited. `0`: no limit.",
    )
    ui_previews: Literal["on", "off"] = Field(
        default="on",
        description="`off`: Dagster stores no titles, names, quotes or previews, only numbers and links to the page; keys of "
        "new recordings hold no word of the title.",
    )
    share_days: int = Field(
        default=30,
        ge=1,
        le=366,
        description="Days after which a link to a shared meeting expires, unless it is made with another time.",
    )
    commitment_webhooks: Literal["on", "off"] = Field(
        default="off",
        description="`on`: when a commitment changes, the submitters of the meeting that changed it get `commitment.changed`.",
    )
    unverified: Literal["withhold", "mark"] = Field(
        default="withhold",
        description="What webhooks, API, exports and the register do with claims that the words of the meeting do not confirm: "
        "`withhold` leaves them out, `mark` includes them with their verdict and reasons. Minutes and page show them apart.",
    )
    keep_runs_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days for which Dagster keeps finished runs with their events: a quarter, for questions that come late. What "
        "lineage needs is kept for ever. `0`: no run is removed.",
    )
    keep_failed_runs_days: int = Field(
        default=180,
        ge=0,
        le=36_500,
        description="The same for failed runs, if it is longer: they are few, and a rare fault is recognised by earlier ones. "
        "`0`: for ever.",
    )
    keep_rejected_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days for which rejected files are kept in `rejected`, for people who ask late. `0`: for ever.",
    )
    keep_logs_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days after which log files are put aside; a line is removed after once to twice this time. `0`: by size "
        "alone.",
    )
    max_concurrent_runs: int = Field(default=4, ge=1, le=64, description="Recordings processed in parallel.")
    batch_recordings: int = Field(
        default=25,
        ge=1,
        le=100,
        description="Recordings that one run processes when more are ready than runs are free (1: each has a run of its own).",
    )
    batch_calls: int = Field(
        default=16, ge=1, le=64, description="Model calls that a run of many recordings makes in parallel."
    )
    wake_sensors: Literal["on", "off"] = Field(
        default="on",
        description="`off`: sensors are evaluated every 5 s only, as by Dagster's own daemon, not when something changes.",
    )
    time_scale: float = Field(
        default=1.0, gt=0, le=1.0, description="For tests: waits between attempts are multiplied by this."
    )

    _of_providers: dict[str, SecretStr] = PrivateAttr(default_factory=dict)

    def of_provider(self, variable: str) -> SecretStr | None:
        """Return a provider's variable that has no field here. Its name begins with ``PROVIDER_VARIABLES``."""
        return self._of_providers.get(variable)

    @property
    def mark_unverified(self) -> bool:
        """Whether unverified claims are delivered, with their verdict."""
        return self.unverified == "mark"

    @property
    def inbox(self) -> Path:
        """The drop folder."""
        return self.drop_folder or self.home / "inbox"

    @property
    def rejected(self) -> Path:
        """The folder of rejected files, each with its ``.error.txt``."""
        return self.home / "rejected"

    @property
    def recordings(self) -> Path:
        """One folder per recording, named by its recording id."""
        return self.recordings_folder or self.home / "recordings"

    @property
    def exports(self) -> Path:
        """The cross-meeting tables."""
        return self.home / "exports"

    @property
    def dagster_home(self) -> Path:
        """``DAGSTER_HOME`` of the running system."""
        return self.home / "dagster"

    @property
    def ui_url(self) -> str:
        """Address of the Dagster UI, for links."""
        return (self.public_url or f"http://127.0.0.1:{self.ui_port}").rstrip("/")

    @property
    def api_url(self) -> str:
        """Address of the HTTP service, for links."""
        return (self.api_public_url or f"http://127.0.0.1:{self.api_port}").rstrip("/")

    @property
    def api_base_path(self) -> str:
        """The base path of the HTTP service's links: empty, or a path without a trailing slash."""
        return urlsplit(self.api_public_url or "").path.rstrip("/")

    @property
    def database_file(self) -> Path:
        """The results database, unless PostgreSQL is used."""
        return self.home / "meetings.sqlite3"

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the results database. In a SQLite URL, everything after ``sqlite:///`` is the literal path."""
        if self.database_url is not None:
            return with_driver(self.database_url.get_secret_value())
        return f"sqlite:///{self.database_file}"


def with_driver(url: str) -> str:
    """Name psycopg2 in a PostgreSQL URL: SQLAlchemy's default driver depends on its version, ours does not."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg2://" + url.removeprefix(prefix)
    return url
