"""A small disk for the run, and filling it. Where mounting is not permitted, the fault is skipped and the log says so.

Must not go here: how the system reacts to it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

BALLAST = "ballast.bin"
BLOCK = 1024 * 1024


class SmallDisk:
    """A mounted memory file system at ``path``; ``mounted`` is false if mounting is not permitted."""

    def __init__(self, path: Path, megabytes: int) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.mounted = False
        mount = shutil.which("mount")
        if mount is not None and os.geteuid() == 0:
            done = subprocess.run(
                [mount, "-t", "tmpfs", "-o", f"size={megabytes}m", "meeting-pipeline-chaos", str(path)],
                capture_output=True,
            )
            self.mounted = done.returncode == 0

    def fill(self) -> None:
        """Use up all free space."""
        with contextlib.suppress(OSError), (self.path / BALLAST).open("ab", buffering=0) as file:  # until it is full
            while self.mounted:
                file.write(b"\x00" * BLOCK)
        with contextlib.suppress(OSError), (self.path / BALLAST).open("ab", buffering=0) as file:  # the last bytes
            while self.mounted:
                file.write(b"\x00" * 4096)

    def make_room(self) -> None:
        """Free the space again."""
        (self.path / BALLAST).unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount. Its contents are lost."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.path)], check=False, capture_output=True)
            self.mounted = False
