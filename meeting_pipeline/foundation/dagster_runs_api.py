"""Starting many runs at once in the running system, and following them, over its GraphQL API.

Must not go here: which recordings and why (``steps/operations/reprocess.py``), other queries (``dagster_api.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.foundation.dagster_api import UNFINISHED, DagsterApi, refused

LAUNCH_RUNS = """mutation Runs($runs: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $runs) { __typename
    ... on LaunchMultipleRunsResult { launchMultipleRunsResult { __typename
        ... on LaunchRunSuccess { run { runId } }
        ... on Error { message } } }
    ... on Error { message } } }"""
RUN_STATES = """query States($filter: RunsFilter!) { runsOrError(filter: $filter) { __typename
    ... on Runs { results { runId status } }
    ... on Error { message } } }"""
RUN_CONFIGS = """query Configs($filter: RunsFilter!) { runsOrError(filter: $filter) { __typename
    ... on Runs { results { runId runConfig } }
    ... on Error { message } } }"""
BACKFILLS: Final = """query Backfills($status: BulkActionStatus!) { partitionBackfillsOrError(status: $status, limit: 100) {
    __typename
    ... on PartitionBackfills { results { id assetSelection { path } partitionNames } }
    ... on Error { message } } }"""
_REPOSITORY: Final = {"repositoryName": "__repository__", "repositoryLocationName": "meeting_pipeline"}
_AT_ONCE: Final = 20
"""Runs in one request: each takes Dagster some tenths of a second, and a request has a minute."""


@dataclass(frozen=True)
class UnfinishedBackfill:
    """A backfill that is not over: which assets of which recordings it makes."""

    id: str
    assets: frozenset[str]
    keys: frozenset[str]


class DagsterRunsApi(DagsterApi):
    """See ``DagsterApi``. Every call raises OperatorError ``ui_unreachable`` or ``ui_refused``."""

    def launch(self, job: str, configs: Sequence[Mapping[str, Any]], tags: Mapping[str, str]) -> Iterator[str]:
        """Start one run of the job for each configuration; yields their ids.

        What was started before an error stays, and so may some of the request that got no answer: ``run_states`` finds them.
        """
        shown = [{"key": key, "value": value} for key, value in tags.items()]
        runs = [
            {
                "selector": {**_REPOSITORY, "jobName": job},
                "runConfigData": config,
                "executionMetadata": {"tags": shown},
            }
            for config in configs
        ]
        for first in range(0, len(runs), _AT_ONCE):
            some = runs[first : first + _AT_ONCE]
            answers = self._field("launchMultipleRuns", "launchMultipleRunsResult", LAUNCH_RUNS, runs=some)
            yield from (str(answer["run"]["runId"]) for answer in answers if "run" in answer)
            for answer in answers:
                if "run" not in answer:
                    raise refused(str(answer.get("message") or answer.get("__typename")))

    def unfinished_configs(self, job: str) -> dict[str, Any]:
        """Id -> configuration of the job's runs that are queued or running."""
        wanted = {"pipelineName": job, "statuses": [*UNFINISHED, "CANCELING"]}
        found = self._field("runsOrError", "results", RUN_CONFIGS, filter=wanted)
        return {str(run["runId"]): run["runConfig"] for run in found}

    def unfinished_backfills(self) -> list[UnfinishedBackfill]:
        """The backfills that are not over, whatever started them. Their runs may not exist yet."""
        found = self._field("partitionBackfillsOrError", "results", BACKFILLS, status="REQUESTED")
        return [
            UnfinishedBackfill(
                id=str(one["id"]),
                assets=frozenset("/".join(asset["path"]) for asset in one["assetSelection"] or ()),
                keys=frozenset(str(name) for name in one["partitionNames"] or ()),
            )
            for one in found
        ]

    def run_states(self, tag: str, value: str) -> dict[str, str]:
        """Id -> status of all runs with this tag."""
        wanted = {"tags": [{"key": tag, "value": value}]}
        found = self._field("runsOrError", "results", RUN_STATES, filter=wanted)
        return {str(run["runId"]): str(run["status"]) for run in found}


def is_over(status: str) -> bool:
    """Whether a run with this status is over."""
    return status not in (*UNFINISHED, "CANCELING")
