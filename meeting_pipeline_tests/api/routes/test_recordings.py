"""Recordings over HTTP: listing, showing, cancelling, reprocessing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.domain.errors import ProviderUnavailable
from meeting_pipeline.domain.outage import Service as Asked
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation, results_url
from meeting_pipeline.store import tables
from meeting_pipeline_tests.fakes.dagster_ui import Ui, running_ui
from meeting_pipeline_tests.store.samples import (
    START,
    Journey,
    action_items,
    completed,
    failed,
    new_recording,
    unavailable,
)

ALL = ["transcript", "speakers", "summary", "action_items", "decisions", "minutes"]


@pytest.fixture
def ui(installation: Installation) -> Iterator[Ui]:
    with running_ui(installation.settings.home) as found:
        yield found


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def one(client: TestClient, key: str) -> dict[str, Any]:
    answer = client.get(f"/v1/recordings/{key}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


# --- looking --------------------------------------------------------------------------------------------------------


def test_a_completed_recording_says_how_it_stands_and_where_its_results_are(
    client: TestClient, installation: Installation
) -> None:
    key = completed(installation.store).key
    found = one(client, key)
    assert (found["recording_id"], found["status"], found["stage"], found["revision"]) == (key, "completed", "done", 1)
    assert found["results"] == ALL
    assert (found["waits_for"], found["error"], found["gaps"]) == (None, None, [])
    for name, link in found["links"].items():
        if name in ("events", "media", "dagster"):
            continue
        assert client.get(link).status_code == 200, name
    assert found["links"]["dagster"] == results_url(installation.settings, key)
    assert found["links"]["media"] == f"/v1/recordings/{key}/media"


def test_what_is_not_there_has_no_link(client: TestClient, installation: Installation) -> None:
    store = installation.store
    key = Journey(store).accept(media_file=None, transcript_file="original.vtt").key
    links = one(client, key)["links"]
    assert {name for name, link in links.items() if link is None} == {
        "minutes", "transcript_vtt", "transcript_srt", "transcript_json", "speakers", "media",
    }  # fmt: skip


def test_a_failed_recording_says_why(client: TestClient, installation: Installation) -> None:
    found = one(client, failed(installation.store).key)
    assert found["status"] == "failed"
    assert found["error"] == {"code": "no_speech", "message": "Nobody speaks.", "advice": ""}


def test_a_recording_that_waits_says_for_whom_and_until_when(client: TestClient, installation: Installation) -> None:
    store = installation.store
    key = Journey(store).accept(needs_order=True).key
    down = ProviderUnavailable("provider_down", "It does not answer.", "Look at its status page.")
    outage = store.outages.failed("assemblyai", Asked.ORDERS, down, None).outage
    assert outage is not None
    wait = one(client, key)["waits_for"]
    assert (wait["kind"], wait["code"], wait["advice"]) == ("outage", "provider_down", "Look at its status page.")
    assert "assemblyai" in wait["message"]
    assert wait["until"].startswith(outage.probe_at.isoformat()[:19])


def test_a_gap_says_why_and_when_it_is_asked_for_again(client: TestClient, installation: Installation) -> None:
    journey = Journey(installation.store).accept().begin().collect().answer(action_items("Send it"))
    installation.store.results.store_gap(journey.key, journey.run_id, unavailable(advice="Wait."))
    journey.complete()
    (gap,) = one(client, journey.key)["gaps"]
    assert (gap["insight"], gap["code"], gap["advice"]) == ("summary", "provider_unavailable", "Wait.")
    assert gap["tries"] == 1
    assert gap["retry_at"] > gap["since"]


@pytest.mark.parametrize(
    "key", ["2025-03-14-weekly-0000000a", "nothing", "%F0%9F%98%80", "2025-03-14-weekly-00000001:x"]
)
def test_an_unknown_recording_is_a_problem_document(client: TestClient, key: str) -> None:
    assert refused(client.get(f"/v1/recordings/{key}")) == (404, "unknown_recording")


# --- listing --------------------------------------------------------------------------------------------------------


def test_pages_follow_each_other_while_recordings_arrive(client: TestClient, installation: Installation) -> None:
    known = [installation.store.recordings.accept(new_recording(number)).key for number in range(1, 6)][::-1]
    seen: list[str] = []
    cursor, number = None, 6
    while True:
        answer = client.get("/v1/recordings", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [found["recording_id"] for found in answer["recordings"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        installation.store.recordings.accept(new_recording(number))
        number += 1
    assert seen == known


def test_filters_narrow_the_list(client: TestClient, installation: Installation) -> None:
    store = installation.store
    good, bad = completed(store, 1).key, failed(store, 2).key
    gappy = Journey(store, number=3).accept().begin().collect()
    store.results.store_gap(gappy.key, gappy.run_id, unavailable(Insight.SUMMARY))

    def listed(**params: Any) -> list[str]:
        return [found["recording_id"] for found in client.get("/v1/recordings", params=params).json()["recordings"]]

    assert listed(status="completed") == [good]
    assert listed(stage="extracting") == [gappy.key]
    assert listed(gap="summary") == listed(gap="any") == [gappy.key]
    assert listed(gap="decisions") == []
    assert listed(title="WEEK") == [gappy.key, bad, good]
    assert listed(source="api") == []
    assert listed(submitted_after=START.isoformat()) == [gappy.key, bad, good]
    assert listed(submitted_before=START.isoformat()) == []


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 101},
        {"status": "lost"},
        {"gap": "poems"},
        {"submitted_after": "yesterday"},
        {"submitted_after": "2026-03-02T09:00:00"},
        {"title": "a" * 301},
    ],
)
def test_a_filter_that_is_none_is_refused(client: TestClient, params: dict[str, Any]) -> None:
    assert refused(client.get("/v1/recordings", params=params)) == (422, "invalid_request")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_time_are_moments_too(client: TestClient, moment: str) -> None:
    assert client.get("/v1/recordings", params={"submitted_after": moment}).status_code == 200


def test_a_cursor_of_somebody_else_is_refused(client: TestClient) -> None:
    assert refused(client.get("/v1/recordings", params={"cursor": "abc"})) == (400, "bad_cursor")


# --- steering -------------------------------------------------------------------------------------------------------


def test_a_recording_is_cancelled_and_its_runs_are_stopped(
    client: TestClient, installation: Installation, ui: Ui
) -> None:
    journey = Journey(installation.store).accept().begin()
    ui.runs[journey.key] = ["run-a", "run-b"]
    answer = client.post(f"/v1/recordings/{journey.key}:cancel")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["outcome"], found["runs_stopped"]) == ("failed", 2)
    assert (found["recording"]["status"], found["recording"]["error"]["code"]) == ("failed", "cancelled")
    assert ui.terminated == ["run-a", "run-b"]


def test_it_is_cancelled_also_where_dagster_cannot_be_asked(
    client: TestClient, installation: Installation, ui: Ui
) -> None:
    ui.works = False
    key = Journey(installation.store).accept().key
    assert client.post(f"/v1/recordings/{key}:cancel").json()["outcome"] == "failed"


def test_of_a_completed_one_the_reprocessing_is_stopped(client: TestClient, installation: Installation, ui: Ui) -> None:
    key = completed(installation.store).key
    ui.runs[key] = ["backfill-run"]
    found = client.post(f"/v1/recordings/{key}:cancel").json()
    assert (found["outcome"], found["recording"]["status"]) == ("stopped", "completed")


def test_what_is_over_cannot_be_cancelled(client: TestClient, installation: Installation) -> None:
    key = completed(installation.store).key
    assert refused(client.post(f"/v1/recordings/{key}:cancel")) == (409, "finished_already")
    assert refused(client.post("/v1/recordings/2025-03-14-x-0000000a:cancel")) == (404, "unknown_recording")


@pytest.mark.parametrize(
    ("body", "assets"),
    [
        (None, ALL),
        ({}, ALL),
        ({"assets": "all"}, ALL),
        ({"assets": ["decisions", "summary", "summary"]}, ["summary", "decisions"]),
    ],
)
def test_results_of_a_completed_recording_are_made_again(
    client: TestClient, installation: Installation, ui: Ui, body: Any, assets: list[str]
) -> None:
    key = completed(installation.store).key
    answer = client.post(f"/v1/recordings/{key}:reprocess", json=body)
    assert answer.status_code == 202, answer.text
    found = answer.json()
    assert (found["started"], found["backfill_id"], found["assets"]) == ("backfill", "abcdefgh", assets)
    assert found["backfill_url"].endswith("/runs/b/abcdefgh")
    (asked,) = ui.backfills
    assert asked["partitionNames"] == [key]
    assert [selected["path"] for selected in asked["assetSelection"]] == [[asset] for asset in assets]


def test_what_is_missing_is_made(client: TestClient, installation: Installation, ui: Ui) -> None:
    journey = Journey(installation.store).accept().begin().collect()
    for insight in (Insight.DECISIONS, Insight.SUMMARY):
        installation.store.results.store_gap(journey.key, journey.run_id, unavailable(insight))
    journey.complete()
    found = client.post(f"/v1/recordings/{journey.key}:reprocess", json={"assets": "missing"}).json()
    assert found["assets"] == ["summary", "decisions"]


@pytest.mark.parametrize("assets", ["missing", "all"])
def test_a_failed_recording_starts_over(client: TestClient, installation: Installation, ui: Ui, assets: str) -> None:
    key = failed(installation.store).key
    answer = client.post(f"/v1/recordings/{key}:reprocess", json={"assets": assets})
    assert (answer.status_code, answer.json()["started"], ui.backfills) == (202, "restart", [])
    assert one(client, key)["status"] == "pending"


def test_what_cannot_be_reprocessed_says_why(client: TestClient, installation: Installation, ui: Ui) -> None:
    store = installation.store
    done, bad, open_one = completed(store, 1).key, failed(store, 2).key, Journey(store, number=3).accept().key
    file = store.recordings.refuse("a.wav", SidecarOptions(), "api", START.date(), Problem("silent", "It is silent."))

    def answer(key: str, **body: Any) -> tuple[int, str]:
        return refused(client.post(f"/v1/recordings/{key}:reprocess", json=body))

    assert answer(done, assets="missing") == (409, "nothing_to_do")
    assert answer(done, assets=[]) == (409, "nothing_to_do")
    assert answer(bad, assets=["summary"]) == (409, "failed_recording")
    assert answer(open_one) == (409, "not_finished")
    assert answer(file) == (409, "file_refused")
    assert answer("2025-03-14-x-0000000a") == (404, "unknown_recording")
    assert answer(done, assets=["poems"]) == (422, "invalid_request")
    assert answer(done, poems=1) == (422, "invalid_request")
    assert ui.backfills == []


def test_without_a_running_system_nothing_is_started(client: TestClient, installation: Installation) -> None:
    key = failed(installation.store).key
    assert refused(client.post(f"/v1/recordings/{key}:reprocess")) == (503, "not_running")
    assert one(client, key)["status"] == "failed"


def test_a_refusal_of_dagster_changes_nothing(client: TestClient, installation: Installation, ui: Ui) -> None:
    ui.works = False
    key = completed(installation.store).key
    assert refused(client.post(f"/v1/recordings/{key}:reprocess")) == (503, "ui_refused")


@pytest.mark.parametrize("action", ["cancel", "reprocess"])
def test_steering_takes_the_scope_submit(client: TestClient, installation: Installation, action: str) -> None:
    key = Journey(installation.store).accept().key
    shown = {"Authorization": f"Bearer {installation.store.api_keys.create('reader', 'read').key}"}
    assert client.get(f"/v1/recordings/{key}", headers=shown).status_code == 200
    assert refused(client.post(f"/v1/recordings/{key}:{action}", headers=shown)) == (403, "scope_missing")
    assert refused(client.post(f"/v1/recordings/{key}:{action}")) == (401, "key_missing")


# --- what submitters attached ---------------------------------------------------------------------------------------


def test_reference_and_metadata_are_told_back_and_found_by(client: TestClient, installation: Installation) -> None:
    attached = SidecarOptions(reference="cms/7 & more", metadata={"site": "Ulm=Ost", "live": True, "more": {"a": [1]}})
    key = completed(installation.store, options=attached).key
    other = completed(installation.store, 2).key
    told = one(client, key)
    assert (told["reference"], told["references"]) == ("cms/7 & more", ["cms/7 & more"])
    assert told["metadata"] == attached.metadata
    record = client.get(f"/v1/meetings/{key}").json()
    assert (record["reference"], record["metadata"]) == ("cms/7 & more", attached.metadata)
    assert (one(client, other)["reference"], one(client, other)["metadata"]) == (None, {})

    def found(**wanted: Any) -> list[str]:
        page = client.get("/v1/recordings", params=wanted).raise_for_status().json()
        return [entry["recording_id"] for entry in page["recordings"]]

    assert found(reference="cms/7 & more") == found(metadata=["site=Ulm=Ost", "live=true"]) == [key]
    assert found(reference="cms") == found(metadata=["site=Ulm"]) == found(metadata=["site=Ulm=Ost", "live=no"]) == []


@pytest.mark.parametrize("query", ["metadata=site", "metadata==x", "metadata=", "reference=" + "x" * 201])
def test_a_filter_that_cannot_be_meant_is_refused(client: TestClient, query: str) -> None:
    assert refused(client.get(f"/v1/recordings?{query}")) == (422, "invalid_request")


# --- advice ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("remote", [True, False])
def test_advice_fits_who_can_call(installation: Installation, remote: bool) -> None:
    store = installation.store
    key = failed(store).key
    with store.database.write() as session:
        row = session.get_one(tables.Recording, key)
        row.error_code, row.error_advice = "cancelled", "`meeting-pipeline reprocess` starts it over."
    public = {"api_public_url": "https://meetings.example.org" if remote else None}
    reached = replace(installation, settings=installation.settings.model_copy(update=public))
    headers = {"Authorization": f"Bearer {store.api_keys.create('cms', 'read').key}"}
    with TestClient(
        build_app(Service(reached, guarded=remote)), base_url="http://127.0.0.1:3001", headers=headers
    ) as api:
        told = [
            api.get(f"/v1/recordings/{key}").json()["error"]["advice"],
            api.get(f"/v1/meetings/{key}").json()["error"]["advice"],
            api.get("/v1/recordings/nothing").json()["advice"],
            api.get("/v1/deliveries/nothing").json()["advice"],
        ]
        told += [api.get("/v1/recordings").json()["recordings"][0]["error"]["advice"]]
    assert [("meeting-pipeline" in advice) for advice in told] == [not remote] * 5
    assert all(("/v1/" in advice) == remote for advice in told)
