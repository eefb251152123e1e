"""`submit` submits files and waits for their outcomes, against the real intake."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.intake.batch import take_in
from meeting_pipeline.steps.intake.inbox import find_candidates
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import Journey, action_items, summary

EXPORT = "WEBVTT\n\n00:00:00.000 --> 00:00:09.000\n<v Anna>I will send the offer by Friday, and we ship on Monday.\n"
_PATIENCE_SECONDS = 300.0


@pytest.fixture
def installation(home: Path) -> Iterator[Installation]:
    """The system's side, with a clock that runs ahead: files that were just submitted count as settled."""
    settings = load_settings({"MEETING_PIPELINE_HOME": str(home)})
    opened = open_installation(settings, now=lambda: datetime.now(UTC) + timedelta(seconds=60))
    yield opened
    opened.store.close()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "weekly.vtt"
    path.write_text(EXPORT)
    return path


def sidecar(home: Path) -> SidecarOptions:
    (path,) = (home / "inbox").glob("cli-*/*.json")
    return SidecarOptions.model_validate_json(path.read_text())


@contextmanager
def system(installation: Installation, then: Callable[[Journey], object]) -> Iterator[None]:
    """Run a thread that takes in dropped files, as the system would, and calls ``then`` for each."""
    problems: list[BaseException] = []
    inbox = installation.settings.inbox

    def work() -> None:
        try:
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while not ((report := take_in(installation, find_candidates(inbox))).taken or report.refused):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            for taken in report.taken:
                then(Journey(installation.store, key=taken.accepted.key))
        except BaseException as error:  # noqa: BLE001 - it is raised in the test's own thread
            problems.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join(_PATIENCE_SECONDS)
    assert problems == []


def finish(journey: Journey) -> None:
    journey.begin().collect().answer(summary(), action_items("Send the offer"))
    journey.complete()


def fail(journey: Journey) -> None:
    journey.begin()
    error = PermanentError("silent", "The recording is silent.", "Check the microphone.")
    journey.store.lifecycle.fail(journey.key, journey.run_id, error)


def test_all_options_reach_the_sidecar(run: Run, home: Path, export: Path) -> None:
    words = (
        "--title Weekly --date 2026-03-02 --language en_us --speakers-expected 3 --participant Anna --participant Ben"
    )
    words += " --multichannel"
    words += " --keyterm Kessel --webhook-url https://cms.example/hook --webhook-secret canary-secret --timezone Europe/Berlin"
    words += " --expected-language en --expected-language de --redact-pii text --filter-profanity"
    words += " --webhook-body thin --reference cms-1 --metadata site=Ulm --metadata formula=a=b"
    result = run("submit", str(export), *words.split(), "--custom-spelling", '{"SQL": "sequel"}')
    assert result.exit_code == 0, result.output
    assert sidecar(home).model_dump(mode="json") == {
        "title": "Weekly",
        "webhook_url": "https://cms.example/hook",
        "webhook_secret": "canary-secret",
        "webhook_body": "thin",
        "mail_to": [],
        "reference": "cms-1",
        "metadata": {"site": "Ulm", "formula": "a=b"},
        "participants": ["Anna", "Ben"],
        "keyterms": ["Kessel"],
        "language": "en_us",
        "speakers_expected": 3,
        "multichannel": True,
        "date": "2026-03-02",
        "timezone": "Europe/Berlin",
        "file_modified_at": None,
        "languages": ["en", "de"],
        "redact_pii": "text",
        "filter_profanity": True,
        "custom_spelling": {"SQL": ["sequel"]},
    }
    assert "canary" not in result.output


@pytest.mark.parametrize(("words", "expected"), [("", None), ("--multichannel", True), ("--no-multichannel", False)])
def test_channels_are_as_the_setting_says_unless_they_are_given(
    run: Run, home: Path, export: Path, words: str, expected: object
) -> None:
    run("submit", str(export), "--title", "Call", *words.split())
    assert sidecar(home).multichannel is expected


def test_the_secret_can_come_from_the_environment(run: Run, home: Path, export: Path) -> None:
    run("submit", str(export), "--webhook-url", "https://cms.example/", MEETING_PIPELINE_SUBMIT_SECRET="canary-secret")
    assert sidecar(home).webhook_secret == "canary-secret"


