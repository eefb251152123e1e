"""What submitters attach is told of the recording, finds it, and goes with it."""

from typing import Any

from sqlalchemy import func, select

from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.submitter_data import SubmitterData
from meeting_pipeline.store.recordings.queries import RecordingFilter
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Recording, Submission, SubmissionIndex
from meeting_pipeline_tests.store.samples import Clock, completed, new_recording

ODD = {"a": None, "b": [1, {"c": "d\n\U0001f600"}], "ключ": 1.5, "big": 10**99, "": "x"}


def submit(store: Store, clock: Clock, number: int = 1, **options: Any) -> str:
    clock.advance(1)
    return store.recordings.accept(new_recording(number, options=SidecarOptions(**options))).key


def found(store: Store, *entries: str, **wanted: Any) -> list[str]:
    chosen = RecordingFilter(metadata=entries, **wanted)
    return [item.row.key for item in store.overviews.page(chosen, 100).items]


def test_the_latest_submission_that_has_any_is_told(store: Store, clock: Clock) -> None:
    metadata = {name: value for name, value in ODD.items() if name}
    key = submit(store, clock, reference="cms-1", metadata=metadata)
    assert store.overviews.get(key).attached == SubmitterData("cms-1", metadata, ("cms-1",))
    submit(store, clock, reference="cms-2")
    submit(store, clock, webhook_url="http://127.0.0.1:9/hook")
    submit(store, clock, reference="cms-1", metadata={"n": 1})
    assert store.overviews.get(key).attached == SubmitterData("cms-1", {"n": 1}, ("cms-1", "cms-2"))
    assert store.records.get(key).attached.metadata == {"n": 1}


def test_a_recording_without_any_says_so(store: Store, clock: Clock) -> None:
    key = submit(store, clock)
    assert store.overviews.get(key).attached == store.records.get(key).attached == SubmitterData()
    with store.database.read() as session:
        for column in (Submission.metadata_, Recording.attached):
            nulls = select(func.count()).where(column.is_(None))
            assert session.scalar(nulls) == 1, "NULL, and not a JSON null"


def test_recordings_are_found_by_the_reference_and_metadata_of_any_submission(store: Store, clock: Clock) -> None:
    first = submit(store, clock, 1, reference="cms-1", metadata={"site": "Ulm", "live": True})
    second = submit(store, clock, 2, reference="cms-2", metadata={"site": "Ulm", "live": False})
    submit(store, clock, 1, reference="cms-3", metadata={"site": "Bonn"})
    assert found(store, reference="cms-1") == found(store, reference="cms-3") == [first]
    assert found(store, "site=Ulm") == [second, first]
    assert found(store, "site=Ulm", "live=true") == found(store, "live=true", "site=Bonn") == [first]
    assert found(store, "site=Ulm", reference="cms-2") == [second]
    assert found(store, "site=Ulm", "site=Ulm", status=RecordingStatus.PENDING) == [second, first]
    for nothing in ("site=Ul", "site=", "Site=Ulm", "=Ulm", "site", "live=True"):
        assert found(store, nothing) == []
    assert found(store, reference="site=Ulm") == found(store, reference="") == []


def test_pages_of_what_was_found_follow_each_other(store: Store, clock: Clock) -> None:
    known = [submit(store, clock, number, metadata={"n": number % 2, "all": 1}) for number in range(1, 12)]
    odd = known[::2][::-1]
    seen: list[str] = []
    after = None
    while True:
        page = store.overviews.page(RecordingFilter(metadata=("all=1", "n=1")), 2, after)
        seen += [item.row.key for item in page.items]
        if (after := page.after) is None:
            break
    assert seen == odd


def test_a_recording_that_was_submitted_very_often_is_read_in_part(store: Store, clock: Clock) -> None:
    key = submit(store, clock, reference="r-0")
    for number in range(1, 130):
        submit(store, clock, reference=f"r-{number}")
    assert len(store.overviews.get(key).attached.references) == 100
    assert found(store, reference="r-0") == [key]


def test_nothing_of_it_is_left_when_the_recording_is_deleted(store: Store) -> None:
    options = SidecarOptions(reference="cms-1", metadata={"site": "Ulm"})
    key = completed(store, options=options).key
    store.deletions.delete(key, "ops", drop_deliveries=False)
    with store.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SubmissionIndex)) == 0
    assert found(store, reference="cms-1") == []
