"""The rows of edits of people: adding one, and finding those of a person.

Must not go here: what an edit means for names (``editing.py``), what all edits mean together
(``domain/people/identities.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.people.identities import Identities, PersonEditKind
from meeting_pipeline.store.edits.edit_history import require_version
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.tables import PersonEditRow, PersonName


@dataclass(frozen=True)
class NewEdit:
    """An edit of a person. ``other``: the second person. ``folded``, ``scope``: which name is split off, and where."""

    kind: PersonEditKind
    person: str
    other: str | None = None
    folded: str | None = None
    scope: str | None = None
    name: str | None = None


def add_edit(
    context: StoreContext, session: Session, known: Identities, edit: NewEdit, by: str, version: int | None = None
) -> None:
    """Note it. ``version``: the version of the person's edits that the editor saw.

    Raises: PermanentError ``edited_meanwhile``, ``too_many_edits``.
    """
    before = edits_of(session, known, edit.person)
    require_version(version, version_of(before))
    if len(before) >= policies.EDITS_KEPT:
        raise PermanentError(
            "too_many_edits",
            f"A person keeps at most {policies.EDITS_KEPT} edits.",
            "A person or program is editing it in a loop: `edits` of the person show who.",
        )
    session.add(
        PersonEditRow(
            kind=edit.kind.value, person_id=edit.person, other_id=edit.other, folded=edit.folded, scope=edit.scope,
            name=edit.name, edited_by=by, edited_at=context.now(),
        )
    )  # fmt: skip
    session.flush()


def has_names(session: Session, person_id: str) -> bool:
    """Whether any recording has a name of this person."""
    return session.scalar(select(PersonName.folded).where(PersonName.person_id == person_id).limit(1)) is not None


def edits_of(session: Session, known: Identities, person: str) -> list[PersonEditRow]:
    """The edits of a person and of all that are merged into it, newest first, also those that were undone."""
    mine = sorted({person, *(one for one in known.merged if known.end_of(one) == person)})
    query = select(PersonEditRow).where(or_(PersonEditRow.person_id.in_(mine), PersonEditRow.other_id.in_(mine)))
    return list(session.scalars(query.order_by(PersonEditRow.number.desc())))


def version_of(edits: Sequence[PersonEditRow]) -> int:
    """Counts the changes of a person by people."""
    return len(edits) + sum(edit.undone_at is not None for edit in edits)


def unknown_person() -> PermanentError:
    """The error for an unknown id."""
    return PermanentError(
        "unknown_person",
        "There is no such person.",
        "List the people again: a person without any meeting left is gone.",
    )
