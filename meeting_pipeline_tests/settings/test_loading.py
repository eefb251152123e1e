"""Reading the settings: errors name an invalid variable without showing its value."""

from datetime import date
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.settings import VARIABLES, Settings, load_settings
from meeting_pipeline.store.engine.database import Database

SECRET = "hunter2-hunter2"


def problem(**variables: str) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        load_settings(variables)
    assert caught.value.code == "bad_setting"
    return caught.value


def test_without_variables_the_defaults_hold_and_the_home_is_absolute() -> None:
    settings = load_settings({})
    assert settings == Settings(home=Path("var").absolute())
    assert settings.store_url == f"sqlite:///{settings.home}/meetings.sqlite3"


def test_an_empty_variable_counts_as_unset() -> None:
    assert load_settings(dict.fromkeys(VARIABLES.values(), "")) == load_settings({})


def test_variables_of_others_are_not_looked_at() -> None:
    assert load_settings({"OPENAI_ORG_ID": "x", "MEETING_PIPELINE_UNKNOWN": "y"}) == load_settings({})


def test_every_variable_is_read() -> None:
    given = {
        "MEETING_PIPELINE_HOME": "/srv/meetings",
        "MEETING_PIPELINE_INBOX": "/srv/drop",
        "MEETING_PIPELINE_DATABASE_URL": "postgresql://me:pw@db/x",
        "ASSEMBLYAI_API_KEY": "a",
        "ASSEMBLYAI_BASE_URL": "http://127.0.0.1:1",
        "ASSEMBLYAI_SPEECH_MODELS": " universal-2 ,, other",
        "ASSEMBLYAI_USD_PER_HOUR": "0.5",
        "MEETING_PIPELINE_MULTICHANNEL": "on",
        "ASSEMBLYAI_LANGUAGES": "en,de",
        "ASSEMBLYAI_REDACT_PII": "text",
        "ASSEMBLYAI_REDACT_POLICIES": "phone_number",
        "ASSEMBLYAI_FILTER_PROFANITY": "on",
        "ASSEMBLYAI_CUSTOM_SPELLING": '{"SQL": ["sequel"]}',
        "MEETING_PIPELINE_TRANSCRIPTION": "openai",
        "MEETING_PIPELINE_TRANSCRIPTION_SECOND": "assemblyai",
        "OPENAI_TRANSCRIPTION_API_KEY": "t",
        "OPENAI_TRANSCRIPTION_BASE_URL": "http://127.0.0.1:3/v1",
        "OPENAI_TRANSCRIPTION_MODEL": "whisper-1",
        "OPENAI_TRANSCRIPTION_USD_PER_HOUR": "0.1",
        "OPENAI_TRANSCRIPTION_PART_MINUTES": "5",
        "OPENAI_TRANSCRIPTION_PART_MB": "10",
        "OPENAI_TRANSCRIPTION_AUDIO": "wav",
        "OPENAI_TRANSCRIPTION_CALL_SECONDS": "60",
        "OPENAI_API_KEY": "o",
        "OPENAI_BASE_URL": "http://127.0.0.1:2/v1",
        "OPENAI_MODEL": "m",
        "OPENAI_API": "chat",
        "OPENAI_SERVICE_TIER": "flex",
        "OPENAI_REASONING_EFFORT": "low",
        "OPENAI_PROMPT_CACHE": "off",
        "OPENAI_SUPPORT_CHECK": "on",
        "OPENAI_SUPPORT_MODEL": "s",
        "OPENAI_USD_PER_MILLION": "1,2,3",
        "OPENAI_INPUT_TOKENS": "5000",
        "OPENAI_PRICES": "other=1/0.5/2@2026-11-01, other flex = 0.5/0.25/1/0.6@2026-11-02",
        "ASSEMBLYAI_PRICES": "universal-2=0.12@2026-11-03",
        "MEETING_PIPELINE_BROKER_URL": "redis://127.0.0.1:6379/0",
        "MEETING_PIPELINE_RECORDINGS": "/srv/recordings",
        "MEETING_PIPELINE_STORAGE_URL": "s3://bucket/prefix",
        "MEETING_PIPELINE_STORAGE_ENDPOINT": "http://127.0.0.1:9000",
        "MEETING_PIPELINE_STORAGE_REACHABLE": "on",
        "MEETING_PIPELINE_INBOX_URL": "s3://bucket/inbox",
        "MEETING_PIPELINE_INBOX_ENDPOINT": "http://127.0.0.1:8",
        "MEETING_PIPELINE_INBOX_KEEP": "on",
        "MEETING_PIPELINE_MAX_USD_PER_DAY": "2.50",
        "MEETING_PIPELINE_ASK_ABOVE_USD": "0.25",
        "MEETING_PIPELINE_BACKFILL_MAX_USD": "5",
        "MEETING_PIPELINE_BACKFILL_HOLD": "on",
        "MEETING_PIPELINE_QUESTIONS_USD_PER_DAY": "0.5",
        "MEETING_PIPELINE_EMBEDDINGS_MODEL": "text-embedding-3-large",
        "MEETING_PIPELINE_EMBEDDINGS_BASE_URL": "https://embeddings.example.org/v1",
        "MEETING_PIPELINE_EMBEDDINGS_API_KEY": "e-key",
        "MEETING_PIPELINE_EMBEDDINGS_DIMENSIONS": "512",
        "MEETING_PIPELINE_EMBEDDINGS_USD_PER_MILLION": "0.05",
        "MEETING_PIPELINE_EMBEDDINGS_USD_PER_DAY": "0.25",
        "MEETING_PIPELINE_VOICES_MODEL": "/srv/voices.onnx",
        "MEETING_PIPELINE_VOICES_THRESHOLD": "0.6",
        "MEETING_PIPELINE_ENCRYPTION_KEY": "k",
        "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET": "whsec_x",
        "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.1:8000,10.0.0.0/8",
        "MEETING_PIPELINE_PUBLIC_URL": "https://m.example/",
        "MEETING_PIPELINE_TIMEZONE": "Europe/Berlin",
        "MEETING_PIPELINE_UI_PORT": "0",
        "MEETING_PIPELINE_API_HOST": "0.0.0.0",
        "MEETING_PIPELINE_API_PORT": "0",
        "MEETING_PIPELINE_API_PUBLIC_URL": "https://m.example/base",
        "MEETING_PIPELINE_API_RATE_LIMIT": "600",
        "MEETING_PIPELINE_MAX_CONCURRENT_RUNS": "2",
        "MEETING_PIPELINE_UI_PREVIEWS": "off",
        "MEETING_PIPELINE_COMMITMENT_WEBHOOKS": "on",
        "MEETING_PIPELINE_MAIL_SERVER": "mail.example.org:2525",
        "MEETING_PIPELINE_MAIL_TLS": "tls",
        "MEETING_PIPELINE_MAIL_USER": "minutes",
        "MEETING_PIPELINE_MAIL_PASSWORD": "secret",
        "MEETING_PIPELINE_MAIL_FROM": "minutes@example.org",
        "MEETING_PIPELINE_MAIL_TO": "ann@example.org",
        "MEETING_PIPELINE_MAIL_DOMAINS": "example.org",
        "MEETING_PIPELINE_MAIL_WHEN": "every",
        "MEETING_PIPELINE_MAIL_ATTACH": "docx",
        "MEETING_PIPELINE_UNVERIFIED": "mark",
        "MEETING_PIPELINE_WAKE_SENSORS": "off",
        "MEETING_PIPELINE_BATCH_RECORDINGS": "7",
        "MEETING_PIPELINE_BATCH_CALLS": "8",
        "MEETING_PIPELINE_KEEP_RUNS_DAYS": "30",
        "MEETING_PIPELINE_KEEP_FAILED_RUNS_DAYS": "0",
        "MEETING_PIPELINE_KEEP_REJECTED_DAYS": "31",
        "MEETING_PIPELINE_KEEP_LOGS_DAYS": "32",
        "MEETING_PIPELINE_SHARE_DAYS": "14",
        "MEETING_PIPELINE_TIME_SCALE": "0.01",
        "WHISPER_MODEL_DIR": "/srv/model",
        "WHISPER_THREADS": "2",
        "WHISPER_MODEL_HUB": "http://127.0.0.1:3",
    }
    assert set(given) == set(VARIABLES.values())
    settings = load_settings(given)
    untouched = [name for name in VARIABLES if getattr(settings, name) == getattr(Settings(), name)]
    assert untouched == []
    assert settings.speech_models == ("universal-2", "other")
    assert hash(settings) != hash(load_settings({})), "processes keep what they opened by its settings"
    assert settings.openai_usd_per_million == (1.0, 2.0, 3.0)
    assert ("other", (1.0, 0.5, 2.0), date(2026, 11, 1)) in settings.openai_prices
    assert settings.speech_prices == (("universal-2", (0.12,), date(2026, 11, 3)),)
    assert hash(settings) == hash(settings), "an installation is kept for each of them"
    assert settings.webhook_allow == ("127.0.0.1:8000", "10.0.0.0/8")
    assert settings.ui_url == "https://m.example"
    assert settings.store_url == "postgresql+psycopg2://me:pw@db/x"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MEETING_PIPELINE_TIMEZONE", SECRET),
        ("MEETING_PIPELINE_TIMEZONE", "Europe"),
        ("MEETING_PIPELINE_TIMEZONE", "../../etc/passwd"),
        ("MEETING_PIPELINE_UI_PORT", SECRET),
        ("MEETING_PIPELINE_UI_PORT", "70000"),
        ("OPENAI_USD_PER_MILLION", "1,2"),
        ("OPENAI_PRICES", SECRET),
        ("OPENAI_PRICES", "m=1/2/3"),
        ("OPENAI_PRICES", "m=1/2@2026-11-01"),
        ("OPENAI_PRICES", "m=1/2/3@2026-13-01"),
        ("OPENAI_PRICES", "m=1/2/1.2.3@2026-11-01"),
        ("ASSEMBLYAI_PRICES", "m=1/2/3@2026-11-01"),
        ("MEETING_PIPELINE_MAX_USD_PER_DAY", "-1"),
        ("MEETING_PIPELINE_MAX_CONCURRENT_RUNS", "0"),
        ("MEETING_PIPELINE_TIME_SCALE", "0"),
        ("MEETING_PIPELINE_TIME_SCALE", "nan"),
        ("WHISPER_THREADS", "0"),
        ("WHISPER_MODEL_HUB", SECRET),
        ("WHISPER_MODEL_DIR", "~nobody-of-this-name/x"),
        ("ASSEMBLYAI_BASE_URL", SECRET),
        ("OPENAI_BASE_URL", SECRET),
        ("OPENAI_TRANSCRIPTION_BASE_URL", SECRET),
        ("OPENAI_TRANSCRIPTION_PART_MINUTES", "0"),
        ("OPENAI_TRANSCRIPTION_AUDIO", "ogg"),
        ("MEETING_PIPELINE_TRANSCRIPTION", SECRET),
        ("ASSEMBLYAI_CUSTOM_SPELLING", SECRET),
        ("ASSEMBLYAI_REDACT_PII", SECRET),
        ("OPENAI_API", SECRET),
        ("OPENAI_API_KEY", "..."),
        ("ASSEMBLYAI_API_KEY", " … "),
        ("OPENAI_USD_PER_MILLION", f"1,{SECRET}"),
        ("OPENAI_USD_PER_MILLION", "1,2,3,4"),
        ("OPENAI_USD_PER_MILLION", "1,2,nan"),
        ("OPENAI_USD_PER_MILLION", "1,2,-3"),
        ("ASSEMBLYAI_USD_PER_HOUR", "inf"),
        ("ASSEMBLYAI_USD_PER_HOUR", "-1"),
        ("ASSEMBLYAI_SPEECH_MODELS", ","),
        ("OPENAI_INPUT_TOKENS", "10"),
        ("MEETING_PIPELINE_PUBLIC_URL", SECRET),
        ("MEETING_PIPELINE_DATABASE_URL", f"mysql://me:{SECRET}@db/x"),
        ("MEETING_PIPELINE_HOME", "~nobody-of-this-name/x"),
    ],
)
def test_an_odd_value_is_named_and_not_shown(variable: str, value: str) -> None:
    error = problem(**{variable: value})
    assert error.message.startswith(f"{variable}: ")
    assert SECRET not in f"{error}{error.__cause__}"
    assert error.__suppress_context__ or error.__context__ is None


