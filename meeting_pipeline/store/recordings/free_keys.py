"""Chooses the key of a new recording: one that no other has, or had before it was deleted. Reading only.

Must not go here: what a key looks like (``domain/keys.py``), storing the recording (``recordings.py``).
"""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import islice
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.keys import erased_key, mint_keys
from meeting_pipeline.store.tables import DeletedRecording, Recording

_KEYS_AT_ONCE: Final = 12
"""Keys that are looked up together: those that people can count, and the first with digits of the hash."""


def free_key(
    session: Session, meeting_date: date, name: str, sha256: str, *, counted: bool, avoid: Collection[str]
) -> str:
    """The key of this content, or a new one, but none of ``avoid``. ``counted``: see ``mint_keys``."""
    minted = mint_keys(meeting_date, name, sha256, counted=counted)
    while True:
        keys = list(islice(minted, _KEYS_AT_ONCE))
        holders = dict(_holders(session, keys))
        gone = _deleted_among(session, keys)
        for key in keys:
            if holders.get(key) == sha256 or (key not in holders and key not in gone and key not in avoid):
                return key


def _holders(session: Session, keys: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Those of the keys that recordings have, each with the hash of its content."""
    query = select(Recording.key, Recording.sha256).where(Recording.key.in_(keys))
    return [(key, sha256) for key, sha256 in session.execute(query)]


def _deleted_among(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of the keys that deleted recordings had."""
    by_name = {name: key for key in keys for name in (key, erased_key(key))}
    found = session.scalars(select(DeletedRecording.key).where(DeletedRecording.key.in_(list(by_name))))
    return {by_name[name] for name in found}
