"""People over meetings: found by names, merged and split by people, and gone with their recordings."""

import json
from typing import Any

import pytest
from sqlalchemy import select, text

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.people.identities import is_id, own_id
from meeting_pipeline.domain.people.likeness import LikenessReason as Reason
from meeting_pipeline.store.commitments.pages import CommitmentFilter
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Base, PersonEditRow, PersonName
from meeting_pipeline_tests.store.people.meetings import met, people, spelled
from meeting_pipeline_tests.store.samples import Journey, race

ANNA = "Anna Meyer"


def code(call: Any) -> str:
    with pytest.raises(PermanentError) as caught:
        call()
    return caught.value.code


def delete(store: Store, journey: Journey) -> None:
    store.deletions.delete(journey.key, "ops", drop_deliveries=True)


def owned(store: Store, owner: str) -> set[str]:
    return {one.row.text for one in store.commitments.page(CommitmentFilter(owner=owner), 100)[0]}


def found(store: Store, person: str, words: str = "") -> dict[str, int]:
    """Meeting -> lines that were found of this person."""
    meetings = store.search.find(Question(text=words, person=person), limit=50, lines=50).meetings
    return {one.key: one.matches for one in meetings}


def everything(store: Store) -> str:
    """All that the database holds, as text."""
    with store.database.read() as session:
        tables = [table for table in Base.metadata.sorted_tables if table.name not in ("deleted_recordings", "feed")]
        return "\n".join(
            f"{table.name} {json.dumps([list(row) for row in session.execute(select(table))], default=str)}"
            for table in tables
        )


def test_a_person_is_whoever_has_a_name_as_a_speaker_a_participant_or_an_owner(store: Store) -> None:
    met(store, 1, ANNA, None, participants=("Tom Berg <tom@acme.example>", "anna MEYER"), tasks=(("Send it", "Lena"),))
    met(store, 2, "Ánna Meyer", "Speaker 7", tasks=(("Write it", "A"),))
    known = people(store)
    assert {"Lena", "Tom Berg <tom@acme.example>"} < known.keys()
    anna = next(one for name, one in known.items() if name.casefold().endswith("meyer"))
    assert (anna.meetings, anna.talk_ms, anna.open) == (2, 1800, 1)
    assert is_id(anna.person_id)
    assert known["Lena"].talk_ms == 0
    assert known["Lena"].open == 1
    assert len(known) == 3, "a placeholder names nobody"


def test_a_merge_joins_meetings_commitments_and_what_was_said(store: Store) -> None:
    first = met(store, 1, ANNA, "Tom", tasks=(("Send the price list", "A"),))
    second = met(store, 2, "A. Meyer", "Tom", title="Design", tasks=(("Book the venue", "A"),))
    known = people(store)
    assert found(store, ANNA).keys() == {first.key}
    left = store.person_edits.merge(known["A. Meyer"].person_id, known[ANNA].person_id, "Grace")
    assert left == known[ANNA].person_id
    now = people(store)
    assert set(now) == {ANNA, "Tom"}
    assert (now[ANNA].meetings, now[ANNA].open, spelled(now[ANNA])) == (2, 2, {ANNA, "A. Meyer"})
    both = {"Send the price list", "Book the venue"}
    assert owned(store, left) == owned(store, ANNA) == owned(store, "A. Meyer") == both
    assert found(store, left).keys() == found(store, ANNA).keys() == {first.key, second.key}
    assert store.people.get(known["A. Meyer"].person_id).person.person_id == left, "the old id leads to the person"
    later = met(store, 3, "a. meyer", title="Design")
    assert later.key in {one.recording for one in store.people.get(left).meetings}
    assert code(lambda: store.person_edits.merge(left, left, "Grace")) == "bad_edit"


def test_a_merge_is_undone_with_who_and_when(store: Store) -> None:
    met(store, 1, ANNA, "Tom", tasks=(("Send it", "A"),))
    met(store, 2, "A. Meyer", "Tom")
    known = people(store)
    left = store.person_edits.merge(known["A. Meyer"].person_id, known[ANNA].person_id, "Grace")
    (edit,) = store.person_edits.of(left)
    assert (edit.kind, edit.edited_by, edit.undone_at) == ("merge", "Grace", None)
    assert store.people.get(left).version == 1
    assert code(lambda: store.person_edits.rename(left, "Anna", "Ben", version=0)) == "edited_meanwhile"
    assert store.person_edits.undo(left, edit.number, "Ben") == left
    assert set(people(store)) == {ANNA, "A. Meyer", "Tom"}
    (edit,) = store.person_edits.of(left)
    assert (edit.undone_by, edit.undone_at is not None, store.people.get(left).version) == ("Ben", True, 2)
    assert code(lambda: store.person_edits.undo(left, edit.number, "Ben")) == "unknown_edit"
    assert code(lambda: store.person_edits.undo(left, 999, "Ben")) == "unknown_edit"
    assert code(lambda: store.people.get(own_id("nobody"))) == "unknown_person"


