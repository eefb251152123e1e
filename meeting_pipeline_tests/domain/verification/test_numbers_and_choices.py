"""A number goes with the words around it, a choice is what was answered; and claims that only look like the contrary stay.

Must not go here: whole sets of claims (``told``).
"""

import pytest

from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline_tests.domain.verification.meetings import Recap, Resolution, Task

FAIR = (
    "A: Hello, let's look at the fair.",
    "B: We sold three thousand tickets and gave away two hundred.",
    "C: The stand costs four hundred a month.",
    "A: Who's for a second stand? Nine. And who's against it? Four.",
    "B: The sea trip costs three hundred and ten, the mountain trip two hundred and forty.",
    "C: If it rains the parade moves into the hall.",
    "B: My cousin says that the market hall will be closed.",
    "C: It isn't. I asked there.",
    "A: The posters are printed, the flyers aren't.",
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("200 tickets were sold.", 1),
        ("The stand costs 400 a year.", 2),
        ("The mountain trip costs 310.", 4),
        ("The parade moves into the hall.", 5),
        ("The market hall will be closed.", 6),
        ("The flyers are printed.", 8),
    ],
)
def test_a_sentence_that_joins_what_was_said_of_other_things_is_withheld(text: str, place: int) -> None:
    assert Recap(FAIR, text, (place,)).judged().verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("3,000 tickets were sold.", 1),
        ("The stand costs 400 a month.", 2),
        ("The sea trip costs 310.", 4),
        ("The mountain trip costs 240.", 4),
        ("If it rains, the parade moves into the hall.", 5),
        ("The posters are printed.", 8),
    ],
)
def test_a_sentence_that_keeps_them_together_stays(text: str, place: int) -> None:
    assert Recap(FAIR, text, (place,)).judged().verdict is Verdict.VERIFIED


CHOICES = (
    "A: Shall we plant roses or tulips?",
    "B: Tulips.",
    "A: Tulips then. Do we meet on the fourth or the fifth of May?",
    "B: Take the fifth, the fourth is a holiday.",
    "A: Good, the fifth.",
    "C: The caretaker thinks we should cut down the pear tree.",
    "A: He thinks a lot.",
    "A: We always said no dogs, but this time we'll allow dogs in the garden.",
    "C: The fence was to be red. It'll be green now.",
)


@pytest.mark.parametrize(
    ("text", "by", "quote", "ids"),
    [
        ("Roses are planted", "A", "Shall we plant roses or tulips?", (0, 1)),
        ("The meeting is on the fourth of May", "A", "Do we meet on the fourth or the fifth of May?", (2, 3)),
        ("The pear tree is cut down", "C", "we should cut down the pear tree", (5,)),
        ("No dogs in the garden", "A", "We always said no dogs", (7,)),
    ],
)
def test_what_was_not_chosen_is_withheld(text: str, by: str, quote: str, ids: tuple[int, ...]) -> None:
    assert Resolution(CHOICES, text, (by,), quote, ids).judged().verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("text", "by", "quote", "ids"),
    [
        ("Tulips are planted", "A", "Tulips then", (0, 1, 2)),
        ("The meeting is on the fifth of May", "B", "Take the fifth, the fourth is a holiday", (2, 3, 4)),
        ("Dogs are allowed in the garden", "A", "this time we'll allow dogs in the garden", (7,)),
    ],
)
def test_what_was_chosen_stays(text: str, by: str, quote: str, ids: tuple[int, ...]) -> None:
    assert Resolution(CHOICES, text, (by,), quote, ids).judged().verdict is Verdict.VERIFIED


WORK = (
    "A: Hello, Anton here.",
    "B: This is Berta.",
    "C: I'm Cyril.",
    "A: Berta, order the seal for the pump.",
    "B: Ordered this morning.",
    "A: Cyril, you paint the door.",
    "C: I ruined the last one. Let Berta paint it.",
    "B: Happy to.",
    "C: I'll send the key to the caretaker.",
    "A: Cyril, did you write to the landlord?",
    "C: I wrote to him, yes.",
    "A: Berta, could you call the plumber?",
    "B: Yes, I'll call him tomorrow.",
    "C: I can do Saturday, but not Sunday.",
)


