"""`edit` changes details, lists what people changed, and undoes it; `submit` says which details it ignores."""

from pathlib import Path

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.batch import take_in
from meeting_pipeline.steps.intake.inbox import find_candidates
from meeting_pipeline.store.edits.edit_history import EditHistory
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import completed


def test_details_are_changed_listed_and_put_back(installation: Installation, run: Run) -> None:
    key = completed(installation.store).key
    assert "It has no edits." in run("edit", key).stdout
    done = run("edit", key, "--title", "Board", "--date", "2025-10-08", "--by", "Grace")
    assert (done.exit_code, done.stdout) == (0, f"Changed: date, title of {key}\n")
    row = installation.store.recordings.get(key)
    assert (row.title, row.meeting_date.isoformat()) == ("Board", "2025-10-08")
    listed = run("edit", key[:20]).stdout
    assert "Grace" in listed
    assert '"title": "Weekly"' in listed
    assert run("edit", key, "--undo", "1", "--by", "Ben").exit_code == 0
    assert installation.store.recordings.get(key).title == "Weekly"
    assert "edited_since" in run("edit", key, "--undo", "1").stderr


def test_a_list_that_is_not_whole_says_how_many_edits_it_lacks(
    installation: Installation, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = completed(installation.store).key
    for title in ("One", "Two", "Three"):
        installation.store.recording_edits.change(key, {"title": title}, by="Grace")
    assert "earlier" not in run("edit", key).stderr
    newest = installation.store.edit_history.newest(key, limit=1)
    monkeypatch.setattr(EditHistory, "newest", lambda *_: newest)
    assert "2 earlier edits are not listed." in run("edit", key).stderr


def test_a_changed_language_shows_the_price_and_starts_nothing(installation: Installation, run: Run) -> None:
    key = completed(installation.store).key
    said = run("edit", key, "--language", "de").stdout
    assert "Expected: 0.0400 USD." in said
    assert f"meeting-pipeline reprocess {key} --assets transcript," in said
    assert installation.store.recordings.get(key).stage == "done"


def test_what_cannot_be_meant_is_refused(installation: Installation, run: Run) -> None:
    key = completed(installation.store).key
    assert run("edit", key, "--language", "Deutsch").exit_code == 2
    assert run("edit", key, "--title", "x", "--undo", "1").exit_code == 2
    assert run("edit", "no-such", "--title", "x").exit_code == 2


def test_submit_says_which_details_of_known_content_are_ignored(
    installation: Installation, run: Run, tmp_path: Path
) -> None:
    export = tmp_path / "weekly.vtt"
    export.write_text("WEBVTT\n\n00:00:00.000 --> 00:00:09.000\n<v Anna>I will send the offer by Friday.\n")
    assert run("submit", str(export), "--title", "Weekly").exit_code == 0
    (taken,) = take_in(installation, find_candidates(installation.settings.inbox)).taken
    said = run("submit", str(export), "--title", "Board", "--keyterm", "Kafka")
    assert said.exit_code == 0
    assert "Ignored, because this content is already known with other details: title, keyterms." in said.stderr
    assert f"meeting-pipeline edit {taken.accepted.key}" in said.stderr
    assert 'title: sent "Board", kept "Weekly"' in said.stderr
    assert "Ignored" not in run("submit", str(export), "--title", "Weekly").stderr
