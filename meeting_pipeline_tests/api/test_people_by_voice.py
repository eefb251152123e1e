"""Who sounds alike, over HTTP and on the page: shown with how alike it is, and changed by nobody but a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.voices.making import model_of
from meeting_pipeline_tests.api.test_page_in_a_browser import page, serving
from meeting_pipeline_tests.browsing import grave_problems
from meeting_pipeline_tests.installations import OpenWith
from meeting_pipeline_tests.steps.voices.talks import talk

__all__ = ["page", "serving"]


@pytest.fixture
def installation(open_with: OpenWith, tmp_path: Path) -> Installation:
    """Anna is Quixley, and Ben was not named in the second meeting."""
    path = tmp_path / "voices.onnx"
    path.write_bytes(b"a model")
    opened = open_with(MEETING_PIPELINE_VOICES_MODEL=str(path), MEETING_PIPELINE_VOICES_THRESHOLD="0.8")
    model = model_of(opened)
    assert model is not None
    for number, names, voices in (
        (1, ("Anna", "Ben"), ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])),
        (2, ("Quixley", None), ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])),
        (3, ("Carl", "Dora"), ([0.0, 0.0, 1.0], [0.0, 0.0, -1.0])),
    ):
        work = opened.store.voices.open(talk(opened, number, *names), model.id)
        assert work is not None
        assert opened.store.voices.finish(work, dict(zip("AB", voices, strict=True)))
    return opened


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def test_the_answer_tells_how_alike_they_sound_and_holds_no_voice(client: TestClient) -> None:
    answer = client.get("/v1/people/suggestions")
    found = answer.json()
    [pair] = found["suggestions"]
    assert {pair["one"]["name"], pair["other"]["name"]} == {"Anna", "Quixley"}
    assert (pair["reason"], pair["similarity"]) == ("voice", 1.0)
    [speaker] = found["speakers"]
    assert (speaker["label"], speaker["name"], speaker["similarity"]) == ("B", "Ben", 1.0)
    assert speaker["page"].endswith(f"/#/meetings/{speaker['recording_id']}")
    assert "vector" not in answer.text


def test_a_model_that_is_gone_leaves_suggestions_by_name(client: TestClient, installation: Installation) -> None:
    path = installation.settings.voices_model
    assert path is not None
    path.unlink()
    assert client.get("/v1/people/suggestions").json() == {"suggestions": [], "speakers": []}


@pytest.mark.browser
def test_the_page_shows_who_sounds_alike_until_a_person_decides(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    page.evaluate("localStorage.setItem('meeting-pipeline-editor', 'Grace')")
    page.goto("/#/people")
    suggested = page.locator("#people-suggestions li")
    expect(suggested).to_have_count(2)
    expect(suggested.first).to_contain_text("their voices are alike (1.00)")
    expect(suggested.last).to_contain_text("sounds like Ben (1.00)")
    assert grave_problems(page) == []
    page.get_by_role("button", name="are two people").click()
    expect(suggested).to_have_count(1)
    suggested.last.get_by_role("link", name="Weekly").click()
    expect(page.get_by_role("heading", name="Transcript", exact=True)).to_be_visible()
    assert errors == []
