"""What is found, on both databases: the words of every kind of line, and the changes that the index follows."""

import itertools
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.insight_results import (
    ActionItem,
    ActionItems,
    Decision,
    Decisions,
    Summary,
    SummarySentence,
    Topic,
)
from meeting_pipeline.domain.judged_claims import Judgement
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.values import Found, FoundMeeting, Hit, Question
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Artifact
from meeting_pipeline_tests.store.samples import Journey, completed, race, speakers

TALK = ("Good morning everybody.", "The billing export is broken again.", "Anna writes the price list.", "See you.")


def find(store: Store, text: str = "", *, limit: int = 10, lines: int = 10, **filters: Any) -> Found:
    return store.search.find(Question(text, **filters), limit=limit, lines=lines)


def hits(store: Store, text: str = "", **filters: Any) -> list[Hit]:
    return [hit for meeting in find(store, text, **filters).meetings for hit in meeting.hits]


def texts(store: Store, text: str = "", **filters: Any) -> list[str]:
    return [hit.text for hit in hits(store, text, **filters)]


def meeting(store: Store, number: int = 1, talk: Sequence[str] = TALK, **changes: Any) -> Journey:
    journey = Journey(store, number=number).accept(**changes).begin().collect(*talk)
    return journey.answer(speakers("Ada Berg"))


def claims(*, verdict: Verdict = Verdict.VERIFIED, status: str | None = "open") -> tuple[Any, ...]:
    evidence = Evidence(segment_ids=(2,), quote="the price list")
    return (
        ActionItems(
            items=(
                ActionItem(
                    task="Write the tariff overview", owner="B", due_date=None, due_words=None, evidence=evidence,
                    verdict=verdict, status=status,
                ),
            )
        ),
        Decisions(
            decisions=(Decision(decision="Abandon the warehouse", decided_by=("A",), evidence=evidence, verdict=verdict),)
        ),
        Summary(
            short_summary="Tariffs were discussed.", topics=(Topic(title="Pricing", start_ms=2000, end_ms=3000),),
            sentences=(SummarySentence(text="Tariffs were discussed.", segment_ids=(2,), verdict=verdict),),
        ),
    )  # fmt: skip


def test_a_line_is_found_with_its_neighbours_its_speaker_and_its_place(store: Store) -> None:
    key = meeting(store).key
    found = find(store, "billing export")
    assert [(one.key, one.title, one.meeting_date, one.matches) for one in found.meetings] == [
        (key, "Weekly", date(2025, 3, 14), 1)
    ]
    [hit] = found.meetings[0].hits
    assert (hit.kind, hit.segment_id, hit.start_ms, hit.people) == (LineKind.TRANSCRIPT, 1, 1000, ("Speaker B",))
    assert [hit.text[start:end] for start, end in hit.highlights] == ["billing", "export"]
    assert [(one.position, one.text, one.speaker) for one in hit.near] == [
        ("before", TALK[0], "Ada Berg"),
        ("after", TALK[2], "Ada Berg"),
    ]
    assert found.after is None
    assert found.pending == 0


def test_every_kind_of_line_is_found(store: Store) -> None:
    options = SidecarOptions(participants=("Zoë Müller",))
    meeting(store, title="Board meeting", options=options).answer(*claims())
    expected = {
        "tariff overview": LineKind.ACTION_ITEM,
        "warehouse": LineKind.DECISION,
        "pricing": LineKind.TOPIC,
        "tariffs discussed": LineKind.SUMMARY,
        "board": LineKind.TITLE,
        "zoe muller": LineKind.PERSON,
        "ada": LineKind.PERSON,
        "broken": LineKind.TRANSCRIPT,
    }
    assert {text: hits(store, text)[0].kind for text in expected} == expected
    [item] = hits(store, "tariff overview")
    assert (item.people, item.start_ms, item.segment_id, item.status) == (("Speaker B",), 2000, 2, "open")
    assert [(one.position, one.text) for one in item.near] == [("source", TALK[2])]


