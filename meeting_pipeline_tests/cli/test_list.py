"""`list` shows the state of every recording."""

import json

import pytest

from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import Journey, answer, completed, new_recording, summary, unavailable


def line(output: str, key: str) -> str:
    return next(line for line in output.splitlines() if line.startswith(key))


@pytest.mark.usefixtures("installation")
def test_an_empty_home_says_how_to_begin(run: Run) -> None:
    result = run("list")
    assert result.exit_code == 0
    assert "meeting-pipeline submit FILE" in result.stdout


def test_each_recording_is_a_line_with_status_length_and_title(run: Run, installation: Installation) -> None:
    key = completed(installation.store, 1).key
    waiting = installation.store.recordings.accept(new_recording(2, title="A\x1b[31m <b>" + "x" * 50)).key
    output = run("list").stdout
    assert line(output, key).split() == [key, "completed", "0:01:00", "Weekly"]
    assert "ready" in line(output, waiting)
    assert "\x1b" not in output
    assert "…" in line(output, waiting)


def test_gaps_drafts_and_errors_are_visible(run: Run, installation: Installation) -> None:
    store = installation.store
    gappy = Journey(store, number=1).accept().begin().collect()
    store.results.store_gap(gappy.key, gappy.run_id, unavailable())
    gappy.complete()
    draft = Journey(store, number=2).accept().begin().collect()
    made = answer(summary()).model_copy(
        update={"provenance": Provenance(provider="offline", model="rules", draft=True)}
    )
    store.results.store_answer(draft.key, draft.run_id, made, input_hash="i")
    draft.complete()
    failed = Journey(store, number=3).accept().begin()
    store.lifecycle.fail(failed.key, failed.run_id, PermanentError("silent", "It is silent."))
    output = run("list").stdout
    assert line(output, gappy.key).endswith("missing: summary")
    assert line(output, draft.key).endswith("draft")
    assert line(output, failed.key).endswith("silent: It is silent.")


def test_a_draft_that_was_replaced_is_no_draft(run: Run, installation: Installation) -> None:
    store = installation.store
    journey = Journey(store, number=2).accept().begin().collect()
    made = answer(summary()).model_copy(
        update={"provenance": Provenance(provider="offline", model="rules", draft=True)}
    )
    store.results.store_answer(journey.key, journey.run_id, made, input_hash="i")
    journey.answer(summary("Better."))
    journey.complete()
    assert "draft" not in line(run("list").stdout, journey.key)


def test_status_and_limit_choose(run: Run, installation: Installation) -> None:
    key = completed(installation.store, 1).key
    for number in (2, 3, 4):
        installation.store.recordings.accept(new_recording(number))
    assert [row["recording_id"] for row in json.loads(run("list", "--status", "completed", "--json").stdout)] == [key]
    assert len(json.loads(run("list", "--limit", "2", "--json").stdout)) == 2
    assert run("list", "--status", "failed").stdout == "No recordings.\n"


def test_json_has_the_fields_that_programs_need(run: Run, installation: Installation) -> None:
    key = completed(installation.store, 1).key
    (row,) = json.loads(run("list", "--json").stdout)
    assert (row["recording_id"], row["status"], row["gaps"], row["draft"], row["error"]) == (
        key,
        "completed",
        [],
        False,
        None,
    )


def test_an_outage_is_told_first_and_at_the_recordings_that_wait_for_it(run: Run, installation: Installation) -> None:
    store = installation.store
    waiting = store.recordings.accept(new_recording(1, needs_order=True)).key
    done = completed(store, 2).key
    error = OperatorError("assemblyai_key_refused", "The key was refused.", "Correct it.")
    store.outages.failed("assemblyai", Service.TRANSCRIPTION, error, None)
    output = run("list").stdout
    assert output.startswith("Out: assemblyai (transcription) has not worked since 2")
    assert "Correct it." in output.splitlines()[0]
    assert line(output, waiting).endswith("ordering; waits for assemblyai (assemblyai_key_refused)")
    assert "waits" not in line(output, done)
    result = run("list", "--json")
    by_key = {entry["recording_id"]: entry["waits_for"] for entry in json.loads(result.stdout)}
    assert by_key[done] is None
    assert by_key[waiting]["code"] == "assemblyai_key_refused"
    assert by_key[waiting]["since"] < by_key[waiting]["asked_again_at"]
    shown = run("show", waiting).stdout
    assert "It waits: assemblyai (transcription) has not worked since" in " ".join(shown.split())


def test_an_outage_is_a_warning_of_doctor(run: Run, installation: Installation) -> None:
    store = installation.store
    store.recordings.accept(new_recording(1, needs_order=True))
    store.outages.failed(
        "assemblyai", Service.ORDERS, OperatorError("assemblyai_no_credit", "No credit.", "Pay."), None
    )
    output = run("doctor").stdout
    assert "WARN outage: assemblyai (orders) has not worked since" in output
    assert "Recordings that wait for assemblyai: 1." in output


def test_the_list_is_filtered_by_what_was_attached(run: Run, installation: Installation) -> None:
    attached = SidecarOptions(reference="cms-1", metadata={"site": "Ulm", "n": 7})
    key = installation.store.recordings.accept(new_recording(1, options=attached)).key
    installation.store.recordings.accept(new_recording(2))
    for options in (("--reference", "cms-1"), ("--metadata", "site=Ulm", "--metadata", "n=7")):
        [entry] = json.loads(run("list", "--json", *options).stdout)
        assert (entry["recording_id"], entry["reference"], entry["metadata"]) == (key, "cms-1", attached.metadata)
    assert run("list", "--reference", "cms").stdout == "No recordings.\n"
    assert "NAME=VALUE" in run("list", "--metadata", "site").stderr
