"""The offline rules on written text, such as a good transcript export."""

from datetime import date

import pytest

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.evidence import occurs_in
from meeting_pipeline.domain.insight_results import ActionItem, ActionItems, Decisions, SpeakerName, Speakers, Summary
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.providers.llm_ports import Analyst
from meeting_pipeline.providers.offline.analyst import OfflineAnalyst

WEDNESDAY = date(2026, 11, 18)


def transcript(*said: str, names: dict[str, str] | None = None, confidence: float | None = None) -> Transcript:
    """A transcript in which each ``A: words`` is a segment of 10 s."""
    split = [row.split(": ", 1) for row in said]
    return Transcript(
        segments=tuple(
            Segment(
                index=i,
                speaker=label,
                start_ms=i * 10_000,
                end_ms=i * 10_000 + 9_000,
                text=words,
                confidence=confidence,
            )
            for i, (label, words) in enumerate(split)
        ),
        language="en",
        duration_ms=len(said) * 10_000,
        confidence=confidence,
        provenance=Provenance(provider="imported", model="txt"),
        speaker_names=names or {},
    )


def extracted(source: Transcript, insight: Insight, participants: tuple[str, ...] = ()) -> object:
    analyst: Analyst = OfflineAnalyst()
    answer = analyst.extract(insight, source, MeetingContext(None, WEDNESDAY, participants))
    assert answer.insight is insight
    assert answer.coverage.complete
    assert answer.provenance.draft
    assert (answer.provenance.provider, answer.provenance.model) == ("offline", "rules")
    assert answer.prompt_version == analyst.prompt_version(insight)
    assert answer.usage.cost_usd == 0
    return answer.result


def items(source: Transcript, participants: tuple[str, ...] = ()) -> tuple[ActionItem, ...]:
    result = extracted(source, Insight.ACTION_ITEMS, participants)
    assert isinstance(result, ActionItems)
    for item in result.items:
        assert occurs_in(item.evidence.quote, [source.segments[i] for i in item.evidence.segment_ids])
    return result.items


def found(source: Transcript) -> list[tuple[str, str | None, str | None, str | None]]:
    return [
        (item.task, item.owner, item.due_words, item.due_date.isoformat() if item.due_date else None)
        for item in items(source)
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I will send the report by Friday.", ("Send the report", "A", "by Friday", "2026-11-20")),
        ("I'll call the bank tomorrow.", ("Call the bank", "A", "tomorrow", "2026-11-19")),
        ("By Monday I'll have the contract signed.", ("Have the contract signed", "A", "By Monday", "2026-11-23")),
        ("I'm going to book the room.", ("Book the room", "A", None, None)),
        ("Tom will check the terms next week.", ("Check the terms", "Tom", "next week", None)),
        (
            "Tom, can you send the invoice by the end of next week?",
            ("Send the invoice", "Tom", "by the end of next week", "2026-11-27"),
        ),
        ("Tom needs to deploy the fix by Dec 4.", ("Deploy the fix", "Tom", "by Dec 4", "2026-12-04")),
        (
            "We need to renew the domain before the 30th of November.",
            ("Renew the domain", None, "before the 30th of November", "2026-11-30"),
        ),
        ("Please book the room for next Tuesday.", ("Book the room", None, "for next Tuesday", "2026-11-24")),
        ("Then Marketing will print the flyers.", ("Print the flyers", "Marketing", None, None)),
    ],
)
def test_explicit_wording_is_an_action_item(said: str, expected: tuple[str, ...]) -> None:
    assert found(transcript(f"A: {said}")) == [expected]


@pytest.mark.parametrize(
    "said",
    [
        "I will be on vacation next week.",
        "We'll see tomorrow.",
        "It will rain tomorrow.",
        "This will take a while.",
        "If we get the money I will buy lunch.",
        "Will you come on Friday?",
        "I'll keep this short.",
        "We will talk about it.",
        "That's on me.",
        "I sent the report on Friday.",
    ],
)
def test_talk_that_promises_nothing_is_no_action_item(said: str) -> None:
    assert found(transcript(f"A: {said}")) == []


