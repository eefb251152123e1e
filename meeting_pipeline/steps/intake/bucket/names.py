"""Which objects count, by their names: the rules of the drop folder.

Must not go here: which objects belong together (``families.py``), the rules themselves (``steps/intake/inbox.py``).
"""

from pathlib import PurePosixPath

from meeting_pipeline.files.inbox_bucket import BucketObject
from meeting_pipeline.media.formats import is_media, is_transcript
from meeting_pipeline.steps.intake.inbox import JUNK, LOCKS, UNFINISHED

_LOCAL_BYTES = 200
"""File systems allow 255 bytes for a name; objects may have 1,024."""


def is_ignored(one: BucketObject) -> bool:
    """Whether nobody means it as a recording: folders of consoles, files of desktops, hidden files of other kinds."""
    path = PurePosixPath(one.name)
    if path.name.lower() in JUNK or path.name.startswith(LOCKS) or (one.size_bytes == 0 and not path.suffix):
        return True
    hidden = [part for part in path.parts if part.startswith(".")]
    return bool(hidden) and not (hidden == [path.name] and (is_media(path) or is_transcript(path)))


def left_by_name(name: str) -> str | None:
    """Why an object is left out, if its name says so: a reason of ``left_out.py``."""
    base = PurePosixPath(name).name
    if base.startswith("."):
        return "hidden_name"
    return "unfinished_name" if base.lower().endswith(UNFINISHED) else None


def split(name: str) -> tuple[str, str]:
    """The folder of an object, with a slash at its end unless it is empty, and the name in it."""
    folder, slash, base = name.rpartition("/")
    return folder + slash, base


def local_name(name: str) -> str:
    """The name of a copy on this machine: that of the object, as long as file systems allow."""
    base = split(name)[1]
    stem, ending = PurePosixPath(base).stem, PurePosixPath(base).suffix
    room = max(_LOCAL_BYTES - len(ending.encode()), 0)
    if len(base.encode()) <= _LOCAL_BYTES or room == 0:
        return base.encode()[:_LOCAL_BYTES].decode("utf-8", "ignore")
    return stem.encode()[:room].decode("utf-8", "ignore") + ending
