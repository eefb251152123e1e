"""`keys` creates, lists and revokes API keys of the HTTP service."""

import json

import pytest

from meeting_pipeline.cli.keys import _SCOPES
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.api.api_keys import SCOPES
from meeting_pipeline_tests.cli.conftest import Run


def test_the_scopes_are_those_of_the_store() -> None:
    assert _SCOPES == SCOPES


def test_a_key_is_printed_once_and_alone_on_standard_output(run: Run, installation: Installation) -> None:
    result = run("keys", "create", "--name", "cms", "--scope", "submit")
    key = result.stdout.strip()
    found = installation.store.api_keys.find(key)
    assert found is not None
    assert (found.name, found.scopes) == ("cms", ["submit"])
    assert key not in result.stderr
    assert key not in run("keys", "list").output
    assert key not in run("keys", "list", "--json").output


@pytest.mark.usefixtures("installation")
def test_keys_are_listed_with_scope_and_state(run: Run) -> None:
    assert "There is no key" in run("keys", "list").stdout
    run("keys", "create", "--name", "cms one", "--scope", "admin")
    (row,) = json.loads(run("keys", "list", "--json").stdout)
    assert (row["name"], row["scopes"], row["last_used_at"], row["revoked_at"]) == ("cms one", ["admin"], None, None)
    heading, line = run("keys", "list").stdout.splitlines()
    assert heading.startswith("KEY")
    assert line.startswith(row["id"])
    assert "valid" in line
    assert line.endswith("cms one")


def test_a_revoked_key_is_not_found_and_the_last_one_is_pointed_out(run: Run, installation: Installation) -> None:
    keys = [run("keys", "create", "--name", name, "--scope", "read").stdout.strip() for name in ("a", "b")]
    first, second = json.loads(run("keys", "list", "--json").stdout)
    said = run("keys", "revoke", first["id"]).stdout
    assert said == f"Revoked: {first['id']} (a).\n"
    assert installation.store.api_keys.find(keys[0]) is None
    assert installation.store.api_keys.find(keys[1]) is not None
    assert "No key is left" in run("keys", "revoke", second["id"]).stdout
    assert "revoked" in run("keys", "list").stdout


@pytest.mark.parametrize(
    "arguments",
    [("revoke", "nothing"), ("create", "--name", "x", "--scope", "root"), ("create", "--scope", "read")],
)
def test_what_cannot_be_done_is_one_line(run: Run, arguments: tuple[str, ...]) -> None:
    result = run("keys", *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