def test_it_says_how_to_follow_and_that_no_system_runs(run: Run, export: Path) -> None:
    result = run("submit", str(export))
    assert "Submitted as cli-" in result.stdout
    assert "meeting-pipeline list" in result.stdout
    assert "meeting-pipeline up" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--webhook-url", "ftp://cms.example"), "must start with http"),
        (("--webhook-url", "http://127.0.0.1/hook"), "not on the public internet"),
        (("--webhook-url", "http://169.254.169.254/"), "refused"),
        (("--webhook-secret", "long-enough"), "needs --webhook-url"),
        (("--webhook-url", "https://c.example", "--webhook-secret", "short-x"), "--webhook-secret: "),
        (("--webhook-url", "https://c.example", "--webhook-secret", "long enough\n"), "HTTP header cannot carry"),
        (("--language", "English"), "--language: "),
        (("--speakers-expected", "99"), "--speakers-expected: "),
        (("--date", "tomorrow"), "--date"),
        (("--title", "x" * 301), "--title: "),
        (("--expected-language", "German"), "--expected-language: "),
        (("--reference", "two\nlines"), "--reference: "),
        (("--metadata", "short-x"), "--metadata: "),
        (("--metadata", "a=1", "--metadata", "a=2"), "--metadata: "),
        (("--custom-spelling", "SQL"), "--custom-spelling: "),
    ],
)
def test_a_wrong_option_is_named_before_anything_is_copied(
    run: Run, home: Path, export: Path, words: tuple[str, ...], told: str
) -> None:
    result = run("submit", str(export), *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "short-x" not in result.output
    assert list((home / "inbox").glob("*")) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("a.pdf", "x", ".pdf"), ("a.wav", "", "empty"), ("a", "x", "ending"), ("a.json", "{}", "not a transcript")],
)
def test_a_file_that_cannot_be_a_recording_is_refused_at_once(
    run: Run, tmp_path: Path, name: str, content: str, told: str
) -> None:
    (tmp_path / name).write_text(content)
    result = run("submit", str(tmp_path / name))
    assert result.exit_code == 2
    assert told in result.stderr


def test_a_missing_file_is_named(run: Run, tmp_path: Path) -> None:
    result = run("submit", str(tmp_path / "gone.wav"))
    assert result.exit_code == 2
    assert "gone.wav" in result.stderr


def test_waiting_shows_progress_and_ends_with_0_when_completed(
    run: Run, installation: Installation, export: Path
) -> None:
    with system(installation, finish):
        result = run("submit", str(export), "--title", "Weekly", "--wait", "--timeout", "60")
    assert result.exit_code == 0, result.output
    key = installation.store.recordings.list()[0].key
    assert f"accepted as {key}" in result.stdout
    assert "summary: version 1 is stored" in result.stdout
    assert f"meeting-pipeline show {key}" in result.stdout


def test_a_failed_recording_ends_with_3_and_its_reason(run: Run, installation: Installation, export: Path) -> None:
    with system(installation, fail):
        result = run("submit", str(export), "--wait", "--timeout", "60")
    assert result.exit_code == 3
    assert "The recording is silent. Check the microphone. [silent]" in result.stderr


def test_waiting_in_vain_ends_with_4(run: Run, export: Path) -> None:
    result = run("submit", str(export), "--wait", "--timeout", "0.3")
    assert result.exit_code == 4
    assert "intake has not accepted the file yet" in result.stderr


def test_a_refused_file_ends_with_5_and_the_note_of_intake(
    run: Run, installation: Installation, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("this is no sound")
    with system(installation, finish):
        result = run("submit", str(bad), "--wait", "--timeout", "60")
    assert result.exit_code == 5
    assert "Why: " in result.stderr
    assert "What to do: " in result.stderr


def test_an_old_refusal_of_the_same_content_is_not_taken_for_this_one(
    run: Run, installation: Installation, export: Path
) -> None:
    folder = installation.settings.rejected / "20200101T000000-0000"
    folder.mkdir()
    (folder / "weekly.vtt").write_text(EXPORT)
    note = folder / "weekly.vtt.error.txt"
    note.write_text("old")
    os.utime(note, (1_600_000_000, 1_600_000_000))
    with system(installation, finish):
        assert run("submit", str(export), "--wait", "--timeout", "60").exit_code == 0


@pytest.mark.slow
def test_known_content_reports_its_outcome_once_intake_has_taken_it(
    run: Run, installation: Installation, export: Path
) -> None:
    with system(installation, finish):
        run("submit", str(export), "--wait", "--timeout", "60")
    key = installation.store.recordings.list()[0].key
    with system(installation, lambda journey: None):
        result = run("submit", str(export), "--wait", "--timeout", "60")
    assert result.exit_code == 0
    assert f"already known: {key} (completed)" in result.stdout
    assert list(installation.settings.inbox.rglob("*.vtt")) == []


@pytest.mark.slow
def test_known_content_that_failed_is_followed_through_its_second_try(
    run: Run, installation: Installation, export: Path
) -> None:
    with system(installation, fail):
        assert run("submit", str(export), "--wait", "--timeout", "60").exit_code == 3
    with system(installation, finish):
        result = run("submit", str(export), "--wait", "--timeout", "60")
    assert result.exit_code == 0, result.output
    assert "tried again" in result.stdout
