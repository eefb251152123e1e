"""The environment variable of each setting, and the table of them all for the documentation.

Must not go here: reading the variables (``loading.py``), what the settings are (``settings.py``).
"""

from collections.abc import Mapping
from typing import Final, get_args

from pydantic import SecretStr

from meeting_pipeline.settings.settings import Settings

VARIABLES: Mapping[str, str] = {
    "home": "MEETING_PIPELINE_HOME",
    "drop_folder": "MEETING_PIPELINE_INBOX",
    "database_url": "MEETING_PIPELINE_DATABASE_URL",
    "transcription": "MEETING_PIPELINE_TRANSCRIPTION",
    "transcription_second": "MEETING_PIPELINE_TRANSCRIPTION_SECOND",
    "multichannel": "MEETING_PIPELINE_MULTICHANNEL",
    "broker_url": "MEETING_PIPELINE_BROKER_URL",
    "recordings_folder": "MEETING_PIPELINE_RECORDINGS",
    "storage_url": "MEETING_PIPELINE_STORAGE_URL",
    "storage_endpoint": "MEETING_PIPELINE_STORAGE_ENDPOINT",
    "storage_reachable": "MEETING_PIPELINE_STORAGE_REACHABLE",
    "inbox_url": "MEETING_PIPELINE_INBOX_URL",
    "inbox_endpoint": "MEETING_PIPELINE_INBOX_ENDPOINT",
    "inbox_keep": "MEETING_PIPELINE_INBOX_KEEP",
    "assemblyai_api_key": "ASSEMBLYAI_API_KEY",
    "assemblyai_base_url": "ASSEMBLYAI_BASE_URL",
    "speech_models": "ASSEMBLYAI_SPEECH_MODELS",
    "speech_usd_per_hour": "ASSEMBLYAI_USD_PER_HOUR",
    "speech_prices": "ASSEMBLYAI_PRICES",
    "assemblyai_languages": "ASSEMBLYAI_LANGUAGES",
    "assemblyai_redact_pii": "ASSEMBLYAI_REDACT_PII",
    "assemblyai_redact_policies": "ASSEMBLYAI_REDACT_POLICIES",
    "assemblyai_filter_profanity": "ASSEMBLYAI_FILTER_PROFANITY",
    "assemblyai_custom_spelling": "ASSEMBLYAI_CUSTOM_SPELLING",
    "whisper_model_dir": "WHISPER_MODEL_DIR",
    "whisper_threads": "WHISPER_THREADS",
    "whisper_model_hub": "WHISPER_MODEL_HUB",
    "openai_api_key": "OPENAI_API_KEY",
    "openai_base_url": "OPENAI_BASE_URL",
    "openai_model": "OPENAI_MODEL",
    "openai_api": "OPENAI_API",
    "openai_service_tier": "OPENAI_SERVICE_TIER",
    "openai_reasoning_effort": "OPENAI_REASONING_EFFORT",
    "openai_prompt_cache": "OPENAI_PROMPT_CACHE",
    "openai_support_check": "OPENAI_SUPPORT_CHECK",
    "openai_support_model": "OPENAI_SUPPORT_MODEL",
    "openai_usd_per_million": "OPENAI_USD_PER_MILLION",
    "openai_prices": "OPENAI_PRICES",
    "openai_input_tokens": "OPENAI_INPUT_TOKENS",
    "embeddings_model": "MEETING_PIPELINE_EMBEDDINGS_MODEL",
    "embeddings_base_url": "MEETING_PIPELINE_EMBEDDINGS_BASE_URL",
    "embeddings_api_key": "MEETING_PIPELINE_EMBEDDINGS_API_KEY",
    "embeddings_dimensions": "MEETING_PIPELINE_EMBEDDINGS_DIMENSIONS",
    "embeddings_usd_per_million": "MEETING_PIPELINE_EMBEDDINGS_USD_PER_MILLION",
    "embeddings_usd_per_day": "MEETING_PIPELINE_EMBEDDINGS_USD_PER_DAY",
    "voices_model": "MEETING_PIPELINE_VOICES_MODEL",
    "voices_threshold": "MEETING_PIPELINE_VOICES_THRESHOLD",
    "ask_above_usd": "MEETING_PIPELINE_ASK_ABOVE_USD",
    "backfill_max_usd": "MEETING_PIPELINE_BACKFILL_MAX_USD",
    "backfill_hold": "MEETING_PIPELINE_BACKFILL_HOLD",
    "max_usd_per_day": "MEETING_PIPELINE_MAX_USD_PER_DAY",
    "questions_usd_per_day": "MEETING_PIPELINE_QUESTIONS_USD_PER_DAY",
    "openai_transcription_api_key": "OPENAI_TRANSCRIPTION_API_KEY",
    "openai_transcription_base_url": "OPENAI_TRANSCRIPTION_BASE_URL",
    "openai_transcription_model": "OPENAI_TRANSCRIPTION_MODEL",
    "openai_transcription_usd_per_hour": "OPENAI_TRANSCRIPTION_USD_PER_HOUR",
    "openai_transcription_part_minutes": "OPENAI_TRANSCRIPTION_PART_MINUTES",
    "openai_transcription_part_mb": "OPENAI_TRANSCRIPTION_PART_MB",
    "openai_transcription_audio": "OPENAI_TRANSCRIPTION_AUDIO",
    "openai_transcription_call_seconds": "OPENAI_TRANSCRIPTION_CALL_SECONDS",
    "encryption_key": "MEETING_PIPELINE_ENCRYPTION_KEY",
    "webhook_signing_secret": "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET",
    "webhook_allow": "MEETING_PIPELINE_WEBHOOK_ALLOW",
    "public_url": "MEETING_PIPELINE_PUBLIC_URL",
    "timezone": "MEETING_PIPELINE_TIMEZONE",
    "ui_port": "MEETING_PIPELINE_UI_PORT",
    "api_host": "MEETING_PIPELINE_API_HOST",
    "api_port": "MEETING_PIPELINE_API_PORT",
    "api_public_url": "MEETING_PIPELINE_API_PUBLIC_URL",
    "api_rate_limit": "MEETING_PIPELINE_API_RATE_LIMIT",
    "ui_previews": "MEETING_PIPELINE_UI_PREVIEWS",
    "share_days": "MEETING_PIPELINE_SHARE_DAYS",
    "commitment_webhooks": "MEETING_PIPELINE_COMMITMENT_WEBHOOKS",
    "mail_server": "MEETING_PIPELINE_MAIL_SERVER",
    "mail_tls": "MEETING_PIPELINE_MAIL_TLS",
    "mail_user": "MEETING_PIPELINE_MAIL_USER",
    "mail_password": "MEETING_PIPELINE_MAIL_PASSWORD",
    "mail_from": "MEETING_PIPELINE_MAIL_FROM",
    "mail_to": "MEETING_PIPELINE_MAIL_TO",
    "mail_domains": "MEETING_PIPELINE_MAIL_DOMAINS",
    "mail_when": "MEETING_PIPELINE_MAIL_WHEN",
    "mail_attach": "MEETING_PIPELINE_MAIL_ATTACH",
    "unverified": "MEETING_PIPELINE_UNVERIFIED",
    "wake_sensors": "MEETING_PIPELINE_WAKE_SENSORS",
    "keep_runs_days": "MEETING_PIPELINE_KEEP_RUNS_DAYS",
    "keep_failed_runs_days": "MEETING_PIPELINE_KEEP_FAILED_RUNS_DAYS",
    "keep_rejected_days": "MEETING_PIPELINE_KEEP_REJECTED_DAYS",
    "keep_logs_days": "MEETING_PIPELINE_KEEP_LOGS_DAYS",
    "max_concurrent_runs": "MEETING_PIPELINE_MAX_CONCURRENT_RUNS",
    "batch_recordings": "MEETING_PIPELINE_BATCH_RECORDINGS",
    "batch_calls": "MEETING_PIPELINE_BATCH_CALLS",
    "time_scale": "MEETING_PIPELINE_TIME_SCALE",
}
"""Field of ``Settings`` -> environment variable."""
SECRETS: Final = frozenset(
    VARIABLES[name]
    for name, field in Settings.model_fields.items()
    if field.annotation is SecretStr or SecretStr in get_args(field.annotation)
)
"""Variables whose values other users must not read."""
PROVIDER_VARIABLES: Final = "MEETING_PIPELINE_PROVIDER_"
"""Prefix of provider variables that are not in ``VARIABLES``: the provider's own module names and reads them."""
FIXED_VARIABLE: Final = "MEETING_PIPELINE_SETTINGS_FIXED"
"""Set by ``up`` for its child processes: their environment contains all settings, and they do not read the settings file."""


def settings_table() -> str:
    """Return the settings as a Markdown table. A test compares it with ``docs/reference/settings.md``."""
    lines = ["| variable | default | what it does |", "|---|---|---|"]
    for name, variable in VARIABLES.items():
        field = Settings.model_fields[name]
        lines.append(f"| `{variable}` | {_shown_default(field.default)} | {field.description} |")
    return "\n".join(lines)


def _shown_default(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, tuple | dict):
        return f"`{','.join(str(part) for part in value)}`" if value else "none"
    return f"`{value}`"
