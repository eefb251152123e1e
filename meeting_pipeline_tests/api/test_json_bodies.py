"""JSON bodies: every route that accepts JSON refuses ambiguous ones, which change nothing."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import ROUTERS, build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.fakes.dagster_ui import Ui, running_ui
from meeting_pipeline_tests.store.samples import completed

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def ui(installation: Installation) -> Iterator[Ui]:
    with running_ui(installation.settings.home) as found:
        yield found


@pytest.fixture
def client(installation: Installation, ui: Ui) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"name": "Ada", "name": "Eve"}', 'has the key "name" twice'),
        ('{"merge_into": "B", "merge_into": null}', 'has the key "merge_into" twice'),
        ('{"name": NaN}', "NaN is not a JSON number"),
        ('{"name": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    ],
)
def test_an_ambiguous_edit_of_a_speaker_is_refused(
    client: TestClient, installation: Installation, body: str, why: str
) -> None:
    key = completed(installation.store).key
    before = client.get(f"/v1/meetings/{key}/speakers").json()
    answer = client.patch(f"/v1/meetings/{key}/speakers/A", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert why in answer.json()["errors"][0]["problem"]
    assert client.get(f"/v1/meetings/{key}/speakers").json() == before


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"assets": "missing", "assets": "all"}', 'has the key "assets" twice'),
        ('{"assets": [Infinity]}', "Infinity is not a JSON number"),
        ('{"assets": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    ],
)
def test_an_ambiguous_wish_to_reprocess_is_refused_and_starts_nothing(
    client: TestClient, installation: Installation, ui: Ui, body: str, why: str
) -> None:
    key = completed(installation.store).key
    answer = client.post(f"/v1/recordings/{key}:reprocess", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert why in answer.json()["errors"][0]["problem"]
    assert ui.backfills == []


def test_every_route_that_takes_a_body_of_the_framework_reads_it_strictly() -> None:
    taking = [
        route
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.body_field is not None
    ]
    assert {route.path for route in taking} >= {
        "/v1/meetings/{recording_id}/speakers/{label}",
        "/v1/recordings/{recording_id}:reprocess",
    }
    assert [route.path for route in taking if not isinstance(route, StrictRoute)] == []
