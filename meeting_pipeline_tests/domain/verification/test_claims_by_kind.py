"""Claims that words only seem to support are unverified, whatever the wording; those that they do support are verified."""

from collections.abc import Callable, Iterator

import pytest

from meeting_pipeline.domain.insight_results import ActionItem, Decision
from meeting_pipeline.domain.verdicts import REASONS, ItemStatus, Verdict
from meeting_pipeline.domain.verification.counted import swapped
from meeting_pipeline.domain.verification.numbers import numbers_of
from meeting_pipeline.domain.verification.shares import shares_of
from meeting_pipeline.domain.verification.summaries import checked_topics
from meeting_pipeline.domain.verification.words import content_stems, tokens_of
from meeting_pipeline_tests.domain.verification.claims_by_kind import FALSE_BY_KIND, TRUE_BY_KIND
from meeting_pipeline_tests.domain.verification.meetings import Recap, Resolution, Task, meeting_of
from meeting_pipeline_tests.processor_time import assert_linear


def each(claims: dict[str, tuple[Task | Resolution | Recap, ...]]) -> Iterator[object]:
    for kind, group in claims.items():
        for number, claim in enumerate(group):
            yield pytest.param(claim, id=f"{kind} {number}")


@pytest.mark.parametrize("claim", list(each(FALSE_BY_KIND)))
def test_what_words_only_seem_to_say_is_unverified(claim: Task | Resolution | Recap) -> None:
    judged = claim.judged()
    assert judged.verdict is Verdict.UNVERIFIED
    assert judged.reasons
    assert set(judged.reasons) <= REASONS.keys()


@pytest.mark.parametrize("claim", list(each(TRUE_BY_KIND)))
def test_what_they_do_say_is_verified(claim: Task | Resolution | Recap) -> None:
    judged = claim.judged()
    assert (judged.verdict, judged.reasons) == (Verdict.VERIFIED, ())


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        ("another speaker in the text", {"speaker_is_another"}),
        ("a task that somebody else takes over", {"owner_is_another"}),
        ("a condition", {"conditional"}),
        ("a report", {"reported_speech"}),
        ("a number of something else", {"number_not_said"}),
        ("an open question", {"only_discussed", "conditional"}),
        ("a wish", {"only_discussed", "conditional", "opposite", "not_supported"}),
    ],
)
def test_the_reason_says_what_kind_of_words_they_are(kind: str, reasons: set[str]) -> None:
    for claim in FALSE_BY_KIND[kind]:
        assert reasons & set(claim.judged().reasons), claim


@pytest.mark.parametrize(("label", "verdict"), [("B", Verdict.VERIFIED), ("A", Verdict.UNVERIFIED)])
@pytest.mark.parametrize("text", ["It ends with {}: I will renew the lease.", "According to {}, the lease is renewed."])
def test_words_are_attributed_to_who_says_them(text: str, label: str, verdict: Verdict) -> None:
    talk = ("A: So, what is left?", "B: I will renew the lease.")
    assert Recap(talk, text.replace("{}", f"{{{label}}}"), (0, 1)).judged().verdict is verdict


# --- Status -------------------------------------------------------------------------------------------------------


def status(claim: Task | Resolution) -> tuple[ItemStatus | None, int | None]:
    judged = claim.judged()
    assert isinstance(judged, ActionItem | Decision)
    return judged.status, judged.status_segment_id


def test_an_item_that_nothing_changes_is_open() -> None:
    assert status(Task(("A: I'll order the cake.",), "Order the cake", "A", "I'll order the cake", (0,))) == (
        ItemStatus.OPEN,
        None,
    )


def test_what_was_done_before_is_done_where_that_is_said() -> None:
    talk = ("B: Any news?", "A: I have already ordered the cake.")
    item = Task(talk, "Order the cake", "A", "I have already ordered the cake", (1,))
    assert status(item) == (ItemStatus.DONE, 1)


def test_what_is_taken_back_is_dropped_where_that_is_said() -> None:
    talk = ("A: We decided to paint the hall green.", "B: Nice.", "A: Sorry, we will not paint the hall green.")
    item = Resolution(talk, "Paint the hall green", ("A",), "We decided to paint the hall green", (0,))
    assert status(item) == (ItemStatus.DROPPED, 2)


@pytest.mark.parametrize(
    ("talk", "text", "quote"),
    [
        (
            ("A: The party is on June 19th.", "B: Half of us are away.", "A: Then we move the party to June 26th."),
            "The party is on June 19th",
            "The party is on June 19th",
        ),
        (
            ("A: Fine, we print in colour.", "C: Hold on, the colour quote is triple.", "A: Black and white it is."),
            "Print in colour",
            "we print in colour",
        ),
    ],
)
def test_what_gets_something_else_in_its_place_is_superseded(talk: tuple[str, ...], text: str, quote: str) -> None:
    assert status(Resolution(talk, text, ("A",), quote, (0,))) == (ItemStatus.SUPERSEDED, 2)