@pytest.mark.parametrize(
    ("text", "owner", "quote", "ids"),
    [
        ("Order the seal for the pump", "B", "Berta, order the seal for the pump", (3, 4)),
        ("Paint the door", "C", "Cyril, you paint the door", (5, 6)),
        ("Send the key to the landlord", "C", "I'll send the key to the caretaker", (8,)),
        ("Write to the landlord", "C", "Cyril, did you write to the landlord?", (9, 10)),
        ("Work on Sunday", "C", "I can do Saturday, but not Sunday", (13,)),
    ],
)
def test_a_task_that_is_done_or_of_another_is_withheld(text: str, owner: str, quote: str, ids: tuple[int, ...]) -> None:
    assert Task(WORK, text, owner, quote, ids).judged().verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("text", "owner", "quote", "ids"),
    [
        ("Send the key to the caretaker", "C", "I'll send the key to the caretaker", (8,)),
        ("Call the plumber", "B", "Yes, I'll call him tomorrow", (11, 12)),
        ("Work on Saturday", "C", "I can do Saturday, but not Sunday", (13,)),
        ("Paint the door", "B", "Let Berta paint it", (5, 6, 7)),
    ],
)
def test_a_task_that_is_open_stays(text: str, owner: str, quote: str, ids: tuple[int, ...]) -> None:
    assert Task(WORK, text, owner, quote, ids).judged().verdict is Verdict.VERIFIED


HELLO = "C: Hello all."
DOUBLE = "The auditor said we should count the till twice, so we count the till twice from now on."


@pytest.mark.parametrize(
    "claim",
    [
        Resolution(
            (HELLO, "A: Do we lease or buy the van?", "B: I like leasing.", "A: No, we buy the van."),
            "The van is bought", ("A",), "No, we buy the van", (3,),
        ),
        Resolution(
            (HELLO, "A: Shall we plant roses or tulips?", "B: Roses.", "A: No, tulips, the roses die."),
            "Tulips are planted", ("A",), "No, tulips, the roses die", (1, 3),
        ),
        Recap((HELLO, "A: Tea or coffee?", "B: Tea for me.", "C: Coffee for me."), "{C} takes coffee.", (1, 3)),
        Recap((HELLO, "A: Tea or coffee?", "B: Tea.", "C: Coffee for me."), "{C} takes coffee.", (3,)),
        Task(
            (HELLO, "A: Do we call the bank or the landlord?", "B: The landlord is away. I'll call the bank."),
            "Call the bank", "B", "I'll call the bank", (2,),
        ),
    ],
)  # fmt: skip
def test_a_later_choice_stays_beside_an_earlier_preference(claim: Task | Resolution | Recap) -> None:
    assert claim.judged().verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    "claim",
    [
        Resolution(
            (HELLO, "A: Shall we plant roses or tulips?", "B: I like roses.", "A: Tulips."),
            "Roses are planted", ("B",), "I like roses", (2,),
        ),
        Resolution(
            (HELLO, "A: Do we lease or buy the van?", "B: Buy.", "A: We never lease anything."),
            "The van is leased", ("A",), "We never lease anything", (1, 3),
        ),
    ],
)  # fmt: skip
def test_what_the_last_choice_leaves_out_is_withheld(claim: Resolution) -> None:
    assert claim.judged().verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("text", "said", "verdict"),
    [
        ("The band meets every Wednesday.", "and every Wednesday the band meets", Verdict.VERIFIED),
        ("The choir meets every Wednesday.", "and the band is ill", Verdict.UNVERIFIED),
    ],
)
def test_every_day_is_not_every_other_day(text: str, said: str, verdict: Verdict) -> None:
    talk = (HELLO, f"A: Every other Wednesday the choir meets, {said}.")
    assert Recap(talk, text, (1,)).judged().verdict is verdict


@pytest.mark.parametrize(
    ("said", "quote", "verdict"),
    [
        (DOUBLE, "so we count the till twice from now on", Verdict.VERIFIED),
        (DOUBLE, DOUBLE.rstrip("."), Verdict.VERIFIED),
        (DOUBLE, "we should count the till twice", Verdict.UNVERIFIED),
        ("The auditor said we must count the till twice.", "we must count the till twice", Verdict.UNVERIFIED),
        ("The auditor said we must count the till twice, so we talked.", "count the till twice", Verdict.UNVERIFIED),
    ],
)
def test_advice_is_a_decision_only_where_it_is_followed(said: str, quote: str, verdict: Verdict) -> None:
    claim = Resolution((HELLO, f"A: {said}", "B: Hm."), "The till is counted twice", ("A",), quote, (1,))
    assert claim.judged().verdict is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("Pasta for all.", Verdict.VERIFIED),
        ("The hospital does.", Verdict.UNVERIFIED),
        ("The hospital.", Verdict.UNVERIFIED),
        ("Berta.", Verdict.UNVERIFIED),
    ],
)
def test_only_somebody_answers_who_does_it(answer: str, verdict: Verdict) -> None:
    talk = (HELLO, "B: I'm Berta.", "A: Who cooks for the feast?", f"B: {answer}", "C: I cook for the feast.")
    assert Recap(talk, "{C} cooks for the feast.", (2, 3, 4)).judged().verdict is verdict
