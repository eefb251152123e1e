"""Voices of speakers: stored, kept in step with the results, compared, and deleted. On both databases."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from meeting_pipeline.domain.people import voices as rules
from meeting_pipeline.domain.people.likeness import LikenessReason as Reason
from meeting_pipeline.store.people.suggesting import Suggested
from meeting_pipeline.store.people.voice_matching import VoiceCriteria
from meeting_pipeline.store.restored import settle_restored
from meeting_pipeline.store.search.vectors import packed
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import SpeakerVoice, VoiceSet
from meeting_pipeline_tests.store.people.meetings import met, people
from meeting_pipeline_tests.store.samples import BESIDE, transcript

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
    return store.people_suggestions.with_voices(10, VoiceCriteria(model, threshold))


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
    assert store.person_edits.refuse_voice(people(store)["Anna"].person_id, "Grace") == 2
    assert {one.vector for one in store.voices.all(MODEL)} == {packed(BEN)}
    assert store.voices.lacking(MODEL, 5) == []


def refuse(store: Store, name: str) -> None:
    store.person_edits.refuse_voice(people(store)[name].person_id, "Grace")


def vectors(store: Store) -> set[bytes]:
    return {one.vector for one in store.voices.all(MODEL)}


def test_a_forgotten_voice_is_not_made_again_of_a_new_transcript_or_with_another_model(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    heard(store, journey.key, ANNA, BEN)
    refuse(store, "Anna")
    journey.begin().collect("One.", "Two.", "Three.", "Four.", "Five.").complete()
    store.speaker_edits.rename(journey.key, "A", "Anna", "Grace")
    assert store.voices.lacking(MODEL, 5) == [journey.key]
    heard(store, journey.key, ANNA, BEN)
    assert packed(ANNA) not in vectors(store)
    heard(store, journey.key, ANNA, BEN, model="another")
    assert packed(ANNA) not in {one.vector for one in store.voices.all("another")}


def test_a_voice_that_is_being_made_while_it_is_forgotten_is_not_written(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    work = store.voices.open(journey.key, MODEL)
    assert work is not None
    refuse(store, "Anna")
    assert store.voices.finish(work, {"A": ANNA, "B": BEN})
    assert vectors(store) == {packed(BEN)}


def test_after_a_restore_voices_that_were_forgotten_before_the_backup_stay_forgotten(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    heard(store, journey.key, ANNA, BEN)
    refuse(store, "Anna")
    settle_restored(store.database, BESIDE)
    heard(store, journey.key, ANNA, BEN)
    assert vectors(store) == {packed(BEN)}


def test_a_speaker_who_is_named_after_somebody_forgotten_loses_the_voice(store: Store) -> None:
    heard(store, met(store, 1, "Anna", "Ben").key, ANNA, BEN)
    journey = met(store, 2, None, "Ben")
    heard(store, journey.key, NEARLY_ANNA, BEN)
    refuse(store, "Anna")
    assert packed(NEARLY_ANNA) in vectors(store)
    store.speaker_edits.rename(journey.key, "A", "Anna", "Grace")
    assert vectors(store) == {packed(BEN)}


@pytest.mark.parametrize("into", ["Anna", "Quixley"])
def test_whoever_is_merged_with_somebody_forgotten_is_forgotten_too(store: Store, into: str) -> None:
    first, second = met(store, 1, "Anna", "Ben"), met(store, 2, "Quixley", "Ben")
    heard(store, first.key, ANNA, BEN)
    heard(store, second.key, NEARLY_ANNA, BEN)
    refuse(store, "Anna")
    known = people(store)
    [other] = {"Anna", "Quixley"} - {into}
    store.person_edits.merge(known[other].person_id, known[into].person_id, "Grace")
    assert vectors(store) == {packed(BEN)}
    heard(store, second.key, NEARLY_ANNA, BEN)
    assert vectors(store) == {packed(BEN)}


def test_a_name_that_is_split_off_somebody_forgotten_is_another_persons(store: Store) -> None:
    first, second = met(store, 1, "Anna", "Ben"), met(store, 2, "Quixley", "Ben")
    for journey in (first, second):
        heard(store, journey.key, ANNA, BEN)
    known = people(store)
    whole = store.person_edits.merge(known["Quixley"].person_id, known["Anna"].person_id, "Grace")
    store.person_edits.refuse_voice(whole, "Grace")
    store.person_edits.split(whole, "Quixley", "Grace")
    heard(store, first.key, ANNA, BEN)
    assert packed(ANNA) not in vectors(store)
    heard(store, second.key, ANNA, BEN)
    assert packed(ANNA) in vectors(store)


def test_whoever_allows_voices_again_gets_them_in_old_meetings_too(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    heard(store, journey.key, ANNA, BEN)
    anna = people(store)["Anna"].person_id
    assert not store.person_edits.allow_voice(anna, "Grace")
    refuse(store, "Anna")
    refuse(store, "Anna")
    assert [edit.kind for edit in store.person_edits.of(anna)] == ["no_voice"]
    assert store.person_edits.allow_voice(anna, "Grace")
    assert store.voices.lacking(MODEL, 5) == [journey.key]
    heard(store, journey.key, ANNA, BEN)
    assert packed(ANNA) in vectors(store)


def test_a_refusal_can_be_undone_like_other_edits(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    heard(store, journey.key, ANNA, BEN)
    anna = people(store)["Anna"].person_id
    refuse(store, "Anna")
    store.person_edits.undo(anna, store.person_edits.of(anna)[0].number, "Grace")
    heard(store, journey.key, ANNA, BEN)
    assert packed(ANNA) in vectors(store)


def test_a_refusal_is_deleted_with_the_last_name_of_the_person(store: Store) -> None:
    journey = met(store, 1, "Anna", "Ben")
    met(store, 2, "Carl", "Ben")
    refuse(store, "Anna")
    store.deletions.delete(journey.key, "Grace", drop_deliveries=True)
    with store.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM person_edits")).scalar_one() == 0


def test_forgetting_waits_for_whoever_is_writing_voices_and_leaves_none(store: Store) -> None:
    if store.database.sqlite:
        pytest.skip("SQLite has one writer")
    key = met(store, 1, "Anna", "Ben").key
    assert store.voices.open(key, MODEL) is not None
    with ThreadPoolExecutor(1) as pool:
        with store.database.write() as session:  # as `finish` does it
            session.get(VoiceSet, key, with_for_update=True)
            session.add(
                SpeakerVoice(recording_key=key, label="A", folded="anna", model=MODEL, heard_ms=1, vector=packed(ANNA))
            )
            session.flush()
            forgetting = pool.submit(store.voices.forget_all)
            while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) and not forgetting.done():
                time.sleep(0.01)
        assert forgetting.result(300) == 1
    assert count(store) == (0, 0)


def test_what_was_forgotten_is_not_left_in_the_files_of_the_database(store: Store) -> None:
    if not store.database.sqlite:
        pytest.skip("PostgreSQL only frees the space")
    vector = [0.125, 0.25, 0.5, 0.0625] * 40
    heard(store, met(store, 1, "Anna", "Ben").key, vector, BEN)
    path = Path(str(store.database.engine.url.database))
    files = [path, path.with_name(f"{path.name}-wal")]
    assert any(packed(vector) in file.read_bytes() for file in files if file.exists())
    store.voices.forget_all()
    assert store.voices.compact() is None
    assert not any(packed(vector) in file.read_bytes() for file in files if file.exists())


def test_recordings_that_lack_voices_are_listed_from_one_on(store: Store) -> None:
    keys = [met(store, number, "Anna", "Ben").key for number in (1, 2, 3)][::-1]
    assert store.voices.lacking(MODEL, 1) == keys[:1]
    assert store.voices.lacking(MODEL, 5, keys[0]) == keys[1:]
    heard(store, keys[1], ANNA, BEN)
    assert store.voices.lacking(MODEL, 5, keys[1]) == keys[2:]


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
    settle_restored(store.database, BESIDE)
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
