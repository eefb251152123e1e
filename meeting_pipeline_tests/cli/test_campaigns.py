"""`reprocess` starts a campaign; `campaigns` lists, shows, stops, resumes and reports it, and promotes what it holds."""

import json
from typing import Any

import pytest

from meeting_pipeline.cli import campaign_start
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns import policies
from meeting_pipeline_tests.cli.conftest import LOOK_SECONDS, Run
from meeting_pipeline_tests.store.campaigns.campaigning import NAME, made, paid, started, worked_on
from meeting_pipeline_tests.store.samples import completed

PAID = {"OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-6-luna"}


def shown(run: Run, name: str) -> Any:
    return json.loads(run("campaigns", "show", name, "--json").stdout)


def test_a_campaign_is_started_by_its_name_with_a_cap_and_needs_no_running_system(
    run: Run, installation: Installation
) -> None:
    keys = [completed(installation.store, number).key for number in (1, 2)]
    result = run("reprocess", "--stale", "--campaign", "mine", "--max-usd", "2.5", "--hold", **PAID)
    assert result.exit_code == 0, result.output
    assert "Campaign mine: speakers, summary, action_items, decisions of 2 recordings." in result.stdout
    assert "The campaign begins when you start one: meeting-pipeline up" in result.stderr
    found = shown(run, "mine")
    assert (found["state"], found["max_usd"], found["hold"], found["waiting"]) == ("running", 2.5, True, 2)
    assert found["expected_usd"] > 0
    assert {item["recording_id"] for item in found["items"]} == set(keys)
    again = run("reprocess", *keys, "--campaign", "mine", **PAID)
    assert again.exit_code == 2, "what it has yet to make is left, so there is nothing to start"


def test_many_recordings_are_a_campaign_with_a_name_of_its_own_and_few_are_not(
    run: Run, installation: Installation
) -> None:
    for number in range(policies.CAMPAIGN_ABOVE + 1):
        completed(installation.store, number + 1)
    result = run("reprocess", "--all", "--assets", "summary")
    assert result.exit_code == 0, result.output
    (campaign,) = json.loads(run("campaigns", "list", "--json").stdout)["campaigns"]
    assert campaign["name"].endswith("-summary")
    assert (campaign["recordings"], campaign["insights"], campaign["max_usd"]) == (11, ["summary"], None)
    few = run("reprocess", "--all", "--sample", "2", "--assets", "decisions")
    assert (few.exit_code, "not_running" in few.stderr) == (2, True), "these start at once, in the running system"


