"""Run the project's definitions in this process, on an in-memory instance.

Belongs here: what the tests of assets, ops and sensors share for using Dagster. Must not go here: assertions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.plan import active

from meeting_pipeline import policies
from meeting_pipeline.definitions import build_definitions
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline.installation import Installation

NO_COMPUTE_LOGS = {
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
}
"""For instances on disk, as in ``dagster.yaml``. Otherwise Dagster starts two processes per step to copy its output."""
AUTOMATIC = {policies.REQUEST_TAG: "test"}
"""The tag of runs requested by our sensors; a number would be the id of a request in the store."""


@dataclass
class Ran:
    """A finished run."""

    result: dg.ExecuteInProcessResult

    @property
    def success(self) -> bool:
        return self.result.success

    @property
    def materialized(self) -> dict[str, dg.AssetMaterialization]:
        """Asset -> its materialization."""
        found = {}
        for event in self.result.all_events:
            if event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION:
                materialization = event.step_materialization_data.materialization
                found[materialization.asset_key.to_user_string()] = materialization
        return found

    @property
    def checks(self) -> dict[str, bool]:
        """Check -> whether it passed."""
        evaluations = self.result.get_asset_check_evaluations()
        return {evaluation.check_name: evaluation.passed for evaluation in evaluations}

    def steps(self, kind: dg.DagsterEventType) -> list[str]:
        """Steps with an event of this kind, in order."""
        return [str(event.step_key) for event in self.result.all_events if event.event_type is kind]

    @property
    def failures(self) -> dict[str, Any]:
        """Step -> its failure data."""
        return {
            str(event.step_key): event.step_failure_data
            for event in self.result.all_events
            if event.event_type is dg.DagsterEventType.STEP_FAILURE
        }

    def outcome(self, asset: str) -> str:
        """The outcome tag of a materialization."""
        return str((self.materialized[asset].tags or {})[defs_policies.OUTCOME_TAG])


_at_work: list[Installation] = []
"""The installation that the definitions work on now."""
_built: dict[tuple[int, ...], tuple[list[object], dg.Definitions]] = {}
"""Identities of the insights -> these, and the definitions: it is the insights that they depend on."""


@dg.resource
def _at_work_now() -> Installation:
    """The installation of the runs that were asked for last."""
    return _at_work[0]


def definitions_for(installation: Installation) -> dg.Definitions:
    """The definitions, from now on for this installation. Building and resolving them takes a third of a second of a processor.

    So all tests of a process share them, and only the installation is exchanged.
    """
    _at_work[:] = [installation]
    insights: list[object] = [*SPECS.values()]
    key = tuple(map(id, insights))
    if key not in _built:
        _built[key] = (insights, build_definitions(overrides={"installation": _at_work_now}))
    return _built[key][1]


@dataclass
class Runs:
    """An instance, one installation, and the waits that Dagster made between attempts."""

    installation: Installation
    instance: dg.DagsterInstance
    waits: list[float] = field(default_factory=list)

    @property
    def definitions(self) -> dg.Definitions:
        """The definitions for this installation."""
        return definitions_for(self.installation)

    def partition(self, *keys: str) -> None:
        """Register partitions, as intake does."""
        self.instance.add_dynamic_partitions(RECORDINGS, list(keys))

    def recording(
        self, key: str, *, selection: Sequence[str] | None = None, automatic: bool = True, run_id: str | None = None
    ) -> Ran:
        """Run ``process_recording``, or some of its assets."""
        self.partition(key)
        job = self.definitions.resolve_job_def("process_recording")
        tags = AUTOMATIC if automatic else {}
        keys = [dg.AssetKey(name) for name in selection] if selection else None
        return Ran(
            job.execute_in_process(
                partition_key=key, instance=self.instance, raise_on_error=False, tags=tags, asset_selection=keys, run_id=run_id
            )
        )  # fmt: skip

    def job(self, name: str) -> Ran:
        """Run a job without partitions."""
        job = self.definitions.resolve_job_def(name)
        return Ran(job.execute_in_process(instance=self.instance, raise_on_error=False))


class _Time(SimpleNamespace):
    """The clock of Dagster's executor: waits end immediately and are recorded."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance in memory."""
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that Dagster's executor makes between attempts, in seconds. They take no time."""
    made: list[float] = []
    now = [1e9]

    def sleep(seconds: float) -> None:
        made.append(seconds)
        now[0] += seconds + 0.01

    monkeypatch.setattr(active, "time", _Time(time=lambda: now[0], sleep=sleep))
    return made


@pytest.fixture
def runs(paid: Installation, instance: dg.DagsterInstance, waits: list[float]) -> Runs:
    """Runs on the paid installation; waits between attempts take no time."""
    return Runs(paid, instance, waits)
