"""Who a name belongs to: without edits, each name is a separate person; otherwise people's decisions count.

A name is one person over all meetings, until a person says otherwise: a name can be given to another person, everywhere, in one
series or in one recording, and a person can be merged into another. The latest edit that is not undone counts.
Must not go here: storing edits (``store/people/``), suggestions (``suggesting.py``).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

EVERYWHERE: Final = ""
_RECORDING: Final = "only:"
ID_PREFIX: Final = "person-"
_ID_CHARACTERS: Final = 16
"""Hexadecimal digits of the hash in an id, 64 bits: two names of one installation never share them by chance."""


class PersonEditKind(StrEnum):
    """What a person said of people."""

    MERGE = "merge"
    """The person is another one."""
    SPLIT = "split"
    """A name of the person is another one's."""
    RENAME = "rename"
    """What the person is called here; without a name, what the meetings call it."""
    APART = "apart"
    """Two are not one person: do not suggest it."""
    NO_VOICE = "no_voice"
    """No voice of the person is kept or made."""


@dataclass(frozen=True)
class PersonEdit:
    """What a person said. ``other``: the other person; ``folded``, ``scope``: the name that is split off, and where."""

    number: int
    kind: PersonEditKind
    person_id: str
    other: str | None = None
    folded: str | None = None
    scope: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Identities:
    """All that decides whose name it is. ``placed``: (name, where) -> person; ``merged``: person -> the one it is."""

    placed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    apart: frozenset[frozenset[str]] = frozenset()
    without_voice: frozenset[str] = frozenset()
    """Whose voices are refused, after merges."""

    def base_of(self, folded: str, series: str, recording: str) -> str:
        """Whose name this is in a recording, before merges. The narrowest edit counts."""
        for scope in (in_recording(recording), series, EVERYWHERE):
            placed = self.placed.get((folded, scope))
            if placed is not None:
                return placed
        return own_id(folded)

    def end_of(self, person_id: str) -> str:
        """The person that this one is merged into in the end; itself if it is not merged."""
        seen = {person_id}
        while (into := self.merged.get(person_id)) is not None and into not in seen:
            seen.add(into)
            person_id = into
        return person_id

    def person_of(self, folded: str, series: str, recording: str) -> str:
        """Whose name this is in a recording."""
        return self.end_of(self.base_of(folded, series, recording))


def identities_of(edits: Iterable[PersonEdit]) -> Identities:
    """What edits that are not undone say together."""
    placed: dict[tuple[str, str], str] = {}
    merged: dict[str, str] = {}
    called: dict[str, str | None] = {}
    apart: set[frozenset[str]] = set()
    refused: set[str] = set()
    for edit in sorted(edits, key=lambda one: one.number):
        match edit.kind:
            case PersonEditKind.SPLIT if edit.folded and edit.other:
                placed[edit.folded, edit.scope or EVERYWHERE] = edit.other
            case PersonEditKind.MERGE if edit.other:
                merged[edit.person_id] = edit.other
            case PersonEditKind.RENAME:
                called[edit.person_id] = edit.name
            case PersonEditKind.APART if edit.other:
                apart.add(frozenset((edit.person_id, edit.other)))
            case PersonEditKind.NO_VOICE:
                refused.add(edit.person_id)
    names = {person: name for person, name in called.items() if name}
    known = Identities(placed, merged, names, frozenset(apart))
    return replace(known, without_voice=frozenset(known.end_of(one) for one in refused))


def own_id(folded: str) -> str:
    """The id of the person with this name, unless an edit says otherwise."""
    return f"{ID_PREFIX}{hashlib.sha256(folded.encode('utf-8', 'replace')).hexdigest()[:_ID_CHARACTERS]}"


def in_recording(key: str) -> str:
    """The scope of one recording."""
    return f"{_RECORDING}{key}"


def recording_in(scope: str) -> str | None:
    """The recording of a scope; ``None`` if it is another one."""
    return scope.removeprefix(_RECORDING) if scope.startswith(_RECORDING) else None


def is_id(text: str) -> bool:
    """Whether this is the id of a person, by its form."""
    rest = text.removeprefix(ID_PREFIX)
    return text != rest and len(rest) == _ID_CHARACTERS and all(c in "0123456789abcdef" for c in rest)
