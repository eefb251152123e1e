"""Edits of people: merge, split, rename, keep apart, no voice, and undoing. They take precedence, and are kept.

An edit refers to names and ids, never to rows, so it also applies to future meetings. Must not go here: forgetting names that no
recording has any more (``forgetting.py``), lists (``pages.py``), the rows of edits (``edit_rows.py``).
"""

import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.domain.people.identities import ID_PREFIX, Identities, PersonEditKind, in_recording, is_id
from meeting_pipeline.domain.people.names import identity_of
from meeting_pipeline.domain.speaker_edits import clean_name
from meeting_pipeline.store.commitments.pages import series_name
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.people.appearing import settle
from meeting_pipeline.store.people.deciding import all_identities, lock_edits
from meeting_pipeline.store.people.edit_rows import NewEdit, add_edit, edits_of, has_names, unknown_person
from meeting_pipeline.store.people.voice_notes import make_again, remove_refused
from meeting_pipeline.store.tables import PersonEditRow, PersonName


@retrying
class PersonEdits:
    """Repository of edits of people. All methods return the id of the resulting person."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def merge(self, person_id: str, into: str, by: str, version: int | None = None) -> str:
        """Say that a person is another one, whose names, meetings and commitments become one.

        Raises: PermanentError ``unknown_person``, ``bad_edit``, ``edited_meanwhile``, ``too_many_edits``.
        """
        with self._context.database.write() as session:
            known = self._locked(session)
            person, other = self._two(session, known, person_id, into)
            add_edit(self._context, session, known, NewEdit(PersonEditKind.MERGE, person, other=other), by, version)
            self._settle(session, PersonName.person_id == person)
            remove_refused(session)
            return other

    def split(
        self, person_id: str, name: str, by: str, *, series: str | None = None, recording: str | None = None,
        to: str | None = None, version: int | None = None,
    ) -> str:  # fmt: skip
        """Decide that a name of a person belongs to somebody else: a new person, or ``to``. Returns who it belongs to now.

        ``series``: only in meetings of this title, including future ones; ``recording``: only in this recording.
        Raises: PermanentError ``unknown_person``, ``unknown_name``, ``bad_edit``, ``edited_meanwhile``, ``too_many_edits``.
        """
        with self._context.database.write() as session:
            known = self._locked(session)
            person = self._person(session, known, person_id)
            other = f"{ID_PREFIX}{secrets.token_hex(8)}"
            if to is not None:
                person, other = self._two(session, known, person_id, to)
            folded, scope = identity_of(name), _scope(series, recording)
            mine = [PersonName.person_id == person, PersonName.folded == folded]
            if series is not None:
                mine.append(PersonName.series == scope)
            if recording is not None:
                mine.append(PersonName.recording_key == recording)
            if not folded or session.scalar(select(PersonName.folded).where(*mine).limit(1)) is None:
                raise PermanentError(
                    "unknown_name",
                    "The person does not have this name there.",
                    "Name one of `names`; `series` is the title of a meeting, `recording_id` one of its meetings.",
                )
            if to is None and not self._keeps_more(session, person, folded, series, recording):
                raise PermanentError(
                    "bad_edit", "Nothing would be left of the person.", "Rename it, or split off one of several names."
                )
            same = session.scalars(select(PersonName).where(PersonName.folded == folded)).all()
            before = {row.recording_key: row.person_id for row in same}
            split = NewEdit(PersonEditKind.SPLIT, person, other=other, folded=folded, scope=scope)
            add_edit(self._context, session, known, split, by, version)
            settle(session, same, all_identities(session))
            if {before[row.recording_key] for row in same if row.person_id != before[row.recording_key]} != {person}:
                # A narrower edit gave this person the name, and the wider one would take it from somebody else.
                raise PermanentError(
                    "bad_edit",
                    "Elsewhere, this name belongs to another person.",
                    "Give the series or the recording in which it was given to this one, or undo that edit.",
                )
            remove_refused(session)
            return all_identities(session).end_of(other)

    def rename(self, person_id: str, name: str | None, by: str, version: int | None = None) -> str:
        """Set the name of a person in lists; ``None``: the name that meetings use. Meetings keep their words.

        Raises: PermanentError ``unknown_person``, ``bad_name``, ``edited_meanwhile``, ``too_many_edits``.
        """
        clean = clean_name(name) if name is not None else None
        with self._context.database.write() as session:
            known = self._locked(session)
            person = self._person(session, known, person_id)
            if known.called.get(person) != clean:
                add_edit(self._context, session, known, NewEdit(PersonEditKind.RENAME, person, name=clean), by, version)
            return person

    def keep_apart(self, person_id: str, other: str, by: str, version: int | None = None) -> str:
        """Say that two are not one person, so that it is not suggested again.

        Raises: PermanentError ``unknown_person``, ``bad_edit``, ``edited_meanwhile``, ``too_many_edits``.
        """
        with self._context.database.write() as session:
            known = self._locked(session)
            person, second = self._two(session, known, person_id, other)
            if frozenset((person, second)) not in known.apart:
                add_edit(
                    self._context, session, known, NewEdit(PersonEditKind.APART, person, other=second), by, version
                )
            return person

    def refuse_voice(self, person_id: str, by: str) -> int:
        """Delete the voices of a person, and keep and make none until this is undone. Returns how many are deleted.

        Raises: PermanentError ``unknown_person``, ``too_many_edits``.
        """
        with self._context.database.write() as session:
            known = self._locked(session)
            person = self._person(session, known, person_id)
            if person not in known.without_voice:
                add_edit(self._context, session, known, NewEdit(PersonEditKind.NO_VOICE, person), by)
            return remove_refused(session)

    def allow_voice(self, person_id: str, by: str) -> bool:
        """Undo that. False if it was not said. Raises: PermanentError ``unknown_person``."""
        with self._context.database.write() as session:
            known = self._locked(session)
            person = self._person(session, known, person_id)
            found = [one for one in edits_of(session, known, person) if _is_refusal(one)]
            for edit in found:
                edit.undone_by, edit.undone_at = by, self._context.now()
            if found:
                make_again(session, person)
            return bool(found)

    def undo(self, person_id: str, number: int, by: str) -> str:
        """Undo one edit. Raises: PermanentError ``unknown_person``, ``unknown_edit``."""
        with self._context.database.write() as session:
            known = self._locked(session)
            person = known.end_of(person_id)
            if not is_id(person):
                raise unknown_person()
            edit = next((one for one in edits_of(session, known, person) if one.number == number), None)
            if edit is None or edit.undone_at is not None:
                raise PermanentError(
                    "unknown_edit", "There is no such edit, or it was undone.", "`edits` of the person lists them."
                )
            edit.undone_by, edit.undone_at = by, self._context.now()
            session.flush()
            touched = [PersonName.person_id == known.end_of(edit.person_id)]
            if edit.folded:
                touched.append(PersonName.folded == edit.folded)
            self._settle(session, or_(*touched))
            if edit.kind == PersonEditKind.NO_VOICE:
                make_again(session, person)
            remove_refused(session)
            left = all_identities(session)
            return next(
                (
                    end
                    for one in (person, edit.person_id, edit.other_id or "")
                    if has_names(session, end := left.end_of(one))
                ),
                person,
            )

    def of(self, person_id: str) -> Sequence[PersonEditRow]:
        """The edits of a person, newest first, also those that were undone."""
        with self._context.database.read() as session:
            known = all_identities(session)
            return edits_of(session, known, known.end_of(person_id))[: policies.EDITS_SHOWN]

    def _locked(self, session: Session) -> Identities:
        lock_edits(session, writing=True)
        return all_identities(session)

    def _person(self, session: Session, known: Identities, person_id: str) -> str:
        person = known.end_of(person_id)
        if not is_id(person) or not has_names(session, person):
            raise unknown_person()
        return person

    def _two(self, session: Session, known: Identities, one: str, other: str) -> tuple[str, str]:
        first, second = self._person(session, known, one), self._person(session, known, other)
        if first == second:
            raise PermanentError("bad_edit", "These are one person already.", "Name another person.")
        return first, second

    def _keeps_more(
        self, session: Session, person: str, folded: str, series: str | None, recording: str | None
    ) -> bool:
        rest = [PersonName.folded != folded]
        if series is not None:
            rest.append(PersonName.series != _scope(series, None))
        if recording is not None:
            rest.append(PersonName.recording_key != recording)
        query = select(PersonName.folded).where(PersonName.person_id == person, or_(*rest)).limit(1)
        return session.scalar(query) is not None

    def _settle(self, session: Session, touched: ColumnElement[bool]) -> None:
        rows = session.scalars(select(PersonName).where(touched))
        settle(session, rows.all(), all_identities(session))


def _scope(series: str | None, recording: str | None) -> str:
    if series is not None and recording is not None:
        raise PermanentError(
            "bad_edit", "Give a series or a recording, not both.", "A recording is narrower than a series."
        )
    if recording is not None:
        if not is_key(recording):
            raise PermanentError("bad_edit", "This is not the id of a recording.", "Name one of the person's meetings.")
        return in_recording(recording)
    return series_name(series) if series is not None else ""


def _is_refusal(edit: PersonEditRow) -> bool:
    return edit.kind == PersonEditKind.NO_VOICE and edit.undone_at is None
