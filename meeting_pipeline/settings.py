"""All settings of an installation, in one typed object read from the environment and the home's settings file.

Belongs here: values that differ between installations. Policy numbers with one right value are in ``policies.py``. Secrets
are ``SecretStr``, so that they are never printed. Must not go here: reading the environment at import.
"""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Annotated, Final, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.meeting_day import known_zone
from meeting_pipeline.settings_file import FILE_NAME, Given, merged, read_settings_file


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _expanded(value: Path) -> Path:
    try:
        expanded = value.expanduser()
        str(expanded).encode()
    except RuntimeError:
        raise ValueError("names a user unknown to this machine, or HOME is not set") from None
    except UnicodeEncodeError:
        raise ValueError("is not text in UTF-8") from None
    return expanded


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _web_address(value: str) -> str:
    """Check that a library can connect to this address. Messages do not show it: it may contain a password."""
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not an address such as https://host:port") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must start with http:// or https:// and name a host")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password: the key has a variable of its own")
    if parts.query or parts.fragment or any(character.isspace() or not character.isprintable() for character in value):
        raise ValueError("must not hold white space, a query or a fragment")
    return value


def _zone_name(value: str | None) -> str | None:
    if value is not None:
        known_zone(value)
    return value


WebAddress = Annotated[str, BeforeValidator(_stripped), AfterValidator(_web_address)]
"""The address of a service. Surrounding white space is removed: values read from files often have it."""
Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A comma-separated list."""
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""US dollars."""


class Settings(BaseModel):
    """The settings. Each field's description says what it does; its variable is in ``VARIABLES``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Annotated[Path, AfterValidator(_expanded)] = Field(
        default=Path("var"), description="Folder for the drop folder, recordings, databases and exports."
    )
    drop_folder: Annotated[Path, AfterValidator(_expanded)] | None = Field(
        default=None,
        description="Drop folder outside the home. Its owner and mode are not changed, so others can be allowed to use it. "
        "Unset: `inbox` below the home, for this user alone.",
    )
    database_url: Annotated[SecretStr | None, BeforeValidator(_stripped)] = Field(
        default=None, description="PostgreSQL URL for results and for Dagster. Unset: SQLite files below the home."
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
    speech_usd_per_hour: Price = Field(default=0.21, description="Price of an hour of audio, for cost figures.")
    openai_api_key: SecretStr | None = Field(default=None, description="Turns on extraction by a language model.")
    openai_base_url: WebAddress = Field(
        default="https://api.openai.com/v1",
        description="Address of OpenAI or a compatible server.",
    )
    openai_model: str = Field(default="gpt-6-luna", min_length=1, description="Model for the four insights.")
    openai_api: str = Field(
        default="responses", pattern="^(responses|chat)$", description="`responses`, or `chat` for compatible servers."
    )
    openai_usd_per_million: Annotated[tuple[Price, ...], BeforeValidator(_split)] = Field(
        default=(0.10, 0.01, 0.50),
        min_length=3,
        max_length=3,
        description="Prices per million tokens: input, cached input, output.",
    )
    openai_input_tokens: int = Field(
        default=200_000, ge=2_000, description="Longest input of one call; a longer transcript is split and merged."
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
    timezone: Annotated[str | None, AfterValidator(_zone_name)] = Field(
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
        "address beyond this machine requires an API key.",
    )
    ui_previews: Literal["on", "off"] = Field(
        default="on",
        description="`off`: Dagster stores no titles, names, quotes or previews, only numbers and links to the page; keys of "
        "new recordings hold no word of the title.",
    )
    max_concurrent_runs: int = Field(default=4, ge=1, le=64, description="Recordings processed in parallel.")
    time_scale: float = Field(
        default=1.0, gt=0, le=1.0, description="For tests: waits between attempts are multiplied by this."
    )

    _of_providers: dict[str, SecretStr] = PrivateAttr(default_factory=dict)

    def of_provider(self, variable: str) -> SecretStr | None:
        """Return a provider's variable that has no field here. Its name begins with ``PROVIDER_VARIABLES``."""
        return self._of_providers.get(variable)

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
        return self.home / "recordings"

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