def test_of_a_language_that_the_rules_do_not_know_no_status_is_told() -> None:
    talk = ("A: Ich bestelle morgen den Kuchen.",)
    item = Task(talk, "Den Kuchen bestellen", "A", "Ich bestelle morgen den Kuchen", (0,), more={"language": "de"})
    assert item.judged().verdict is Verdict.NOT_CHECKED
    assert status(item) == (None, None)


# --- Topics -------------------------------------------------------------------------------------------------------

TALK = tuple(f"{'AB'[i % 2]}: We talk about the budget of the garden for a while." for i in range(20))


@pytest.mark.parametrize(
    ("ranges", "complete"),
    [(((0, 19),), True), (((0, 8), (9, 17)), True), (((0, 8), (12, 17)), False), (((0, 3),), False)],
)
def test_topics_cover_nine_tenths_of_the_words(ranges: tuple[tuple[int, int], ...], complete: bool) -> None:
    meeting = meeting_of(*TALK)
    found = checked_topics(meeting, [("Garden budget", *one) for one in ranges], meeting.segments)
    assert {topic.reasons for topic in found} == {() if complete else ("topics_incomplete",)}


def test_topics_need_to_cover_only_the_part_that_was_shown() -> None:
    meeting = meeting_of(*TALK)
    found = checked_topics(meeting, [("Garden budget", 0, 4)], range(5))
    assert [topic.verdict for topic in found] == [Verdict.VERIFIED]


def test_a_topic_names_only_speakers_who_speak_in_it() -> None:
    meeting = meeting_of(*TALK, "C: Bye.")
    (found,) = checked_topics(meeting, [("Budget of {C}", 0, 19)], meeting.segments)
    assert "owner_did_not_speak" in found.reasons


# --- Numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "percent"),
    [
        ("12 percent", "12"),
        ("0.12", "12"),
        ("twelve per cent", "12"),
        ("a quarter of the seats", "25"),
        ("7.5 %", "7.5"),
    ],
)
def test_a_share_is_the_same_in_each_form(said: str, percent: str) -> None:
    assert percent in shares_of(said).values()


def test_a_number_that_is_no_share_has_no_other_form() -> None:
    assert not shares_of("12 people in half an hour").values()
    assert numbers_of("0.12") == {"0.12"}


@pytest.mark.parametrize(
    ("claim", "said", "wrong"),
    [
        ("Of 300 seats 120 were sold", "120 of the 300 seats were sold", False),
        ("300 of 120 seats were sold", "120 of the 300 seats were sold", True),
        ("The price rose from 12 to 10 euros", "The price rose from 10 to 12 euros", True),
        ("The price rose from 10 euros to 12", "The price rose from 10 to 12 euros", False),
        ("There are 30 chairs", "We have 20 chairs and 30 tables", True),
        ("There are 30 tables", "We have 20 chairs and 30 tables", False),
        ("Costs fell 5 percent, sales rose 10 percent", "Sales rose 10 percent and costs fell 5 percent", False),
        ("Costs fell 10 percent, sales rose 5 percent", "Sales rose 10 percent and costs fell 5 percent", True),
    ],
)
def test_a_number_counts_the_same_thing_in_the_claim_and_in_the_words(claim: str, said: str, wrong: bool) -> None:
    own = meeting_of(f"A: {said}.").sentences(0)
    assert swapped(claim, own, own, frozenset()) is wrong


# --- Words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "season"),
    [
        ("We open in the fall", True), ("sales of last fall", True), ("by next fall", True), ("in the fall of 2027", True),
        ("the fall in sales", False), ("prices fall in May", False), ("the fall of the wall", False),
    ],
)  # fmt: skip
def test_the_fall_is_a_season_where_it_is_one(text: str, season: bool) -> None:
    assert ("autumn" in content_stems(tokens_of(text))) is season


@pytest.mark.parametrize("language", ["en", "en-US"])
def test_talk_in_another_language_is_not_checked_although_its_source_says_english(language: str) -> None:
    row = "Wir schicken den Bericht am Freitag und dann ist das nicht mehr die Frage, die wir auf dem Tisch haben."
    assert not meeting_of(*[f"A: {row}"] * 5, language=language).english


# --- Cost ---------------------------------------------------------------------------------------------------------


def judging(words: int) -> Callable[[], object]:
    """One claim about a sentence of so many words, made of what the rules look for."""
    talk = "If 12 of 30 agree, she said that Ben, they will do it and we would, but unless it is 7 percent, Ana, so "
    long = talk * (words // 24)
    claim = Task((f"A: {long}.", "B: Sure."), "Do 12 of 30 for {B}", "A", "If 12 of 30 agree, she said that Ben", (0,))
    return claim.judged


def test_a_sentence_without_end_costs_no_more_than_its_length() -> None:
    assert_linear(judging, small=5_000)
