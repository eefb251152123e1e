"""Suggested pairs, measured on labelled pairs of names."""

from collections.abc import Sequence

from meeting_pipeline.domain.people.suggesting import Seen, suggestions
from meeting_pipeline_tests.domain.people.labelled_pairs import ALL, HELD_BACK, LOOKED_AT, Pair


def suggested(pair: Pair) -> bool:
    """Whether the two are suggested as one person."""
    first = Seen("one", (pair.one,), frozenset(["title:sales"]), frozenset(["first"]))
    second = Seen(
        "other", (pair.other,),
        frozenset(["title:design" if pair.seen == "apart" else "title:sales"]),
        frozenset(["first" if pair.seen == "together" else "second"]),
    )  # fmt: skip
    others = [Seen(name, (name,), frozenset(["title:sales"]), frozenset([f"with {name}"])) for name in pair.others]
    found = suggestions([first, second, *others])
    return any({each.one, each.other} == {"one", "other"} for each in found)


def figures(pairs: Sequence[Pair]) -> tuple[float, float, list[Pair], list[Pair]]:
    """Precision and recall, and the pairs that are wrong and missed."""
    found = [pair for pair in pairs if suggested(pair)]
    wrong = [pair for pair in found if not pair.same]
    missed = [pair for pair in pairs if pair.same and pair not in found]
    right = len(found) - len(wrong)
    return right / max(len(found), 1), right / (right + len(missed)), wrong, missed


def test_no_pair_that_was_looked_at_is_suggested_wrongly() -> None:
    precision, recall, wrong, missed = figures(LOOKED_AT)
    assert precision >= 0.97, wrong
    assert recall >= 0.95, missed


def test_pairs_that_were_held_back_are_suggested_as_well() -> None:
    precision, recall, wrong, missed = figures(HELD_BACK)
    assert precision >= 0.95, wrong
    assert recall >= 0.9, missed


def test_both_halves_have_pairs_of_one_person_and_of_two() -> None:
    for half in (LOOKED_AT, HELD_BACK):
        assert 0.3 < sum(pair.same for pair in half) / len(half) < 0.7
    assert len(ALL) == len(LOOKED_AT) + len(HELD_BACK) > 120
