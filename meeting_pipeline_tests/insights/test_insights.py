"""Tests of the checks and merges of the four insights."""

import contextlib
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.insight_results import ActionItems, Decisions, Speakers, Summary
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.registry import SPECS
from meeting_pipeline_tests.insights.meetings import SEGMENT_MS, TALK, shown_of, transcript_of

ITEM = {
    "task": "Send the report to Carol",
    "owner": "B",
    "due_words": "by Friday",
    "due_date": "2026-03-13",
    "segment_ids": [3],
    "quote": "I will send the report to Carol by Friday",
}
DECISION = {
    "decision": "Version two ships in April",
    "decided_by": ["A"],
    "segment_ids": [2],
    "quote": "We decided to ship version two in April",
}
NAME = {"label": "A", "name": "Ada", "confidence": 0.95, "segment_ids": [0], "quote": "this is Ada"}


def read(insight: Insight, value: Any, transcript: Transcript | None = None) -> Any:
    return SPECS[insight].read(json.dumps(value), shown_of(transcript or transcript_of()))


def items(*changes: dict[str, Any], transcript: Transcript | None = None) -> ActionItems:
    found = read(Insight.ACTION_ITEMS, {"action_items": [{**ITEM, **change} for change in changes]}, transcript)
    assert isinstance(found, ActionItems)
    return found


def decisions(*changes: dict[str, Any]) -> Decisions:
    found = read(Insight.DECISIONS, {"decisions": [{**DECISION, **change} for change in changes]})
    assert isinstance(found, Decisions)
    return found


def speakers(*changes: dict[str, Any], transcript: Transcript | None = None) -> Speakers:
    found = read(Insight.SPEAKERS, {"speakers": [{**NAME, **change} for change in changes]}, transcript)
    assert isinstance(found, Speakers)
    return found


def summary(text: str, *topics: tuple[str, int, int]) -> Summary:
    wire = [{"title": t, "first_segment": first, "last_segment": last} for t, first, last in topics]
    found = read(Insight.SUMMARY, {"short_summary": text, "topics": wire})
    assert isinstance(found, Summary)
    return found


# --- Action items -------------------------------------------------------------------------------------------------


def test_an_action_item_has_owner_due_date_words_and_evidence() -> None:
    (item,) = items({}).items
    assert (item.task, item.owner, item.due_date) == ("Send the report to Carol", "B", date(2026, 3, 13))
    assert (item.due_words, item.evidence.segment_ids, item.candidate) == ("by Friday", (3,), False)


def test_no_action_items_are_a_good_answer() -> None:
    assert items().items == ()


@pytest.mark.parametrize("owner", ["b", "Speaker B", " B\n", "ben ito", "{B}", "{ B }"])
def test_an_owner_who_speaks_becomes_the_label(owner: str) -> None:
    transcript = transcript_of(names={"B": "Ben Ito"})
    assert items({"owner": owner}, transcript=transcript).items[0].owner == "B"


def test_an_owner_who_does_not_speak_keeps_the_name_and_nobody_is_none() -> None:
    assert items({"owner": "Carol"}).items[0].owner == "Carol"
    assert items({"owner": "unknown"}).items[0].owner is None
    assert items({"owner": None}).items[0].owner is None


def test_an_absurd_due_date_is_dropped_and_its_words_are_kept() -> None:
    for value in ("2026-03-10", "2033-01-01", "next Friday", None):
        (item,) = items({"due_date": value}).items
        assert (item.due_date, item.due_words) == (None, "by Friday")


def test_a_due_date_without_words_that_were_said_is_a_guess_and_dropped() -> None:
    for words in (None, "", "by Saturday"):
        (item,) = items({"due_words": words}).items
        assert (item.due_date, item.due_words) == (None, None)


BOOK = {
    "task": "Book the room",
    "owner": "A",
    "due_words": None,
    "due_date": None,
    "segment_ids": [4],
    "quote": "I'll book the room",
}


@pytest.mark.parametrize("change", [{"segment_ids": [99]}, {"segment_ids": []}, {"quote": "I will buy a boat"}])
def test_invented_evidence_spoils_one_item_and_spares_the_others(change: dict[str, Any]) -> None:
    good, bad, other = items({}, {"task": "Buy a boat", **change}, BOOK).items
    assert (good.verdict, other.verdict) == (Verdict.VERIFIED, Verdict.VERIFIED)
    assert (bad.verdict, bad.reasons, bad.due_date) == (Verdict.UNVERIFIED, ("quote_not_found",), None)


def test_an_answer_in_which_everything_is_wrong_is_final() -> None:
    found = items({"task": "Buy a boat"}, {"owner": "Nemo"})
    assert [item.verdict for item in found.items] == [Verdict.UNVERIFIED, Verdict.UNVERIFIED]


