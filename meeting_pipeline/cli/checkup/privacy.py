"""Checks of who may read what is stored.

Nothing is changed. Must not go here: making a home private (``foundation/private_files.py``).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from meeting_pipeline.cli.checkup.findings import Finding, fail, ok, warn
from meeting_pipeline.foundation.private_files import exposed, of_others
from meeting_pipeline.settings import VARIABLES, Settings

_NAME: Final = "private files"
_SHOWN: Final = 3
"""Paths named in one line; the fix is the same for all of them."""


def private_files(settings: Settings) -> Iterator[Finding]:
    """Whether group or others can read anything in the home, and whether others can reach a drop folder meant for them."""
    found = list(exposed(settings.home, settings.drop_folder))
    if found:
        shown = "; ".join(f"{one.path}{f' ({one.why_kept})' if one.why_kept else ''}" for one in found[:_SHOWN])
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield warn(
            _NAME,
            f"{len(found)} files or folders of the home can be read by others: {shown}{more}.",
            "The next start of `up` closes what belongs to this user; change the owner of the rest, or move it away.",
        )
    else:
        yield ok(_NAME, f"Only this user can read what is in {settings.home}.")
    if settings.drop_folder is not None and _is_below(settings.drop_folder, settings.home):
        yield warn(
            "drop folder",
            f"{settings.inbox} is in the home, which is closed to others: only this user can drop files there.",
            f"Set {VARIABLES['drop_folder']} to a folder outside the home if others are to use it.",
        )


def owner(settings: Settings) -> Iterator[Finding]:
    """Whether this user can use all files of the home: those of another user are left when a command was run as root once."""
    found = list(of_others(settings.home, settings.inbox))
    if not found:
        return
    shown = "; ".join(map(str, found[:_SHOWN])) + (f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    yield fail(
        "owner",
        f"{len(found)} files or folders of the home belong to another user, and this one cannot read and write them: {shown}.",
        f"As root: chown -R {os.geteuid()}:{os.getegid()} {settings.home}. Run all commands as the user who runs `up`.",
    )


def _is_below(path: Path, home: Path) -> bool:
    return path.resolve().is_relative_to(home.resolve())
