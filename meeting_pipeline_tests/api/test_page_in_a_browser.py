"""The page in a real browser, with the real service and a store, but without runs.

``scenario/test_page.py`` tests it with the real system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.domain.errors import TransientError
from meeting_pipeline.domain.insight_results import ActionItem, ActionItems
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.gaps import note_gap
from meeting_pipeline.steps.extraction.outcomes import Missing
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.browsing import grave_problems, press_twice, wait_until
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.insights.toys import toy_insight
from meeting_pipeline_tests.installations import accepted, drop
from meeting_pipeline_tests.scenario.media import vtt, wav
from meeting_pipeline_tests.steps.journeys import begun, collected, completed
from meeting_pipeline_tests.store.samples import answer

pytestmark = pytest.mark.browser

Contexts = Callable[..., BrowserContext]
MARKUP = "<img src=x onerror=\"window.hacked='yes'\">"
TALK = vtt(
    ("Dana", "Good morning, we decided to ship the release in two steps."),
    ("Priya", "I will send the draft of the plan by Friday."),
    ("Dana", f"The word for today is {MARKUP} and nothing else."),
)


class Serving:
    """The service of an installation; it can be stopped and restarted at the same address."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.port = 0
        self.start()

    def start(self) -> None:
        self.service = Service(self.installation, guarded=False)
        self.server = LoopbackServer(build_app(self.service), port=self.port, lifespan=True).start()
        self.port = self.server.port
        self.url = self.server.url

    def stop(self) -> None:
        self.service.stopping.set()
        self.server.stop()


@pytest.fixture
def serving(installation: Installation) -> Iterator[Serving]:
    serving = Serving(installation)
    yield serving
    serving.stop()


@pytest.fixture
def page(serving: Serving, context_of: Contexts) -> Page:
    """A page of the service. A test that must see no script errors collects its console messages."""
    size = {"width": 1280, "height": 900}
    return context_of(base_url=serving.url, viewport=size, locale="en-GB", reduced_motion="reduce").new_page()


def meeting(installation: Installation, title: str = "Weekly", run: str = "run-1") -> Recording:
    """A finished meeting that was submitted as a transcript export."""
    row = accepted(installation, f"{run}.vtt", TALK.replace("today", run), title=title, participants=["Dana", "Priya"])
    collected(installation, row, run)
    completed(installation, row, run)
    return installation.store.recordings.get(row.key)


def open_meeting(page: Page, key: str) -> None:
    page.goto(f"/#/meetings/{quote(key)}")
    expect(page.get_by_role("heading", name="Transcript", exact=True)).to_be_visible()


def test_an_empty_service_asks_for_a_recording(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text("Drop a recording here")).to_be_visible()
    expect(page.get_by_text("No recordings yet.")).to_be_visible()
    assert grave_problems(page) == []


def test_what_comes_in_elsewhere_appears_and_moves_along_without_a_reload(
    page: Page, installation: Installation
) -> None:
    page.goto("/")
    expect(page.get_by_text("No recordings yet.")).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    row = accepted(installation, "weekly.vtt", TALK, title="Weekly")
    shown = page.locator("li.recording")
    expect(shown.get_by_role("link", name="Weekly")).to_be_visible()
    begun(installation, row)
    expect(shown).to_have_attribute("data-status", "processing")
    collected(installation, row)
    expect(shown.get_by_text("Extracting speakers")).to_be_visible()
    completed(installation, row)
    expect(shown.get_by_text("Completed", exact=True)).to_be_visible()
    assert page.evaluate("window.loadedOnce")