def test_two_promises_in_a_sentence_are_two_items() -> None:
    source = transcript("A: I'll update the page by Thursday, and Tom will review it on Friday.")
    assert found(source) == [
        ("Update the page", "A", "by Thursday", "2026-11-19"),
        ("Review it", "Tom", "on Friday", "2026-11-20"),
    ]


def test_recognised_speech_without_punctuation_is_cut_at_new_subjects() -> None:
    source = transcript(
        "A: The numbers look good I will send the report by the twenty first of november thank you we are done",
        "B: david will prepare the plan by friday and the rest is fine",
    )
    assert found(source) == [
        ("Send the report", "A", "by the twenty first of november", "2026-11-21"),
        ("Prepare the plan", "David", "by friday", "2026-11-20"),
    ]


def test_in_recognised_speech_only_known_names_are_owners() -> None:
    source = transcript("A: the server will restart the job tomorrow", "A: zoltan will restart the job tomorrow")
    assert found(source) == []
    assert [item.owner for item in items(source, participants=("Zoltan Kiss",))] == ["Zoltan"]


def test_an_owner_who_is_a_speaker_is_given_by_label() -> None:
    source = transcript("A: Tom will send it over today.", "B: Sure.", names={"A": "Ann Lee", "B": "Tom Baker"})
    assert [item.owner for item in items(source)] == ["B"]


def test_the_same_task_is_listed_once() -> None:
    source = transcript("A: I will send the report by Friday.", "A: So I will send the report by Friday.")
    assert len(items(source)) == 1


def test_items_of_an_uncertain_transcript_are_candidates() -> None:
    for confidence, candidate in ((0.4, True), (0.8, False), (None, False)):
        source = transcript("A: I will send the report by Friday. We decided to go on.", confidence=confidence)
        assert [item.candidate for item in items(source)] == [candidate]


def test_decisions_are_always_candidates() -> None:
    result = extracted(transcript("A: We decided to open the office in January."), Insight.DECISIONS)
    assert isinstance(result, Decisions)
    assert [decision.candidate for decision in result.decisions] == [True]


@pytest.mark.parametrize(
    ("said", "fact"),
    [
        ("I will send the report by Friday.", True),
        ("Tom needs to deploy the fix by Dec 4.", True),
        ("I'm going to book the room.", False),
        ("We need to renew the domain before the 30th of November.", False),
        ("I will send it by Friday.", False),
        ("Maybe I will send the report by Friday.", False),
        ("I will send the report today.", False),
    ],
)
def test_a_fact_says_who_does_what_until_when(said: str, fact: bool) -> None:
    assert [not item.candidate for item in items(transcript(f"A: {said}"))] == [fact]


@pytest.mark.parametrize(
    "said",
    [
        "I'll share my screen.",
        "I will show you the numbers now.",
        "Tom, can you hear me?",
        "I'll hand over to Ann.",
        "I will um",
    ],
)
def test_what_is_done_during_the_meeting_is_no_action_item(said: str) -> None:
    assert found(transcript(f"A: {said}")) == []


def test_what_is_taken_back_later_is_not_reported() -> None:
    promised = "A: I will print the flyers by Thursday."
    decided = "A: We decided to release on the first of December."
    kept = transcript(promised, decided, "B: Fine.")
    taken_back = transcript(promised, decided, "B: I won't print the flyers.", "A: We take back the first of December.")
    assert len(items(kept)) == 1
    assert items(taken_back) == ()
    for source, count in ((kept, 1), (taken_back, 0)):
        result = extracted(source, Insight.DECISIONS)
        assert isinstance(result, Decisions)
        assert len(result.decisions) == count


def test_what_an_earlier_meeting_decided_is_not_a_decision_of_this_one() -> None:
    result = extracted(transcript("A: In the last meeting we decided to use wood."), Insight.DECISIONS)
    assert isinstance(result, Decisions)
    assert result.decisions == ()


def test_near_the_end_of_a_long_meeting_a_task_needs_no_owner_or_date() -> None:
    talk = [f"B: Something about subject {number}." for number in range(70)]
    task = "A: So please send the minutes to everybody."
    assert found(transcript(task, *talk)) == []
    assert [item[0] for item in found(transcript(*talk, task))] == ["Send the minutes to everybody"]


