"""Measurements are kept, and a version is compared with the promoted one on the same set."""

from typing import Any

from meeting_pipeline.store.results.evaluations import NewEvaluation
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import EvaluationRow
from meeting_pipeline_tests.store.samples import Clock


def add(store: Store, clock: Clock, version: str, set_hash: str = "set", **fields: Any) -> EvaluationRow:
    clock.advance(1)
    given: dict[str, Any] = {
        "provider": "openai", "model": "m", "prompt_versions": {"summary": "p"}, "meetings": 2, "complete": True,
    }  # fmt: skip
    figures = {"lies": {"value": 0.5, "low": None, "high": None}}
    new = NewEvaluation(version=version, set_hash=set_hash, cost_usd=0.5, figures=figures, **{**given, **fields})
    return store.evaluations.add(new)


def test_the_newest_measurement_of_a_version_counts(store: Store, clock: Clock) -> None:
    add(store, clock, "one", complete=False)
    newest = add(store, clock, "one")
    add(store, clock, "one", set_hash="other", meetings=7)
    found = store.evaluations.latest("one", "set")
    assert found is not None
    assert found.id == newest.id
    assert found.figures["lies"]["value"] == 0.5
    assert store.evaluations.latest("two") is None


def test_measurements_on_a_set_come_oldest_first(store: Store, clock: Clock) -> None:
    for version in ("one", "two", "three"):
        add(store, clock, version)
    add(store, clock, "elsewhere", set_hash="other")
    assert [row.version for row in store.evaluations.on_set("set", 2)] == ["two", "three"]


def test_without_a_promotion_the_last_other_version_is_the_baseline(store: Store, clock: Clock) -> None:
    add(store, clock, "one")
    assert store.evaluations.baseline("one", "set") is None
    add(store, clock, "two")
    found = store.evaluations.baseline("one", "set")
    assert found is not None
    assert found.version == "two"


def test_the_promoted_version_is_the_baseline_if_it_was_measured_on_the_same_set(store: Store, clock: Clock) -> None:
    first = add(store, clock, "one")
    add(store, clock, "two")
    for version in ("zero", "one"):
        clock.advance(1)
        store.evaluations.promote(
            version=version, evaluation_id=first.id, prompt={}, worse=["lies"], reason="because", promoted_by="ann"
        )
    promoted = store.evaluations.promoted()
    assert promoted is not None
    assert (promoted.version, promoted.reason, promoted.worse) == ("one", "because", ["lies"])
    found = store.evaluations.baseline("three", "set")
    assert found is not None
    assert found.version == "one"
    assert store.evaluations.baseline("three", "unmeasured") is None
