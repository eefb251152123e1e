"""The secret with which the programs of this home call its Dagster UI, if callers must authenticate.

`up` creates a new one at each start, in a file that only its user can read. Anyone who can read it can also read the
database. Must not go here: the keys of other callers (``store/api/api_keys.py``).
"""

import os
import secrets
from pathlib import Path
from typing import Final

from meeting_pipeline.foundation.atomic_files import remove_if_possible

_FILE: Final = "ui.token"
_BYTES: Final = 32
"""Random bytes of the token, 256 bits: it cannot be guessed."""


def write_ui_token(home: Path, token: str | None = None) -> str:
    """Create the secret of a starting system, or write the given one of a running system again. Raises: OSError.

    The file has mode 0600 from the moment it is created.
    """
    token = token or secrets.token_urlsafe(_BYTES)
    draft = home / f".{_FILE}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as writer:
        writer.write(token)
    draft.replace(home / _FILE)
    return token


def read_ui_token(home: Path) -> str | None:
    """The secret of the running system; ``None`` if there is none or it is not readable."""
    try:
        return (home / _FILE).read_text(encoding="ascii", errors="ignore").strip() or None
    except (FileNotFoundError, PermissionError):
        return None


def remove_ui_token(home: Path) -> None:
    """Delete the secret after the system has stopped."""
    remove_if_possible(home / _FILE)
