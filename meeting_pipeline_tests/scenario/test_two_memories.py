"""A deleted recording is resubmitted, and a partition is deleted in the UI: store and Dagster do not mislead each other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import httpx
import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import RESPONSE_SECONDS, SECRET, Outside, System
from meeting_pipeline_tests.scenario.ui import REPOSITORY

pytestmark = pytest.mark.scenario

HOOK = "two-memories"
CONTENT = media.wav("two memories", 2.0)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def submit(system: System, idempotency_key: str) -> httpx.Response:
    target = {"webhook_url": system.outside.receiver.hook(HOOK), "webhook_secret": SECRET}
    return httpx.post(
        f"{system.api_url}/v1/recordings",
        files={"file": ("again.wav", CONTENT)},
        data={"title": "Two memories", "date": "2026-11-20", **target},
        headers={"Idempotency-Key": idempotency_key},
        timeout=RESPONSE_SECONDS,
        trust_env=False,
    )


def drop_file(system: System) -> httpx.Response:
    return submit(system, "memory-1")


@dataclass(frozen=True)
class Twice:
    """The keys of the deleted recording and of the one that now has its content."""

    first: str
    second: str
    repeated: httpx.Response


@pytest.fixture(scope="module")
def twice(system: System, handed_in: httpx.Response) -> Twice:
    first = handed_in.json()["recording_id"]
    system.wait_until_told(HOOK)
    address = f"{system.api_url}/v1/recordings/{first}"
    system.wait_for(
        lambda: httpx.delete(address, trust_env=False, timeout=RESPONSE_SECONDS).status_code == 204,
        "the deletion",
        pause=1.0,
    )
    repeated = submit(system, "memory-1")
    second = submit(system, "memory-2").json()["recording_id"]
    system.wait_until_told(HOOK, times=2)
    return Twice(first, second, repeated)


def test_the_repeated_request_says_that_its_recording_was_deleted(twice: Twice) -> None:
    assert (twice.repeated.status_code, twice.repeated.json()["code"]) == (410, "recording_deleted")


def test_the_same_content_is_another_recording_with_runs_orders_and_revisions_of_its_own(
    system: System, outside: Outside, twice: Twice
) -> None:
    assert twice.second != twice.first
    assert [(body["recording_id"], body["status"], body["revision"]) for body in outside.told(HOOK)] == [
        (twice.first, "completed", 1),
        (twice.second, "completed", 1),
    ]
    assert len(outside.orders(SHA256)) == 2
    system.wait_until_reported(twice.second)
    assert {run["status"] for run in system.ui.runs_of(twice.second)} == {"SUCCESS"}
    system.wait_for(lambda: twice.first not in system.ui.partitions(), "the old partition to go")


def test_a_partition_that_is_deleted_in_the_ui_comes_back_and_can_be_materialized(system: System, twice: Twice) -> None:
    query = """mutation($p: [String!]!, $r: RepositorySelector!) { deleteDynamicPartitions(
        partitionsDefName: "recordings", partitionKeys: $p, repositorySelector: $r) { __typename } }"""
    location = {
        "repositoryName": REPOSITORY["repositoryName"], "repositoryLocationName": REPOSITORY["repositoryLocationName"],
    }  # fmt: skip
    system.ui.ask(query, p=[twice.second], r=location)
    system.wait_for(lambda: twice.second in system.ui.partitions(), "the partition to come back")
    run = system.ui.materialize("minutes", twice.second)
    system.wait_for(
        lambda: [one["status"] for one in system.ui.runs_of(twice.second) if one["runId"] == run] == ["SUCCESS"],
        "its minutes to be made again",
    )
