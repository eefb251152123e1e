"""Where the bytes of an upload go: into a staging file, hashed while it is written, or nowhere if only the hash is needed.

Belongs here: limits and durability of what arrives. Must not go here: where it comes from (``multipart_form.py``,
``url_fetch.py``).
"""

import hashlib
import os
from pathlib import Path
from typing import IO

from meeting_pipeline import policies
from meeting_pipeline.media.formats import is_media, too_large, transcript_too_large
from meeting_pipeline.steps.intake.accept import require_kind


class Sink:
    """One arriving file. ``folder`` is ``None`` if its bytes are not kept."""

    def __init__(self, folder: Path | None, role: str, name: str) -> None:
        """``role`` names the stored file; its extension comes from ``name``, which is otherwise only data.

        Raises: IntakeRefused ``unsupported_type``; OSError.
        """
        require_kind(Path(name), 0)
        self.name = name
        self.media = is_media(Path(name))
        self.path = None if folder is None else folder / f"{role}{Path(name).suffix.lower()}"
        self.size = 0
        self._limit = policies.MAX_RECORDING_BYTES if self.media else policies.MAX_TRANSCRIPT_BYTES
        self._digest = hashlib.sha256()
        self._file: IO[bytes] | None = None if self.path is None else self.path.open("xb")

    def write(self, data: bytes | bytearray) -> None:
        """Write these bytes. Raises: IntakeRefused ``too_large``; OSError."""
        self.size += len(data)
        if self.size > self._limit:
            raise too_large() if self.media else transcript_too_large()
        self._digest.update(data)
        if self._file is not None:
            self._file.write(data)

    def finish(self) -> str:
        """Make the file durable; return its SHA-256. Raises: OSError."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file, whatever its state."""
        if self._file is not None and not self._file.closed:
            self._file.close()
