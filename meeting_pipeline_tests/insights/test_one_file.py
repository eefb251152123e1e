"""An insight is one file: a toy insight, added as a file, reaches everything in the real system that shows results."""

import csv
from collections.abc import Iterator

import dagster as dg
import pytest
from sqlalchemy import select

from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.insights.registry import SPECS, register, unregister
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.tables import InsightItemRow, Recording
from meeting_pipeline_tests.dagster_runs import Ran, Runs
from meeting_pipeline_tests.domain.claimed import NO_CLAIM, without_claim
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.insights.processing import client, minutes, process, webhook
from meeting_pipeline_tests.insights.toys import toy_insight
from meeting_pipeline_tests.scenario.media import vtt

TALK = vtt(
    ("Dana", "Good morning, we decided to ship the release in two steps."),
    ("Priya", "The risk is that the second step comes too late."),
)
QUOTE = "The risk is that the second step comes too late."
SAID = f"Priya said: {QUOTE}"


@pytest.fixture
def risks() -> Iterator[Insight]:
    """The toy insight, with its file in the package and registered."""
    with toy_insight() as added:
        yield added


@pytest.fixture
def offline(risks: Insight, installation: Installation, instance: dg.DagsterInstance, waits: list[float]) -> Runs:
    return Runs(installation, instance, waits)


@pytest.fixture
def asking(risks: Insight, paid: Installation, instance: dg.DagsterInstance, waits: list[float]) -> Runs:
    return Runs(paid, instance, waits)


def processed(runs: Runs) -> tuple[Recording, Ran]:
    return process(runs, TALK)


def test_the_file_is_all_that_it_takes(risks: Insight) -> None:
    assert "risks" in Insight.names()
    assert ResultKind.names() == ("transcript", "speakers", "summary", "action_items", "decisions", "risks", "minutes")


def test_it_is_an_asset_with_its_own_check_and_table(offline: Runs) -> None:
    row, ran = processed(offline)
    found = ran.materialized["risks"]
    assert (ran.outcome("risks"), ran.checks["risks_are_available"]) == ("draft", True)
    [record] = found.metadata["result"].value.records  # type: ignore[union-attr]
    shown = {"risk": SAID, "owner": "Priya", "status": "", "at": "0:00:05", "quote": QUOTE}
    assert {name: value for name, value in record.data.items() if name != "verdict"} == shown
    assert SAID in str(found.metadata["preview"].value)
    assert ran.materialized["minutes"].metadata["risk_count"].value == 1
    assert row.status == RecordingStatus.COMPLETED


def test_it_stands_in_minutes_webhook_and_export_as_people_and_programs_read_it(offline: Runs) -> None:
    row, _ = processed(offline)
    section = minutes(offline, row).split("## Risks\n\n")[1].split("\n\n## ")[0]
    assert section == f"- **{SAID}**\n  - Watched by: Priya\n  - Said at 0:00:05: “{QUOTE}”"
    evidence = {"segment_ids": [1], "quote": QUOTE, "start_ms": 5000}
    item = {"risk": SAID, "owner": "B", "owner_name": "Priya", "candidate": False, "evidence": evidence}
    assert [without_claim(entry) for entry in webhook(offline, row)["meeting"]["risks"]] == [item]
    with client(offline) as api:
        found = api.get(f"/v1/meetings/{row.key}").json()["meeting"]["risks"]
    assert [without_claim(entry) for entry in found] == [item]


def test_api_and_page_know_it_by_its_description(offline: Runs) -> None:
    row, _ = processed(offline)
    with client(offline) as api:
        listed = api.get("/v1/insights").json()["insights"]
        [described] = [one for one in listed if one["name"] == "risks"]
        schema = api.get("/v1/openapi.json").json()["components"]["schemas"]
        assert "risks" in api.get(f"/v1/recordings/{row.key}").json()["results"]
    assert (described["title"], described["nothing"]) == ("Risks", "None were found.")
    assert [(field["name"], field["kind"]) for field in described["fields"]] == [
        ("risk", "statement"), ("owner", "person"),
    ]  # fmt: skip
    assert "risks" in schema["Insight"]["enum"]
    items = schema["Meeting"]["properties"]["risks"]["anyOf"][0]["items"]
    assert set(items["properties"]) == {"risk", "owner", "owner_name", "candidate", "evidence", *NO_CLAIM}
    assert set(schema["Verdict"]["enum"]) == {"verified", "unverified", "not_checked"}


