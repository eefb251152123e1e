"""A user on the command line: submit, follow, read, reprocess one result, maintain the installation."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, SECRET, Dropped, Outside, System

pytestmark = pytest.mark.scenario

TITLE = "Handed in by command"
HOOK = "command-line"


def call(system: System, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command, as from a shell."""
    environment = system.environment(settings)
    done = subprocess.run(
        system.command(*words), env=environment, capture_output=True, text=True, timeout=2 * PATIENCE_SECONDS
    )
    assert "Traceback" not in done.stderr
    assert [word for word in (SECRET, ASSEMBLYAI_KEY, OPENAI_KEY) if word in done.stdout + done.stderr] == []
    return done


@pytest.fixture(scope="module")
def submitted(system: System, outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A recording submitted with ``--wait``, and the output of that command."""
    file: Path = tmp_path_factory.mktemp("recordings") / "board meeting.wav"
    file.write_bytes(media.wav("the command line"))
    hook = outside.receiver.hook(HOOK)
    words = ("submit", str(file), "--title", TITLE, "--webhook-url", hook, "--wait", "--timeout", str(PATIENCE_SECONDS))
    done = call(system, *words, MEETING_PIPELINE_SUBMIT_SECRET=SECRET)
    dropped = Dropped(file.name, hashlib.sha256(file.read_bytes()).hexdigest(), HOOK)
    return SimpleNamespace(done=done, dropped=dropped, key=system.key(dropped), file=file)


def test_submit_shows_progress_until_the_recording_is_completed(submitted: SimpleNamespace) -> None:
    assert submitted.done.returncode == 0, submitted.done.stderr
    output = submitted.done.stdout
    assert output.index("accepted as") < output.index("transcript: version 1 is stored") < output.index("completed")
    assert f"meeting-pipeline show {submitted.key}" in output
    assert submitted.done.stderr == ""
    assert submitted.file.exists()


def test_its_submitter_hears_with_the_secret(system: System, outside: Outside, submitted: SimpleNamespace) -> None:
    system.wait_until_told(HOOK)
    assert outside.receiver.received(HOOK)[0]["secret_ok"] is True


def test_list_names_it(system: System, submitted: SimpleNamespace) -> None:
    line = next(line for line in call(system, "list").stdout.splitlines() if line.startswith(submitted.key))
    assert line.split()[1] == "completed"
    listed = json.loads(call(system, "list", "--json", "--limit", "10000").stdout)
    assert next(one for one in listed if one["recording_id"] == submitted.key)["title"] == TITLE


@pytest.mark.parametrize(
    ("kind", "begins"), [("text", TITLE), ("md", f"# {TITLE}"), ("json", "{"), ("vtt", "WEBVTT"), ("srt", "1\n")]
)
def test_show_renders_every_format(system: System, submitted: SimpleNamespace, kind: str, begins: str) -> None:
    done = call(system, "show", submitted.key[:-2], "--format", kind)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(begins)


def test_one_result_is_made_again_and_nothing_is_bought(
    system: System, outside: Outside, submitted: SimpleNamespace
) -> None:
    before = outside.calls(TITLE)
    words = ("--assets", "summary", "--wait", "--timeout", str(PATIENCE_SECONDS))
    done = call(system, "reprocess", submitted.key, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{submitted.key}: nothing is missing." in done.stdout
    assert [row["version"] for row in system.artifacts(submitted.key, "summary")] == [1, 2]
    assert [row["version"] for row in system.artifacts(submitted.key, "transcript")] == [1]
    assert [call["insight"] for call in outside.calls(TITLE)[len(before) :]] == ["summary"]
    sha = submitted.dropped.sha256
    assert (len(outside.uploads(sha)), len(outside.orders(sha))) == (1, 1)


def test_webhooks_shows_its_delivery_and_replays_it_with_the_same_bytes(
    system: System, outside: Outside, submitted: SimpleNamespace
) -> None:
    system.wait_until_told(HOOK)
    key = submitted.key
    system.wait_for(
        lambda: "delivered" in call(system, "webhooks", "list", "--recording", key).stdout, "its delivery to be noted"
    )
    first = json.loads(call(system, "webhooks", "list", "--recording", key, "--json").stdout)[-1]
    shown = call(system, "webhooks", "show", first["id"][:12]).stdout
    assert "try 1: " in shown
    same = [one for one in outside.receiver.received(HOOK) if one["headers"]["webhook-id"] == first["event_id"]]
    assert call(system, "webhooks", "replay", first["id"]).returncode == 0

    def again() -> list[str]:
        received = outside.receiver.received(HOOK)
        bodies = [one["body"] for one in received if one["headers"]["webhook-id"] == first["event_id"]]
        return bodies if len(bodies) > len(same) else []

    assert set(system.wait_for(again, "the replayed delivery")) == {same[0]["body"]}


def test_doctor_finds_the_running_system_well(system: System, submitted: SimpleNamespace) -> None:
    # On a busy machine a part may be late just now.
    done = system.wait_for(lambda: (found := call(system, "doctor")).returncode == 0 and found, "nothing to be wrong")
    assert f"OK   system: It is running; UI at {system.ui.url}, HTTP API and page at {system.api_url}." in done.stdout
    assert "OK   results database: " in done.stdout
    assert "OK   dagster storage: " in done.stdout
    assert "OK   transcription: " in done.stdout
    assert "OK   insights: " in done.stdout


def test_an_unknown_recording_is_refused_in_one_line(system: System) -> None:
    done = call(system, "reprocess", "no-such-recording")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
