"""How the databases carry out the statements of the search: none reads the lines of all meetings."""

from sqlalchemy import text

from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.query_plans import Recorder, scans
from meeting_pipeline_tests.store.search.test_search import claims, meeting

FILLERS = 300
SMALL = {
    "search_pending": "empty but after an upgrade",
    "search_meetings": "a row for each meeting: their average length, and the languages in use",
    "search_vector_sets": "a row for each meeting: their signs are compared with the question's",
    "search_names": "a few rows for each meeting, read for a part of a name",
    "recordings": "read for a part of a title",
}
"""Tables that a search may read whole: some ten thousand short rows, in milliseconds."""
_OLDER = (
    "INSERT INTO search_lines (number, digest, kind, people, withheld, draft, words, marks) "
    "SELECT n, 0, 'transcript', '', false, false, CAST('filler' || n % 1000 AS tsvector), '' FROM generate_series(1, 60000) AS n"
)


def test_no_statement_of_a_search_reads_all_lines(store: Store) -> None:
    keys = [
        meeting(store, number, ["The price list.", *["Filler."] * FILLERS]).answer(*claims()).key
        for number in range(1, 9)
    ]
    if not store.database.sqlite:
        with store.database.write() as session:  # so many that reading them all would not be the cheapest
            session.execute(text(_OLDER))
        with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    recorder = Recorder(store.database)
    questions = [
        Question("price"), Question("filler"), Question('"price list" tariff'), Question("pri", typing=True),
        Question("price", speaker="ada"), Question(person="ada", kind=LineKind.DECISION), Question("price", title="week"),
        Question("price", recording_key=keys[0]), Question("会议"),
    ]  # fmt: skip
    with recorder.listening():
        for question in questions:
            recorder.doing(str(question), lambda: store.search.find(question, limit=2, lines=3))  # noqa: B023 - called at once
        page = store.search.find(questions[0], limit=1, lines=1)
        recorder.doing("the next page", lambda: store.search.find(questions[0], limit=1, lines=1, after=page.after))
        recorder.doing("a rename", lambda: store.speaker_edits.rename(keys[0], "B", "Bruno", "ops"))
        recorder.doing("indexing", lambda: store.search_index.is_behind())
    bad = [
        f"{statement.doing}: {found}\n{statement.text}"
        for statement in recorder.statements.values()
        if statement.is_planned
        for found in scans(store.database, statement)
        if found.split(":")[0].startswith(("search_", "segments")) and found.split(":")[0] not in SMALL
    ]
    assert not bad, "\n\n".join(bad)
