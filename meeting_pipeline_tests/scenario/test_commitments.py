"""A series of five meetings: what was undertaken slips, is handed over, is dropped and done; ticked, undone, told and gone.

A system of its own: commitments are announced, and rules instead of a model find the items.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import RESPONSE_SECONDS, Outside, System

pytestmark = pytest.mark.scenario

HOOK = "commitments"
SMALL_TALK = (
    ("Dev", "Good morning everybody, and thank you for being here."),
    ("Dev", "We have a lot to talk about, so let us begin with what is new this week."),
)
MEETINGS = (
    ("2026-03-02", (("Anna", "I will send the price list to Acme by Friday."),
                    ("Ben", "I will book the venue for the summer party by Friday."))),
    ("2026-03-09", (("Anna", "They were ill. I will send the price list to Acme by Wednesday."),)),
    ("2026-03-16", (("Clara", "I'll take over the price list for Acme from Anna."),)),
    ("2026-03-23", (("Ben", "We drop the venue for the summer party."),)),
    ("2026-03-30", (("Clara", "I sent the price list to Acme yesterday."),)),
)  # fmt: skip


def _captions(said: tuple[tuple[str, str], ...]) -> bytes:
    cues = [
        f"00:00:{2 * number:02d}.000 --> 00:00:{2 * number + 1:02d}.900\n<v {name}>{text}</v>\n"
        for number, (name, text) in enumerate((*SMALL_TALK, *said))
    ]
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    settings = {"OPENAI_API_KEY": "", "MEETING_PIPELINE_COMMITMENT_WEBHOOKS": "on"}
    with Outside() as outside:
        system = QuickSystem(tmp_path_factory.mktemp("commitments") / "home", outside, **settings)
        try:
            yield system.start()
        finally:
            system.kill()


def listed(system: System, **query: str) -> list[dict[str, Any]]:
    found = (
        httpx.get(f"{system.api_url}/v1/commitments", params=query, trust_env=False, timeout=RESPONSE_SECONDS)
        .raise_for_status()
        .json()
    )
    assert isinstance(found["commitments"], list)
    return [one for one in found["commitments"] if one["kind"] == "action_item"]


def about(system: System, word: str) -> dict[str, Any] | None:
    return next((one for one in listed(system) if word in one["text"]), None)


def _has(system: System, word: str, state: str) -> bool:
    found = about(system, word)
    return found is not None and found["state"] == state


@pytest.fixture(scope="module")
def series(system: System) -> System:
    """All five meetings, one after the other, each followed when it is over."""
    expected = ("open", "slipped", "handed_over", "handed_over", "done")
    for number, ((day, said), state) in enumerate(zip(MEETINGS, expected, strict=True)):
        name = f"Sales weekly {day}"
        dropped = system.drop(f"{name}.vtt", _captions(said), hook=f"{HOOK}-{number}", title=name, date=day)
        system.wait_until_over(dropped)
        system.wait_for(lambda state=state: _has(system, "price list", state), f"the price list is {state}")  # type: ignore[misc]
    system.wait_for(lambda: _has(system, "venue", "dropped"), "the venue is dropped")
    return system


def test_the_table_has_each_commitment_once_with_what_each_meeting_says(series: System) -> None:
    prices, venue = about(series, "price list"), about(series, "venue")
    assert prices is not None
    assert venue is not None
    assert [event["state"] for event in prices["events"]] == ["open", "slipped", "handed_over", "done"]
    assert prices["owner"] == "Clara"
    assert prices["events"][-1]["words"] == "I sent the price list to Acme yesterday."
    assert [event["state"] for event in venue["events"]] == ["open", "dropped"]
    rows = series.rows("SELECT text, state, closed FROM commitments WHERE insight = 'action_items' ORDER BY text")
    assert [(row["state"], bool(row["closed"])) for row in rows] == [("dropped", True), ("done", True)]


def test_submitters_are_told_of_changes(series: System) -> None:
    series.wait_for(lambda: len(series.outside.told(f"{HOOK}-4")) >= 2, "the change is told")
    bodies = [body for body in series.outside.told(f"{HOOK}-4") if body["event"] == "commitment.changed"]
    assert [(body["commitment"]["state"], body["before"]["state"]) for body in bodies] == [("done", "handed_over")]


def test_a_person_reopens_it_on_the_page_and_undoes_that(series: System, context_of: Any) -> None:
    context: BrowserContext = context_of(base_url=series.api_url)
    page = context.new_page()
    page.goto("/#/commitments?view=closed")
    row = page.locator("li.commitment", has_text="price list")
    expect(row.get_by_role("checkbox")).to_be_checked()
    page.evaluate("localStorage.setItem('meeting-pipeline-editor', 'Grace')")
    row.get_by_role("checkbox").uncheck()
    expect(row).to_contain_text("said by Grace")
    series.wait_for(lambda: _has(series, "price list", "open"), "it is open again")
    page.get_by_role("alert").get_by_role("button", name="Undo").click()
    series.wait_for(lambda: _has(series, "price list", "done"), "it is done again")


def test_a_deleted_meeting_takes_what_it_said_along(series: System) -> None:
    prices = about(series, "price list")
    assert prices is not None
    last = prices["events"][-1]["recording_id"]
    address, dropping = f"{series.api_url}/v1/recordings/{last}", {"drop_deliveries": "true"}
    series.wait_for(
        lambda: httpx.delete(address, params=dropping, trust_env=False, timeout=RESPONSE_SECONDS).is_success,
        "the deletion",
    )
    series.wait_for(lambda: _has(series, "price list", "handed_over"), "what the meeting before it said")
