"""The settings file of an installation: ``settings.env`` in its home, one ``NAME=value`` a line.

The names are those of the environment variables, and the environment wins. The syntax is that of ``.env`` files, read by
python-dotenv; nothing in a value is expanded. A mistake is an error that names the file and the line and shows no value.

Belongs here: reading that file. Must not go here: which settings there are, and what their values may be (``settings.py``).
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
_OTHERS: Final = 0o077
"""Rights of group and others. A file that holds a secret grants none of them."""


@dataclass(frozen=True)
class Given:
    """A value as it was given. ``file`` and ``line`` say where; both are ``None`` for the environment.

    Attributes:
        overridden: the line of the settings file that gives the same name, where the environment's value is used.
    """

    value: str
    file: Path | None = None
    line: int | None = None
    overridden: int | None = None

    @property
    def place(self) -> str:
        """Where it was given, for messages."""
        return "the environment" if self.file is None else f"{self.file}, line {self.line}"


def read_settings_file(
    file: Path, known: Collection[str], secret: Collection[str], secret_prefix: str = ""
) -> dict[str, Given]:
    """What the file gives, by name; nothing if there is no such file. An empty value counts as not given.

    ``known``: the names that may stand in it. ``secret``: those among them whose values others must not read. Names that
    begin with ``secret_prefix`` may stand in it too, and count as secret.

    Raises: PermanentError ``bad_settings_file``; ``settings_file_exposed`` if it holds a secret and its mode grants group or
        others anything.
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
            raise _bad(file, line, f"gives {binding.key} again; line {given[binding.key].line} has it.", "Remove one.")
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
    """What is given in all, by name. The environment wins; an empty variable counts as unset."""
    found = dict(file)
    for name in known:
        if environment.get(name):
            found[name] = Given(environment[name], overridden=file[name].line if name in file else None)
    return found


def _read(file: Path) -> tuple[str, int] | None:
    """The text and the mode; ``None`` if there is no file. A home that cannot be used is reported by who opens it."""
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
    """The parser counts blank lines before a binding as part of it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _unknown(file: Path, line: int, name: str, known: Collection[str]) -> PermanentError:
    close = difflib.get_close_matches(name, known, n=1)
    advice = (
        f"Did you mean {close[0]}?"
        if close
        else "Remove it; only the settings that the documentation lists belong here."
    )
    return _bad(file, line, f"{name} is not a setting that this file can hold.", advice)


def _bad(file: Path, line: int, problem: str, advice: str) -> PermanentError:
    return PermanentError("bad_settings_file", f"{file}, line {line}: {problem}", advice)
