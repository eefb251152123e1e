"""An insight from one Python file, one from one YAML file, and a provider from one module, through the real system.

On each database: minutes, webhook, API, Dagster, the page, and a gap.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from meeting_pipeline_tests.browsing import shoot
from meeting_pipeline_tests.chaos.faults_database import Server
from meeting_pipeline_tests.insights.open_risks import FILE, QUOTE, TALK, WHEN
from meeting_pipeline_tests.providers.toy_provider import KEY, PRICE
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.additions import write_additions
from meeting_pipeline_tests.scenario.system import RESPONSE_SECONDS, Dropped, Outside, System

pytestmark = pytest.mark.scenario

ASK = "POST /v1/responses"
ADDED = ("risks", "open_risks")
RISK = {"risk": "The price may rise.", "owner": "B", "segment_ids": [1], "quote": QUOTE}
OPEN_RISK = {
    **RISK, "level": "high", "due": WHEN, "due_segment_ids": [1], "due_quote": WHEN,
}  # fmt: skip


@dataclass(frozen=True)
class Story:
    """A system with both insights and the provider, and its recordings: all good, without the insights, from sound alone."""

    system: System
    good: Dropped
    gaps: Dropped
    sound: Dropped

    def webhook(self, dropped: Dropped) -> Any:
        """The body of its first webhook."""
        self.system.wait_until_told(str(dropped.hook))
        return self.system.outside.told(dropped.hook)[0]

    def get(self, path: str) -> Any:
        """A response of the HTTP service."""
        found = httpx.get(f"{self.system.api_url}{path}", trust_env=False, timeout=RESPONSE_SECONDS)
        return found.raise_for_status().json()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def story(
    request: pytest.FixtureRequest, others_at_work: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("additions")
    settings = {"PYTHONPATH": write_additions(folder / "site"), KEY: "right", PRICE: "3.6"}
    with contextlib.ExitStack() as stack:
        if request.param == "postgres":
            settings["MEETING_PIPELINE_DATABASE_URL"] = stack.enter_context(contextlib.closing(Server())).url
        outside = stack.enter_context(Outside())
        system = System(folder / "home", outside, **settings)
        (system.home / "insights").mkdir(parents=True)
        (system.home / "insights" / "risks.yaml").write_text(FILE)
        for insight, text in (("risks", _items("risks", RISK)), ("open_risks", _items("items", OPEN_RISK))):
            outside.providers.fault(ASK, "output", insight=insight, words="Good", times=-1, text=text)
            refused = {"status": 400, "code": "invalid_prompt"}
            outside.providers.fault(ASK, "status", insight=insight, words="Gaps", times=-1, **refused)
        try:
            system.start()
            yield Story(system, _talk(system, "Good"), _talk(system, "Gaps"), _sound(system))
        except BaseException:
            system.kill()
            raise
        system.stop()


def _items(name: str, item: dict[str, Any]) -> str:
    return json.dumps({name: [item]})


def _talk(system: System, name: str) -> Dropped:
    return system.drop(
        f"{name}.vtt", TALK.replace("Good morning", f"{name.title()} morning").encode(), hook=name, title=name.title()
    )


def _sound(system: System) -> Dropped:
    return system.drop("sound.wav", media.wav("additions"), hook="sound", title="Sound")


def test_each_insight_stands_in_the_webhook_and_in_the_record(story: Story) -> None:
    body = story.webhook(story.good)
    assert body["gaps"] == []
    [risk], [open_risk] = (body["meeting"][name] for name in ADDED)
    assert (risk["risk"], risk["owner_name"], risk["evidence"]["quote"]) == ("The price may rise.", "Priya", QUOTE)
    assert (open_risk["level"], open_risk["due_evidence"]["quote"]) == ("high", WHEN)
    record = story.get(f"/v1/meetings/{story.system.key(story.good)}")["meeting"]
    assert {name: record[name] for name in ADDED} == {name: body["meeting"][name] for name in ADDED}


def test_each_has_a_section_in_the_minutes(story: Story) -> None:
    story.webhook(story.good)
    minutes = (story.system.home / "recordings" / story.system.key(story.good) / "minutes.md").read_text()
    for title in ("Risks", "Open risks"):
        assert "price" in minutes.split(f"## {title}\n\n")[1].split("\n\n## ")[0].lower()


def test_each_is_an_asset_with_a_partition_of_the_recording(story: Story) -> None:
    story.webhook(story.good)
    system, key = story.system, story.system.key(story.good)
    # A run of several recordings sends the webhook while it reports to Dagster.
    system.wait_for(lambda: system.ui.materializations("minutes", key), "its minutes to be reported")
    assert [len(system.ui.materializations(name, key)) for name in ADDED] == [1, 1]


def test_without_its_answer_each_is_a_gap_and_the_rest_is_delivered(story: Story) -> None:
    body = story.webhook(story.gaps)
    assert (body["status"], sorted(gap["insight"] for gap in body["gaps"])) == ("completed", sorted(ADDED))
    assert [body["meeting"][name] for name in ADDED] == [None, None]
    assert body["meeting"]["decisions"] is not None


def test_sound_is_transcribed_by_the_added_provider(story: Story) -> None:
    body = story.webhook(story.sound)
    assert [segment["text"] for segment in body["meeting"]["segments"]] == ["The toy has listened to this recording."]
    assert story.system.outside.orders(story.sound.sha256) == []


@pytest.mark.browser
def test_the_page_shows_each_with_its_title(story: Story, context_of: Callable[..., BrowserContext]) -> None:
    story.webhook(story.good)
    page = context_of(base_url=story.system.api_url, viewport={"width": 1280, "height": 1400}).new_page()
    page.goto(f"/#/meetings/{story.system.key(story.good)}")
    for title in ("Risks", "Open risks"):
        expect(page.get_by_role("heading", name=re.compile(rf"^{title}\b"))).to_be_visible()
    expect(page.get_by_text("The price may rise.").first).to_be_visible()
    shoot(page, "added-insights")
