"""Reads the settings from the environment and the home's settings file.

Belongs here: which source a value comes from, errors that name its variable, checks that need more than one setting. Must not
go here: the syntax of the settings file (``settings_file.py``), reading the environment at import.
"""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from pydantic import SecretStr, ValidationError

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.settings.field_types import expanded_folder
from meeting_pipeline.settings.settings import Settings
from meeting_pipeline.settings.variables import FIXED_VARIABLE, PROVIDER_VARIABLES, SECRETS, VARIABLES
from meeting_pipeline.settings_file import FILE_NAME, Given, merged, read_settings_file

_OWN_FOLDERS: Final = ("rejected", "recordings", "exports", "dagster", "logs", "keys", "insights", "models")
"""Folders below the home that cannot be drop folders."""
_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment and from ``settings.env`` in the home; the environment takes precedence.

    Raises: PermanentError ``bad_setting``, which names each invalid variable and never shows its value; ``bad_settings_file``,
        ``settings_file_exposed``.
    """
    settings = parse_settings(given_settings(os.environ if environment is None else environment))
    require_mail(settings)
    return settings


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
        return expanded_folder(Path(home)).absolute() / FILE_NAME
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
    _require_database_url(settings, at("database_url"))
    home, inbox = settings.home.absolute(), settings.drop_folder.absolute() if settings.drop_folder else None
    if inbox is not None and (problem := _drop_folder_problem(home, inbox)):
        raise PermanentError("bad_setting", f"{at('drop_folder')}: {problem}", "Name a separate folder.")
    if settings.inbox_url and settings.storage_url and _overlap(settings.inbox_url, settings.storage_url):
        raise PermanentError(
            "bad_setting",
            f"{at('inbox_url')}: it is where recordings are stored ({at('storage_url')}), or one of them is inside the other",
            "Use two separate prefixes of the bucket, such as s3://bucket/inbox and s3://bucket/meetings.",
        )
    model = settings.whisper_model_dir.absolute() if settings.whisper_model_dir else None
    found = settings.model_copy(update={"home": home, "drop_folder": inbox, "whisper_model_dir": model})
    found._of_providers.update(
        {name: SecretStr(one.value) for name, one in given.items() if name.startswith(PROVIDER_VARIABLES)}
    )
    return found


def _require_database_url(settings: Settings, place: str) -> None:
    """Raises: PermanentError ``bad_setting`` if the URL is not one of PostgreSQL that is read as it is meant."""
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    if url.count("@") > 1 or "#" in url or any(character.isspace() for character in url):
        # It would be parsed as a different address that contains part of the password.
        raise PermanentError(
            "bad_setting",
            f"{place}: user or password contains a character that must be %-encoded, such as @ or #",
            "Write it as postgresql://user:password@host:5432/database, with special characters %-encoded: %40 for @, "
            "%23 for #.",
        )
    if url and not url.startswith(("postgresql://", "postgres://", "postgresql+psycopg2://")):
        raise PermanentError(
            "bad_setting",
            f"{place}: must start with postgresql://",
            "Give a PostgreSQL URL, or unset it to use SQLite.",
        )


def require_mail(settings: Settings) -> None:
    """Raises: PermanentError ``bad_setting`` if mails could not be sent with these settings, or a password would be readable."""
    host, _ = settings.mail_host_and_port
    name = {field: VARIABLES[f"mail_{field}"] for field in ("server", "tls", "user", "password", "from", "to")}
    if settings.mail_server is not None and settings.mail_from is None:
        problem, advice = f"{name['from']}: is needed to send mail", "Set it to the address that mails come from."
    elif settings.mail_server is None and settings.mail_to:
        problem, advice = f"{name['to']}: no mail server is set", f"Set {name['server']}, or unset it."
    elif (settings.mail_user is None) != (settings.mail_password is None):
        problem = f"{name['user']}: user and password are only of use together"
        advice = f"Set {name['user']} and {name['password']}, or neither."
    elif settings.mail_user is not None and settings.mail_tls == "off" and host not in _THIS_MACHINE:
        problem, advice = f"{name['tls']}: the password would be readable on the network", "Use starttls or tls."
    else:
        return
    raise PermanentError("bad_setting", problem, advice)


def _overlap(one: str, other: str) -> bool:
    """Whether one address of a bucket is the other, or inside it. Intake would take and delete what is stored there."""
    first, second = _place(one), _place(other)
    return first.startswith(second) or second.startswith(first)


def _place(url: str) -> str:
    """What an address of a bucket names, however it is written: the library reads `S3://bucket/%69n` as `s3://bucket/in`."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.lower()}://{unquote(rest)}/"


def _drop_folder_problem(home: Path, inbox: Path) -> str | None:
    """Return why this folder cannot be the drop folder. Intake removes everything in it, so it must contain nothing of ours."""
    real_home, real_inbox = Path(os.path.realpath(home)), Path(os.path.realpath(inbox))
    if real_home.is_relative_to(real_inbox):
        return "the home is in it"
    if any(real_inbox.is_relative_to(real_home / name) for name in _OWN_FOLDERS):
        return "it is a folder that the system keeps for itself"
    return None
