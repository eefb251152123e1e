"""Finds voices that sound alike: people who may be the same person, and unnamed speakers who may be a known person.

Must not go here: comparing (``domain/people/voices.py``), suggestions by name (``suggesting.py``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from meeting_pipeline.domain.people.likeness import LikenessReason
from meeting_pipeline.domain.people.suggesting import Seen, Suggestion, are_two
from meeting_pipeline.domain.people.voices import mean_voices, nearest_voices, similar_pairs
from meeting_pipeline.store.engine.database import AT_ONCE
from meeting_pipeline.store.people.voices import StoredVoice, stored_voices
from meeting_pipeline.store.search.vectors import unpacked
from meeting_pipeline.store.tables import Recording

_SPARE: Final = 10
"""So many times more pairs are compared than are wanted: some are known to be two people."""


@dataclass(frozen=True)
class VoiceCriteria:
    """Voices of which model are compared, and from which likeness on they are suggested."""

    model: str
    threshold: float


@dataclass(frozen=True)
class UnnamedSpeaker:
    """An unnamed speaker who sounds like a known person."""

    recording: str
    title: str
    label: str
    person_id: str
    similarity: float


@dataclass(frozen=True)
class VoiceMatches:
    """Who sounds alike. ``similar``: how much, of each pair of ids."""

    similar: Mapping[frozenset[str], float]
    speakers: tuple[UnnamedSpeaker, ...]

    def with_voices(self, by_name: list[Suggestion], people: Mapping[str, Seen]) -> list[Suggestion]:
        """Suggestions by name with how alike the voices are, then those by voice alone, the surest first."""
        named = {frozenset((one.one, one.other)) for one in by_name}
        found = [one.with_similarity(self.similar.get(frozenset((one.one, one.other)))) for one in by_name]
        for pair, similarity in sorted(self.similar.items(), key=lambda item: (-item[1], sorted(item[0]))):
            if pair not in named:
                one, other = sorted(pair)
                names = people[one].names[0], people[other].names[0]
                found.append(Suggestion(one, other, names, LikenessReason.VOICE, similarity=similarity))
        return found


NO_MATCHES: Final = VoiceMatches({}, ())


def match_voices(
    session: Session, asked: VoiceCriteria, people: Mapping[str, Seen], apart: Collection[frozenset[str]], limit: int
) -> VoiceMatches:
    """Compare the voices of all people, and of all speakers without a name with theirs."""
    heard = stored_voices(session, asked.model)
    of: dict[str, list[int]] = {}
    for place, one in enumerate(heard):
        if one.person_id is not None and one.person_id in people:
            of.setdefault(one.person_id, []).append(place)
    if not of:
        return NO_MATCHES
    vectors = unpacked([one.vector for one in heard])
    ids = list(of)
    means = mean_voices(vectors, [of[person] for person in ids])
    similar = {
        frozenset((ids[pair.one], ids[pair.other])): pair.similarity
        for pair in similar_pairs(means, asked.threshold, limit * _SPARE)
        if not are_two(people[ids[pair.one]], people[ids[pair.other]])
        and frozenset((ids[pair.one], ids[pair.other])) not in apart
    }
    unnamed = [place for place, one in enumerate(heard) if one.person_id is None]
    found: list[tuple[StoredVoice, str, float]] = []
    for best in nearest_voices(vectors[unnamed], means, asked.threshold) if unnamed else ():
        speaker, person = heard[unnamed[best.one]], ids[best.other]
        if speaker.recording not in people[person].spoke:  # there the person is somebody else's label
            found.append((speaker, person, best.similarity))
    found = sorted(found, key=lambda one: (-one[2], one[0].recording, one[0].label))[:limit]
    titles = _titles(session, {one.recording for one, _, _ in found})
    return VoiceMatches(
        similar,
        tuple(
            UnnamedSpeaker(one.recording, titles[one.recording], one.label, person, similarity)
            for one, person, similarity in found
        ),
    )


def _titles(session: Session, keys: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    some = sorted(keys)
    for start in range(0, len(some), AT_ONCE):
        query = select(Recording.key, Recording.title).where(Recording.key.in_(some[start : start + AT_ONCE]))
        found.update((key, title) for key, title in session.execute(query))
    return found
