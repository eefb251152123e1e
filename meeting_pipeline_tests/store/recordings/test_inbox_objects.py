"""Objects of the inbox's bucket: one recording takes each, in the transaction that stores its row."""

from collections.abc import Collection, Iterator

import pytest
from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.recordings.inbox_claims import mark_taken
from meeting_pipeline.store.recordings.inbox_object_rows import Sighting
from meeting_pipeline.store.recordings.new_recordings import Accepted
from meeting_pipeline.store.recordings.recordings import Also
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.store.samples import Clock, new_recording

ONE, TWO = Sighting("1" * 64, "one.wav"), Sighting("2" * 64, "two.wav")


def taking(taken: Collection[str], spare: Collection[str] = ()) -> Also:
    def mark(session: Session, row: Recording, _: Accepted) -> None:
        mark_taken(session, row.key, taken, spare)

    return mark


def test_an_object_is_taken_once(store: Store) -> None:
    store.inbox_objects.see([ONE, TWO])
    key = store.recordings.accept(new_recording(1), taking([ONE.digest], [TWO.digest])).key
    assert store.inbox_objects.states([ONE.digest, TWO.digest, "3"]) == {ONE.digest: "taken", TWO.digest: "spare"}
    assert [(one.name, one.recording_key) for one in store.inbox_objects.unfinished(5)] == [
        ("one.wav", key),
        ("two.wav", key),
    ]
    with pytest.raises(StoreUnavailable) as caught:
        store.recordings.accept(new_recording(2), taking([ONE.digest]))
    assert caught.value.code == "object_taken"
    assert len(store.recordings.list()) == 1, "nothing is stored then"


def test_an_object_that_nobody_has_seen_cannot_be_taken(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        store.recordings.accept(new_recording(1), taking([ONE.digest]))
    assert store.recordings.list() == []


def test_seeing_again_changes_nothing_but_the_time_of_the_listing(store: Store, clock: Clock) -> None:
    store.inbox_objects.see([ONE, ONE])
    began = store.context.now()
    clock.advance(10)
    store.inbox_objects.see([ONE, TWO])
    assert [one.name for one in store.inbox_objects.waiting(5, 9)] == ["one.wav"]
    assert store.inbox_objects.is_waiting(5)
    assert not store.inbox_objects.is_waiting(60)
    clock.advance(10)
    store.inbox_objects.see([TWO])
    store.inbox_objects.forget_unlisted(began)
    assert store.inbox_objects.count("seen") == 2
    store.inbox_objects.forget_unlisted(store.context.before(5))
    assert [one.name for one in store.inbox_objects.open(9)] == ["two.wav"]


class NotedMeanwhile(list[Sighting]):
    """Sightings that somebody else notes after it was read whether they are known. SQLite has one writer at a time."""

    def __init__(self, store: Store, *sightings: Sighting) -> None:
        super().__init__(sightings)
        self._store, self._looks = store, 0

    def __iter__(self) -> Iterator[Sighting]:
        self._looks += 1
        if self._looks == 2 and not self._store.database.sqlite:
            self._store.inbox_objects.see([*super().__iter__()])
        return super().__iter__()


def test_two_may_note_an_object_in_the_same_moment(store: Store) -> None:
    store.inbox_objects.see(NotedMeanwhile(store, ONE, TWO))
    assert store.inbox_objects.states([ONE.digest, TWO.digest]) == {ONE.digest: "seen", TWO.digest: "seen"}


def test_what_failed_waits_and_comes_after_the_others(store: Store, clock: Clock) -> None:
    store.inbox_objects.see([ONE, TWO])
    store.inbox_objects.defer(ONE.digest, 30, "OSError")
    assert [one.name for one in store.inbox_objects.waiting(-1, 9)] == ["two.wav"]
    clock.advance(31)
    assert [(one.name, one.tries) for one in store.inbox_objects.waiting(-1, 9)] == [("two.wav", 0), ("one.wav", 1)]
    store.inbox_objects.defer_all(30)
    assert not store.inbox_objects.is_waiting(-1)


def test_a_replaced_object_settles_again_and_is_known_for_as_long(store: Store, clock: Clock) -> None:
    store.inbox_objects.see([ONE])
    first = store.inbox_objects.find([ONE.digest])[ONE.digest].first_seen_at
    clock.advance(20)
    newer = Sighting("9" * 64, "one.wav")
    store.inbox_objects.replace(ONE.digest, newer)
    store.inbox_objects.replace(ONE.digest, newer)  # repeated after a lost answer
    [row] = store.inbox_objects.open(9)
    assert (row.digest, row.first_seen_at) == (newer.digest, first)
    assert not store.inbox_objects.is_waiting(5)


def test_what_is_done_has_no_name_and_is_never_seen_again(store: Store, clock: Clock) -> None:
    store.inbox_objects.see([ONE])
    store.inbox_objects.note_taken([ONE.digest])
    store.inbox_objects.finish([ONE.digest])
    store.inbox_objects.see([ONE])
    store.inbox_objects.leave_out(ONE.digest, "sidecar_alone")
    found = store.inbox_objects.find([ONE.digest])[ONE.digest]
    assert (found.state, found.name, found.recording_key) == ("done", "", None)
    assert store.inbox_objects.finished_after("", 9) == []
    clock.advance(86401)
    assert store.inbox_objects.finished_after("", 9) == [ONE.digest]


def test_taken_objects_that_cannot_be_removed_are_tried_later(store: Store, clock: Clock) -> None:
    store.inbox_objects.see([ONE])
    store.inbox_objects.note_taken([ONE.digest])
    store.inbox_objects.finish_later([ONE.digest], 60)
    assert store.inbox_objects.unfinished(9) == []
    clock.advance(61)
    assert [one.name for one in store.inbox_objects.unfinished(9)] == ["one.wav"]
    store.inbox_objects.forget([ONE.digest])
    assert store.inbox_objects.unfinished(9) == []
