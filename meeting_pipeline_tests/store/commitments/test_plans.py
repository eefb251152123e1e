"""No statement that lists, reads, edits or links commitments reads a table that grows from beginning to end."""

from datetime import date

from sqlalchemy import text

from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.store.commitments.pages import CommitmentFilter
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.query_plans import Recorder, scans
from meeting_pipeline_tests.store.commitments.series import PRICES, item, link, listed, meeting

SMALL = {
    "commitment_changes": "what is not linked yet",
    "commitment_edits": "empty here, which PostgreSQL reads whole",
    "commitment_meetings": "a few rows here, which PostgreSQL reads whole",
}
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)"
_OTHERS = (
    "INSERT INTO commitments (id, series, insight, text, owner, owner_folded, owner_first, state, said_state, closed, "
    "candidate, first_day, last_day, sort_day, recording_key, words, version, changed_at, untold, events) "
    "{numbers} SELECT 'other' || n, 'title:other ' || n % 500, 'action_items', 'x', 'O', 'o ' || n % 900, 'o' || n % 900, "
    "'open', 'open', n % 3 > 0, false, s.first_day, s.last_day, s.sort_day, s.recording_key, '', 1, s.changed_at, false, "
    "s.events FROM numbers, (SELECT * FROM commitments LIMIT 1) AS s",
    "INSERT INTO commitment_parts (id, recording_key, commitment_id, present, position, insight, claim_id, anchor, text, quote, "
    "segment_ids, standing) {numbers} SELECT 'other' || n, :key, 'other' || n, true, n, 'action_items', 'c' || n, s.anchor, "
    "'x', '', s.segment_ids, 'fact' FROM numbers, (SELECT * FROM commitment_parts LIMIT 1) AS s",
    "INSERT INTO commitment_reports (recording_key, position, segment_id, text, about, state) "
    "{numbers} SELECT :key, n, 0, 'x', '', 'done' FROM numbers",
)


def test_no_repeated_statement_reads_a_table_that_grows(store: Store) -> None:
    meeting(store, 0, item(PRICES))
    meeting(store, 1, item(PRICES))
    other = meeting(store, 0, item("Something else"), title="Another series", number=9)
    link(store)
    row = next(one for one in listed(store) if one.text == PRICES)
    with store.database.write() as session:
        for statement in _OTHERS:
            session.execute(
                text(statement.replace("{numbers}", _NUMBERS)), {"key": other.key} if ":key" in statement else {}
            )
    if not store.database.sqlite:
        with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    recorder = Recorder(store.database)
    filters = (
        CommitmentFilter(),
        CommitmentFilter(owner="anna"),
        CommitmentFilter(owner="Anna Meyer"),
        CommitmentFilter(series="Sales weekly"),
        CommitmentFilter(overdue=True),
        CommitmentFilter(closed=False),
        CommitmentFilter(state=CommitmentState.OPEN),
        CommitmentFilter(insight=Insight.DECISIONS, closed=False),
        CommitmentFilter(closed=False, with_due_date=True),
    )
    with recorder.listening():
        for one in filters:
            recorder.doing(str(one), lambda: store.commitments.page(one, 10))  # noqa: B023 - called at once
        _, after = store.commitments.page(CommitmentFilter(), 10)
        recorder.doing("the next page", lambda: store.commitments.page(CommitmentFilter(), 10, after))
        recorder.doing("one", lambda: store.commitments.get(row.id))
        recorder.doing("a tick", lambda: store.commitment_edits.set_state(row.id, CommitmentState.DONE, "Grace"))
        recorder.doing("its edits", lambda: store.commitment_edits.of(row.id))
        recorder.doing("noting", lambda: meeting(store, 2, item(PRICES, due=date(2025, 6, 1))))
        recorder.doing("linking", lambda: link(store))
        recorder.doing(
            "a deletion", lambda: store.deletions.delete(listed(store)[0].recording_key, "ops", drop_deliveries=True)
        )
    bad = [
        f"{statement.doing}: {found}\n{statement.text}"
        for statement in recorder.statements.values()
        if statement.is_planned
        for found in scans(store.database, statement)
        if found.split(":")[0].startswith("commitment") and found.split(":")[0] not in SMALL
    ]
    assert not bad, "\n\n".join(bad)