def test_all_odd_values_are_named_at_once() -> None:
    message = problem(MEETING_PIPELINE_UI_PORT="x", OPENAI_API="y").message
    assert "MEETING_PIPELINE_UI_PORT: " in message
    assert "OPENAI_API: " in message


@pytest.mark.parametrize(
    ("inbox", "why"),
    [
        ("/srv/meetings", "the home is in it"),
        ("/srv", "the home is in it"),
        ("/srv/meetings/recordings", "keeps for itself"),
        ("/srv/meetings/recordings/mine", "keeps for itself"),
        ("/srv/meetings/inbox/../keys", "keeps for itself"),
    ],
)
def test_a_drop_folder_that_holds_what_is_ours_is_refused(inbox: str, why: str) -> None:
    assert why in problem(MEETING_PIPELINE_HOME="/srv/meetings", MEETING_PIPELINE_INBOX=inbox).message


@pytest.mark.parametrize("inbox", ["/srv/drop", "/srv/meetings/inbox", "/srv/meetings/drop/here"])
def test_a_drop_folder_elsewhere_is_the_drop_folder(inbox: str) -> None:
    settings = load_settings({"MEETING_PIPELINE_HOME": "/srv/meetings", "MEETING_PIPELINE_INBOX": inbox})
    assert settings.inbox == Path(inbox)
    assert settings.rejected == Path("/srv/meetings/rejected")


@pytest.mark.parametrize("password", ["p@ss", "p#ss", "p ss", "p@ss/w:rd%?#"])
def test_a_password_that_would_be_read_as_a_part_of_the_address_is_refused_and_not_shown(password: str) -> None:
    error = problem(MEETING_PIPELINE_DATABASE_URL=f"postgresql://me:{password}@db/{SECRET}")
    assert "%-encoded" in f"{error}"
    assert SECRET not in f"{error}"
    assert password not in f"{error}"


def test_an_encoded_password_reaches_the_driver_as_it_is_and_is_not_shown() -> None:
    settings = load_settings({"MEETING_PIPELINE_DATABASE_URL": "postgresql://me:p%40ss%2Fw%3Ard%25%3F%23@db:5433/x\n"})
    database = Database(settings.store_url)
    assert (database.url.password, database.url.host, database.url.port, database.url.database) == (
        "p@ss/w:rd%?#", "db", 5433, "x",
    )  # fmt: skip
    assert "p%40" not in database.errors.described
    assert "w:rd" not in database.errors.described


def test_a_home_that_is_no_text_or_below_an_unknown_home_is_named() -> None:
    problem(MEETING_PIPELINE_HOME="/srv/\udcff")