def test_words_that_look_like_markup_stay_words(page: Page, installation: Installation) -> None:
    key = meeting(installation, title=f"Weekly {MARKUP}").key
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/")
    expect(page.get_by_role("link", name=f"Weekly {MARKUP}")).to_be_visible()
    open_meeting(page, key)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Weekly {MARKUP}")
    expect(page.locator(".segment").nth(2)).to_contain_text(MARKUP)
    page.get_by_placeholder("Search the transcript").fill("<img src=x")
    expect(page.locator("mark")).to_have_text("<img src=x")
    assert page.locator("img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert complaints == []


def test_with_keys_the_page_asks_for_one_and_keeps_it_for_the_tab_only(page: Page, installation: Installation) -> None:
    key = installation.store.api_keys.create("a person", "admin").key
    meeting(installation)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto("/")
    field = page.get_by_label("API key")
    expect(field).to_be_focused()
    assert grave_problems(page) == []
    field.fill("mp_wrong")
    field.press("Enter")
    expect(page.get_by_role("alert").get_by_text("key_unknown")).to_be_visible()
    field.fill(key)
    field.press("Enter")
    expect(page.get_by_role("link", name="Weekly")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_have_text("This service asks for a key. Yours is kept in this tab.")
    page.get_by_role("link", name="Weekly").click()
    expect(page.get_by_role("heading", name="Transcript", exact=True)).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Minutes Markdown").click()
    assert "Weekly" in saved.value.path().read_text(encoding="utf-8")
    accepted(installation, "later.wav", wav("later"), title="Later")
    page.get_by_role("link", name="All recordings").click()
    expect(page.get_by_role("link", name="Later")).to_be_visible()
    assert page.evaluate("[Object.keys(localStorage), document.cookie]") == [["meeting-pipeline-editor"], ""]
    assert page.evaluate("Object.values(sessionStorage)") == [key]
    assert not [address for address in addresses if key in address]
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_focused()
    expect(page.get_by_role("contentinfo")).to_have_text("")
    assert page.evaluate("sessionStorage.length") == 0
    expect(page.get_by_role("link", name="Weekly")).to_have_count(0)


def test_a_key_that_is_revoked_is_asked_for_again_unless_none_is_needed_any_more(
    page: Page, installation: Installation
) -> None:
    keys = installation.store.api_keys
    first, other = keys.create("a person", "admin"), keys.create("the cms", "admin")
    row = meeting(installation)
    page.goto("/")
    page.get_by_label("API key").fill(first.key)
    page.get_by_label("API key").press("Enter")
    expect(page.get_by_role("link", name="Weekly")).to_be_visible()
    keys.revoke(first.id)
    # By its address: the list may have noticed, and be gone, before its link could be clicked.
    page.evaluate("key => { location.hash = `#/meetings/${key}` }", row.key)
    expect(page.get_by_role("alert").get_by_text("key_unknown")).to_be_visible()
    page.get_by_label("API key").fill(other.key)
    page.get_by_label("API key").press("Enter")
    expect(page.get_by_role("heading", name="Transcript", exact=True)).to_be_visible()
    keys.revoke(other.id)
    page.get_by_role("link", name="All recordings").click()
    page.get_by_label("Status").select_option("completed")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.get_by_role("link", name="Weekly")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_have_text("No key required: only this machine can use the service.")
    expect(page.get_by_role("contentinfo").get_by_role("link")).to_have_count(0)
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("left", ["All recordings", "Sign out"])
def test_who_leaves_a_meeting_while_its_revoked_key_is_looked_into_sees_the_list(
    page: Page, installation: Installation, left: str
) -> None:
    only = installation.store.api_keys.create("a person", "admin")
    row = meeting(installation)
    page.goto(f"/#/meetings/{quote(row.key)}")
    page.get_by_label("API key").fill(only.key)
    page.get_by_label("API key").press("Enter")
    expect(page.get_by_role("heading", name="Transcript", exact=True)).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        """Delay the question whether a key is still needed, which is asked without one."""
        route.fallback() if "authorization" in route.request.headers else held.append(route)

    page.route("**/v1/recordings?limit=1", hold)
    with page.expect_request(lambda request: request.url.endswith("/v1/recordings?limit=1")):
        installation.store.api_keys.revoke(only.id)
    if left == "Sign out":
        page.get_by_role("button", name=left).click()
        expect(page.get_by_label("API key")).to_be_visible()
        page.evaluate("location.hash = '#/'")
    else:
        page.get_by_role("link", name=left).click()
    for route in held:
        route.continue_()
    expect(page.get_by_role("link", name="Weekly")).to_be_visible()
    expect(page.get_by_label("API key")).to_be_hidden()


def test_a_late_refusal_of_a_request_without_a_key_does_not_take_the_key_that_was_entered_since(
    page: Page, installation: Installation
) -> None:
    key = installation.store.api_keys.create("a person", "read").key
    row = meeting(installation)
    late: list[Route] = []

    def hold(route: Route) -> None:
        """Delay the first request without a key, so that it is refused only after the sign-in."""
        if late or "authorization" in route.request.headers:
            route.fallback()
        else:
            late.append(route)

    page.route("**/v1/attention", hold)  # no later request takes its place
    page.goto(f"/#/meetings/{quote(row.key)}")
    page.get_by_label("API key").fill(key)
    page.get_by_label("API key").press("Enter")
    expect(page.get_by_role("heading", name="Transcript", exact=True)).to_be_visible()
    [refused] = late
    with page.expect_response(lambda response: response.request == refused.request):
        refused.continue_()
    page.reload()
    expect(page.get_by_role("heading", name="Transcript", exact=True)).to_be_visible()


def test_the_sound_is_fetched_with_a_token_and_with_another_one_when_it_has_lapsed(
    page: Page, installation: Installation
) -> None:
    key = installation.store.api_keys.create("a person", "read").key
    drop(installation, "weekly.vtt", TALK)
    row = accepted(installation, "weekly.wav", wav("weekly", seconds=15), title="Weekly")
    collected(installation, row)
    completed(installation, row)
    asked: list[str] = []

    def media(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=401, body="lapsed")
        else:
            route.fallback()

    page.route("**/media?*", media)
    page.goto(f"/#/meetings/{quote(row.key)}")
    page.get_by_label("API key").fill(key)
    page.get_by_label("API key").press("Enter")
    page.locator(".action-items button.evidence").first.click()
    wait_until(page, "() => document.querySelector('audio').currentTime > 5")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert len(asked) >= 2
    assert all("&token=" in address and key not in address for address in asked)
    expect(page.locator(".player-trouble")).to_be_hidden()


def test_the_page_says_that_the_service_is_away_and_goes_on_when_it_is_back(page: Page, serving: Serving) -> None:
    page.goto("/")
    expect(page.get_by_text("No recordings yet.")).to_be_visible()
    page.evaluate("window.loadedOnce = true")
    serving.stop()
    expect(page.locator("#connection")).to_contain_text("does not respond")
    accepted(serving.installation, "weekly.wav", wav("weekly"), title="While it was away")
    serving.start()
    expect(page.get_by_role("link", name="While it was away")).to_be_visible()
    expect(page.locator("#connection")).to_have_text("")
    assert page.evaluate("window.loadedOnce")


def test_an_upload_that_broke_is_tried_again_with_the_same_idempotency_key(
    page: Page, installation: Installation
) -> None:
    keys: list[str | None] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            keys.append(request.headers.get("idempotency-key"))

    page.on("request", note)
    page.goto("/")
    page.route("**/v1/recordings", lambda route: route.abort() if len(keys) < 2 else route.fallback())
    page.locator("#files").set_input_files({"name": "weekly.wav", "mimeType": "audio/wav", "buffer": wav("broke")})
    page.get_by_label("Title of weekly.wav").fill("Handed in twice")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").get_by_text("no_answer")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="Handed in twice")).to_be_visible()
    expect(page.locator(".upload")).to_have_count(0)
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert keys[0]


def test_of_files_that_are_dropped_the_refused_say_why_and_what_to_do(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text("No recordings yet.")).to_be_visible()
    page.locator("#files").set_input_files({"name": "good.wav", "mimeType": "audio/wav", "buffer": wav("good")})
    dropped = page.evaluate_handle(
        "() => { const d = new DataTransfer(); d.items.add(new File(['%PDF'], 'notes.pdf')); return d }"
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": dropped})
    expect(page.locator("#drop")).to_have_class("drop over")
    page.dispatch_event("main", "drop", {"dataTransfer": dropped})
    expect(page.locator("#drop")).to_have_class("drop")
    page.get_by_role("button", name="Submit 2 recordings").click()
    refused = page.locator(".upload", has_text="notes.pdf")
    expect(refused.locator(".notice-lead")).not_to_be_empty()
    expect(refused.locator(".notice-advice")).not_to_be_empty()
    expect(refused.locator("code")).to_have_text("unsupported_type")
    expect(page.get_by_role("link", name="good")).to_be_visible()
    refused.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#uploads-area")).to_be_hidden()


def test_what_a_button_did_or_could_not_do_is_said(page: Page, installation: Installation) -> None:
    accepted(installation, "weekly.wav", wav("weekly"), title="Weekly")
    page.goto("/")
    shown = page.locator("li.recording")
    press_twice(shown, "Cancel: Weekly", "Really cancel: Weekly?")
    expect(page.locator("#announcer")).to_contain_text("Cancelled.")  # at first: it is removed after ten seconds
    expect(shown.get_by_text("Failed")).to_be_visible()
    expect(shown.locator("code", has_text="cancelled")).to_be_visible()
    shown.get_by_role("button", name="Try again: Weekly").click()
    refusal = shown.get_by_role("alert")
    expect(refusal.locator("code", has_text="not_running")).to_be_visible()
    expect(refusal).to_contain_text("Start it: meeting-pipeline up")


def test_what_it_waits_for_is_shown_with_its_next_attempt(page: Page, installation: Installation) -> None:
    row = accepted(installation, "weekly.wav", wav("weekly"), title="Weekly")
    error = TransientError("provider_busy", "The provider is busy.", "Nothing to do.")
    installation.store.lifecycle.collect_later(row.key, begun(installation, row), error)
    page.goto("/")
    shown = page.locator("li.recording")
    expect(shown.get_by_text("The provider is busy.")).to_be_visible()
    expect(shown.get_by_text("Next attempt at")).to_be_visible()


def test_a_gap_is_shown_with_its_reason_and_the_button_that_asks_again(page: Page, installation: Installation) -> None:
    row = accepted(installation, "weekly.vtt", TALK, title="Weekly")
    collected(installation, row)
    extract(
        installation, row.key, "run-1", [one for one in Insight if one is not Insight.SUMMARY], requested_by_user=False
    )
    error = TransientError("provider_busy", "The model is busy.", "It is asked for again.")
    note_gap(installation, row.key, "run-1", Missing(Insight.SUMMARY, error))
    finish(installation, row.key, "run-1")
    installation.store.leases.end("run-1")
    page.goto("/")
    shown = page.locator("li.recording")
    expect(shown.get_by_text("Completed with gaps")).to_be_visible()
    expect(shown.get_by_text("Missing: summary")).to_be_visible()
    expect(shown.get_by_role("button", name="Retry Summary: Weekly")).to_be_visible()
    open_meeting(page, row.key)
    gap = page.locator(".part.summary .notice")
    expect(gap).to_contain_text("The model is busy.")
    expect(gap).to_contain_text("It is retried at")
    expect(page.locator(".part.action-items button.evidence")).to_have_count(1)
    assert grave_problems(page) == []


def test_an_insight_that_the_page_does_not_know_is_drawn_from_its_description(
    page: Page, installation: Installation
) -> None:
    risk = "The risk is that the second step comes too late."
    with toy_insight():
        row = accepted(installation, "weekly.vtt", vtt(("Dana", "Good morning."), ("Priya", risk)), title="Weekly")
        collected(installation, row)
        completed(installation, row)
        page.goto("/")
        open_meeting(page, row.key)
        section = page.locator(".part.risks")
        expect(section.get_by_role("heading")).to_contain_text("Risks")
        expect(section.locator(".item-text")).to_have_text(f"Priya said: {risk}")
        expect(section.locator("dl")).to_have_text("Watched byPriya")
        section.locator("button.evidence").click()
        expect(page.locator(".segment.evidence-here")).to_contain_text(risk)
    assert grave_problems(page) == []


def test_the_list_is_filtered_and_searched(page: Page, installation: Installation) -> None:
    meeting(installation, title="Board call")
    accepted(installation, "interview.wav", wav("interview"), title="Interview")
    page.goto("/")
    links = page.locator("a.recording-title")
    expect(links).to_have_text(["Interview", "Board call"])
    page.get_by_label("Status").select_option("completed")
    expect(links).to_have_text(["Board call"])
    page.get_by_label("Status").select_option("")
    page.get_by_label("Search by title").fill("inter")
    expect(links).to_have_text(["Interview"])
    page.get_by_label("Search by title").fill("nothing of the kind")
    expect(page.get_by_text("No recording matches.")).to_be_visible()


def test_more_recordings_are_loaded_on_demand(page: Page, installation: Installation) -> None:
    for number in range(32):
        accepted(installation, f"{number}.vtt", TALK.replace("today", f"day {number}"), title=f"Meeting {number}")
    page.goto("/")
    links = page.locator("a.recording-title")
    expect(links).to_have_count(30)
    page.get_by_role("button", name="Show more").click()
    expect(links).to_have_count(32)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    assert len(set(links.all_text_contents())) == 32


def test_a_meeting_without_sound_says_so_and_still_jumps_to_evidence(page: Page, installation: Installation) -> None:
    key = meeting(installation).key
    open_meeting(page, key)
    expect(page.get_by_text("there is no sound to play")).to_be_visible()
    assert page.locator("audio").count() == 0
    page.locator(".action-items button.evidence").first.click()
    expect(page.locator(".segment.evidence-here")).to_contain_text("I will send the draft of the plan by Friday")
    expect(page.locator(".segment.evidence-here")).to_be_focused()


def test_deep_links_and_the_back_button_lead_where_they_say(page: Page, installation: Installation) -> None:
    key = meeting(installation).key
    page.goto(f"/#/meetings/{quote(key)}")
    expect(page.get_by_role("heading", level=1, name="Weekly")).to_be_focused()
    page.get_by_role("link", name="All recordings").click()
    expect(page.get_by_role("heading", name="Recordings", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Weekly")).to_be_visible()
    page.goto("/#/meetings/2026-01-01-nothing-00000000")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such meeting")


def test_everything_can_be_done_with_the_keyboard(page: Page, installation: Installation) -> None:
    meeting(installation)
    page.goto("/")
    expect(page.get_by_role("link", name="Weekly")).to_be_visible()

    def tab_to(words: str) -> None:
        """Press Tab until the element with this name has the focus."""
        for _ in range(60):
            page.keyboard.press("Tab")
            name = page.evaluate("(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()")
            if name.startswith(words):
                ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert ring == "solid", f"the focus on {name!r} cannot be seen"
                return
        pytest.fail(f"no Tab leads to {words!r}")

    tab_to("Skip to content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    tab_to("Weekly")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Weekly")).to_be_focused()
    tab_to("Show where it was said")
    origin = page.evaluate("document.activeElement.ariaLabel")
    page.keyboard.press("Enter")
    expect(page.locator(".segment.evidence-here")).to_be_focused()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.ariaLabel") == origin
    tab_to("Rename Dana")
    page.keyboard.press("Enter")
    page.keyboard.type("Dana Smith")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Rename Dana Smith")).to_be_focused()
    expect(page.locator(".segment .speaker").first).to_have_text("Dana Smith")
    expect(page.locator("#announcer")).to_contain_text("Dana Smith")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Rename Dana Smith")).to_be_focused()


def test_two_labels_can_be_made_one_person_and_two_again(page: Page, installation: Installation) -> None:
    key = meeting(installation).key
    open_meeting(page, key)
    page.get_by_role("button", name="Rename Priya").click()
    page.get_by_label("Is the same person as").select_option(label="Dana")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".segment .speaker")).to_have_text(["Dana", "Dana", "Dana"])
    page.locator("button.person", has_text="same person").click()
    page.get_by_label("Is the same person as").select_option("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".segment .speaker")).to_have_text(["Dana", "Priya", "Dana"])


READ = """async (chunks) => {
  const { EventReader } = await import("/page/stream.js");
  const events = [];
  const reader = new EventReader((event) => events.push([event.id, event.type, event.data]));
  for (const chunk of chunks) reader.read(chunk);
  return events;
}"""


STREAMS: list[tuple[list[str], list[list[str | None]]]] = [
    (["id: 1\nevent: stage\ndata: a\n\n"], [["1", "stage", "a"]]),
    (["id: 1\r\ndata: a\r", "\n\r", "\n"], [["1", "message", "a"]]),
    (["id: 1\rdata: a\r\r", ":\n"], [["1", "message", "a"]]),
    (list("id: 1\ndata: a\ndata: b\n\n"), [["1", "message", "a\nb"]]),
    ([": beat\n\n", "id: 7\n\n", "data:x\n\n"], [["7", "message", "x"]]),
    (["retry: 10\nevent: stage\n\n", "data\n\n"], [[None, "message", ""]]),
    (["data: cut off"], []),
]
"""Chunks as they arrive, and the events in them."""


def test_a_claim_that_is_not_confirmed_can_be_accepted_deleted_and_undone(
    page: Page, installation: Installation
) -> None:
    row = meeting(installation)
    judged_items(installation, row.key)
    open_meeting(page, row.key)
    actions = page.get_by_role("region", name="Action items")
    apart = actions.get_by_role("group", name="Not confirmed by the words of the meeting")
    fact = actions.locator("ol.items").first
    expect(fact).to_contain_text("Send the draft of the plan")
    expect(fact).not_to_contain_text("Delete the database")
    expect(apart).to_contain_text("Delete the database")
    expect(apart).to_contain_text("Too few of its words were said there.")
    assert grave_problems(page) == []

    apart.get_by_role("button", name="Accept: Delete the database").click()
    expect(apart).to_have_count(0)
    expect(fact).to_contain_text("Accepted by Grace")
    actions.get_by_role("button", name="Undo: Delete the database").click()
    expect(apart).to_contain_text("Delete the database")

    apart.get_by_role("button", name="Delete: Delete the database").click()
    actions.get_by_role("button", name="Delete: Send the draft of the plan").click()
    expect(actions).to_contain_text("No action items.")
    actions.get_by_text("Deleted (2)").click()
    expect(actions).to_contain_text("Delete the database deleted by Grace")
    actions.get_by_role("button", name="Undo: Send the draft of the plan").click()
    expect(fact).to_contain_text("Send the draft of the plan")
    expect(actions.get_by_text("Delete the database deleted by Grace")).to_be_visible()
    assert [item.task for item in installation.store.records.get(row.key).action_items or ()] == [
        "Send the draft of the plan"
    ]


def judged_items(installation: Installation, key: str) -> None:
    """A verified and an unverified action item instead of those that were found."""
    said = Evidence(segment_ids=(1,), quote="I will send the draft of the plan")
    found = [
        ActionItem(task=task, owner="A", due_date=None, due_words=None, evidence=said, verdict=verdict, reasons=reasons)
        for task, verdict, reasons in (
            ("Send the draft of the plan", Verdict.VERIFIED, ()),
            ("Delete the database", Verdict.UNVERIFIED, ("not_supported",)),
        )
    ]
    store = installation.store
    store.lifecycle.begin(key, "judged", collecting=False)
    store.results.store_answer(key, "judged", answer(ActionItems(items=tuple(found))), input_hash="i")
    store.leases.end("judged")


def test_the_live_stream_is_read_by_the_standard_s_rules(page: Page) -> None:
    page.goto("/")
    for chunks, events in STREAMS:
        assert page.evaluate(READ, chunks) == events, chunks


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_nothing_grave_is_in_the_way_of_anybody(
    serving: Serving, context_of: Contexts, installation: Installation, scheme: str, width: int
) -> None:
    key = meeting(installation).key
    accepted(installation, "waiting.wav", wav("waiting"), title="Waiting")
    context = context_of(
        base_url=serving.url, viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("link", name="Weekly")).to_be_visible()
    page.locator("#files").set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": wav("a")})
    page.locator("#options summary").click()
    assert grave_problems(page) == []
    open_meeting(page, key)
    page.locator("button.evidence").first.click()
    page.get_by_role("button", name="Rename Dana").click()
    assert grave_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def held_items(installation: Installation, key: str) -> None:
    """Action items that are held: one fewer, and one in other words, with markup that must not take effect."""
    said = Evidence(segment_ids=(1,), quote="I will send the draft of the plan")
    item = ActionItem(
        task=f"Send the whole draft {MARKUP} of the plan", owner="A", due_date=None, due_words=None, evidence=said
    )
    store = installation.store
    store.lifecycle.begin(key, "holding", collecting=False)
    store.results.store_held_answer(key, "holding", answer(ActionItems(items=(item,))), input_hash="new")
    store.leases.end("holding")


def test_a_version_that_is_held_is_shown_beside_the_current_one_promoted_and_taken_back(
    page: Page, installation: Installation
) -> None:
    row = meeting(installation)
    judged_items(installation, row.key)
    held_items(installation, row.key)
    open_meeting(page, row.key)
    versions = page.get_by_role("region", name="Versions")
    held = versions.get_by_role("article", name="Action items: a new version is held")
    expect(held.locator("ins").first).to_contain_text("whole")
    expect(held.locator("del")).to_contain_text(["Delete the database"])
    assert grave_problems(page) == []
    actions = page.get_by_role("region", name="Action items")
    expect(actions.locator("ol.items").first).not_to_contain_text("whole draft")

    held.get_by_role("button", name="Promote the new version: Action items").click()
    expect(held).to_have_count(0)
    expect(actions.locator("ol.items").first).to_contain_text("Send the whole draft")
    versions.get_by_text("Earlier versions").click()
    assert grave_problems(page) == []
    versions.get_by_role("button", name="Restore Action items, version 2").click()
    expect(actions.locator("ol.items").first).not_to_contain_text("whole draft")
    assert page.evaluate("window.hacked") is None
    (note,) = installation.store.version_history.of(row.key, Insight.ACTION_ITEMS)[0].notes
    assert (note.change, note.made_by, note.from_version) == ("restored", "this machine", 2)


def test_a_version_that_is_held_can_be_discarded_by_keyboard_on_a_small_screen(
    serving: Serving, context_of: Contexts, installation: Installation
) -> None:
    key = meeting(installation).key
    judged_items(installation, key)
    held_items(installation, key)
    small = context_of(base_url=serving.url, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = small.new_page()
    open_meeting(page, key)
    discard = page.get_by_role("button", name="Discard the new version: Action items")
    discard.focus()
    assert grave_problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Enter")
    expect(discard).to_have_count(0)
    expect(page.get_by_role("heading", name="Versions")).to_be_focused()
