"""No secret is stored in plain text, and spoken words only where they must be, in normal operation and on failures."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import httpx
import pytest

from meeting_pipeline_tests.canaries import in_files
from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import SECRET, SIGNING_SECRET, Dropped, System

pytestmark = pytest.mark.scenario

TITLE = "Zimtkanarie budget"
SPOKEN_WORD = "gimpelkanarie"
FULL_NAME = "Stieglitzkanarie"
TOKEN = "tokencanary7c1d"
WORDS = (TITLE, SPOKEN_WORD, FULL_NAME)
SECRETS = (SECRET, SIGNING_SECRET, ASSEMBLYAI_KEY, OPENAI_KEY)
SPOKEN = [
    {"speaker": "A", "text": f"Good morning, my name is {FULL_NAME} and I keep the {SPOKEN_WORD} budget."},
    {"speaker": "B", "text": f"I will send the {SPOKEN_WORD} figures by Friday."},
    {"speaker": "A", "text": f"We agreed to freeze the {SPOKEN_WORD} budget."},
]
RESULT_TABLES = (
    "recordings", "segments", "speakers", "action_items", "decisions", "artifacts", "paid_answers", "webhook_events",
    r"search_\w+", "mail_deliveries", "inbox_objects", "commitments", r"commitment_\w+", r"person_\w+",
    "speaker_voices",
)  # fmt: skip
MAY_HOLD_WORDS = re.compile(
    rf"meetings\.sqlite3(-wal|:({'|'.join(RESULT_TABLES)})\.\w+)"
    # People read results in Dagster's UI: its event log has short previews, and its asset list the newest ones.
    r"|dagster/storage/(history/event_log\.db)?[^/]*(event_logs\.event|asset_keys\.\w+|-wal)"
    r"|(recordings|exports|rejected|inbox)/.*"
)


def drop_file(system: System) -> dict[str, Dropped]:
    """One whose receiver echoes its delivery, one whose provider echoes its request, one whose webhook host does not exist."""
    found = {}
    providers, receiver = system.outside.providers, system.outside.receiver
    receiver.answer(500, name="echoing", body=f"cannot store {TITLE}: {SPOKEN_WORD}, secret {SECRET}")
    for name, title in (("echoing", TITLE), ("asked", f"{TITLE} again"), ("nowhere", f"{TITLE} last")):
        content = media.wav(f"canaries: {name}")
        providers.script(hashlib.sha256(content).hexdigest(), utterances=SPOKEN)
        found[name] = system.drop(
            f"canary-{name}.wav",
            content,
            title=title,
            participants=[FULL_NAME],
            webhook_secret=SECRET,
            webhook_url=f"https://nowhere.invalid/hook?token={TOKEN}" if name == "nowhere" else receiver.hook(name),
        )
    message = f"Incorrect API key {OPENAI_KEY}; you sent: {SPOKEN_WORD}, {FULL_NAME}"
    providers.fault(
        "POST /v1/responses",
        "status",
        insight="decisions",
        words=f"{TITLE} again",
        status=400,
        message=message,
        times=9,
    )
    return found


@pytest.fixture(scope="module")
def home(system: System, handed_in: dict[str, Dropped]) -> Path:
    system.wait_until_told("echoing", times=2)
    system.wait_until_told("asked")
    system.wait_until_over(handed_in["nowhere"])
    key = system.key(handed_in["nowhere"])
    query = (
        "SELECT * FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id WHERE recording_key = :key"
    )
    system.wait_for(lambda: system.rows(query, key=key), "a delivery that got nowhere")
    return system.home


def test_no_secret_stands_anywhere_but_in_a_submitters_own_file(home: Path) -> None:
    """A rejected file is returned with its sidecar, unchanged: both belong to the submitter."""
    found = in_files(home, SECRETS)
    assert [one for one in sorted(found) if not one.place.startswith(("rejected/", "inbox/"))] == []


def test_every_line_of_every_log_is_one_object_that_says_when_where_and_what(home: Path) -> None:
    lines = [(path.name, line) for path in (home / "logs").iterdir() for line in path.read_text().splitlines()]
    records = [json.loads(line) for _, line in lines]
    assert all({"time", "level", "logger", "process", "message"} <= record.keys() for record in records)
    assert {name for name, _ in lines} >= {"code-server.log", "daemon.log", "webserver.log", "http-service.log"}
    ends = [record for record in records if record["logger"] == "meeting_pipeline.step"]
    assert {record["stage"] for record in ends} >= {"intake", "order", "transcript", "decisions", "minutes", "webhook"}
    assert all(record["run_id"] for record in ends)
    timed = {record["stage"] for record in ends if isinstance(record.get("duration_ms"), int)}
    assert timed == {record["stage"] for record in ends}, "an answer that was there already took no time"
    told = [record for record in ends if record["stage"] != "intake"]
    assert all(record["recording_id"] for record in told)


def test_metrics_are_served_and_say_nothing_that_they_should_not(system: System, home: Path) -> None:
    note = json.loads((home / "up.json").read_text())
    text = httpx.get(f"{note['api_url']}/metrics", trust_env=False, timeout=60).text
    assert 'meeting_pipeline_recordings{stage="done",status="completed"}' in text
    assert "meeting_pipeline_dagster_ui_up 1.0" in text
    assert 'meeting_pipeline_sensor_tick_failed{sensor="drop_folder"} 0.0' in text
    assert [word for word in (*SECRETS, *WORDS, TOKEN) if word in text] == []


def test_what_was_said_stands_only_among_the_results(home: Path) -> None:
    found = in_files(home, WORDS)
    assert {one.word for one in found} == set(WORDS), "the search finds what is there"
    assert [one for one in sorted(found) if not MAY_HOLD_WORDS.fullmatch(one.place)] == []


def test_a_targets_credentials_stand_only_beside_the_target(home: Path) -> None:
    places = {one.place for one in in_files(home, [TOKEN])}
    assert "meetings.sqlite3:submissions.webhook_url" in places
    kept = {
        "meetings.sqlite3:submissions.webhook_url",
        "meetings.sqlite3:webhook_endpoints.url",
        "meetings.sqlite3-wal",
    }
    assert places <= kept
