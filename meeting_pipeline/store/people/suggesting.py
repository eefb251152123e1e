"""Reads which people may be the same person. Nothing is changed: a person decides.

Must not go here: the rule (``domain/people/suggesting.py``).
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.suggesting import Seen, Suggestion, suggestions
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.people.deciding import all_identities
from meeting_pipeline.store.people.pages import names_of
from meeting_pipeline.store.people.voice_matching import NO_MATCHES, UnnamedSpeaker, VoiceCriteria, match_voices
from meeting_pipeline.store.tables import PersonName


@dataclass(frozen=True)
class Suggested:
    """Who may be one person: pairs of people, what they are called, and speakers without a name who sound like a person."""

    pairs: list[Suggestion]
    names: dict[str, str]
    speakers: tuple[UnnamedSpeaker, ...] = ()


@retrying
class PeopleSuggestions:
    """Repository of suggestions, which are computed on each request."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def find(self, limit: int) -> tuple[list[Suggestion], dict[str, str]]:
        """The surest suggestions by name, and the names of the people in them."""
        found = self.with_voices(limit, None)
        return found.pairs, found.names

    def with_voices(self, limit: int, asked: VoiceCriteria | None) -> Suggested:
        """The surest suggestions by name, then those by voice, if that is on."""
        with self._context.database.read() as session:
            known = all_identities(session)
            seen = _seen(session)
            pairs, speakers = suggestions(seen, known.apart), NO_MATCHES.speakers
            if asked is not None:
                people = {one.person_id: one for one in seen}
                heard = match_voices(session, asked, people, known.apart, limit)
                pairs, speakers = heard.with_voices(pairs, people), heard.speakers
            pairs = pairs[:limit]
            ids = {one for each in pairs for one in (each.one, each.other)} | {one.person_id for one in speakers}
            return Suggested(pairs, names_of(session, known, ids), speakers)


def _seen(session: Session) -> list[Seen]:
    query = select(
        PersonName.person_id, PersonName.name, PersonName.series, PersonName.recording_key, PersonName.talk_ms,
        PersonName.invited,
    )  # fmt: skip
    names: dict[str, set[str]] = {}
    series: dict[str, set[str]] = {}
    spoke: dict[str, set[str]] = {}
    invited: dict[str, set[str]] = {}
    for person, name, series_of, recording, talk_ms, was_invited in session.execute(query):
        names.setdefault(person, set()).add(name)
        series.setdefault(person, set()).add(series_of)
        if talk_ms is not None:
            spoke.setdefault(person, set()).add(recording)
        if was_invited:
            invited.setdefault(person, set()).add(recording)
    none: set[str] = set()
    return [
        Seen(
            person, tuple(sorted(names[person])), frozenset(series[person]), frozenset(spoke.get(person, none)),
            frozenset(invited.get(person, none)),
        )
        for person in sorted(names)
    ]  # fmt: skip
