"""Checks of the keys that this installation created or was given. No key is shown, none is created.

Must not go here: keys of providers (``services.py`` asks the providers).
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import SecretStr

from meeting_pipeline.cli.checkup.findings import Finding, fail, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.secrets import ENCRYPTION_KEY_FILE, KEY_FOLDER, SIGNING_KEY_FILE, Cipher
from meeting_pipeline.webhooks.signing import check_signing_secret


def encryption_key(settings: Settings) -> Iterator[Finding]:
    """Whether the key for stored webhook secrets is valid."""
    file = key_file(settings, ENCRYPTION_KEY_FILE)
    yield _well_formed("encryption key", settings.encryption_key, VARIABLES["encryption_key"], file, Cipher)


def signing_secret(settings: Settings) -> Iterator[Finding]:
    """Whether webhooks can be signed."""
    file = key_file(settings, SIGNING_KEY_FILE)
    variable = VARIABLES["webhook_signing_secret"]
    yield _well_formed("signing secret", settings.webhook_signing_secret, variable, file, check_signing_secret)


def _well_formed(
    name: str, given: SecretStr | None, variable: str, file: Path, check: Callable[[str], object]
) -> Finding:
    if given is None and not file.exists():
        return ok(name, "It will be created at the first start.")
    where = variable if given is not None else str(file)
    try:
        check(given.get_secret_value() if given is not None else file.read_text(encoding="ascii").strip())
    except PipelineError as error:
        return fail(name, f"{where} does not hold a valid key.", error.advice)
    except ValueError:
        return fail(name, f"{where} does not hold a valid key.", "Restore it from a backup.")
    if given is None and file.stat().st_mode & 0o077:
        return warn(name, f"{file} can be read by others.", f"Run: chmod 600 {file}")
    return ok(name, f"{where} is valid.")


def key_file(settings: Settings, name: str) -> Path:
    """The file in which the installation keeps one of its own keys."""
    return settings.home / KEY_FOLDER / name
