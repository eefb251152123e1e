"""Only what was found is remembered, for each database."""

from __future__ import annotations

from meeting_pipeline.dagster_storage.known_schema import has


def test_what_was_found_is_not_looked_for_again_and_what_is_missing_is() -> None:
    answers = [False, True]

    def look() -> bool:
        return answers.pop(0)

    assert not has("postgresql://one", "a column", look)
    assert has("postgresql://one", "a column", look), "a migration has added it"
    assert has("postgresql://one", "a column", look)
    assert answers == []


def test_what_one_database_has_is_looked_for_in_another() -> None:
    assert has("postgresql://first", "a table", lambda: True)
    assert not has("postgresql://second", "a table", lambda: False)
