"""The private folder of the code server's socket: where it is, and that it stays there.

Any process that reaches a socket in it can run code, so nobody else may open the folder. It is below the home if possible:
cleaners of ``/tmp`` do not touch it there, and logging out does not remove it, unlike ``XDG_RUNTIME_DIR``. If the home's
path is too long (the kernel allows 107 bytes), is on a file system without sockets, or has characters that gRPC reads as
parts of a URL, it is a temporary folder.
Must not go here: what is served on the sockets (``supervisor.py``).
"""

import contextlib
import logging
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.supervisor.instance import SOCKET_PREFIX, is_plain, plain_temporary_folder

_log = logging.getLogger(__name__)
_BELOW_HOME: Final = "run"
_NAME: Final = "code.sock"
_PATH_BYTES: Final = 107
"""Longest address of a Unix socket on Linux, without the terminating zero; macOS allows 103."""
_LONGEST_NAME: Final = 24
"""Room for the name of a socket, and for the slash before it."""


class SocketFolder:
    """The folder for one running system. ``make`` creates it; nothing is written before."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the sockets are."""
        if self._folder is None:
            raise RuntimeError("make() chooses the folder")
        return self._folder

    @property
    def code_socket(self) -> Path:
        """The socket of the code server."""
        return self.folder / _NAME

    def make(self) -> None:
        """Choose the folder and create it, empty. Raises: OperatorError ``home_unusable`` if no location supports sockets."""
        reasons = []
        for folder in self._places():
            try:
                _make_private(folder)
                _require_sockets(folder)
            except OSError as error:
                reasons.append(f"{folder}: {error.strerror or error}")
                shutil.rmtree(folder, ignore_errors=True)
                continue
            self._folder = folder
            if reasons:
                _log.info("the code server's socket is in %s (%s)", folder, "; ".join(reasons))
            return
        raise OperatorError(
            "home_unusable",
            f"There is no folder for the code server's socket. {'; '.join(reasons)}",
            "Set MEETING_PIPELINE_HOME to a shorter path on a local disk.",
        )

    def problem(self) -> str:
        """A description of what is wrong with the folder or the socket; empty if nothing is."""
        if self._folder is None:
            return ""
        try:
            found = self._folder.lstat()
        except OSError as error:
            return f"the socket folder {self._folder} is gone ({error.strerror})"
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            return f"the socket folder {self._folder} is not a private folder of this user any more"
        if not self.code_socket.is_socket():
            return f"the socket {self.code_socket} is gone"
        return ""

    def make_again(self) -> None:
        """Recreate the folder, empty, under the same path, which the other processes keep using. Raises: OSError."""
        with contextlib.suppress(NotADirectoryError, FileNotFoundError):
            if not stat.S_ISDIR(self.folder.lstat().st_mode):
                self.folder.unlink()
        _make_private(self.folder)

    def remove(self) -> None:
        """Remove it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _places(self) -> Iterator[Path]:
        below = self._home.absolute() / _BELOW_HOME
        if len(os.fsencode(below)) + _LONGEST_NAME <= _PATH_BYTES and is_plain(below):
            yield below
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        if runtime and Path(runtime).is_dir() and is_plain(Path(runtime)):
            yield Path(runtime) / f"{SOCKET_PREFIX}{os.getpid()}"
        yield Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=plain_temporary_folder()))


def _make_private(folder: Path) -> None:
    """Create the folder, or empty a folder that a killed system left there and make it private."""
    if folder.is_symlink():
        raise NotADirectoryError(20, "is a link", str(folder))
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.geteuid():
        raise PermissionError(1, "belongs to another user", str(folder))
    folder.chmod(0o700)
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _require_sockets(folder: Path) -> None:
    """Bind a socket there: shared folders of virtual machines, for example, refuse that. Raises: OSError."""
    path = folder / f"{_NAME}.try"
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(str(path))
        probe.listen(1)
    path.unlink()