def test_a_renamed_speaker_has_the_new_name_in_it(offline: Runs) -> None:
    row, _ = processed(offline)
    with client(offline) as api:
        api.patch(f"/v1/meetings/{row.key}/speakers/B", json={"name": "Ada"})
        [item] = api.get(f"/v1/meetings/{row.key}").json()["meeting"]["risks"]
    assert (item["risk"], item["owner_name"]) == (f"Ada said: {QUOTE}", "Ada")


def test_it_can_be_asked_for_in_sql_and_goes_with_its_recording(offline: Runs) -> None:
    row, _ = processed(offline)
    store = offline.installation.store
    with store.database.read() as session:
        [found] = session.scalars(select(InsightItemRow).where(InsightItemRow.recording_key == row.key))
        assert (found.insight, found.fields, found.quote) == ("risks", {"risk": SAID, "owner": "B"}, QUOTE)


def test_the_table_of_meetings_counts_it(offline: Runs) -> None:
    processed(offline)
    assert offline.job("refresh_catalog").success
    [path] = (offline.installation.settings.exports / "meetings").iterdir()
    with path.open() as file:
        [line] = csv.DictReader(file)
    assert (line["decisions"], line["risks"]) == ("1", "1")


def test_a_gap_of_it_is_shown_everywhere_and_names_what_is_lacking(asking: Runs, providers: Providers) -> None:
    providers.fault("POST /v1/responses", "refusal", insight="risks", times=-1)
    row, ran = processed(asking)
    assert (ran.outcome("risks"), ran.outcome("decisions"), ran.checks["risks_are_available"]) == (
        "gap", "available", False,
    )  # fmt: skip
    text = minutes(asking, row)
    assert "> Incomplete: risks." in text
    assert "Ask the people who were there before relying on the plan." in text.split("## Risks\n\n")[1]
    assert [gap["insight"] for gap in webhook(asking, row)["gaps"]] == ["risks"]
    assert "risks" in str(ran.materialized["minutes"].metadata["preview"].value)
    assert ran.materialized["minutes"].metadata["risk_count"].value is None
    with client(asking) as api:
        assert [one["recording_id"] for one in api.get("/v1/recordings?gap=risks").json()["recordings"]] == [row.key]
        assert api.get("/v1/recordings?gap=decisions").json()["recordings"] == []
        assert api.get("/v1/recordings?gap=unknown").status_code == 422


def test_without_a_rule_the_offline_engine_leaves_a_gap_and_never_another_insights_answer(
    offline: Runs, risks: Insight, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = SPECS[risks]
    object.__setattr__(spec, "offline", None)
    row, ran = processed(offline)
    assert (ran.outcome("risks"), ran.outcome("action_items")) == ("gap", "draft")
    record = offline.installation.store.records.get(row.key)
    assert [(gap.code, gap.retry_at) for gap in record.gaps] == [("no_offline_rule", None)]


def test_what_is_stored_of_an_insight_whose_file_is_gone_is_kept_and_disturbs_nobody(
    offline: Runs, risks: Insight
) -> None:
    row, _ = processed(offline)
    store, spec = offline.installation.store, SPECS[risks]
    unregister(risks)
    try:
        record = store.records.get(row.key)
        assert (set(record.stamps), record.decisions is not None) == (
            {"transcript", "speakers", "summary", "action_items", "decisions"}, True,
        )  # fmt: skip
        assert "Risks" not in minutes_of(offline, row)
    finally:
        register(spec)
    assert store.records.get(row.key).results[risks]


def minutes_of(runs: Runs, row: Recording) -> str:
    with client(runs) as api:
        return api.get(f"/v1/meetings/{row.key}/minutes.md").text
