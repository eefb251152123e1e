"""What an analyst sees: the Dagster UI in a headless browser. Screenshots go to ``meeting_pipeline_tests/.artifacts``."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from meeting_pipeline_tests.browsing import PATIENCE_MS, shoot
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, System

pytestmark = [pytest.mark.scenario, pytest.mark.browser]

PER_MEETING = ("recording", "transcript", "speakers", "summary", "action_items", "decisions", "minutes")
ACROSS = ("meetings", "action_item_register", "commitments")
GROUPS = ("intake", "transcription", "insights", "meeting_record", "across_meetings")
GOOD, GAP = "Seen in the browser", "Seen with a gap"


def drop_file(system: System) -> dict[str, Dropped]:
    system.outside.providers.fault(
        "POST /v1/responses", "status", times=-1, insight="summary", words=GAP, status=400, code="invalid_prompt"
    )
    return {title: system.drop(f"{title}.wav", media.wav(title), hook=title, title=title) for title in (GOOD, GAP)}


@pytest.fixture
def page(system: System, context_of: Callable[..., BrowserContext]) -> Page:
    """A page of the running UI that cannot reach anything else."""
    return context_of(base_url=system.ui.url, viewport={"width": 1440, "height": 1150}).new_page()


@pytest.fixture
def key(system: System, handed_in: dict[str, Dropped], request: pytest.FixtureRequest) -> str:
    """Partition key of the recording that the test requests."""
    dropped = handed_in[str(request.param)]
    system.wait_until_told(dropped.hook)
    system.wait_until_reported(system.key(dropped))
    return system.key(dropped)


def _open(page: Page, asset: str, key: str) -> None:
    page.goto(f"/assets/{asset}?view=partitions&partition={key}", wait_until="domcontentloaded")
    expect(page.get_by_text("outcome", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def _value(page: Page, label: str) -> Locator:
    """The value that a metadata table shows for a label. Markdown is rendered slightly later than the rest."""
    row = page.locator("tr", has=page.get_by_role("cell", name=label, exact=True)).first
    return row.locator("td").nth(1)


def test_no_dialog_stands_before_the_graph_and_groups_tell_the_flow(page: Page) -> None:
    page.goto("/asset-groups", wait_until="domcontentloaded")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).last).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("dialog")).to_have_count(0)
    shoot(page, "asset-groups")


@pytest.mark.parametrize("key", [GOOD], indirect=True)
def test_the_asset_graph_shows_every_asset(page: Page, key: str) -> None:
    page.goto("/asset-groups", wait_until="domcontentloaded")
    expect(page.get_by_text("transcription", exact=True).last).to_be_visible(timeout=PATIENCE_MS)
    _expand_all(page)
    for asset in (*PER_MEETING, ACROSS[0]):
        expect(page.get_by_text(asset, exact=True).last).to_be_visible(timeout=PATIENCE_MS)
    # Long names are shortened in the middle.
    expect(page.get_by_text("action_i…_register").or_(page.get_by_text(ACROSS[1], exact=True)).last).to_be_visible()
    page.wait_for_timeout(3000)  # state colours appear later; only the screenshot needs them
    shoot(page, "asset-graph")


def _expand_all(page: Page) -> None:
    """Expand all groups of the graph. Alt+E does, once the graph is drawn, but nothing on the page shows when that is."""
    ends = time.monotonic() + PATIENCE_MS / 1000
    while "expanded=" not in page.url:
        assert time.monotonic() < ends, "the graph is not drawn"
        page.keyboard.press("Alt+e")
        for _ in range(10):  # pressed again too soon, it would hide them again
            page.wait_for_timeout(500)
            if "expanded=" in page.url:
                break


@pytest.mark.parametrize("key", [GOOD], indirect=True)
def test_a_transcript_says_who_made_it_and_shows_its_beginning(page: Page, key: str) -> None:
    _open(page, "transcript", key)
    expect(_value(page, "outcome")).to_have_text("available")
    expect(_value(page, "preview")).to_contain_text("Good morning everyone, my name is")
    expect(_value(page, "preview")).to_contain_text("more segments")
    expect(_value(page, "provider")).to_contain_text("assemblyai (")
    expect(_value(page, "version")).to_have_text("1")
    expect(_value(page, "speaker_count")).to_have_text("3")
    shoot(page, "transcript-partition")


@pytest.mark.parametrize("key", [GOOD], indirect=True)
def test_a_summary_shows_its_text_its_topics_and_its_maker(page: Page, key: str) -> None:
    _open(page, "summary", key)
    expect(_value(page, "outcome")).to_have_text("available")
    expect(_value(page, "preview")).to_contain_text(re.compile(r"It begins with \w+: Good morning everyone"))
    expect(
        page.get_by_role("cell", name="topic", exact=True).or_(page.get_by_text("topic", exact=True))
    ).to_be_visible()
    expect(_value(page, "provider")).to_contain_text("openai (")
    expect(_value(page, "covers")).to_have_text("12 of 12 segments, in 1 part")
    shoot(page, "summary-partition")


@pytest.mark.parametrize("key", [GAP], indirect=True)
def test_a_gap_says_that_it_is_one_why_and_what_happens_next(page: Page, key: str) -> None:
    _open(page, "summary", key)
    expect(_value(page, "outcome")).to_have_text("gap")
    expect(_value(page, "preview")).to_contain_text("Gap: no result this time; the record shows a gap.")
    expect(_value(page, "next_attempt")).to_have_text("when somebody materializes this partition")
    expect(_value(page, "provider")).to_have_text("none")
    shoot(page, "summary-gap")
    _open(page, "minutes", key)
    expect(_value(page, "outcome")).to_have_text("incomplete")
    expect(_value(page, "preview")).to_contain_text("summary: Missing:")
    shoot(page, "minutes-with-a-gap")


@pytest.mark.parametrize("key", [GAP], indirect=True)
def test_the_table_of_meetings_has_a_chart(system: System, page: Page, key: str) -> None:
    system.wait_for(lambda: key in system.table_of_meetings(), "the table of meetings")
    system.wait_until_idle()
    page.goto("/assets/meetings?view=overview", wait_until="domcontentloaded")
    page.get_by_text("[Show Markdown]").first.click()  # the UI shows longer Markdown, and every picture, on demand
    picture = page.get_by_role("dialog").locator("img")
    expect(picture).to_be_visible(timeout=PATIENCE_MS)
    assert picture.evaluate("image => image.naturalWidth") > 300
    shoot(page, "meetings-chart")
