"""Passages for questions, on both databases: words spread over lines, inflected words, names, days, and what came out of it."""

from datetime import date
from typing import Any

from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.store.search.retrieving import Retrieved
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.processor_time import spent
from meeting_pipeline_tests.query_plans import Recorder, scans
from meeting_pipeline_tests.store.search.test_plans import SMALL
from meeting_pipeline_tests.store.search.test_search import claims, meeting

FILLER = ("The weather is fine and everybody talks about the garden for quite a while this morning.",) * 30


def passages(store: Store, text: str, **filters: Any) -> Retrieved:
    return store.retrieval.passages(Question(text, **filters))


def best(store: Store, text: str, **filters: Any) -> tuple[str, list[int]]:
    found = passages(store, text, **filters).passages[0]
    return found.key, [line.segment_id for line in found.lines]


def test_words_of_a_question_may_be_spread_over_lines_and_inflected(store: Store) -> None:
    meeting(store, 1, FILLER)
    talk = (*FILLER, "So, the price list.", "Who takes it?", "I'll be sending it to the supplier.", *FILLER)
    key = meeting(store, 2, talk).key
    found, lines = best(store, "Who promised to send the price lists to suppliers?")
    assert found == key
    assert {30, 31, 32} <= set(lines)


def test_a_synonym_finds_the_line(store: Store) -> None:
    meeting(store, 1, FILLER)
    key = meeting(store, 2, (*FILLER, "We purchase three laptops.")).key
    assert best(store, "Did we buy notebooks?")[0] == key


def test_a_passage_has_speakers_times_and_what_came_out_of_it(store: Store) -> None:
    key = meeting(store).answer(*claims()).key
    [found] = passages(store, "Who writes the price list and the tariff overview?").passages
    assert (found.key, found.title, found.meeting_date) == (key, "Weekly", date(2025, 3, 14))
    assert [(line.segment_id, line.label, line.speaker, line.start_ms) for line in found.lines[:2]] == [
        (0, "A", "Ada Berg", 0), (1, "B", "Speaker B", 1000),
    ]  # fmt: skip
    assert ("Write the tariff overview", LineKind.ACTION_ITEM, "open") in [
        (one.text, one.kind, one.status) for one in found.claims
    ]


def test_what_is_withheld_leads_nowhere(store: Store) -> None:
    meeting(store).answer(*claims(verdict=Verdict.UNVERIFIED))
    assert all(not one.claims for one in passages(store, "the tariff overview and the price list").passages)


def test_meetings_of_the_days_that_a_question_names_come_first(store: Store) -> None:
    talk = ("The price list is late.", *FILLER)
    old = meeting(store, 1, talk, meeting_date=date(2024, 10, 7)).key
    new = meeting(store, 2, talk, meeting_date=date(2025, 3, 3)).key
    assert best(store, "What about the price list?")[0] == new
    assert best(store, "What about the price list in October 2024?")[0] == old
    assert best(store, "What about the price list?", until=date(2024, 12, 31))[0] == old
    assert best(store, "What about the price list?", since=date(2025, 1, 1))[0] == new


def test_a_person_of_the_question_leads_to_what_that_person_says(store: Store) -> None:
    talk = (
        "I think the price list is far too long for the customer.", *FILLER[:20],
        "And I think the price list is good for every customer.",
    )  # fmt: skip
    meeting(store, 1, talk)
    _, lines = best(store, "What does Ada think of the price list?")
    assert 0 in lines


def test_without_a_word_in_common_there_is_nothing(store: Store) -> None:
    meeting(store)
    for text in ("zebras?", "?", "", '" OR * NEAR('):
        assert passages(store, text).passages == ()


def test_a_script_without_spaces_is_asked_in(store: Store) -> None:
    key = meeting(store, 1, ("我们明天把价格表发给客户。", "好的。")).key
    assert best(store, "谁发价格表?")[0] == key


def test_a_very_long_line_is_cut_around_the_words(store: Store) -> None:
    meeting(store, 1, ("word " * 5000 + "the price list is late " + "word " * 5000,))
    [found] = passages(store, "Where is the price list?").passages
    assert len(found.lines[0].text) <= 1300
    assert "price list" in found.lines[0].text


def test_a_renamed_speaker_and_a_deleted_recording_are_followed(store: Store) -> None:
    key = meeting(store).key
    store.speaker_edits.rename(key, "B", "Bruno", "ops")
    assert "Bruno" in {line.speaker for line in passages(store, "billing export").passages[0].lines}
    store.lifecycle.complete(key, "run-1-1")
    store.leases.end("run-1-1")
    store.deletions.delete(key, "somebody")
    assert passages(store, "billing export").passages == ()
    assert store.retrieval.records([key]) == []


def test_finding_passages_costs_a_few_times_what_reading_the_records_does(store: Store) -> None:
    talk = [f"Number {at} of the price list is about the customers in town {at % 7}." for at in range(500)]
    keys = [meeting(store, number, talk).key for number in range(1, 7)]
    found = passages(store, "Who sends the price list to which customers?")  # what happens once
    assert {one.key for one in found.passages} <= set(keys)
    asking = min(spent(lambda: passages(store, "Who sends the price list to which customers?")) for _ in range(5))
    reading = min(spent(lambda: store.retrieval.records(keys)) for _ in range(5))
    assert asking < 4 * reading


_OTHER_SEGMENTS = (
    "INSERT INTO segments (recording_key, index, speaker, start_ms, end_ms, text) "
    "SELECT :key, n, 'A', 0, 0, 'Unrelated.' FROM generate_series(2, 30000) AS n"
)
"""So many that reading all segments is not the cheapest way to read those of one meeting."""


def test_no_statement_reads_all_lines(store: Store) -> None:
    for number in range(1, 9):
        meeting(store, number, ["The price list.", *["Filler."] * 300]).answer(*claims())
    if not store.database.sqlite:
        from sqlalchemy import text

        from meeting_pipeline_tests.store.search.test_plans import _OLDER

        other = meeting(store, 9, ["Unrelated."]).key
        with store.database.write() as session:
            session.execute(text(_OLDER))
            session.execute(text(_OTHER_SEGMENTS), {"key": other})
        with store.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    recorder = Recorder(store.database)
    with recorder.listening():
        for asked in ("Who writes the price list?", "filler and tariffs of Ada in 2025", "谁发价格表?"):
            recorder.doing(asked, lambda: passages(store, asked))  # noqa: B023 - called at once
    bad = [
        f"{statement.doing}: {found}\n{statement.text}"
        for statement in recorder.statements.values()
        if statement.is_planned
        for found in scans(store.database, statement)
        if found.split(":")[0].startswith(("search_", "segments")) and found.split(":")[0] not in SMALL
    ]
    assert not bad, "\n\n".join(bad)
