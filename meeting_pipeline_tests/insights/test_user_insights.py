"""User-defined insights: each YAML file becomes an asset with all that depends on it; a bad file is reported and skipped."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from meeting_pipeline.cli.doctor import doctor
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.insights.registry import SPECS, user_insights
from meeting_pipeline.insights.user_insights import load_user_insights
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.tables import Artifact, Recording
from meeting_pipeline_tests.dagster_runs import Ran, Runs
from meeting_pipeline_tests.domain.claimed import without_claim
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.insights.meetings import shown_of, transcript_of
from meeting_pipeline_tests.insights.open_risks import FILE, QUOTE, TALK, WHEN
from meeting_pipeline_tests.insights.processing import client, minutes, process, webhook

ASK = "POST /v1/responses"


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "risk": "{B} expects that the vendor raises the price", "owner": "B", "level": "high", "segment_ids": [1], "quote": QUOTE,
        "due": "in May", "due_segment_ids": [1], "due_quote": WHEN, **changes,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def _none_stays(tmp_path: Path) -> Iterator[None]:
    yield
    load_user_insights(tmp_path / "nowhere")


def write(home: Path, text: str, name: str = "risks.yaml") -> Path:
    path = home / "insights" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def runs(paid: Installation, instance: dg.DagsterInstance, waits: list[float]) -> Runs:
    write(paid.settings.home, FILE)
    assert load_user_insights(paid.settings.home, again=True) == ()
    return Runs(paid, instance, waits)


@pytest.fixture
def home_insight(tmp_path: Path) -> Any:
    write(tmp_path, FILE)
    load_user_insights(tmp_path, again=True)
    return SPECS[Insight("open_risks")]


def judged(spec: Any, *entries: dict[str, Any]) -> Any:
    """The items of an answer about a short talk; equal ones are not united, because each speaks of another risk."""
    transcript = transcript_of([("A", "Good morning, we decided to ship the release."), ("B", QUOTE)])
    found: list[Any] = []
    for one in entries:
        found.extend(spec.read(json.dumps({"items": [one]}), shown_of(transcript)).items)
    return found


def processed(runs: Runs, providers: Providers, *entries: dict[str, Any]) -> tuple[Recording, Ran]:
    if entries:
        text = json.dumps({"items": list(entries)})
        providers.fault(ASK, "output", insight="open_risks", times=-1, text=text)
    return process(runs, TALK)


def meeting(runs: Runs, row: Recording) -> dict[str, Any]:
    with client(runs) as api:
        found: dict[str, Any] = api.get(f"/v1/meetings/{row.key}").json()["meeting"]
    return found


def test_a_file_is_an_asset_a_section_a_field_and_rows(runs: Runs, providers: Providers) -> None:
    row, ran = processed(runs, providers, entry())
    assert (ran.outcome("open_risks"), ran.checks["open_risks_are_available"]) == ("available", True)
    assert ran.materialized["open_risks"].metadata["prompt_version"].value.startswith("draft-1:")  # type: ignore[union-attr]
    section = minutes(runs, row).split("## Open risks\n\n")[1].split("\n\n## ")[0]
    assert section.splitlines() == [
        "- **Priya expects that the vendor raises the price**",
        "  - Watched by: Priya",
        "  - Level: high",
        "  - Until: in May (Said at 0:00:05: “in May”)",
        f"  - Said at 0:00:05: “{QUOTE}”",
    ]
    item = {
        "risk": "Priya expects that the vendor raises the price",
        "owner": "B", "owner_name": "Priya", "level": "high", "due": "in May",
        "due_evidence": {"segment_ids": [1], "quote": WHEN, "start_ms": 5000}, "candidate": False,
        "evidence": {"segment_ids": [1], "quote": QUOTE, "start_ms": 5000},
    }  # fmt: skip
    for told in (meeting(runs, row), webhook(runs, row)["meeting"]):
        assert [without_claim(entry) for entry in told["open_risks"]] == [item]
        assert told["unverified"]["open_risks"] == 0
    with client(runs) as api:
        names = [one["name"] for one in api.get("/v1/insights").json()["insights"]]
    assert names == ["summary", "decisions", "action_items", "open_risks", "speakers"]


def test_its_rows_can_be_asked_for_with_plain_sql(runs: Runs, providers: Providers) -> None:
    processed(runs, providers, entry(), entry(risk="The venue may close", owner=None, level="low"))
    query = "SELECT json_extract(fields, '$.risk') FROM insight_items WHERE insight = 'open_risks' ORDER BY position"
    with closing(sqlite3.connect(runs.installation.settings.database_file)) as connection:
        found = [text for (text,) in connection.execute(query)]
    assert found == ["Priya expects that the vendor raises the price", "The venue may close"]


def test_an_answer_of_another_shape_is_a_gap_and_no_result(runs: Runs, providers: Providers) -> None:
    row, ran = processed(runs, providers, entry(risk={"name": "the vendor"}))
    assert (ran.outcome("open_risks"), ran.outcome("decisions")) == ("gap", "available")
    record = runs.installation.store.records.get(row.key)
    assert [(gap.insight, gap.code) for gap in record.gaps] == [("open_risks", "invalid_answer")]
    assert meeting(runs, row)["open_risks"] is None
    assert "Ask before you rely on the plan." in minutes(runs, row)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"quote": "Nobody said this at all."}, "quote_not_found"),
        ({"quote": None}, "quote_not_found"),
        ({"due_quote": "by the end of June"}, "quote_not_found"),
        ({"due": "in 2031"}, "number_not_said"),
        ({"risk": "The vendor moves to the moon"}, "not_supported"),
        ({"risk": "The vendor may raise the price by forty percent"}, "number_not_said"),
        ({"owner": "Karen"}, "owner_unknown"),
    ],
)
def test_an_item_that_does_not_hold_is_unverified_and_the_others_stay(
    home_insight: Any, changes: dict[str, Any], reason: str
) -> None:
    bad, good = judged(home_insight, entry(**changes), entry())
    assert (bad.verdict, good.verdict) == ("unverified", "verified")
    assert reason in bad.reasons


def test_an_item_without_a_required_value_is_dropped(home_insight: Any) -> None:
    assert len(judged(home_insight, entry(risk="  "), entry())) == 1


def test_a_value_that_was_not_said_needs_no_quote(runs: Runs, providers: Providers) -> None:
    row, _ = processed(runs, providers, entry(due=None, due_quote=None, due_segment_ids=[]))
    [item] = meeting(runs, row)["open_risks"]
    assert (item["due"], item["due_evidence"]) == (None, None)


def test_a_process_keeps_the_insights_that_it_started_with(runs: Runs) -> None:
    write(runs.installation.settings.home, FILE.replace("open_risks", "another"), "another.yaml")
    load_user_insights(runs.installation.settings.home)
    assert user_insights() == ("open_risks",)


def test_a_new_prompt_version_asks_again_and_the_same_one_does_not(paid: Installation) -> None:
    versions = []
    for text in (FILE, FILE + "\n# a remark\n", FILE.replace("draft-1", "draft-2")):
        write(paid.settings.home, text)
        load_user_insights(paid.settings.home, again=True)
        versions.append(SPECS[Insight("open_risks")].prompt_version("m"))
    assert versions[0] == versions[1] != versions[2]


def test_results_of_an_earlier_file_that_fit_no_more_disturb_nobody(runs: Runs, providers: Providers) -> None:
    row, _ = processed(runs, providers, entry())
    write(runs.installation.settings.home, FILE.replace("type: text", "type: number"))
    assert load_user_insights(runs.installation.settings.home, again=True) == ()
    assert meeting(runs, row)["open_risks"] is None
    assert meeting(runs, row)["decisions"] is not None
    with runs.installation.store.database.read() as session:
        assert session.scalars(select(Artifact.kind).where(Artifact.kind == "open_risks")).all()


BAD = [
    ("name: open_risks\ntitle: [\n", 3, "expected"),
    (FILE.replace("title: Level", "titel: Level"), 18, "titel"),
    (FILE.replace("type: person", "type: human"), 15, "type"),
    (FILE.replace("prompt_version: draft-1\n", ""), 1, "prompt_version: is missing"),
    (FILE.replace("name: open_risks", "name: decisions"), 1, "there is already an insight decisions"),
    (FILE.replace("name: open_risks", "name: minutes"), 1, "the name is taken"),
    (FILE.replace("name: open_risks", "name: Open-Risks"), 1, "name"),
    (FILE.replace("title: Open risks", "title: Open risks\ntitle: Twice"), 3, "title appears twice"),
    (FILE.replace("    quote: true\n", ""), 1, "quote: true"),
    (FILE.replace("    required: true\n", ""), 1, "required: true"),
    (FILE.replace("[low, high]", "[low]"), 17, "two different choices"),
    (FILE.replace("name: level", "name: evidence"), 17, "cannot be called evidence"),
    ("", None, ""),
    ("just a word\n", 1, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "words"), BAD)
def test_a_bad_file_is_told_with_its_line_and_the_others_work(
    tmp_path: Path, text: str, line: int | None, words: str
) -> None:
    path = write(tmp_path, text, "bad.yaml")
    write(tmp_path, FILE.replace("open_risks", "good_one"), "good.yaml")
    [problem] = load_user_insights(tmp_path)
    assert (problem.path, problem.line) == (path, line)
    assert words in problem.message
    assert str(problem).startswith(f"{path}, line {line}: " if line else f"{path}: ")
    assert Insight.names() == ("speakers", "summary", "action_items", "decisions", "good_one")


def test_the_code_location_loads_with_a_bad_file_beside_a_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from meeting_pipeline.definitions import defs

    write(tmp_path, "name: [\n", "bad.yaml")
    write(tmp_path, FILE)
    monkeypatch.setenv("MEETING_PIPELINE_HOME", str(tmp_path))
    assets = defs().resolve_asset_graph().get_all_asset_keys()
    assert dg.AssetKey("open_risks") in assets
    assert "bad.yaml, line 2" in caplog.text


def test_doctor_names_the_file_and_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, FILE.replace("type: person", "type: human"))
    monkeypatch.setenv("MEETING_PIPELINE_HOME", str(tmp_path))
    said = CliRunner().invoke(doctor).output
    assert "risks.yaml, line 15" in " ".join(said.split())


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xff\xfe", "not UTF-8"), (b"x" * 70_000, "larger than"), (b"a: &x [*x]\n", "nested")]
)
def test_a_file_that_is_no_text_of_ours_is_told_too(tmp_path: Path, content: bytes, words: str) -> None:
    path = write(tmp_path, "")
    path.write_bytes(content)
    [problem] = load_user_insights(tmp_path)
    assert words in problem.message


def test_the_example_of_the_documentation_is_an_insight(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "insights.md").read_text()
    write(tmp_path, text.split("```yaml\n")[1].split("```")[0])
    assert load_user_insights(tmp_path) == ()
    assert user_insights() == ("open_risks",)
