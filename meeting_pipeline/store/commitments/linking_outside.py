"""Links series of commitments outside of the transactions that store the links, so that none of them lasts for seconds.

A transaction reads the data to link. If links have been computed for exactly this data, it stores them; otherwise it is rolled
back, they are computed, and it runs again. So a transaction only stores links of data that it has read itself, and occupies
SQLite's only writer just for reading and storing. Must not go here: the rules (``domain/commitments/``), queries.
"""

import functools
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Concatenate, Final, ParamSpec, TypeVar

from meeting_pipeline.domain.commitments.linking import linked
from meeting_pipeline.domain.commitments.values import EditsByPeople, Group, MeetingParts
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.row_helpers import new_id

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


@dataclass(frozen=True)
class SeriesRead:
    """The input of linking: the commitments of earlier meetings, the later meetings, and edits by people."""

    series: str
    groups: Sequence[Group]
    meetings: Sequence[MeetingParts]
    said: EditsByPeople

    def links(self) -> list[Group]:
        """The commitments after these meetings. Takes seconds for long series."""
        return linked(_copies(self.groups), self.meetings, self.said)


class NotLinkedYet(Exception):
    """These series have been read in a transaction, and must be linked outside of it. No error: it is run again."""

    def __init__(self, *read: SeriesRead) -> None:
        super().__init__(f"{len(read)} series")
        self.read = read


@dataclass
class _Links:
    """The links that were computed for one call. ``inside``: compute those that are missing in the transaction."""

    inside: bool = False
    made: dict[str, tuple[SeriesRead, list[Group]]] = field(default_factory=dict)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)


_links: Final[ContextVar[_Links | None]] = ContextVar("links", default=None)


def links_of(read: SeriesRead) -> list[Group]:
    """The commitments after these meetings, for a transaction.

    Raises: NotLinkedYet, in a method that is ``linking_outside``, if they have not been computed.
    """
    links = _links.get()
    if links is None:
        return read.links()
    known = links.made.get(read.series)
    if known is not None and known[0] == read:
        return _copies(known[1])
    if not links.inside:
        raise NotLinkedYet(read)
    return read.links()


def id_of_new_part(recording: str, claim_id: str) -> str:
    """An id for a part that is not stored yet: the same one in each try, so that what is linked stays the same."""
    links = _links.get()
    return new_id() if links is None else links.ids.setdefault((recording, claim_id), new_id())


def linking_outside(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Decorator of a method that links in one transaction of its own: see above. It may run more than once.

    A series that others change each time is at last linked inside the transaction, so that it always ends.
    """

    @functools.wraps(method)
    def repeated(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        links = _Links()
        token = _links.set(links)
        try:
            for _ in range(policies.COMMITMENT_LINKING_TRIES):
                try:
                    return method(self, *args, **kwargs)
                except NotLinkedYet as missing:
                    links.made |= {read.series: (read, read.links()) for read in missing.read}
            links.inside = True
            return method(self, *args, **kwargs)
        finally:
            _links.reset(token)

    return repeated


def _copies(groups: Sequence[Group]) -> list[Group]:
    """Linking and naming change groups."""
    return [replace(group, parts=list(group.parts), events=list(group.events)) for group in groups]
