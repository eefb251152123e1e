"""The format of a backup: its folders, its manifest, and the list of its files with their checksums.

The list has the format of ``sha256sum``: `sha256sum -c files.sha256` checks a backup without this program.
Must not go here: writing a backup (``writing.py``), checking it (``checking.py``).
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.text import one_line

FORMAT: Final = 1
"""Version of the layout. Raised when an earlier program could not restore what a later one wrote."""
MANIFEST: Final = "manifest.json"
FILES: Final = "files.sha256"
DATABASE: Final = "database"
DAGSTER: Final = "dagster"
KEYS: Final = "keys"
INSIGHTS: Final = "insights"
RECORDINGS: Final = "recordings"
LEFT_OUT: Final = ("speaker_voices", "voice_sets")
"""Tables whose rows are in no backup: deleted voices must not be found in old backups."""
SQLITE_FILE: Final = f"{DATABASE}/meetings.sqlite3"
POSTGRES_FILE: Final = f"{DATABASE}/postgresql.dump"


class Absent(BaseModel):
    """A recording in the database whose stored file is missing in the backup, or differs from the accepted one."""

    model_config = ConfigDict(frozen=True)

    key: str
    file: str
    reason: Literal["deleted", "lost", "damaged"]
    """``deleted``: by a person while the backup was written; ``lost``: it was missing in the home; ``damaged``: it differs from
    the accepted file."""
    folder: str | None = Field(default=None, max_length=40)
    """If it is ``lost`` only for this machine: the identity of the other machine's folder that it was put into."""
    host: str | None = Field(default=None, max_length=255)
    """The name of that machine."""


class Manifest(BaseModel):
    """The contents of a backup. Written last: a folder without it is not a backup."""

    model_config = ConfigDict(frozen=True)

    format: int
    program: str
    made_at: datetime
    """When the database was copied, UTC."""
    home: str
    database: Literal["sqlite", "postgresql"]
    schema_revision: str
    postgres_tools: int | None = None
    """Major version of the `pg_dump` that wrote it."""
    recordings: int
    files: int
    size_bytes: int
    sizes: dict[str, int] = Field(default_factory=dict)
    """Bytes by folder."""
    files_sha256: str
    """SHA-256 of the list of files."""
    absent: tuple[Absent, ...] = ()
    variables: tuple[str, ...] = ()
    """Names of the settings that were set. Their values are not in the backup."""


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup. Raises: PermanentError ``not_a_backup``."""
    try:
        found = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise PermanentError(
            "not_a_backup",
            f"{folder} is not a complete backup: {MANIFEST} is missing.",
            "Choose a folder that `meeting-pipeline backup` has finished.",
        ) from error
    except ValidationError as error:
        raise PermanentError(
            "not_a_backup", f"The {MANIFEST} of {folder} cannot be read.", "Use another backup."
        ) from error
    if found.format > FORMAT:
        raise PermanentError(
            "not_a_backup",
            f"The backup has format {found.format}; this version supports {FORMAT}.",
            "Use a newer version of the program.",
        )
    return found


def manifest_text(manifest: Manifest) -> str:
    """The text of the manifest file."""
    return json.dumps(manifest.model_dump(mode="json"), indent=2) + "\n"


def listed_line(name: str, digest: str) -> str:
    """A line of the list of files. Names with line breaks or backslashes are escaped as ``sha256sum`` does."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if escaped != name else ""
    return f"{mark}{digest}  {escaped}\n"


def listed_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of each file in the list. Raises: PermanentError ``backup_damaged``.

    A backup may have been tampered with: only names that a backup can contain are returned, so none of them leads out of the
    home.
    """
    with (folder / FILES).open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in lines:
            digest, gap, name = line.removesuffix("\n").removeprefix("\\").partition("  ")
            if line.startswith("\\"):
                name = _unescaped(name)
            if not gap or len(digest) != hashlib.sha256().digest_size * 2 or not _has_a_place(name):
                raise PermanentError(
                    "backup_damaged", f"{FILES} has a line that is not valid: {one_line(line)[:80]!r}.", "Use another."
                )
            yield name, digest


def _has_a_place(name: str) -> bool:
    """Whether a backup can contain a file of this name. An empty part would make the rest an absolute path."""
    parts = name.split("/")
    if name in (SQLITE_FILE, POSTGRES_FILE):
        return True
    if len(parts) < 2 or {"", ".", ".."} & set(parts) or "\0" in name:
        return False
    return parts[0] in (KEYS, INSIGHTS, RECORDINGS) or (parts[0] == DAGSTER and name.endswith(".db"))


def _unescaped(name: str) -> str:
    found, characters = [], iter(name)
    for character in characters:
        if character == "\\":
            following = next(characters, "\\")
            found.append({"n": "\n", "r": "\r"}.get(following, following))
        else:
            found.append(character)
    return "".join(found)
