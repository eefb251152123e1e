"""Held versions of many recordings: promoted in order, at the pace of minutes, and after a crash only what is left."""

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.steps.operations import versions as module
from meeting_pipeline.steps.operations.versions import discard_all, promote_all
from meeting_pipeline_tests.store.results.test_versions import AFTER, hold, shown, states
from meeting_pipeline_tests.store.samples import completed, failed, speakers, summary

UNKNOWN = "2025-03-14-nothing-00000000"


@pytest.fixture
def keys(installation: Installation) -> list[str]:
    """Three recordings with a version that is held, behind one without, a failed one and one that does not exist."""
    store = installation.store
    without, bad = completed(store, 8).key, failed(store, 9).key
    found = [completed(store, number).key for number in (1, 2, 3)]
    for number, key in enumerate(found):
        hold(store, key, summary(AFTER), speakers("Eve"), run_id=f"held-{number}")
    return [without, bad, UNKNOWN, *found]


def never(seconds: float) -> None:
    raise AssertionError("nothing has to wait")


def test_all_that_hold_something_are_promoted_in_order(installation: Installation, keys: list[str]) -> None:
    changed = list(promote_all(installation, keys, "Ada", "better", wait=never))
    assert [one.key for one in changed] == keys[3:]
    assert {shown(installation.store, key) for key in keys[3:]} == {AFTER}
    assert list(promote_all(installation, keys, "Ada", wait=never)) == []


def test_one_who_stops_in_the_middle_goes_on_with_what_is_left(installation: Installation, keys: list[str]) -> None:
    next(promote_all(installation, keys, "Ada", wait=never))
    assert [one.key for one in promote_all(installation, keys, "Ada", wait=never)] == keys[4:]


def test_they_are_discarded(installation: Installation, keys: list[str]) -> None:
    assert [one.key for one in discard_all(installation, keys, "Ada")] == keys[3:]
    assert states(installation.store, keys[3]) == [(2, "discarded"), (1, "current")]
    assert list(promote_all(installation, keys, "Ada", wait=never)) == []


def test_a_promotion_waits_while_minutes_wait(
    installation: Installation, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROMOTED_AHEAD", 1)
    monkeypatch.setattr("meeting_pipeline.store.policies.REVISION_QUIET_SECONDS", 0.0)
    store, waited = installation.store, list[float]()

    def write_minutes(seconds: float) -> None:
        waited.append(seconds)
        (key,) = store.results.changed(10)
        run = f"minutes-{len(waited)}"
        store.lifecycle.begin(key, run, collecting=False)
        finish(installation, key, run)
        store.leases.end(run)

    assert len(list(promote_all(installation, keys[3:], "Ada", wait=write_minutes))) == 3
    assert waited == [module.PROMOTED_LOOK_SECONDS] * 2


def test_where_nobody_writes_minutes_it_still_ends(
    installation: Installation, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROMOTED_AHEAD", 1)
    monkeypatch.setattr("meeting_pipeline.store.policies.REVISION_QUIET_SECONDS", 0.0)
    waited: list[float] = []
    assert len(list(promote_all(installation, keys[3:], "Ada", wait=waited.append))) == 3
    assert sum(waited) == 2 * module.PROMOTED_WAIT_SECONDS
