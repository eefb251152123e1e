"""`share` makes links to one meeting, lists them without their addresses, and revokes them."""

import json

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import completed, new_recording


def test_a_link_is_printed_once_and_listed_without_its_address(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    made = run("share", "create", key[:14], "--transcript", "--days", "7", MEETING_PIPELINE_API_PORT="3001")
    assert made.exit_code == 0
    link = made.stdout.strip()
    assert link.startswith("http://127.0.0.1:3001/shared/ms_")
    assert "MEETING_PIPELINE_API_PUBLIC_URL" in made.stderr
    token = link.rsplit("/", 1)[1]
    row = installation.store.share_links.find(token)
    assert row is not None
    assert (row.recording_key, row.with_transcript, row.with_sound) == (key, True, False)
    assert (row.expires_at - row.created_at).days == 7
    listed = run("share", "list").stdout
    assert row.id in listed
    assert token not in listed
    [one] = json.loads(run("share", "list", key, "--json").stdout)
    assert (one["share_id"], one["state"], one["recording_id"]) == (row.id, "valid", key)
    assert run("share", "revoke", row.id[:10]).stdout == f"Revoked: {row.id} ({key}).\n"
    assert installation.store.share_links.find(token) is None
    assert "revoked" in run("share", "list").stdout


def test_behind_a_proxy_the_link_has_the_address_that_others_reach(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    made = run("share", "create", key, MEETING_PIPELINE_API_PUBLIC_URL="https://m.example/base/")
    assert made.stdout.startswith("https://m.example/base/shared/ms_")
    assert "MEETING_PIPELINE_API_PUBLIC_URL" not in made.stderr


def test_what_cannot_be_shared_is_said(run: Run, installation: Installation) -> None:
    waiting = installation.store.recordings.accept(new_recording(2, key="2025-04-01-board-00000002")).key
    for arguments, said in (
        (("create", waiting), "no_transcript"), (("create", "2031"), "There is no recording"),
        (("create", waiting, "--days", "0"), "--days"),
        (("revoke", "share_"), "unknown_share"), (("revoke", ""), "unknown_share"),
    ):  # fmt: skip
        refused = run("share", *arguments)
        assert refused.exit_code == 2
        assert said in refused.stderr
    assert run("share", "list").stdout == "There are no links.\n"
