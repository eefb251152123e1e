"""Fifty concurrent uploads of one recording, with separate keys: it is bought, made and delivered once, and then deleted."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, RESPONSE_SECONDS, SECRET, Outside, System

pytestmark = pytest.mark.scenario

COUNT = 50
HOOK = "over-http"
CONTENT = media.wav("over http", 3.0)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def drop_file(system: System) -> list[httpx.Response]:
    target = {"webhook_url": system.outside.receiver.hook(HOOK), "webhook_secret": SECRET}

    def upload(number: int) -> httpx.Response:
        return httpx.post(
            f"{system.api_url}/v1/recordings",
            files={"file": ("weekly.wav", CONTENT)},
            data={"title": "Uploaded", **target},
            headers={"Idempotency-Key": f"upload-{number}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
        )

    with ThreadPoolExecutor(COUNT) as pool:
        return list(pool.map(upload, range(COUNT)))


@pytest.fixture(scope="module")
def told(system: System, handed_in: list[httpx.Response]) -> list[Any]:
    return system.wait_until_told(HOOK)


def test_all_are_one_recording_that_is_bought_once_and_told_once(
    system: System, outside: Outside, handed_in: list[httpx.Response], told: list[Any]
) -> None:
    assert {answer.status_code for answer in handed_in} == {202}
    [key] = {answer.json()["recording_id"] for answer in handed_in}
    assert told[0]["recording_id"] == told[0]["job_id"] == key
    assert told[0]["status"] == "completed"
    assert (len(outside.uploads(SHA256)), len(outside.orders(SHA256))) == (1, 1)
    [row] = system.rows("SELECT count(*) AS n FROM submissions WHERE recording_key = :key", key=key)
    assert row["n"] == COUNT
    assert len({body["event_id"] for body in outside.told(HOOK)}) == 1


def test_dagster_knows_it_as_a_partition_with_a_recording(
    system: System, handed_in: list[httpx.Response], told: list[Any]
) -> None:
    key = handed_in[0].json()["recording_id"]
    registered = "SELECT key FROM recordings WHERE key = :key AND registered_at IS NOT NULL"
    system.wait_for(lambda: system.rows(registered, key=key), "the recording to be registered")
    assert key in system.ui.partitions()
    system.wait_for(lambda: system.ui.materializations("recording", key), "its materialization")
    assert len(system.ui.materializations("recording", key)) == 1


def test_deleting_it_removes_partition_files_and_the_provider_s_transcript(
    system: System, outside: Outside, handed_in: list[httpx.Response], told: list[Any]
) -> None:
    key = handed_in[0].json()["recording_id"]
    address = f"{system.api_url}/v1/recordings/{key}"
    system.wait_for(
        lambda: httpx.delete(address, trust_env=False, timeout=RESPONSE_SECONDS).status_code in (204, 404),
        "it to be over and told",
    )
    assert httpx.get(address, trust_env=False, timeout=RESPONSE_SECONDS).status_code == 404
    assert not (system.home / "recordings" / key).exists()
    [order] = outside.orders(SHA256)
    system.wait_for(lambda: order["id"] in outside.providers.ledger()["deletions"], "the provider to be asked")
    system.wait_for(lambda: key not in system.ui.partitions(), "the partition to be removed")
    assert len(outside.orders(SHA256)) == 1
