"""Who turns speech into text, and how: AssemblyAI, servers with OpenAI's interface, and Whisper.

Belongs here: fields of ``Settings`` on this subject, and what follows from them. Must not go here: reading them
(``loading.py``), their variables (``variables.py``).
"""

from typing import Final, Literal

from pydantic import Field

from meeting_pipeline.domain.speech_options import Redaction
from meeting_pipeline.settings.field_types import (
    ApiKey,
    Folder,
    HourPrices,
    Price,
    SpellingText,
    WebAddress,
    Words,
)
from meeting_pipeline.settings.subject import SubjectSettings

REDACTED_KINDS: Final = (
    "account_number", "banking_information", "blood_type", "credit_card_cvv", "credit_card_expiration",
    "credit_card_number", "date_of_birth", "drivers_license", "drug", "email_address", "healthcare_number", "injury",
    "ip_address", "location_address", "medical_condition", "medical_process", "passport_number", "password", "phone_number",
    "us_social_security_number", "username", "vehicle_id",
)  # fmt: skip
"""Kinds of personal data that are removed by default. Not names of people and not dates: minutes without owners and due dates
are of no use."""

_PROVIDER_NAME: Final = r"^[a-z][a-z0-9_]{0,40}$"
AudioFormat = Literal["mp3", "flac", "wav"]


class TranscriptionSettings(SubjectSettings):
    """Who turns speech into text, and how: AssemblyAI, servers with OpenAI's interface, and Whisper."""

    transcription: str = Field(
        default="auto",
        pattern=_PROVIDER_NAME,
        description="What transcribes: `assemblyai`, `openai` (or a compatible server), `whisper` or `offline`. "
        "`auto`: the first of these that is set up.",
    )
    transcription_second: str = Field(
        default="off",
        pattern=_PROVIDER_NAME,
        description="What transcribes during an outage of the first choice, by the same names; the record says so. "
        "`off`: nothing, recordings wait.",
    )
    multichannel: Literal["on", "off"] = Field(
        default="off",
        description="`on`: each channel or audio track of a recording is one speaker, unless its submitter says otherwise.",
    )
    assemblyai_api_key: ApiKey = Field(default=None, description="Turns on paid transcription.")
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
        default=REDACTED_KINDS, min_length=1, description="The kinds of personal data to remove, by AssemblyAI's names."
    )
    assemblyai_filter_profanity: Literal["on", "off"] = Field(
        default="off", description="`on`: AssemblyAI masks profane words."
    )
    assemblyai_custom_spelling: SpellingText = Field(
        default=None, description='How to spell what is said, as JSON: `{"SQL": ["sequel"]}`.'
    )
    whisper_model_dir: Folder | None = Field(
        default=None,
        description="Folder of a Whisper model in CTranslate2 format, for transcripts on this machine without a key "
        "(needs the extra `whisper`). Unset: the largest model that `meeting-pipeline models fetch` has fetched.",
    )
    whisper_threads: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Threads for each recording that Whisper transcribes. Unset: the number of processors divided by "
        "`MEETING_PIPELINE_MAX_CONCURRENT_RUNS`, at most 4, because more threads help little.",
    )
    whisper_model_hub: WebAddress = Field(
        default="https://huggingface.co",
        description="Where `meeting-pipeline models fetch` fetches models: the hub of their publisher, or a mirror of it. "
        "Nothing else connects to it.",
    )
    openai_transcription_api_key: ApiKey = Field(
        default=None,
        description="Turns on transcription by OpenAI or a compatible server. Unset: `OPENAI_API_KEY`, but only at the "
        "same address.",
    )
    openai_transcription_base_url: WebAddress | None = Field(
        default=None,
        description="Address of a transcription server with `/audio/transcriptions`; also turns it on. Unset: "
        "`OPENAI_BASE_URL`.",
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
        default=20, ge=1, le=120, description="Longest part of a recording that the server gets in one request."
    )
    openai_transcription_part_mb: int = Field(default=24, ge=1, le=1024, description="Largest such part, in MB.")
    openai_transcription_audio: AudioFormat = Field(
        default="mp3",
        description="Format in which parts are sent: `mp3`, `flac`, or `wav` for servers that read nothing else.",
    )
    openai_transcription_call_seconds: float = Field(
        default=900.0, gt=0, le=86_400, description="Longest wait for the text of a part; raise it for a slow server."
    )