OWN_FOLDERS = ("rejected", "recordings", "exports", "dagster", "logs", "keys", "insights")
"""Folders below the home that cannot be drop folders."""
VARIABLES: Mapping[str, str] = {
    "home": "MEETING_PIPELINE_HOME",
    "drop_folder": "MEETING_PIPELINE_INBOX",
    "database_url": "MEETING_PIPELINE_DATABASE_URL",
    "assemblyai_api_key": "ASSEMBLYAI_API_KEY",
    "assemblyai_base_url": "ASSEMBLYAI_BASE_URL",
    "speech_models": "ASSEMBLYAI_SPEECH_MODELS",
    "speech_usd_per_hour": "ASSEMBLYAI_USD_PER_HOUR",
    "openai_api_key": "OPENAI_API_KEY",
    "openai_base_url": "OPENAI_BASE_URL",
    "openai_model": "OPENAI_MODEL",
    "openai_api": "OPENAI_API",
    "openai_usd_per_million": "OPENAI_USD_PER_MILLION",
    "openai_input_tokens": "OPENAI_INPUT_TOKENS",
    "encryption_key": "MEETING_PIPELINE_ENCRYPTION_KEY",
    "webhook_signing_secret": "MEETING_PIPELINE_WEBHOOK_SIGNING_SECRET",
    "webhook_allow": "MEETING_PIPELINE_WEBHOOK_ALLOW",
    "public_url": "MEETING_PIPELINE_PUBLIC_URL",
    "timezone": "MEETING_PIPELINE_TIMEZONE",
    "ui_port": "MEETING_PIPELINE_UI_PORT",
    "api_host": "MEETING_PIPELINE_API_HOST",
    "api_port": "MEETING_PIPELINE_API_PORT",
    "api_public_url": "MEETING_PIPELINE_API_PUBLIC_URL",
    "ui_previews": "MEETING_PIPELINE_UI_PREVIEWS",
    "max_concurrent_runs": "MEETING_PIPELINE_MAX_CONCURRENT_RUNS",
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


def with_driver(url: str) -> str:
    """Name psycopg2 in a PostgreSQL URL: SQLAlchemy's default driver depends on its version, ours does not."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg2://" + url.removeprefix(prefix)
    return url


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment and from ``settings.env`` in the home; the environment takes precedence.

    Raises: PermanentError ``bad_setting``, which names each invalid variable and never shows its value; ``bad_settings_file``,
        ``settings_file_exposed``.
    """
    return parse_settings(given_settings(os.environ if environment is None else environment))


def given_settings(environment: Mapping[str, str]) -> dict[str, Given]:
    """Return what is set, by variable, with its source. An empty variable counts as unset.

    Raises: PermanentError ``bad_settings_file``, ``settings_file_exposed``.
    """
    file: dict[str, Given] = {}
    if not environment.get(FIXED_VARIABLE) and (path := settings_file(environment)) is not None:
        known = [name for name in VARIABLES.values() if name != VARIABLES["home"]]
        file = read_settings_file(path, known, SECRETS, PROVIDER_VARIABLES)
    of_providers = [name for name in environment if name.startswith(PROVIDER_VARIABLES)]
    return merged(environment, file, [*VARIABLES.values(), *of_providers])


def settings_file(environment: Mapping[str, str]) -> Path | None:
    """Return the path of the settings file in this environment's home, existing or not; ``None`` if the home is invalid."""
    home = environment.get(VARIABLES["home"]) or Settings.model_fields["home"].default
    try:
        return _expanded(Path(home)).absolute() / FILE_NAME
    except ValueError:  # reported when the setting itself is read
        return None


def fix_settings(environment: MutableMapping[str, str]) -> None:
    """Copy the settings file's values into the environment, for this process and its child processes.

    Changes to the file take effect at the next start: all processes of a running system have the same settings.
    Raises: PermanentError ``bad_settings_file``, ``settings_file_exposed``.
    """
    for name, given in given_settings(environment).items():
        environment[name] = given.value
    environment[FIXED_VARIABLE] = "1"


def parse_settings(given: Mapping[str, Given]) -> Settings:
    """Build the settings from these values. Raises: PermanentError ``bad_setting``."""

    def at(field: str) -> str:
        name = VARIABLES[field]
        return f"{given[name].place}: {name}" if name in given and given[name].file else name

    values = {field: given[name].value for field, name in VARIABLES.items() if name in given and given[name].value}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems = [f"{at(str(e['loc'][0]))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise PermanentError("bad_setting", "; ".join(problems), "Correct or unset the variable.") from None
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    if url.count("@") > 1 or "#" in url or any(character.isspace() for character in url):
        # It would be parsed as a different address that contains part of the password.
        raise PermanentError(
            "bad_setting",
            f"{at('database_url')}: user or password hold a character that must be %-encoded, such as @ or #",
            "Write it as postgresql://user:password@host:5432/database, with special characters %-encoded: %40 for @, "
            "%23 for #.",
        )
    if url and not url.startswith(("postgresql://", "postgres://", "postgresql+psycopg2://")):
        raise PermanentError(
            "bad_setting",
            f"{at('database_url')}: must start with postgresql://",
            "Give a PostgreSQL URL, or unset it to use SQLite.",
        )
    home, inbox = settings.home.absolute(), settings.drop_folder.absolute() if settings.drop_folder else None
    if inbox is not None and (problem := _drop_folder_problem(home, inbox)):
        raise PermanentError("bad_setting", f"{at('drop_folder')}: {problem}", "Name a folder of its own.")
    found = settings.model_copy(update={"home": home, "drop_folder": inbox})
    found._of_providers.update(
        {name: SecretStr(one.value) for name, one in given.items() if name.startswith(PROVIDER_VARIABLES)}
    )
    return found


def _drop_folder_problem(home: Path, inbox: Path) -> str | None:
    """Return why this folder cannot be the drop folder. Intake removes everything in it, so it must contain nothing of ours."""
    real_home, real_inbox = Path(os.path.realpath(home)), Path(os.path.realpath(inbox))
    if real_home.is_relative_to(real_inbox):
        return "the home is in it"
    if any(real_inbox.is_relative_to(real_home / name) for name in OWN_FOLDERS):
        return "it is a folder that the system keeps for itself"
    return None


def settings_table() -> str:
    """Return the settings as a Markdown table. A test compares it with ``docs/reference/settings.md``."""
    lines = ["| variable | default | what it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{VARIABLES[name]}` | {_shown_default(field.default)} | {field.description} |")
    return "\n".join(lines)


def _shown_default(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, tuple):
        return f"`{','.join(str(part) for part in value)}`" if value else "none"
    return f"`{value}`"
