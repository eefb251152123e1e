"""Opens an untrusted file with FFmpeg safely.

Belongs here: conditions that must hold before the first packet is read. Must not go here: judging the decoded sound
(``inspection.py``).
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.formats import CONTAINERS

if TYPE_CHECKING:
    from av import AudioStream
    from av.container import InputContainer
    from av.error import FFmpegError

_OF_THE_MACHINE: Final = (errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE, errno.ENODEV, errno.EACCES)


@contextmanager
def opened(path: Path) -> "Iterator[tuple[InputContainer, AudioStream]]":
    """Open a file and select its main audio stream.

    Only the demuxers in ``CONTAINERS`` and the ``file`` protocol are allowed, so a disguised playlist is
    rejected before it can refer to another file.

    Raises: IntakeRefused ``not_media``, ``truncated`` (an MP4 without its index), ``no_audio_stream``; OSError, MemoryError
        if the machine is at fault.
    """
    import av

    options: dict[str, Any] = {
        "container_options": {"format_whitelist": ",".join(CONTAINERS), "protocol_whitelist": "file"}
    }
    if int(av.__version__.partition(".")[0]) < 19:
        # Tags in an old encoding must not block a recording. PyAV 19 and later accept them without this option.
        options["metadata_errors"] = "replace"
    try:
        # Absolute: a relative name such as "concat:a" would be parsed as a protocol.
        container: InputContainer = av.open(str(path.absolute()), **options)
    except av.error.FFmpegError as error:
        raise_infrastructure_error(error)
        if (
            error.errno == errno.ENOMEM
        ):  # a file can make FFmpeg request any amount of memory: the cause is unknown here
            raise MemoryError from error
        raise _unreadable(path) from error
    with container:
        stream = container.streams.best("audio")
        if not isinstance(stream, av.AudioStream):
            raise IntakeRefused(
                "no_audio_stream",
                "The file has no audio track.",
                "Export the recording again with sound, or submit its transcript instead.",
            )
        yield container, stream


def raise_infrastructure_error(error: "FFmpegError") -> None:
    """Raise errors of the operating system, which FFmpeg passes on and which are not the file's fault, as OSError."""
    if error.errno in _OF_THE_MACHINE:
        raise OSError(error.errno, error.strerror) from error


def _unreadable(path: Path) -> IntakeRefused:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return IntakeRefused(
            "truncated",
            "The file begins like an MP4 or M4A recording, but its index is missing: the file was cut off.",
            "Copy the file again, or export it again from the program that recorded it.",
        )
    taken = "WAV, MP3, MP4, M4A, MOV, WebM, MKV, Ogg, FLAC, AAC"
    return IntakeRefused(
        "not_media",
        f"The file is not a recording in an accepted format ({taken})." if head else "The file is empty.",
        "Check that this is the right file; open it in a player, and export it again if it does not play.",
    )