def test_an_id_outside_the_part_that_was_shown_is_invented() -> None:
    shown = shown_of(transcript_of())
    part = type(shown)(shown.transcript, shown.context, {i: shown.segments[i] for i in (0, 1)})
    [item] = SPECS[Insight.ACTION_ITEMS].read(json.dumps({"action_items": [ITEM]}), part).items
    assert (item.reasons, item.evidence.segment_ids) == (("quote_not_found",), ())


def test_a_due_date_that_the_words_do_not_mean_is_left_out_and_told() -> None:
    [item] = items({"due_date": "2026-03-20"}).items
    assert (item.due_words, item.due_date, item.reasons) == ("by Friday", None, ("due_differs",))


def test_an_item_of_a_language_that_the_checks_do_not_know_is_not_judged() -> None:
    talk = transcript_of([("A", "Ich schicke den Bericht bis Freitag."), ("B", "Danke, das ist gut.")])
    spoken = talk.model_copy(update={"language": "de"})
    quote = {"segment_ids": [0], "quote": "Ich schicke den Bericht bis Freitag"}
    german, invented = items(quote, {"quote": "Ich kaufe ein Boot"}, transcript=spoken).items
    assert (german.verdict, german.reasons) == (Verdict.NOT_CHECKED, ())
    assert (invented.verdict, invented.reasons) == (Verdict.UNVERIFIED, ("quote_not_found",))


def test_two_tasks_of_one_sentence_stay_two_and_the_same_task_twice_is_one() -> None:
    talk = transcript_of([("A", "I will print the menu and order the flowers by Friday.")])
    said = {"owner": "A", "segment_ids": [0], "quote": "I will print the menu and order the flowers by Friday"}
    menu, flowers, again = (
        {**said, "task": task} for task in ("Print the menu", "Order the flowers", "Print the whole menu")
    )
    assert [item.task for item in items(menu, flowers, again, transcript=talk).items] == [
        "Print the menu",
        "Order the flowers",
    ]


def test_of_two_wordings_of_a_task_the_one_that_holds_is_kept() -> None:
    [item] = items({"task": "Send the report to Carla"}, {}).items
    assert (item.task, item.verdict) == ("Send the report to Carol", Verdict.VERIFIED)


def test_markup_stays_text_and_control_characters_go() -> None:
    (item,) = items({"task": "Send <b>https://x.test</b>\x00\u202e [now](y)\n\nplease"}).items
    assert item.task == "Send <b>https://x.test</b> [now](y) please"


def test_a_field_that_is_too_long_is_shortened_and_an_item_without_a_task_is_dropped() -> None:
    assert len(items({"task": "word " * 1_000}).items[0].task) <= policies.INSIGHT_STATEMENT_CHARACTERS
    assert [item.task for item in items({"task": " \x07"}, {}).items] == ["Send the report to Carol"]


def test_of_a_model_that_repeats_itself_only_the_first_items_count() -> None:
    found = items(*[{"task": f"Task {i}"} for i in range(policies.INSIGHT_ITEMS + 1)])
    assert len(found.items) == policies.INSIGHT_ITEMS


def test_what_a_doubtful_transcript_says_is_a_candidate_whoever_made_it() -> None:
    assert items({}, transcript=transcript_of(confidence=0.31)).items[0].candidate
    assert items({}, transcript=transcript_of(draft=True, confidence=0.4)).items[0].candidate
    assert not items({}, transcript=transcript_of(draft=True, confidence=0.8)).items[0].candidate


def test_an_item_found_in_two_parts_is_kept_once_in_its_fuller_form() -> None:
    bare = items({"task": "Send report to Carol", "due_words": None, "due_date": None, "owner": None})
    merged = SPECS[Insight.ACTION_ITEMS].merge([bare, items({})])
    assert [item.owner for item in merged.items] == ["B"]


def test_two_similar_items_in_an_overlap_stay_two() -> None:
    pair = items({"task": "Send report one to Carol"}, {"task": "Send report two to Carol"})
    merged = SPECS[Insight.ACTION_ITEMS].merge([pair, pair])
    assert [item.task for item in merged.items] == ["Send report one to Carol", "Send report two to Carol"]
    first = items({"task": "Send report one to Carol"})
    assert SPECS[Insight.ACTION_ITEMS].merge([first, pair]) == pair


def test_the_same_words_at_another_time_are_another_item() -> None:
    talk = [*TALK, *TALK]
    again = {"segment_ids": [8]}
    merged = SPECS[Insight.ACTION_ITEMS].merge([items({}), items(again, transcript=transcript_of(talk))])
    assert len(merged.items) == 2


# --- Decisions ----------------------------------------------------------------------------------------------------


