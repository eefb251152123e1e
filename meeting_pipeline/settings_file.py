"""The settings file of an installation: ``settings.env`` in its home, one ``NAME=value`` per line.

The names are those of the environment variables, and the environment takes precedence. The syntax is that of ``.env`` files,
parsed by python-dotenv; values are not expanded. Errors name the file and the line, and never show a value.

Belongs here: reading that file. Must not go here: the list of settings and their valid values (``settings/``).
"""

import difflib
import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv.parser import Binding, parse_stream

from meeting_pipeline.domain.errors import PermanentError

FILE_NAME: Final = "settings.env"
_PREFIX: Final = "MEETING_PIPELINE_"
_OTHERS: Final = 0o077
"""Permissions of group and others. A file that contains a secret must grant none of them."""


@dataclass(frozen=True)
class Given:
    """A value and its source: ``file`` and ``line``; both are ``None`` for the environment.

    Attributes:
        overridden: the line of the settings file with the same name, if the environment's value takes precedence.
    """

    value: str
    file: Path | None = None
    line: int | None = None
    overridden: int | None = None

    @property
    def place(self) -> str:
        """The source, for messages."""
        return "the environment" if self.file is None else f"{self.file}, line {self.line}"


def read_settings_file(
    file: Path, known: Collection[str], secret: Collection[str], secret_prefix: str = ""
) -> dict[str, Given]:
    """Return the file's values by name; empty if there is no file. An empty value counts as unset.

    ``known``: the names allowed in the file. ``secret``: those of them whose values other users must not read. Names that
    begin with ``secret_prefix`` are also allowed, and are secret.

    Raises: PermanentError ``bad_settings_file``; ``settings_file_exposed`` if it contains a secret and its mode grants group or
        others any permission.
    """
    found = _read(file)
    if found is None:
        return {}
    text, mode = found
    given: dict[str, Given] = {}
    for binding in parse_stream(StringIO(text)):
        line = _line_of(binding)
        if binding.error or (binding.key is not None and binding.value is None):
            raise _bad(file, line, "is not NAME=value.", "Write NAME=value, or begin a comment with #.")
        if binding.key is None:
            continue
        if binding.key not in known and not _begins(binding.key, secret_prefix):
            raise _unknown(file, line, binding.key, known)
        if binding.key in given:
            raise _bad(
                file, line, f"sets {binding.key} again; line {given[binding.key].line} already does.", "Remove one."
            )
        given[binding.key] = Given(binding.value or "", file, line)
    secrets = [name for name in given if (name in secret or _begins(name, secret_prefix)) and given[name].value]
    if secrets and mode & _OTHERS:
        raise PermanentError(
            "settings_file_exposed",
            f"{file}, line {given[secrets[0]].line}: {secrets[0]} is a secret, and the file has mode {mode:04o}: other users "
            "may read or write it.",
            f"Run: chmod 600 {file}",
        )
    return {name: one for name, one in given.items() if one.value}


def merged(environment: Mapping[str, str], file: Mapping[str, Given], known: Collection[str]) -> dict[str, Given]:
    """Merge both sources by name. The environment takes precedence; an empty variable counts as unset."""
    found = dict(file)
    for name in known:
        if environment.get(name):
            found[name] = Given(environment[name], overridden=file[name].line if name in file else None)
    return found


def _read(file: Path) -> tuple[str, int] | None:
    """Return the text and the mode; ``None`` if there is no file. An unusable home is reported when it is opened."""
    try:
        with file.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            return opened.read().decode("utf-8-sig"), mode
    except (PermissionError, IsADirectoryError) as error:
        raise PermanentError(
            "bad_settings_file", f"{file} cannot be read: {error.strerror}.", "Make the file readable for this user."
        ) from error
    except UnicodeDecodeError as error:
        raise PermanentError("bad_settings_file", f"{file} is not text in UTF-8.", "Save it as UTF-8.") from error
    except (OSError, ValueError):
        return None


def _begins(name: str, prefix: str) -> bool:
    return bool(prefix) and name.startswith(prefix)


def _line_of(binding: Binding) -> int:
    """Return the line of a binding. The parser counts preceding blank lines as part of it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def closest_setting(name: str, known: Collection[str]) -> str | None:
    """The setting that was meant by this name; ``None`` if none is like it. Variables of providers lack our prefix."""
    for other in (name.removeprefix(_PREFIX), f"{_PREFIX}{name}"):
        if other in known:
            return other
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)


def _unknown(file: Path, line: int, name: str, known: Collection[str]) -> PermanentError:
    close = closest_setting(name, known)
    advice = (
        f"Did you mean {close}?" if close else "Remove it; only the settings that the documentation lists belong here."
    )
    return _bad(file, line, f"{name} is not a setting that this file can hold.", advice)


def _bad(file: Path, line: int, problem: str, advice: str) -> PermanentError:
    return PermanentError("bad_settings_file", f"{file}, line {line}: {problem}", advice)
