"""Finding by vectors, on both databases: what is most alike comes first, and only what is more alike than anything."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store.ledger.embedding_calls import EmbeddingPermit
from meeting_pipeline.store.search.values import Found, Meaning, Question
from meeting_pipeline.store.search.vectors import differing_bits, packed, signs_of, unpacked
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Journey

MODEL = "m"


def unit(*numbers: float) -> tuple[float, ...]:
    return tuple(number / math.hypot(*numbers) for number in numbers)


def direction(place: int, length: int = 8) -> tuple[float, ...]:
    return unit(*(1.0 if at == place else -0.01 for at in range(length)))


def meeting(store: Store, number: int, *talk: str) -> str:
    journey = Journey(store, number=number).accept().begin().collect(*(talk or (f"Line of {number}.",)))
    journey.complete()
    return journey.key


def embed(store: Store, key: str, vectors: Sequence[tuple[float, ...]], model: str = MODEL) -> bool:
    """Give a recording these vectors."""
    work = store.vector_sets.open(key, model)
    assert work is not None
    run = f"run-{key}-{model}"
    store.leases.begin_batch(run)
    call = store.embedding_calls.begin(key, run, model, "d", expected_usd=0.0, limit_usd=1.0)
    store.leases.end(run)
    assert isinstance(call, EmbeddingPermit)
    made = [(place, window, vector) for (place, window), vector in zip(work.missing, vectors, strict=True)]
    assert store.vector_sets.add(work, call.id, made, Usage(calls=1))
    return store.vector_sets.finish(work)


def find(store: Store, vector: tuple[float, ...], text: str = "unsaid", **more: object) -> Found:
    question = Question(text, **more)  # type: ignore[arg-type]
    return store.search.find(question, limit=10, lines=3, meaning=Meaning(vector, MODEL))


def keys(found: Found) -> list[str]:
    return [one.key for one in found.meetings]


@pytest.mark.parametrize("length", [8, 12, 64, 100])
def test_the_most_alike_is_found_whatever_the_length_of_the_vectors(store: Store, length: int) -> None:
    made = [meeting(store, number) for number in range(1, 7)]
    for place, key in enumerate(made):
        assert embed(store, key, [direction(place, length)])
    assert keys(find(store, direction(3, length))) == [made[3]]
    assert keys(find(store, direction(3, length), recording_key=made[1])) == [made[1]], (
        "the best of those that are left"
    )


def test_the_place_of_a_window_is_shown_with_those_who_speak_there(store: Store) -> None:
    talk = [f"Line {number} " + "says a little more of it " * 16 for number in range(8)]
    key = meeting(store, 1, *talk)
    work = store.vector_sets.open(key, MODEL)
    assert work is not None
    assert len(work.missing) == work.windows >= 4
    assert embed(store, key, [direction(at) for at in range(work.windows)])
    [found] = find(store, direction(2)).meetings
    [hit] = found.hits
    window = work.missing[2][1]
    assert (hit.segment_id, hit.start_ms) == (window.first, window.first * 1000)
    assert hit.text.startswith(f"Line {window.first} says")
    assert set(hit.people) <= {"Speaker A", "Speaker B"}
    assert (found.matches, hit.by_meaning) == (0, True)


def test_words_and_meaning_are_joined(store: Store) -> None:
    both, words, near, _ = (meeting(store, n, text) for n, text in enumerate(("a car", "car", "auto", "tree"), start=1))
    for key, place in ((both, 1), (words, 5), (near, 1)):
        embed(store, key, [direction(place)])
    assert keys(find(store, direction(1), "car")) == [both, words, near] or keys(find(store, direction(1), "car")) == [
        both,
        near,
        words,
    ]


def test_vectors_of_another_model_or_length_are_not_compared(store: Store) -> None:
    first, second, third = (meeting(store, number) for number in range(1, 4))
    embed(store, first, [direction(1)])
    embed(store, second, [direction(1)], "another")
    embed(store, third, [direction(1, 64)])
    assert keys(find(store, direction(1))) == [first]


def test_a_question_gets_passages_by_meaning(store: Store) -> None:
    made = [meeting(store, number) for number in range(1, 5)]
    for place, key in enumerate(made):
        embed(store, key, [direction(place)])
    asked = Question("unsaid")
    assert store.retrieval.passages(asked).passages == ()
    found = store.retrieval.passages(asked, meaning=Meaning(direction(2), MODEL))
    assert [one.key for one in found.passages] == [made[2]]
    other = store.retrieval.passages(replace(asked, recording_key=made[0]), meaning=Meaning(direction(2), MODEL))
    assert [one.key for one in other.passages] == [made[0]]


def test_of_passages_with_the_same_words_the_one_that_means_more_is_first(store: Store) -> None:
    made = [meeting(store, number, "The tariff was on the table.") for number in (1, 2, 3)]
    for place, key in enumerate(made):
        assert embed(store, key, [direction(place)])
    asked = Question("What about the tariff?")
    for place, key in enumerate(made):
        found = store.retrieval.passages(asked, meaning=Meaning(direction(place), MODEL)).passages
        assert found[0].key == key
        assert {one.key for one in found} == set(made)


def test_vectors_that_are_incomplete_or_of_another_model_do_not_judge_passages(store: Store) -> None:
    made = [meeting(store, number, "The tariff was on the table.") for number in (1, 2)]
    assert embed(store, made[0], [direction(0)], "another")
    asked = Question("What about the tariff?")
    by_words = [one.key for one in store.retrieval.passages(asked).passages]
    found = store.retrieval.passages(asked, meaning=Meaning(direction(0), MODEL)).passages
    assert [one.key for one in found] == by_words


def test_a_server_that_changed_its_model_under_the_same_name_is_noticed(store: Store) -> None:
    talk = ["says something more of the same " * 20] * 4
    key = meeting(store, 1, *talk)
    work = store.vector_sets.open(key, MODEL)
    assert work is not None
    lengths = [8] * (work.windows - 1) + [16]
    assert not embed(store, key, [direction(1, length) for length in lengths])
    assert keys(find(store, direction(1))) == []
    assert store.vector_sets.due(MODEL, 1) == [], "it is made again later"


def test_signs_tell_how_alike_vectors_are() -> None:
    stored = [packed(direction(1, 12)), packed(direction(2, 12)), packed(tuple(-n for n in direction(1, 12)))]
    assert unpacked(stored).shape == (3, 12)
    differing = differing_bits([signs_of(stored)], direction(1, 12))
    assert differing.tolist() == [0, 2, 12]
    assert signs_of([]) == b""
