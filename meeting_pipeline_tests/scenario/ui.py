"""The API behind Dagster's UI, as an analyst's browser or an engineer's script uses it.

Belongs here: the queries that scenarios need. Must not go here: expected responses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from meeting_pipeline_tests.fakes.control import PATIENCE_SECONDS

UNFINISHED = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING", "MANAGED")
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "meeting_pipeline"}


class UserInterface:
    """A client of the GraphQL API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of a response."""
        answer = self.http.post("/graphql", json={"query": query, "variables": variables})
        body = answer.raise_for_status().json()
        assert not body.get("errors"), body["errors"]
        found: dict[str, Any] = body["data"]
        return found

    def partitions(self) -> list[str]:
        """Registered partition keys."""
        query = "query($k: AssetKeyInput!) { assetNodeOrError(assetKey: $k) { ... on AssetNode { partitionKeys } } }"
        return list(self.ask(query, k={"path": ["minutes"]})["assetNodeOrError"]["partitionKeys"])

    def materializations(self, asset: str, partition: str) -> list[dict[str, Any]]:
        """Materializations of a partition, newest first: ``runId``, ``tags``, ``metadataEntries``."""
        query = """query($k: AssetKeyInput!, $p: [String!]) { assetOrError(assetKey: $k) { ... on Asset {
            assetMaterializations(partitions: $p, limit: 20) { runId tags { key value } metadataEntries {
                label ... on TextMetadataEntry { text } ... on MarkdownMetadataEntry { mdStr }
                ... on IntMetadataEntry { intValue } ... on FloatMetadataEntry { floatValue }
                ... on BoolMetadataEntry { boolValue } } } } } }"""
        found = self.ask(query, k={"path": [asset]}, p=[partition])["assetOrError"]
        return list(found.get("assetMaterializations", []))

    def checks(self, asset: str, check: str, partition: str) -> list[dict[str, Any]]:
        """Evaluations of a check for a partition, newest first: ``success``, ``severity``."""
        query = """query($k: AssetKeyInput!, $c: String!, $p: String) {
            assetCheckExecutions(assetKey: $k, checkName: $c, limit: 20, partition: $p) {
                status partition evaluation { success severity } } }"""
        found = self.ask(query, k={"path": [asset]}, c=check, p=partition)["assetCheckExecutions"]
        return [one["evaluation"] for one in found if one["evaluation"] and one["partition"] == partition]

    def runs(self, **tags: str) -> list[dict[str, Any]]:
        """Runs with these tags, newest first."""
        query = """query($f: RunsFilter) { runsOrError(filter: $f, limit: 500) { ... on Runs { results {
            runId status jobName tags { key value } } } } }"""
        wanted = [{"key": key.replace("__", "/"), "value": value} for key, value in tags.items()]
        return list(self.ask(query, f={"tags": wanted})["runsOrError"]["results"])

    def run(self, run_id: str) -> dict[str, Any]:
        """One run."""
        query = """query($f: RunsFilter) { runsOrError(filter: $f, limit: 1) { ... on Runs { results {
            runId status jobName tags { key value } } } } }"""
        [found] = self.ask(query, f={"runIds": [run_id]})["runsOrError"]["results"]
        return dict(found)

    def runs_of(self, partition: str) -> list[dict[str, Any]]:
        """Runs of one partition, newest first."""
        return self.runs(dagster__partition=partition)

    def unfinished_runs(self) -> list[str]:
        """Ids of runs that are queued or in progress."""
        query = "query($f: RunsFilter) { runsOrError(filter: $f) { ... on Runs { results { runId } } } }"
        found = self.ask(query, f={"statuses": list(UNFINISHED)})
        return [run["runId"] for run in found["runsOrError"]["results"]]

    def terminate(self, run_id: str) -> None:
        """Terminate a run, as the UI's button does."""
        query = """mutation($r: String!) { terminateRun(runId: $r) { __typename ... on TerminateRunFailure { message } } }"""
        found = self.ask(query, r=run_id)["terminateRun"]
        assert found["__typename"] == "TerminateRunSuccess", found

    def stop_sensor(self, name: str) -> None:
        """Stop a sensor, as the UI's switch does. A tick in progress continues."""
        query = """query($s: SensorSelector!) { sensorOrError(sensorSelector: $s) { __typename
            ... on Sensor { sensorState { id } } } }"""
        state = self.ask(query, s={**REPOSITORY, "sensorName": name})["sensorOrError"]["sensorState"]
        found = self.ask("mutation($id: String!) { stopSensor(id: $id) { __typename } }", id=state["id"])["stopSensor"]
        assert found["__typename"] == "StopSensorMutationResult", found

    def start_sensor(self, name: str) -> None:
        """Start it again."""
        query = "mutation($s: SensorSelector!) { startSensor(sensorSelector: $s) { __typename } }"
        found = self.ask(query, s={**REPOSITORY, "sensorName": name})["startSensor"]
        assert found["__typename"] == "Sensor", found

    def pool_slots_taken(self, pool: str) -> int:
        """How many slots of a pool are held by runs."""
        query = """query($p: String!) { instance { concurrencyLimit(concurrencyKey: $p) { activeSlotCount } } }"""
        return int(self.ask(query, p=pool)["instance"]["concurrencyLimit"]["activeSlotCount"])

    def materialize(self, asset: str, partition: str) -> str:
        """Materialize one asset of one partition, as the UI's button does; returns the run's id."""
        query = """mutation($p: ExecutionParams!) { launchPipelineExecution(executionParams: $p) { __typename
            ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
        tags = [{"key": "dagster/partition", "value": partition}]
        selector = {**REPOSITORY, "pipelineName": "__ASSET_JOB", "assetSelection": [{"path": [asset]}]}
        selector["assetCheckSelection"] = []
        parameters = {"mode": "default", "selector": selector, "executionMetadata": {"tags": tags}}
        found = self.ask(query, p=parameters)["launchPipelineExecution"]
        assert found["__typename"] == "LaunchRunSuccess", found
        return str(found["run"]["runId"])

    def backfill(self, assets: Sequence[str], partitions: Sequence[str]) -> str:
        """Start a backfill, as the UI's dialog does; returns its id."""
        query = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) { __typename
            ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
            ... on PartitionKeysNotFoundError { message } } }"""
        parameters = {
            "assetSelection": [{"path": [asset]} for asset in assets],
            "partitionNames": list(partitions),
            "fromFailure": False,
            "tags": [],
        }
        found = self.ask(query, p=parameters)["launchPartitionBackfill"]
        assert found["__typename"] == "LaunchBackfillSuccess", found
        return str(found["backfillId"])

    def backfill_status(self, backfill_id: str) -> str:
        """Its status; ``COMPLETED_SUCCESS`` at the end."""
        query = """query($id: String!) { partitionBackfillOrError(backfillId: $id) { __typename
            ... on PartitionBackfill { status } } }"""
        return str(self.ask(query, id=backfill_id)["partitionBackfillOrError"]["status"])