def test_a_campaign_of_everything_makes_no_transcripts(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    assert run("reprocess", key, "--campaign", "mine").exit_code == 0
    assert shown(run, "mine")["insights"] == ["speakers", "summary", "action_items", "decisions", "minutes"]
    refused = run("reprocess", key, "--campaign", "other", "--assets", "transcript,summary")
    assert (refused.exit_code, "not_in_campaign" in refused.stderr) == (2, True)
    assert run("reprocess", key, "--campaign", "other", "--buy-transcripts").exit_code == 2


@pytest.mark.parametrize("sum_", ["0", "-1", "nan", "inf", "much", "1e12"])
def test_a_cap_is_a_positive_sum(run: Run, installation: Installation, sum_: str) -> None:
    key = completed(installation.store).key
    result = run("reprocess", key, "--max-usd", sum_)
    assert result.exit_code == 2
    assert installation.store.campaigns.all() == []


def test_a_cap_needs_known_prices(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    words = ("reprocess", key, "--assets", "summary", "--max-usd", "1", "--yes")
    refused = run(*words, **{**PAID, "OPENAI_MODEL": "nobody-knows-it"})
    assert (refused.exit_code, "unknown_price" in refused.stderr) == (2, True)


def test_flex_is_half_the_bill(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    words = ("reprocess", key, "--assets", "summary", "--dry-run", "--json")
    usual = json.loads(run(*words, **PAID).stdout)["total_usd"]
    flex = json.loads(run(*words, "--service-tier", "flex", **PAID).stdout)["total_usd"]
    assert flex == pytest.approx(usual / 2, rel=0.1)
    assert run("reprocess", key, "--service-tier", "flex", "--campaign", "cheap", **PAID).exit_code == 0
    assert shown(run, "cheap")["service_tier"] == "flex"


def test_the_list_and_one_campaign_are_shown_for_people(run: Run, installation: Installation) -> None:
    assert run("campaigns", "list").stdout == "There are no campaigns.\n"
    keys = started(installation.store, 3, cap_usd=0.01)
    made(installation.store, keys[0])
    assert installation.store.campaign_limits.holds(NAME) is not None
    text = run("campaigns", "list").stdout
    assert "paused (cap_reached)  1/3" in text
    text = run("campaigns", "show", NAME).stdout
    assert "Paused: 0.0100 USD were spent, and its cap is 0.0100 USD. [cap_reached]" in text
    assert "started 3 recordings by ada: a better prompt" in text
    assert "Spent: 0.0100 USD of 0.01 USD, in 1 calls" in text


def test_it_is_paused_resumed_with_another_cap_and_cancelled(run: Run, installation: Installation) -> None:
    key, *_ = started(installation.store, cap_usd=0.01)
    assert run("campaigns", "pause", NAME, "--reason", "lunch").stdout == f"{NAME} is paused.\n"
    assert run("campaigns", "pause", NAME).stdout == f"{NAME} is already paused.\n"
    assert run("campaigns", "resume", NAME).exit_code == 0
    assert worked_on(installation.store, key)
    paid(installation.store, key, "run-c/0")
    run("campaigns", "pause", NAME)
    refused = run("campaigns", "resume", NAME)
    assert (refused.exit_code, "cap_reached" in refused.stderr) == (2, True)
    assert run("campaigns", "resume", NAME, "--max-usd", "1").exit_code == 0
    assert run("campaigns", "cancel", NAME, "--reason", "wrong prompt").exit_code == 0
    assert shown(run, NAME)["notes"][-1]["reason"] == "wrong prompt"
    assert run("campaigns", "cancel", NAME).exit_code == 2
    assert run("campaigns", "show", "nobody").exit_code == 2


def test_the_report_is_for_people_and_for_programs(run: Run, installation: Installation) -> None:
    keys = started(installation.store, 2)
    made(installation.store, keys[0], size=7)
    text = run("campaigns", "report", NAME).stdout
    assert "1 of 2 recordings made" in text
    assert "Changed: 1 meetings; unchanged: 0; failed: 0" in text
    assert f"{keys[0]}  Weekly  7" in text
    report = json.loads(run("campaigns", "report", NAME, "--json").stdout)
    assert report["largest_changes"][0]["recording_id"] == keys[0]


def test_promoting_what_holds_nothing_says_so(run: Run, installation: Installation) -> None:
    keys = started(installation.store, 2)
    made(installation.store, keys[0])
    assert run("campaigns", "promote", NAME).stdout == f"{NAME} holds no versions.\n"
    other = completed(installation.store, 9).key
    refused = run("campaigns", "discard", NAME, other)
    assert (refused.exit_code, "not_in_campaign" in refused.stderr) == (2, True)


def test_waiting_ends_when_it_pauses(run: Run, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign_start, "_LOOK_SECONDS", LOOK_SECONDS)
    key = completed(installation.store).key
    words = ("reprocess", key, "--assets", "summary", "--campaign", "mine", "--wait", "--timeout")
    assert run(*words, "0.2").exit_code == 4
    pause = installation.store.campaign_changes.pause
    monkeypatch.setattr("meeting_pipeline.cli.campaign_start.time.sleep", lambda _: pause("other", "ada", "lunch"))
    result = run("reprocess", key, "--assets", "decisions", "--campaign", "other", "--wait")
    assert result.exit_code == 3
    assert "Paused: lunch [by_person]" in result.stdout