def test_a_decision_names_each_person_once() -> None:
    (found,) = decisions({"decided_by": ["A", "Speaker A", "Carol", "", "b"]}).decisions
    assert found.decided_by == ("A", "Carol", "B")


def test_a_decision_with_an_invented_quote_spares_the_others() -> None:
    bad, good = decisions({"decision": "Close the company", "quote": "We decided to close the company"}, {}).decisions
    assert (bad.reasons, good.verdict) == (("quote_not_found",), Verdict.VERIFIED)


def test_a_decision_without_words_is_dropped() -> None:
    assert len(decisions({"decision": ""}, {}).decisions) == 1


def test_a_decision_found_in_two_parts_is_kept_once_with_all_who_took_it() -> None:
    merged = SPECS[Insight.DECISIONS].merge([decisions({}), decisions({"decided_by": ["B"]})])
    assert [found.decided_by for found in merged.decisions] == [("A", "B")]


# --- Speakers -----------------------------------------------------------------------------------------------------


def test_every_label_has_an_entry_in_order_of_appearance() -> None:
    found = speakers({})
    assert [(n.label, n.name, n.confidence) for n in found.names] == [("A", "Ada", 0.95), ("B", None, 0.0)]
    assert found.names[0].evidence is not None


def test_a_label_that_does_not_exist_is_dropped() -> None:
    assert [(n.label, n.name) for n in speakers({}, {"label": "C"}).names] == [("A", "Ada"), ("B", None)]


def test_a_guess_has_no_name_but_keeps_its_confidence() -> None:
    named = speakers({"confidence": 0.49}).names[0]
    assert (named.name, named.confidence, named.evidence) == (None, 0.49, None)


def test_a_name_needs_evidence_and_no_name_needs_none() -> None:
    assert speakers({"segment_ids": [], "quote": None}).names[0].reasons == ("quote_not_found",)
    assert speakers({"name": None, "segment_ids": [99], "quote": None}).names[0].name is None


@pytest.mark.parametrize("name", ["", "A", "Speaker A", "Unknown"])
def test_a_label_is_not_a_name(name: str) -> None:
    assert speakers({"name": name}).names[0].name is None


@pytest.mark.parametrize("confidence", [-0.1, 1.1, 95])
def test_a_confidence_outside_its_range_means_nothing(confidence: float) -> None:
    named = speakers({"confidence": confidence}).names[0]
    assert (named.name, named.confidence) == (None, 0.0)


def test_a_name_belongs_to_the_label_that_is_introduced_by_it() -> None:
    ada, other = speakers({"confidence": 0.6}, {"label": "B", "confidence": 0.95}).names
    assert (ada.name, ada.verdict) == ("Ada", Verdict.VERIFIED)
    assert (other.name, other.reasons) == ("Ada", ("not_introduced", "name_taken"))


def test_of_two_entries_for_a_label_the_one_that_tells_more_counts() -> None:
    found = speakers({"confidence": 0.99, "name": None}, {"confidence": 0.7}, {"confidence": 0.6, "name": "Eve"})
    assert found.names[0].name == "Ada"
    merged = SPECS[Insight.SPEAKERS].merge([speakers({"confidence": 0.2}), speakers({"confidence": 0.8})])
    assert [(n.label, n.name) for n in merged.names] == [("A", "Ada"), ("B", None)]


def test_names_that_the_source_gives_for_every_label_need_no_question() -> None:
    known = SPECS[Insight.SPEAKERS].known(transcript_of(names={"A": "Ada", "B": "Ben"}))
    assert known is not None
    assert [n.name for n in known.names] == ["Ada", "Ben"]
    assert SPECS[Insight.SPEAKERS].known(transcript_of(names={"A": "Ada"})) is None
    assert SPECS[Insight.SUMMARY].known(transcript_of(names={"A": "Ada", "B": "Ben"})) is None


# --- Summary ------------------------------------------------------------------------------------------------------


def test_topics_get_the_times_of_their_segments_in_order_of_time() -> None:
    found = summary("It was about a release.", ("Room", 4, 4), ("Release", 0, 3), ("Back to front", 2, 1))
    assert [(t.title, t.start_ms) for t in found.topics] == [
        ("Release", 0),
        ("Back to front", SEGMENT_MS),
        ("Room", 4 * SEGMENT_MS),
    ]
    assert found.topics[0].end_ms == 4 * SEGMENT_MS - 500


def test_a_topic_beyond_the_end_is_unverified_and_ends_with_the_meeting() -> None:
    late, good = summary("It was about a release.", ("Release", 0, 5), ("The room", 4, 4)).topics
    assert (late.reasons, late.end_ms) == (("outside_the_meeting",), 5 * SEGMENT_MS - 500)
    assert good.verdict is Verdict.VERIFIED


