"""Voices of speakers: stored, kept in step with the results, compared, and deleted. On both databases."""

import pytest
from sqlalchemy import text

from meeting_pipeline.domain.people import voices as rules
from meeting_pipeline.domain.people.likeness import LikenessReason as Reason
from meeting_pipeline.store.people.sounding import VoicesAsked
from meeting_pipeline.store.people.suggesting import Suggested
from meeting_pipeline.store.restored import settle_restored
from meeting_pipeline.store.search.vectors import packed
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.people.meetings import met, people
from meeting_pipeline_tests.store.samples import transcript

MODEL = "model-1"
ANNA, BEN, CARL = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
NEARLY_ANNA = [0.96, 0.28, 0.0]


@pytest.fixture(autouse=True)
def short_words_make_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of these meetings take a second."""
    monkeypatch.setattr(rules, "SHORTEST_SPAN_MS", 100)
    monkeypatch.setattr(rules, "SHORTEST_VOICE_MS", 100)


def heard(store: Store, key: str, first: list[float], second: list[float], model: str = MODEL) -> None:
    work = store.voices.open(key, model)
    assert work is not None
    assert set(work.spans) == {"A", "B"}
    assert store.voices.finish(work, {"A": first, "B": second})


def asked(store: Store, threshold: float = 0.9, model: str = MODEL) -> Suggested:
    return store.people_suggestions.with_voices(10, VoicesAsked(model, threshold))


def count(store: Store) -> tuple[int, int]:
    with store.database.read() as session:
        voices = session.execute(text("SELECT count(*) FROM speaker_voices")).scalar_one()
        return voices, session.execute(text("SELECT count(*) FROM voice_sets")).scalar_one()


def test_each_recording_with_sound_is_done_once_with_a_model(store: Store) -> None:
    keys = [met(store, number, "Anna", "Ben").key for number in (1, 2)]
    assert store.voices.lacking(MODEL, 5) == keys[::-1]
    heard(store, keys[0], ANNA, BEN)
    assert store.voices.lacking(MODEL, 5) == keys[1:]
    work = store.voices.open(keys[1], MODEL)
    assert work is not None
    store.voices.finish(work, {}, "bad_audio")
    assert store.voices.lacking(MODEL, 5) == []
    assert vars(store.voices.progress(MODEL)) == {"done": 2, "failed": 1, "waiting": 0, "voices": 2}
    store.voices.try_again()
    assert store.voices.lacking(MODEL, 5) == keys[1:]
    assert set(store.voices.lacking("another", 5)) == set(keys)
    heard(store, keys[0], ANNA, BEN, model="another")
    assert store.voices.all(MODEL) == []


def test_people_who_sound_alike_are_suggested_and_nothing_is_changed(store: Store) -> None:
    heard(store, met(store, 1, "Anna Meyer", "Ben").key, ANNA, BEN)
    heard(store, met(store, 2, "Quixley", "Ben").key, NEARLY_ANNA, BEN)
    before = people(store)
    found = asked(store)
    [pair] = found.pairs
    assert {found.names[pair.one], found.names[pair.other]} == {"Anna Meyer", "Quixley"}
    assert pair.reason is Reason.VOICE
    assert pair.similarity == pytest.approx(0.96)
    assert people(store) == before
    assert asked(store, threshold=0.97).pairs == []
    assert asked(store, model="another").pairs == []
    assert store.people_suggestions.find(10) == ([], {})
    store.person_edits.keep_apart(pair.one, pair.other, "Grace")
    assert asked(store).pairs == []


def test_a_suggestion_by_name_says_that_the_voices_are_alike_too(store: Store) -> None:
    heard(store, met(store, 1, "Anna Meyer", "Ben").key, ANNA, BEN)
    heard(store, met(store, 2, "Meyer, Anna", "Tom").key, ANNA, CARL)
    [pair] = asked(store).pairs
    assert pair.reason is Reason.SPELLING
    assert pair.similarity == pytest.approx(1.0)


def test_one_voice_that_was_given_two_names_in_a_meeting_is_not_suggested(store: Store) -> None:
    heard(store, met(store, 1, "Anna", "Ben").key, ANNA, ANNA)
    assert asked(store).pairs == []


def test_a_speaker_without_a_name_sounds_like_somebody_until_it_is_named(store: Store) -> None:
    heard(store, met(store, 1, "Anna", "Ben").key, ANNA, BEN)
    journey = met(store, 2, None, "Ben")
    heard(store, journey.key, NEARLY_ANNA, BEN)
    found = asked(store)
    [speaker] = found.speakers
    assert (speaker.recording, speaker.label, found.names[speaker.person_id]) == (journey.key, "A", "Anna")
    assert speaker.similarity == pytest.approx(0.96)
    store.speaker_edits.rename(journey.key, "A", "Zoe", "Grace")
    found = asked(store)
    assert found.speakers == ()
    assert {found.names[one] for one in (found.pairs[0].one, found.pairs[0].other)} == {"Anna", "Zoe"}


def test_a_speaker_who_sounds_like_somebody_else_of_the_same_meeting_is_not_suggested(store: Store) -> None:
    heard(store, met(store, 1, "Anna", None).key, ANNA, NEARLY_ANNA)
    assert asked(store).speakers == ()


def test_voices_of_another_transcript_are_deleted_and_made_again(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    heard(store, journey.key, ANNA, BEN)
    work = store.voices.open(journey.key, MODEL)
    assert work is not None
    assert count(store) == (0, 1)
    heard(store, journey.key, ANNA, BEN)
    journey.begin().collect("One.", "Two.", "Three.", "Four.", "Five.").complete()
    assert count(store) == (0, 0)
    assert store.voices.lacking(MODEL, 5) == [journey.key]
    assert not store.voices.finish(work, {"A": ANNA, "B": BEN}), "they were made of what is not there any more"
    assert count(store) == (0, 0)


def test_forgetting_deletes_all_voices_at_once(store: Store) -> None:
    heard(store, met(store, 1, "Anna", "Ben").key, ANNA, BEN)
    heard(store, met(store, 2, "Anna", "Ben").key, ANNA, BEN)
    assert store.voices.forget_all() == 4
    assert count(store) == (0, 0)
    assert store.voices.forget_all() == 0


def test_forgetting_a_person_leaves_the_voices_of_others_and_makes_none_again(store: Store) -> None:
    keys = [met(store, number, "Anna", "Ben").key for number in (1, 2)]
    for key in keys:
        heard(store, key, ANNA, BEN)
    assert store.voices.forget_person(people(store)["Anna"].person_id) == 2
    assert {one.vector for one in store.voices.all(MODEL)} == {packed(BEN)}
    assert store.voices.lacking(MODEL, 5) == []


def test_who_is_making_voices_while_all_are_forgotten_writes_none(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    work = store.voices.open(journey.key, MODEL)
    assert work is not None
    store.voices.forget_all()
    assert not store.voices.finish(work, {"A": ANNA, "B": BEN})
    assert count(store) == (0, 0)


def test_what_somebody_began_who_died_is_made_by_the_next_one(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    assert store.voices.open(journey.key, MODEL) is not None
    assert store.voices.lacking(MODEL, 5) == [journey.key]
    assert (store.voices.progress(MODEL).done, store.voices.progress(MODEL).waiting) == (0, 1)
    heard(store, journey.key, ANNA, BEN)
    assert store.voices.lacking(MODEL, 5) == []


def test_a_restored_backup_brings_no_voice_back(store: Store) -> None:
    heard(store, met(store, 1, "Anna", "Ben").key, ANNA, BEN)
    settle_restored(store.database)
    assert count(store) == (0, 0)


def test_a_deleted_recording_leaves_no_voice(store: Store) -> None:
    heard(store, met(store, 1, "Anna", "Ben").key, BEN, CARL)
    journey = met(store, 2, "Zoe", "Ben")
    heard(store, journey.key, ANNA, CARL)
    assert packed(ANNA) in {one.vector for one in store.voices.all(MODEL)}
    store.deletions.delete(journey.key, "Grace", drop_deliveries=True)
    assert packed(ANNA) not in {one.vector for one in store.voices.all(MODEL)}
    assert count(store) == (2, 1)


def test_a_recording_that_is_deleted_meanwhile_gets_no_voices(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    work = store.voices.open(journey.key, MODEL)
    assert work is not None
    store.deletions.delete(journey.key, "Grace", drop_deliveries=True)
    assert not store.voices.finish(work, {"A": ANNA})
    assert store.voices.open(journey.key, MODEL) is None
    assert count(store) == (0, 0)


def test_the_lines_of_these_meetings_are_of_two_speakers() -> None:
    assert set(rules.spans_of(transcript("One.", "Two.").segments)) == {"A", "B"}
