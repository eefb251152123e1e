"""The API reference at ``/docs``: its files, their headers, and what it shows in a browser, without the internet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from meeting_pipeline.api.routes import reference
from meeting_pipeline.api.schemas import error_handlers
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.api.routes.test_page import ELSEWHERE
from meeting_pipeline_tests.api.test_page_in_a_browser import page, serving
from meeting_pipeline_tests.browsing import shoot

__all__ = ["page", "serving"]
OURS = sorted(reference.FOLDER.iterdir())


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI(docs_url=None)
    error_handlers.install(app)
    app.include_router(reference.router)
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css", *(path.name for path in OURS)])
def test_every_file_is_served_with_the_policy_and_kept_by_browsers(client: TestClient, name: str) -> None:
    answer = client.get(f"/docs/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == reference.CONTENT_SECURITY_POLICY
    assert answer.headers["content-type"].startswith("text/")
    again = client.get(f"/docs/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_our_files_load_nothing_from_elsewhere() -> None:
    for path in OURS:
        assert ELSEWHERE.findall(path.read_text(encoding="utf-8")) == [], path.name


@pytest.mark.parametrize("name", ["redoc.standalone.js", "../index.html", "%2e%2e%2fpage.py"])
def test_other_files_cannot_be_requested(client: TestClient, name: str) -> None:
    assert client.get(f"/docs/{name}").status_code == 404


@pytest.mark.browser
def test_the_reference_shows_every_operation_and_runs_one(page: Page) -> None:
    problems_seen: list[str] = []
    page.on("console", lambda message: problems_seen.append(message.text) if message.type == "error" else None)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto("/docs")
    operation = page.locator("#operations-recordings-listRecordings")
    expect(operation).to_be_visible()
    operation.get_by_role("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.get_by_text('"recordings": []').first).to_be_visible()
    origin = page.evaluate("location.origin")
    assert [url for url in requested if not url.startswith((origin, "data:"))] == []
    assert problems_seen == []
    shoot(page, "api-reference")


@pytest.mark.browser
def test_the_reference_asks_for_a_key_where_the_service_does(page: Page, installation: Installation) -> None:
    made = installation.store.api_keys.create("cms", "read").key
    page.goto("/docs")
    field = page.get_by_label("This service requires an API key")
    field.fill("mp_wrong")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    field.fill(made)
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#operations-recordings-listRecordings")).to_be_visible()
    expect(field).to_be_hidden()
