"""The migration that notes what made the current results: up and down again on both databases, with the rows that there are."""

import pytest
import sqlalchemy as sa

from meeting_pipeline.domain import fingerprints
from meeting_pipeline.domain.fingerprints import REPLACED
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD, version_of
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import completed, decisions
from meeting_pipeline_tests.store.test_interrupted_migrations import at_version
from meeting_pipeline_tests.store.test_upgrading import content, tables_of
from meeting_pipeline_tests.store.test_verdicts_migration import down_to

BEFORE = "0023"
CHANGED_LATER = {
    "result_origins", "fingerprints_in_use", "artifacts", "recordings", "claim_edits", "action_items", "decisions", "segments",
    "edit_history", "record_edits", "version_changes", "campaigns", "campaign_recordings", "campaign_changes", "paid_answers",
    "commitment_changes", "person_names", "person_edits", "search_pending", "compatible_schemas",
    "search_vectors", "search_vector_sets", "voice_sets", "speaker_voices",
}  # fmt: skip
"""Tables that this migration makes, and those that later ones change."""


def origins(database: Database) -> list[tuple[object, ...]]:
    with database.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM result_origins ORDER BY recording_key, result")).all()
    return [tuple(row) for row in rows]


@pytest.fixture(autouse=True)
def results_of_the_first_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The migration is of their time."""
    monkeypatch.setattr(fingerprints, "VERIFICATION_VERSION", "1")


@pytest.mark.parametrize("replaced", [False, True])
def test_what_was_stored_before_gets_the_origins_that_it_would_have_had(store: Store, replaced: bool) -> None:
    journey = completed(store)
    completed(store, 2)
    if replaced:
        journey.begin().collect("Something else.")
        journey.answer(decisions())
    known = origins(store.database)
    assert len(known) == 8
    assert sum(REPLACED in row for row in known) == (3 if replaced else 0)
    tables = [name for name in tables_of(store.database) if name not in CHANGED_LATER]
    before = {name: rows for name, rows in content(store.database, tables_of(store.database)).items() if name in tables}
    down_to(store.database, BEFORE)
    assert version_of(store.database.engine) == BEFORE
    assert "result_origins" not in tables_of(store.database)
    at_version(store.database.engine.url.render_as_string(hide_password=False), SCHEMA_HEAD)
    assert origins(store.database) == known
    after = content(store.database, tables_of(store.database))
    assert {name: after[name] for name in tables} == before
