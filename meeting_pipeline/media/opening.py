"""Opens an untrusted file with FFmpeg safely.

Belongs here: conditions that must hold before the first packet is read. Must not go here: judging the decoded sound
(``inspection.py``).
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media import policies
from meeting_pipeline.media.formats import CONTAINERS

if TYPE_CHECKING:
    from av import AudioStream
    from av.container import InputContainer
    from av.error import FFmpegError

_OF_THE_MACHINE: Final = (errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ENODEV, errno.EACCES)
_BLOCK: Final = 1024**2
"""Bytes read at once: a disk is read in long stretches, and memory stays small."""


@dataclass(frozen=True)
class OpenedFile:
    """An open file.

    Attributes:
        container: its demuxer.
        tracks: the audio streams that can be decoded, at least one, the main one first.
        left_out: number of audio streams in formats that cannot.
    """

    container: "InputContainer"
    tracks: "tuple[AudioStream, ...]"
    left_out: int


@contextmanager
def opened(path: Path) -> Iterator[OpenedFile]:
    """Open a file and find its audio tracks.

    Only the demuxers in ``CONTAINERS`` and the ``file`` protocol are allowed, so a disguised playlist is
    rejected before it can refer to another file.

    Raises: IntakeRefused ``not_media``, ``truncated`` (an MP4 without its index, a piece from the middle of a stream),
        ``no_audio_stream``, ``unknown_codec``, ``too_many_tracks``; OSError, MemoryError if the machine is at fault.
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
        raise_infrastructure_error(error, path)
        if (
            error.errno == errno.ENOMEM
        ):  # a file can make FFmpeg request any amount of memory: the cause is unknown here
            raise MemoryError from error
        raise _unreadable(path) from error
    with container:
        yield _with_tracks(container)


def _with_tracks(container: "InputContainer") -> OpenedFile:
    import av

    # A stream whose codec FFmpeg does not know, or cannot decode, has no codec context.
    audio = [stream for stream in container.streams if stream.type == "audio"]
    if not audio:
        raise IntakeRefused(
            "no_audio_stream",
            "The file has no audio track.",
            "Export the recording again with sound, or submit its transcript instead.",
        )
    tracks = [stream for stream in audio if isinstance(stream, av.AudioStream) and _has_decoder(stream)]
    if not tracks:
        raise IntakeRefused(
            "unknown_codec",
            "The sound of this file is in a format that cannot be decoded here: it is unknown, or protected.",
            "Export it as M4A, MP3 or WAV from the program that recorded it.",
        )
    if len(tracks) > policies.MAX_TRACKS:
        raise IntakeRefused(
            "too_many_tracks",
            f"The file has {len(tracks)} audio tracks; at most {policies.MAX_TRACKS} are mixed.",
            "Mix them in an audio editor, or export those that hold speech.",
        )
    main = container.streams.best("audio")
    tracks.sort(key=lambda stream: stream is not main)  # stable: the others keep the order of the file
    return OpenedFile(container, tuple(tracks), len(audio) - len(tracks))


def _has_decoder(stream: "AudioStream") -> bool:
    context: object = stream.codec_context  # typed as always there
    return context is not None


def raise_infrastructure_error(error: "FFmpegError", path: Path) -> None:
    """Raise errors of the operating system, which FFmpeg passes on and which are not the file's fault, as OSError.

    FFmpeg also reports a file that ends too early as an error of input or output: if the whole file can be read, it is to blame.
    """
    if error.errno == errno.EIO:
        read_to_end(path)
    elif error.errno in _OF_THE_MACHINE:
        raise OSError(error.errno, error.strerror) from error


def read_to_end(path: Path) -> None:
    """Read a file to its end: a disk can fail anywhere. Raises: OSError."""
    with path.open("rb") as file:
        while file.read(_BLOCK):
            pass


_MIDDLES: Final = (
    (0, b"\x1f\x43\xb6\x75"),  # a cluster of Matroska or WebM
    (4, b"moof"),  # a fragment of MP4
    (4, b"styp"),  # a segment of MP4
    (4, b"sidx"),  # its index
)
"""Offset and bytes at which pieces of a live recording begin that are not its first."""


def _unreadable(path: Path) -> IntakeRefused:
    with path.open("rb") as file:
        head = file.read(12)
    if any(head[start : start + len(mark)] == mark for start, mark in _MIDDLES):
        return IntakeRefused(
            "truncated",
            "The file is a piece from the middle of a live recording: its beginning, which says how to read it, is missing.",
            "Join all pieces in order, beginning with the first, and submit that file.",
        )
    if head[4:8] == b"ftyp":
        return IntakeRefused(
            "truncated",
            "The file begins like an MP4 or M4A recording, but its index is missing: the file was cut off.",
            "Copy the file again, or export it again from the program that recorded it.",
        )
    taken = "WAV, MP3, MP4, M4A, MOV, WebM, MKV, Ogg, FLAC, AAC, 3GP, AMR, WMA, AVI, AIFF, CAF and others"
    return IntakeRefused(
        "not_media",
        f"The file is not a recording in an accepted format ({taken})." if head else "The file is empty.",
        "Check that this is the right file; open it in a player, and export it again if it does not play.",
    )
