"""Files that intake leaves out are listed everywhere with the reason and what to do."""

import os
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.cli.checkup.storage import drop_folder
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.inbox import Candidate, find_settled
from meeting_pipeline.steps.intake.left_out import REASONS, as_line, left_behind
from meeting_pipeline.steps.intake.settling import looks_of


def put(installation: Installation, name: str, *, old: bool = False) -> Path:
    path = installation.settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    if old:
        moment = time.time() - intake_policies.LEFT_OUT_SECONDS - 60
        os.utime(path, (moment, moment))
    return path


def found(installation: Installation) -> dict[str, str]:
    return {one.path: one.reason for one in left_behind(installation.settings)}


def test_nothing_is_left_out_of_what_is_taken_or_rejected(installation: Installation) -> None:
    for name in ("a.wav", "b.pdf", "c", "d.vtt", "d.json", "e.wav.part", ".f.wav.Xy12", "Thumbs.db"):
        put(installation, name)
    (installation.settings.inbox / "link.wav").symlink_to("/nowhere")
    os.mkfifo(installation.settings.inbox / "pipe.wav")
    assert found(installation) == {}


def test_a_sidecar_without_its_recording_is_named_at_once(installation: Installation) -> None:
    put(installation, "team/weekly.json")
    assert found(installation) == {"inbox/team/weekly.json": "sidecar_alone"}


@pytest.mark.parametrize(("name", "reason"), [("a.wav.part", "unfinished_name"), (".a.wav", "hidden_name")])
def test_names_of_unfinished_copies_are_named_after_a_while(installation: Installation, name: str, reason: str) -> None:
    put(installation, name, old=True)
    assert found(installation) == {f"inbox/{name}": reason}


def test_an_unfinished_copy_of_a_file_server_with_another_clock_is_named_after_a_while(
    installation: Installation,
) -> None:
    path = put(installation, "a.wav.part")
    os.utime(path, (4_000_000_000, 4_000_000_000))
    find_settled(installation.settings.inbox, time.monotonic(), 1, looks_of(installation.settings.home))
    assert found(installation) == {}
    before = time.monotonic() - intake_policies.LEFT_OUT_SECONDS - 60
    find_settled(installation.settings.inbox, before, 1, looks_of(installation.settings.home))
    assert found(installation) == {"inbox/a.wav.part": "unfinished_name"}


def test_a_file_that_is_held_open_for_long_is_named(installation: Installation) -> None:
    path = put(installation, "a.wav")
    with path.open("ab"):
        assert found(installation) == {}
        os.utime(path, (1, 1))
        assert found(installation) == {"inbox/a.wav": "held_open"}
    assert found(installation) == {}


def test_a_file_that_can_be_neither_taken_nor_rejected_is_named(installation: Installation) -> None:
    candidate = Candidate(put(installation, "a.wav"))
    with Attempts(installation.settings.home).trying(candidate) as attempt:
        attempt.defer("Operation not permitted", time.time())
    assert found(installation) == {"inbox/a.wav": "cannot_be_moved"}


def test_a_name_that_cannot_be_decoded_is_shown_as_text(installation: Installation) -> None:
    folder = os.fsencode(installation.settings.inbox)
    with open(folder + b"/\xff\xfe\n.json", "wb"):  # noqa: PTH123 - a name of bytes
        pass
    [one] = left_behind(installation.settings)
    assert one.path.isprintable()
    assert one.path.encode("utf-8")


def test_a_message_names_the_first_and_counts_the_others(installation: Installation) -> None:
    for number in range(policies.LEFT_OUT_SHOWN + 2):
        put(installation, f"{number}.json")
    line = as_line(left_behind(installation.settings))
    assert "inbox/0.json" in line
    assert line.endswith("; and 2 more.")
    assert as_line([]) == ""


def test_doctor_service_and_metric_name_it(installation: Installation) -> None:
    put(installation, "weekly.json")
    assert any("inbox/weekly.json" in str(one) for one in drop_folder(installation.settings))
    with TestClient(build_app(Service(installation, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        told = client.get("/v1/inbox").json()
        text = client.get("/metrics").text
    assert told["left_out_count"] == 1
    assert [(one["path"], one["reason"]) for one in told["left_out"]] == [("inbox/weekly.json", "sidecar_alone")]
    assert told["left_out"][0]["advice"]
    assert 'meeting_pipeline_inbox_left_out{reason="sidecar_alone"} 1.0' in text
    for reason in REASONS:
        assert f'meeting_pipeline_inbox_left_out{{reason="{reason}"}}' in text
