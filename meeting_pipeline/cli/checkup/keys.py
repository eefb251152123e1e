"""Checks of the keys that this installation created or was given. No key is shown, none is created.

Must not go here: keys of providers (``services.py`` asks the providers).
"""

import json
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from meeting_pipeline.cli.checkup.findings import Finding, fail, ok, warn
from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.installation import RESTORED
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD
from meeting_pipeline.store.engine.secrets import (
    ENCRYPTION_KEY_FILE,
    KEY_FILE_ADVICE,
    KEY_FOLDER,
    SIGNING_KEY_FILE,
    Cipher,
)
from meeting_pipeline.store.tables import WebhookSigningSecret
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


def restored_secrets(settings: Settings) -> Iterator[Finding]:
    """Whether a restored backup signs with secrets that may have been replaced after it was made."""
    file = settings.home / RESTORED
    if not file.is_file():
        return
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        made_at, urls = datetime.fromisoformat(told["made_at"]), _still_signing(settings, set(told["signing_secrets"]))
    except (DBAPIError, PipelineError, ValueError, TypeError, KeyError):
        return  # the database check says what is wrong there
    if urls:
        yield warn(
            "signing secrets",
            f"The backup of {made_at:%Y-%m-%d %H:%M} UTC was restored here, and its secrets sign again for {', '.join(urls)}.",
            "Where one was replaced after that: meeting-pipeline webhooks rotate-secret URL --overlap 0. If none was, remove "
            f"{file}.",
        )


def _still_signing(settings: Settings, secrets: Collection[str]) -> list[str]:
    """The endpoints for which these secrets sign."""
    database = Database(settings.store_url)
    try:
        if database.schema_version() != SCHEMA_HEAD:
            return []
        query = select(WebhookSigningSecret).where(WebhookSigningSecret.valid_until.is_(None))
        with database.read() as session:
            return sorted({row.url for row in session.scalars(query) if row.id in secrets})
    finally:
        database.close()


def _well_formed(
    name: str, given: SecretStr | None, variable: str, file: Path, check: Callable[[str], object]
) -> Finding:
    if given is None and not file.exists():
        return ok(name, "It will be created at the first start.")
    where = variable if given is not None else str(file)
    try:
        check(given.get_secret_value() if given is not None else file.read_text(encoding="ascii").strip())
    except PipelineError as error:
        advice = error.advice if given is not None else KEY_FILE_ADVICE
        return fail(name, f"{where} does not hold a valid key.", advice)
    except ValueError:
        return fail(name, f"{where} does not hold a valid key.", KEY_FILE_ADVICE)
    if given is None and file.stat().st_mode & 0o077:
        return warn(name, f"{file} can be read by others.", f"Run: chmod 600 {file}")
    return ok(name, f"{where} is valid.")


def key_file(settings: Settings, name: str) -> Path:
    """The file in which the installation keeps one of its own keys."""
    return settings.home / KEY_FOLDER / name