def test_a_recording_is_found_by_its_title_as_soon_as_it_is_submitted(store: Store) -> None:
    Journey(store).accept(title="Quarterly review")
    assert texts(store, "quarterly") == ["Quarterly review"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('"price list"', True), ('"list price"', False), ("list price", True), ("price-list", True), ("PRICE", True),
        ("pric", False), ("writes price anna", True), ("price lists broken", False),
    ],
)  # fmt: skip
def test_words_may_stand_anywhere_and_phrases_side_by_side(store: Store, query: str, found: bool) -> None:
    meeting(store)
    assert bool(hits(store, query)) is found


def test_while_somebody_types_the_last_word_is_a_beginning(store: Store) -> None:
    meeting(store)
    assert [len(hits(store, text, typing=True)) for text in ("brok", "the brok", "brok ", "br", '"brok')] == [
        1,
        1,
        0,
        0,
        0,
    ]
    [hit] = hits(store, "broken bill", typing=True)
    assert [hit.text[start:end] for start, end in hit.highlights] == ["billing", "broken"]


def test_results_are_narrowed_by_people_dates_titles_kinds_and_status(store: Store) -> None:
    meeting(store, 1, title="Alpha").answer(*claims())
    meeting(store, 2, title="Beta", meeting_date=date(2025, 4, 2))

    def titles(text: str = "", **filters: Any) -> list[str]:
        return sorted(one.title for one in find(store, text, **filters).meetings)

    assert titles("price") == ["Alpha", "Beta"]
    assert titles("price", since=date(2025, 4, 2)) == ["Beta"]
    assert titles("price", until=date(2025, 4, 1)) == ["Alpha"]
    assert titles("price", since=date(2025, 3, 14), until=date(2025, 3, 14)) == ["Alpha"]
    assert titles("price", since=date.max) == titles("price", since=date(2025, 5, 1), until=date(2025, 4, 1)) == []
    assert titles("price", until=date.max, since=date.min) == ["Alpha", "Beta"]
    assert titles("price", title="alph") == ["Alpha"]
    assert titles("price", title="100%") == []
    assert titles("price", speaker="ada") == ["Alpha", "Beta"]
    assert titles("billing", speaker="berg ") == []
    assert titles("price", speaker="nobody") == titles("price", speaker="!") == []
    assert (
        titles(kind=LineKind.DECISION)
        == titles(status="open")
        == titles(person="speaker b", status="open")
        == ["Alpha"]
    )
    assert texts(store, person="ada", kind=LineKind.DECISION) == ["Abandon the warehouse"]
    assert texts(store, "tariff", kind=LineKind.TRANSCRIPT) == []
    assert titles("price", kind=LineKind.TRANSCRIPT, recording_key=completed(store, 3).key) == []


def test_a_question_without_anything_to_look_for_is_refused(store: Store) -> None:
    for text in ("", " ", '"', "-:*^(){}[]", "🎉🎉", "\x00"):
        with pytest.raises(PermanentError) as refused:
            find(store, text, title="Weekly")
        assert refused.value.code == "empty_query"


def test_renamed_and_merged_speakers_are_followed(store: Store) -> None:
    key = meeting(store).key
    store.speaker_edits.rename(key, "B", "Bruno", "ops")
    assert texts(store, speaker="bruno", text="billing") == [TALK[1]]
    assert [hit.kind for hit in hits(store, "bruno")] == [LineKind.PERSON]
    store.speaker_edits.rename(key, "B", None, "ops")
    assert hits(store, speaker="bruno", text="billing") == hits(store, "bruno") == []
    store.speaker_edits.merge(key, "B", "A", "ops")
    assert texts(store, speaker="ada", text="billing") == [TALK[1]]


def test_claims_that_are_withheld_are_found_only_where_they_are_marked(store: Store) -> None:
    key = meeting(store).answer(*claims(verdict=Verdict.UNVERIFIED)).key
    assert hits(store, "warehouse") == []
    [hit] = hits(store, "warehouse", unverified=True)
    assert hit.withheld
    claim = next(one for one in store.records.get(key).claims or () if one.text == "Abandon the warehouse")
    store.claim_edits.judge(key, claim.claim_id, Judgement.ACCEPTED, "ops")
    [hit] = hits(store, "warehouse")
    assert not hit.withheld
    store.claim_edits.judge(key, claim.claim_id, Judgement.DELETED, "ops")
    assert hits(store, "warehouse", unverified=True) == []
    store.claim_edits.judge(key, claim.claim_id, None, "ops")
    assert len(hits(store, "warehouse", unverified=True)) == 1