def test_a_name_of_one_series_is_split_off_also_for_meetings_to_come(store: Store) -> None:
    sales = met(store, 1, "Anna", "Tom", tasks=(("Send the price list", "A"),))
    design = met(store, 2, "Anna", "Tom", title="Design", tasks=(("Draw the logo", "A"),))
    whole = people(store)["Anna"].person_id
    other = store.person_edits.split(whole, "anna", "Grace", series="Design 2")
    assert other != whole
    assert (owned(store, whole), owned(store, other)) == ({"Send the price list"}, {"Draw the logo"})
    assert owned(store, "Anna") == {"Send the price list", "Draw the logo"}, "a name means everybody who has it"
    assert found(store, whole).keys() == {sales.key}
    assert found(store, other).keys() == {design.key}
    later = met(store, 3, "Anna", "Tom", title="Design")
    assert {one.recording for one in store.people.get(other).meetings} == {design.key, later.key}
    opened = {one.person_id: one.open for one in store.people.page("", 10)[0]}
    assert (opened[whole], opened[other]) == (1, 1)
    (edit,) = [one for one in store.person_edits.of(other) if one.kind == "split"]
    assert store.person_edits.undo(other, edit.number, "Grace") == whole
    assert {one.person_id for one in people(store).values()} >= {whole}
    assert store.people.get(whole).person.meetings == 3


def test_a_name_of_one_recording_goes_to_somebody_else(store: Store) -> None:
    first = met(store, 1, "Anna", "Tom")
    met(store, 2, "Anna", "Tom")
    met(store, 3, "Anna Schulz", "Tom")
    known = people(store)
    given = store.person_edits.split(
        known["Anna"].person_id, "Anna", "Grace", recording=first.key, to=known["Anna Schulz"].person_id
    )
    assert given == known["Anna Schulz"].person_id
    assert people(store)["Anna Schulz"].meetings == 2
    assert people(store)["Anna"].meetings == 1
    anna = known["Anna"].person_id
    assert code(lambda: store.person_edits.split(anna, "Anna", "G")) == "bad_edit", "nothing would be left"
    assert code(lambda: store.person_edits.split(anna, "Lena", "G")) == "unknown_name"
    assert code(lambda: store.person_edits.split(anna, "Anna", "G", recording="../x")) == "bad_edit"


def test_two_with_one_given_name_in_a_meeting_are_searched_apart(store: Store) -> None:
    """Anna Meyer is "Anna" in one series; in another she takes part, and "Anna" is somebody else."""
    sales = met(store, 1, "Anna", "Tom")
    design = met(store, 2, ANNA, "Anna", title="Design", says=("The logo is blue.", "The logo is green."))
    known = people(store)
    other = store.person_edits.split(known["Anna"].person_id, "Anna", "Grace", series="Design")
    anna = store.person_edits.merge(known["Anna"].person_id, known[ANNA].person_id, "Grace")
    assert found(store, anna, "logo") == {design.key: 1}
    assert found(store, other, "logo") == {design.key: 1}
    assert found(store, anna).keys() == {sales.key, design.key}
    assert found(store, other).keys() == {design.key}
    assert found(store, own_id("nobody at all")) == {}


def test_a_person_is_called_what_people_say_until_that_is_undone(store: Store) -> None:
    met(store, 1, "anna.meyer@acme.example", "Tom")
    one = next(iter(people(store, "meyer").values()))
    store.person_edits.rename(one.person_id, "  Anna   Meyer ", "Grace")
    assert set(people(store)) == {"Anna Meyer", "Tom"}
    assert set(people(store, "anna mey")) == {"Anna Meyer"}
    store.person_edits.rename(one.person_id, None, "Grace")
    assert set(people(store)) == {"anna.meyer@acme.example", "Tom"}
    store.person_edits.undo(one.person_id, store.person_edits.of(one.person_id)[0].number, "Grace")
    assert set(people(store)) == {"Anna Meyer", "Tom"}
    assert code(lambda: store.person_edits.rename(one.person_id, "...", "Grace")) == "bad_name"


