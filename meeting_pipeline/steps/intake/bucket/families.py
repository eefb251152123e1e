"""The objects that form one recording with a given one: neighbours whose names begin alike, paired as in the drop folder.

Must not go here: the rules of names (``steps/intake/pairing.py``), copying objects (``taking.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from meeting_pipeline.files.inbox_bucket import BucketObject, InboxBucket
from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.bucket.names import is_ignored, left_by_name, split
from meeting_pipeline.steps.intake.json_kind import LARGEST_SIDECAR, LOOKED_AT, begins_transcript
from meeting_pipeline.steps.intake.pairing import Pairing, family_prefix, paired
from meeting_pipeline.store.recordings.inbox_object_rows import OPEN_STATES
from meeting_pipeline.store.recordings.inbox_objects import InboxObjects


@dataclass(frozen=True)
class ObjectCandidate:
    """Objects that form one recording, as ``Candidate`` does with files. ``shared``: those that another recording needs too."""

    main: BucketObject
    transcript: BucketObject | None = None
    sidecar: BucketObject | None = None
    spare: tuple[BucketObject, ...] = ()
    shared: frozenset[str] = field(default=frozenset())

    @property
    def objects(self) -> tuple[BucketObject, ...]:
        """All objects of the candidate."""
        return tuple(one for one in (self.main, self.transcript, self.sidecar, *self.spare) if one is not None)


@dataclass(frozen=True)
class Family:
    """What was found for one name. ``now``: the version that the object has; ``None`` if it is gone.

    ``candidate`` is ``None`` for an object that is gone, taken, or a sidecar alone.
    """

    now: BucketObject | None
    candidate: ObjectCandidate | None


def family_of(bucket: InboxBucket, objects: InboxObjects, name: str) -> Family:
    """List what may belong to this object, and pair it. Objects that are taken count as gone.

    Raises: FileNotFoundError, ObjectChanged (an object is not as it was listed a moment ago), StoreUnavailable, StorageRefused.
    """
    folder, base = split(name)
    present = {split(one.name)[1]: one for one in _beside(bucket, folder, family_prefix(base))}
    if base not in present and (itself := bucket.find(name)) is not None:  # it comes after too many others
        present[base] = itself
    states = objects.states([bucket.digest(one) for one in present.values()])
    there = {each: one for each, one in present.items() if (states.get(bucket.digest(one)) or "seen") in OPEN_STATES}
    if base not in there:
        return Family(present.get(base), None)
    kinds = _Kinds(bucket, there)
    pairings, _ = paired(sorted(there), kinds.is_sidecar)
    mine = next((one for one in pairings if base in _names(one)), None)
    if mine is None:
        return Family(there[base], None)
    others = frozenset(each for one in pairings if one is not mine for each in _names(one))
    found = ObjectCandidate(
        there[mine.main],
        there[mine.transcript] if mine.transcript else None,
        there[mine.sidecar] if mine.sidecar else None,
        tuple(there[each] for each in mine.spare),
        frozenset(there[each].name for each in _names(mine) if each in others),
    )
    return Family(there[base], found)


def _beside(bucket: InboxBucket, folder: str, prefix: str) -> Iterator[BucketObject]:
    """Objects of this folder whose names begin so. Those of sub-folders may be listed between them."""
    for seen, one in enumerate(bucket.from_name(folder + prefix)):
        in_folder, base = split(one.name)
        if seen >= policies.FAMILY_OBJECTS or (one.name > folder and not one.name.startswith(folder)):
            return
        if in_folder == folder and one.name > folder + prefix and not base.startswith(prefix):
            return
        is_mine = in_folder == folder and base.startswith(prefix) and not is_ignored(one)
        if is_mine and left_by_name(one.name) is None:
            yield one


def _names(pairing: Pairing) -> tuple[str, ...]:
    found = (pairing.main, pairing.transcript, pairing.sidecar, *pairing.spare)
    return tuple(name for name in found if name is not None)


class _Kinds:
    """Whether ``.json`` objects are sidecars, by their beginnings."""

    def __init__(self, bucket: InboxBucket, there: dict[str, BucketObject]) -> None:
        self._bucket = bucket
        self._there = there

    def is_sidecar(self, name: str) -> bool:
        """As in the drop folder. Raises: as ``InboxBucket.beginning``."""
        one = self._there[name]
        if one.size_bytes > LARGEST_SIDECAR:
            return False
        return not begins_transcript(self._bucket.beginning(one, LOOKED_AT))