def test_a_replaced_transcript_and_a_new_version_of_an_insight_replace_what_is_found(store: Store) -> None:
    journey = meeting(store).answer(*claims())
    journey.collect("Something else entirely.")
    assert hits(store, "billing") == []
    assert texts(store, "entirely") == ["Something else entirely."]
    journey.answer(Decisions(decisions=()))
    assert hits(store, "warehouse", unverified=True) == []


def test_chinese_and_japanese_are_found_by_any_part_and_words_without_accents(store: Store) -> None:
    meeting(
        store,
        1,
        ["请把会议记录发给我", "東京でミーティングをします", "El café está en la Straße", "שָׁלוֹם עולם", "Привет, Ёлка"],
    )
    found = {
        text: len(hits(store, text))
        for text in (
            "会议",
            "会议记录",
            "议记录发",
            "记会",
            "会",
            "ミーティング",
            "東京 ミーティング",
            "cafe",
            "ESTA strasse",
            "שלום",
            "привет елка",
        )
    }
    assert found == dict.fromkeys(found, 1) | {"记会": 0}
    [hit] = hits(store, "会议记录")
    assert [hit.text[start:end] for start, end in hit.highlights] == ["会议记录"]


def test_letters_that_stand_for_several_characters_are_indexed_and_found(store: Store) -> None:
    odd = [
        "か゛き゜ 会゛",
        "ﷺ said",
        "⑴ ½ ㏂ ﬁnal",
        "ŉ Ǆ İstanbul ß",
        "x" * 5000,
        "ก็ ไม่ได้",
        "हिन्दी में",
        "\u0301\u0302 a\u0301" * 50,
    ]
    meeting(store, 1, odd)
    assert (
        len(hits(store, "final"))
        == len(hits(store, "istanbul"))
        == len(hits(store, "हिन्दी"))
        == len(hits(store, "ไม่"))
        == 1
    )
    assert len(hits(store, "かき")) == 1


def test_writers_and_readers_at_once_see_whole_meetings(store: Store) -> None:
    def work(number: int) -> int:
        journey = meeting(store, number + 1, ["alpha beta"] * 20)
        seen = [one.matches for one in find(store, "alpha").meetings]
        store.speaker_edits.rename(journey.key, "A", f"Person {number}", "ops")
        journey.collect(*["alpha gamma"] * 20)
        seen += [one.matches for one in find(store, "alpha").meetings]
        return sum(1 for matches in seen if matches != 20)

    assert race(6, work) == [0] * 6
    assert len(find(store, "gamma").meetings) == 6
    assert find(store, "beta").meetings == ()


def _outcome(store: Store, question: Question) -> str:
    try:
        store.search.find(question, limit=10, lines=10)
    except PermanentError as error:
        return error.code
    return "found"


def test_nothing_that_anybody_types_is_an_error(store: Store) -> None:
    meeting(store, 1, ["AND OR NOT NEAR words marks: it's 100% -5 a_b c:d e*f"])
    odd = [
        "AND", "OR NOT", "NEAR(a b, 2)", 'words : "x"', "it's", "' OR 1=1 --", '"', '"""', '" AND "', "a\x00b", "%_\\", "e*f",
        "c:d", "-5", "^x", "{a}:b", "k_decision", "x_withheld", "w_ada", "\ud800x", "\u202eabc", "💥 boom", "x" * 10_000,
        "a " * 5000, '"' * 10_000, "会" * 10_000, "\u0301" * 10_000, "a\u0301\u0302" * 3000, "!:&|()<->", "a:*", "a <-> b",
        "\\'", "ﬁ", "1e5", "a.b@c.de", "/etc/passwd",
    ]  # fmt: skip
    for text in odd:
        for typing in (False, True):
            assert _outcome(store, Question(text, typing=typing)) in ("found", "empty_query")
            filters = Question(text, typing=typing, speaker=text, status=text, title=text.replace("\x00", ""))
            assert _outcome(store, filters) in ("found", "empty_query")
    assert (
        len(hits(store, "AND"))
        == len(hits(store, "near or"))
        == len(hits(store, "it's"))
        == len(hits(store, "e*f"))
        == 1
    )
    assert hits(store, "k_decision") == []