def test_suggestions_are_made_until_a_person_says_no_and_change_nothing(store: Store) -> None:
    met(store, 1, ANNA, "Tom")
    met(store, 2, "Meyer, Anna", "Tom")
    before = everything(store)
    (one,), names = store.people_suggestions.find(10)
    assert one.reason is Reason.SPELLING
    assert {names[one.one], names[one.other]} == {ANNA, "Meyer, Anna"}
    assert everything(store) == before
    store.person_edits.keep_apart(one.one, one.other, "Grace")
    assert store.people_suggestions.find(10) == ([], {})
    store.person_edits.undo(one.other, store.person_edits.of(one.other)[0].number, "Grace")
    assert len(store.people_suggestions.find(10)[0]) == 1


def test_a_deleted_recording_leaves_no_trace_of_a_name_that_only_it_had(store: Store) -> None:
    kept = met(store, 1, "Anna", "Tom", tasks=(("Send it", "A"),))
    met(store, 2, "Anni", "Tom")
    gone = met(store, 3, "Zanzibarowa Quixley", "Anna", participants=("zq@canary.example",), title="Sales weekly")
    known = people(store)
    canary = known["Zanzibarowa Quixley"].person_id
    store.person_edits.merge(known["Anni"].person_id, canary, "Grace")
    store.person_edits.merge(known["Anna"].person_id, canary, "Grace")
    store.person_edits.rename(canary, "Dr. Zanzibarowa", "Grace")
    store.person_edits.split(canary, "Zanzibarowa Quixley", "Grace", recording=gone.key)
    store.person_edits.keep_apart(canary, known["Tom"].person_id, "Grace")
    assert "quixley" in everything(store).casefold()
    delete(store, gone)
    left = everything(store).casefold()
    for trace in ("zanzibarowa", "quixley", "canary.example", canary):
        assert trace not in left, trace
    now = people(store)
    (anna,) = [one for one in now.values() if "Anna" in spelled(one)]
    assert spelled(anna) == {"Anna", "Anni"}, "what people said of the others still holds"
    assert (anna.meetings, anna.open) == (2, 1)
    assert owned(store, anna.person_id) == {"Send it"}
    assert kept.key in found(store, anna.person_id)


def test_nothing_is_left_when_the_last_recording_is_deleted(store: Store) -> None:
    first = met(store, 1, "Anna", "Tom")
    second = met(store, 2, "Anni", "Tom", title="Design")
    known = people(store)
    one = store.person_edits.merge(known["Anni"].person_id, known["Anna"].person_id, "Grace")
    store.person_edits.rename(one, "The boss", "Grace")
    store.person_edits.split(one, "Anni", "Grace", series="Design")
    delete(store, first)
    delete(store, second)
    with store.database.read() as session:
        assert session.scalars(select(PersonName)).all() == []
        assert session.scalars(select(PersonEditRow)).all() == []


def test_people_who_say_things_at_once_wait_for_each_other(store: Store) -> None:
    for number in range(1, 5):
        met(store, number, f"Anna M{number}", "Tom")
    ids = [one.person_id for name, one in people(store).items() if name != "Tom"]

    def work(index: int) -> None:
        if index < 3:
            store.person_edits.merge(ids[index + 1], ids[0], f"editor {index}")
        else:
            met(store, 10, "Anna M2", "Tom")

    race(4, work)
    now = people(store)
    assert len(now) == 2
    (anna,) = [one for name, one in now.items() if name != "Tom"]
    assert anna.meetings == 5


def test_an_upgraded_database_gets_its_names_from_the_results(store: Store) -> None:
    met(store, 1, ANNA, "Tom")
    met(store, 2, "A. Meyer", "Tom")
    with store.database.read() as session:
        before = [tuple(row) for row in session.execute(select(PersonName.__table__).order_by(text("1, 2")))]
    with store.database.write() as session:
        session.execute(text("DELETE FROM person_names"))
    store.search_index.note_all()
    while store.search_index.index_next():
        pass
    with store.database.read() as session:
        assert [tuple(row) for row in session.execute(select(PersonName.__table__).order_by(text("1, 2")))] == before


def test_a_split_never_takes_a_name_from_somebody_else(store: Store) -> None:
    met(store, 1, "Tom")
    here = met(store, 2, "Tom", title="Design")
    met(store, 3, "Thomas Berg", title="Design")
    tom = people(store)["Tom"].person_id
    thomas = people(store)["Thomas Berg"].person_id
    series = next(one.series for one in store.people.get(tom).meetings if one.recording == here.key)
    store.person_edits.split(tom, "Tom", "Grace", series=series, to=thomas)
    before = [(one.person_id, one.meetings) for one in people(store).values()]
    assert code(lambda: store.person_edits.split(thomas, "Tom", "Grace")) == "bad_edit", "elsewhere it is another one's"
    assert [(one.person_id, one.meetings) for one in people(store).values()] == before
    assert store.person_edits.split(thomas, "Tom", "Grace", series=series) not in (tom, thomas)