def test_a_sentence_that_nobody_said_is_kept_apart_from_the_summary() -> None:
    wire = [
        {"segment_ids": [2], "text": "Version two ships in April."},
        {"segment_ids": [2], "text": "Siemens will pay 3 million for it."},
        {"segment_ids": [99], "text": "The room is booked."},
    ]
    found = read(Insight.SUMMARY, {"sentences": wire, "topics": []})
    assert found.short_summary == "Version two ships in April."
    assert [sentence.verdict for sentence in found.sentences] == [
        Verdict.VERIFIED,
        Verdict.UNVERIFIED,
        Verdict.UNVERIFIED,
    ]
    assert {"number_not_said", "name_not_said"} <= set(found.sentences[1].reasons)
    assert found.sentences[2].reasons == ("outside_the_meeting",)


def test_a_summary_in_one_text_is_cut_into_sentences_that_get_their_segments() -> None:
    found = summary("Version two ships in April. The moon is made of cheese.")
    said, unsaid = found.sentences
    assert (said.segment_ids, said.reasons, unsaid.withheld) == ((2,), (), True)
    assert found.short_summary == "Version two ships in April."


def test_an_empty_summary_is_invalid() -> None:
    with pytest.raises(BadAnswer):
        summary(" \n")


def test_merged_summaries_lose_no_part_and_join_a_topic_that_goes_on() -> None:
    first = summary("Version two ships in April.", ("Release", 0, 2))
    second = summary("{B} sends the report to Carol.", ("release", 1, 3), ("Room", 4, 4))
    merged = SPECS[Insight.SUMMARY].merge([first, second])
    assert merged.short_summary == "Version two ships in April. {B} sends the report to Carol."
    assert len(merged.sentences) == 2
    assert [(t.title, t.end_ms) for t in merged.topics] == [("Release", 15_500), ("Room", 19_500)]


# --- All ----------------------------------------------------------------------------------------------------------

IDS = st.lists(st.integers(-2, 7) | st.integers(), max_size=3)
TEXT = st.sampled_from(["", "A", "C", "by Friday", "this is Ada", "2026-03-13", "I will ... Friday", "…"]) | st.text(
    max_size=20
)
FIELDS = {"segment_ids": IDS, "quote": TEXT}
ANSWERS = {
    Insight.SPEAKERS: st.fixed_dictionaries(
        {
            "label": TEXT,
            "name": TEXT | st.none(),
            "confidence": st.floats(allow_nan=False, allow_infinity=False),
            **FIELDS,
        }
    ),
    Insight.SUMMARY: st.fixed_dictionaries(
        {"title": TEXT, "first_segment": st.integers(), "last_segment": st.integers(-1, 6)}
    ),
    Insight.ACTION_ITEMS: st.fixed_dictionaries(
        {"task": TEXT, "owner": TEXT | st.none(), "due_words": TEXT | st.none(), "due_date": TEXT | st.none(), **FIELDS}
    ),
    Insight.DECISIONS: st.fixed_dictionaries({"decision": TEXT, "decided_by": st.lists(TEXT, max_size=3), **FIELDS}),
}


@pytest.mark.parametrize("insight", Insight)
@given(data=st.data())
@pytest.mark.slow
def test_any_answer_of_the_right_shape_is_a_result_or_a_bad_answer(insight: Insight, data: st.DataObject) -> None:
    listed = data.draw(st.lists(ANSWERS[insight], max_size=3))
    value: dict[str, Any] = {insight.value: listed}
    if insight is Insight.SUMMARY:
        sentence = st.fixed_dictionaries({"segment_ids": IDS, "text": TEXT})
        value = {"sentences": data.draw(st.lists(sentence, max_size=3)), "topics": listed}
    # Any exception other than BadAnswer fails the test.
    with contextlib.suppress(BadAnswer):
        result = read(insight, value)
        assert SPECS[insight].merge([result]) == result


# --- Speakers in free text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("{A} will ask {B}.", "{A} will ask {B}."),
        ("Speaker A will ask { B }.", "{A} will ask {B}."),
        ("{C} will ask Speaker C about plan A.", "C will ask Speaker C about plan A."),
    ],
)
def test_speakers_stand_in_sentences_and_titles_as_marks_and_unknown_ones_as_plain_text(said: str, kept: str) -> None:
    found = summary(said, (said, 0, 1))
    assert (" ".join(one.text for one in found.sentences), found.topics[0].title) == (kept, kept)
    assert items({"task": said}).items[0].task == kept
    assert decisions({"decision": said}).decisions[0].decision == kept


def test_a_label_in_braces_is_the_label() -> None:
    assert decisions({"decided_by": ["{A}", "{B}", "A", "{C}"]}).decisions[0].decided_by == ("A", "B", "C")
    assert speakers({"label": "{A}"}).names[0].name == "Ada"