def test_pages_neither_repeat_nor_skip_a_meeting_while_others_arrive(store: Store) -> None:
    keys = [meeting(store, number, [*TALK, *["Price again."] * (number % 3)]).key for number in range(1, 12)]
    seen: list[str] = []
    after = None
    for number in itertools.count(100):
        page = store.search.find(Question("price"), limit=3, lines=1, after=after)
        seen += [one.key for one in page.meetings]
        after = page.after
        if after is None:
            break
        meeting(store, number, ["Price."] * 2)
    assert [key for key in seen if key in keys] == list(dict.fromkeys(key for key in seen if key in keys))
    assert set(keys) <= set(seen)


def test_a_frequent_word_is_ranked_in_steps_back_in_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "SEARCH_RANKED_LINES", 6)
    monkeypatch.setattr(policies, "SEARCH_RANKED_LINES_POSTGRES", 6)
    monkeypatch.setattr(policies, "SEARCH_READ_LINES", 9)
    monkeypatch.setattr(policies, "SEARCH_ENOUGH_LINES", 3)
    for number in range(1, 10):
        meeting(
            store,
            number,
            ["Often.", "Often.", "Seldom." if number == 2 else "Often."],
            meeting_date=date(2025, 1, number),
        )
    seen: list[FoundMeeting] = []
    after = None
    while True:
        page = store.search.find(Question("often"), limit=2, lines=5, after=after)
        seen += page.meetings
        after = page.after
        if after is None:
            break
    assert [one.meeting_date.day for one in seen] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert [one.matches for one in seen] == [3] * 7 + [2, 3]
    assert len(find(store, "seldom").meetings) == 1


def test_meetings_about_something_precede_those_that_mention_it_and_newer_ones_precede_older(store: Store) -> None:
    meeting(store, 1, ["Budget."] * 5 + ["Other."] * 5, title="Much")
    meeting(store, 2, ["Budget."] + ["Other."] * 9, title="Little")
    meeting(store, 3, ["Budget."] + ["Other."] * 9, title="Old", meeting_date=date(2019, 1, 1))
    assert [one.title for one in find(store, "budget").meetings] == ["Much", "Little", "Old"]


def test_after_deletion_nothing_is_left_in_the_index(store: Store) -> None:
    canary = "zanzibarquux"
    meeting(store, 2)
    journey = meeting(store, 1, [f"The {canary} is here.", "会议zanzibar"], title=f"T {canary}").answer(*claims())
    store.speaker_edits.rename(journey.key, "B", f"Bert {canary}", "ops")
    store.speaker_edits.rename(journey.key, "B", None, "ops")
    journey.complete()
    assert hits(store, canary)
    store.deletions.delete(journey.key, "ops", drop_deliveries=True)
    assert hits(store, canary) == []
    store.deletions.compact()
    if store.database.sqlite:
        with store.database.engine.connect() as connection:
            for table in (
                "search_words_data",
                "search_words_idx",
                "search_words_config",
                "search_lines",
            ):
                for row in connection.exec_driver_sql(f"SELECT * FROM {table}"):  # noqa: S608 - names of our own tables
                    content = b" ".join(x if isinstance(x, bytes) else str(x).encode() for x in row)
                    assert b"zanz" not in content, table
                    assert b"anzibar" not in content, table
            connection.exec_driver_sql("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)")
    assert len(hits(store, "billing")) == 1


def test_what_is_older_than_the_index_is_indexed_one_recording_at_a_time(store: Store) -> None:
    keys = [meeting(store, number).answer(*claims()).key for number in (1, 2, 3)]
    before = sorted(texts(store, "broken"))
    assert store.search_index.note_all() == 3
    with store.database.write() as session:
        row = session.query(Artifact).filter_by(recording_key=keys[0], kind="transcript").one()
        row.payload = {"not": "a transcript"}
    assert find(store, "broken").pending == 3
    assert [store.search_index.index_next(rewrite_all=True) for _ in range(4)] == [True, True, True, False]
    assert find(store, "broken").pending == 0
    assert len(before) == 3
