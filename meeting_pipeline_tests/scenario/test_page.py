"""The whole workflow in the browser: submit a recording on the page and follow it to its minutes, without a reload.

Screenshots go to ``meeting_pipeline_tests/.artifacts``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from meeting_pipeline_tests.browsing import grave_problems, shoot, wait_until
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, System

pytestmark = [pytest.mark.scenario, pytest.mark.browser]

SAMPLE = Path(__file__).parents[2] / "meeting_pipeline" / "demo" / "sample" / "meeting.webm"
PATIENCE_MS = PATIENCE_SECONDS * 1000
MARKUP = "<img src=x onerror=\"window.hacked='yes'\">"
TITLE = "Weekly planning"
TURNS = (
    ("A", 0, "Hello everyone. Thank you for coming to the planning meeting."),
    ("B", 6_000, "Good morning. My name is David."),
    ("C", 9_000, "Good morning. My name is Peter. I am happy to be here."),
    ("A", 14_000, f"Let us start with the customers {MARKUP}. How are they?"),
    ("C", 18_000, "The customers are very happy with the new service, but they are waiting for a better price."),
    ("B", 26_000, "The numbers look very good. I will send the budget report to the customers by Friday."),
    ("C", 34_000, "And I will check the price list by next Tuesday."),
    ("A", 38_000, "We decided to move to the new building in January."),
    ("B", 43_000, "We agreed to use the small room for the training."),
    ("A", 48_000, "Thank you everyone, and have a good day."),
)
EVIDENCE = "I will send the budget report to the customers by Friday."
EVIDENCE_MS = 26_000


def drop_file(system: System) -> None:
    """Set what is spoken in the sample; the page submits it."""
    spoken = [{"speaker": who, "start": start, "end": start + 3_000, "text": text} for who, start, text in TURNS]
    system.outside.providers.script(hashlib.sha256(SAMPLE.read_bytes()).hexdigest(), utterances=spoken)


@pytest.fixture
def page(system: System, context_of: Callable[..., BrowserContext]) -> Page:
    """A page of the running service that cannot reach anything else."""
    return context_of(base_url=system.api_url, viewport={"width": 1280, "height": 900}, locale="en-GB").new_page()


def test_a_recording_is_handed_in_followed_read_heard_and_corrected_without_a_reload(
    system: System, handed_in: None, page: Page, context_of: Callable[..., BrowserContext]
) -> None:
    page.goto("/")
    page.evaluate("window.loadedOnce = true")
    page.locator("#files").set_input_files(SAMPLE)
    page.get_by_label("Title of meeting.webm").fill(TITLE)
    page.locator("#options summary").click()
    page.get_by_label("Participants").fill("David\nPeter")
    page.get_by_role("button", name="Submit").click()

    shown = page.locator("li.recording", has=page.get_by_role("link", name=TITLE, exact=True))
    expect(shown).to_be_visible(timeout=PATIENCE_MS)
    expect(shown).to_have_attribute("data-status", "completed", timeout=PATIENCE_MS)
    key = str(shown.get_attribute("data-id"))

    shown.get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_focused()
    expect(page.locator(".segment")).to_have_count(len(TURNS))
    expect(page.locator(".segment").nth(3)).to_contain_text(MARKUP)
    expect(page.get_by_role("link", name="Open in Dagster")).to_have_attribute(
        "href", f"{system.ui.url}/assets/minutes?partition={key}&view=partitions"
    )

    # Slowly, so that the sound is not over before a busy machine gets to look at it.
    page.evaluate(
        """() => { const audio = document.querySelector('audio');
        audio.addEventListener('playing', () => { window.heardFrom ??= audio.currentTime; audio.playbackRate = 0.1 }) }"""
    )
    page.locator("button.evidence", has_text=EVIDENCE).click()
    place = page.locator(".segment.evidence-here")
    expect(place).to_contain_text(EVIDENCE)
    expect(place).to_be_in_viewport()
    expect(place).to_be_focused()
    wait_until(
        page,
        "from => { const a = document.querySelector('audio'); return !a.paused && a.currentTime > from }",
        EVIDENCE_MS / 1000,
    )
    assert page.evaluate("window.heardFrom") < EVIDENCE_MS / 1000 + 20
    page.get_by_role("button", name="Pause").click()

    summary = page.locator(".summary-text")
    expect(summary).to_contain_text("Speaker A")
    page.get_by_role("button", name="Rename Speaker A").click()
    page.get_by_label("Name of speaker A").fill(f"Mary {MARKUP}")
    page.get_by_role("button", name="Save").click()
    expect(summary).to_contain_text(f"Mary {MARKUP}")
    expect(summary).not_to_contain_text("Speaker A")
    expect(page.locator(".segment .speaker").first).to_have_text(f"Mary {MARKUP}")
    expect(page.locator(".decisions")).to_contain_text(f"Mary {MARKUP}")
    page.get_by_role("button", name="Rename Mary").click()
    page.get_by_label("Name of speaker A").fill("Mary Jones")
    page.get_by_role("button", name="Save").click()
    expect(summary).to_contain_text("Mary Jones")

    page.go_back()
    expect(shown).to_be_visible()
    assert page.evaluate("window.loadedOnce")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    _look(system, context_of, key)


def _look(system: System, context_of: Callable[..., BrowserContext], key: str) -> None:
    """Check that no page has serious accessibility problems, and take screenshots for people to view."""
    for scheme in ("light", "dark"):
        for width, height in ((1280, 900), (390, 844)):
            context = context_of(
                base_url=system.api_url,
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
                locale="en-GB",
            )
            page = context.new_page()
            page.goto("/")
            expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
            assert grave_problems(page) == []
            shoot(page, f"page-list-{scheme}-{width}")
            page.goto(f"/#/meetings/{key}")
            expect(page.locator(".segment")).to_have_count(len(TURNS))
            assert grave_problems(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            shoot(page, f"page-meeting-{scheme}-{width}")