def test_hesitations_are_left_out_of_a_task() -> None:
    assert [item[0] for item in found(transcript("A: I'll uh send the the report, um, by Friday."))] == [
        "Send the report"
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("We decided to open the office in January.", ["Open the office in January"]),
        ("Okay. We've agreed on a six week trial.", ["A six week trial"]),
        ("Let's go with option A. Fine.", ["Go with option A"]),
        ("We are sticking with the old plan.", ["Stick with the old plan"]),
        ("The decision is to stop the project.", ["Stop the project"]),
        ("We haven't decided to cancel.", []),
        ("Have we decided to cancel?", []),
        ("If we agreed to that, we would lose.", []),
        ("We talked about it.", []),
    ],
)
def test_decisions_are_found_by_their_wording(said: str, expected: list[str]) -> None:
    source = transcript(f"A: {said}")
    result = extracted(source, Insight.DECISIONS)
    assert isinstance(result, Decisions)
    assert [decision.decision for decision in result.decisions] == expected
    assert all(occurs_in(decision.evidence.quote, source.segments) for decision in result.decisions)


def names_of(source: Transcript, participants: tuple[str, ...] = ()) -> tuple[SpeakerName, ...]:
    result = extracted(source, Insight.SPEAKERS, participants)
    assert isinstance(result, Speakers)
    return result.names


def test_speakers_who_introduce_themselves_have_names_with_evidence() -> None:
    names = names_of(transcript("A: Hi, my name is Zoltan Kiss.", "B: Hello, this is Anna speaking.", "C: Yes."))
    assert [(entry.label, entry.name) for entry in names] == [("A", "Zoltan Kiss"), ("B", "Anna"), ("C", None)]
    assert names[0].confidence > names[1].confidence > names[2].confidence == 0
    assert names[0].evidence is not None
    assert names[0].evidence.quote == "my name is Zoltan Kiss"


def test_this_is_great_is_no_name() -> None:
    assert [entry.name for entry in names_of(transcript("A: This is great. I'm German. My name is not here."))] == [
        None
    ]


def test_names_of_the_export_are_certain() -> None:
    names = names_of(transcript("A: My name is Bob.", names={"A": "Ann Lee"}))
    assert [(entry.name, entry.confidence) for entry in names] == [("Ann Lee", 1.0)]


def test_a_name_claimed_twice_stays_with_the_surer_speaker() -> None:
    names = names_of(transcript("A: This is Anna.", "B: My name is Anna."))
    assert [(entry.label, entry.name) for entry in names] == [("A", None), ("B", "Anna")]


def test_key_sentences_were_said_and_topics_cover_the_meeting() -> None:
    rows = [f"A: The budget for project number {i} grows because the suppliers raise prices." for i in range(3)]
    rows += ["B: Hello.", "B: The garden party needs music.", "B: And the garden needs a tent for the party."]
    source = transcript(*rows)
    result = extracted(source, Insight.SUMMARY)
    assert isinstance(result, Summary)
    assert "garden" in result.short_summary
    assert "Hello" not in result.short_summary
    assert result.topics[0].start_ms == 0
    assert result.topics[-1].end_ms == source.segments[-1].end_ms
    assert "budget" in result.topics[0].title.lower()
    assert "garden" in result.topics[-1].title.lower()


def test_an_empty_transcript_gives_empty_answers() -> None:
    source = transcript()
    assert items(source) == ()
    result = extracted(source, Insight.SUMMARY)
    assert isinstance(result, Summary)
    assert result.topics == ()


def test_key_sentences_say_who_spoke_by_marks_that_follow_a_name() -> None:
    source = transcript(
        "A: We decided to move the product launch to March because of the budget.",
        "B: I will send the revised budget {A} to the board by Friday.",
    )
    found = extracted(source, Insight.SUMMARY)
    assert isinstance(found, Summary)
    assert "{A}: We decided to move the product launch" in found.short_summary
    assert "{B}: I will send the revised budget (A) to the board" in found.short_summary
