"""`search` prints the lines that were found, and rebuilds the index."""

import json

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import Journey, completed


def test_what_is_found_is_printed_with_speaker_and_time(run: Run, installation: Installation) -> None:
    key = Journey(installation.store).accept().begin().collect("Hello.", "The \x1b[31m price list is late.").key
    result = run("search", "price", "late")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"2025-03-14  Weekly  ({key})",
        "   0:00:01  Speaker B: The [31m price list is late.",
    ]
    assert run("search", "nothing like it").stdout == "Nothing found.\n"


def test_filters_and_json(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    [found] = json.loads(run("search", "--json", "--kind", "action_item", "report").stdout)
    assert (found["recording_id"], [hit["text"] for hit in found["hits"]]) == (key, ["Send the report"])
    assert json.loads(run("search", "--json", "--since", "2025-03-15", "report").stdout) == []
    assert json.loads(run("search", "--json", "--until", "2025-03-14", '"the report"').stdout) != []


@pytest.mark.usefixtures("installation")
def test_an_empty_search_is_an_error_with_advice(run: Run) -> None:
    result = run("search")
    assert result.exit_code == 2
    assert "The search is empty" in result.stderr


def test_the_index_is_rebuilt(run: Run, installation: Installation) -> None:
    completed(installation.store, 1)
    completed(installation.store, 2)
    assert run("search", "--rebuild").stdout.startswith("2 recordings indexed.")
    assert run("search", "report").stdout.count("Weekly") == 2
