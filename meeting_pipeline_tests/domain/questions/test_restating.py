"""A sentence restates what was said only if nothing is added, exchanged, turned round, or left out that counts."""

import pytest

from meeting_pipeline.domain.questions.restating import restates


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{A} will send the list.", "I will send the list."),
        ("{A} sends the list.", "I'll send the list."),
        ("{A} promised to send the list.", "Well, I'm going to send the list."),
        ("{A} agreed to send the list by Friday.", "I will send the list to the customer by Friday."),
        ("{A} says the list is wrong.", "The list is wrong."),
        ("{A} thinks he can do it if {C} gives him the text.", "I can do it if {C} gives me the text."),
        ("{A} doesn't want it.", "I don't want it."),
        ("{A}'s list is ready.", "My list is ready."),
        ("They won't raise their price.", "We will not raise our price."),
        ("Iversen can wait until March.", "That's fine, Iversen can wait until March."),
        ("The trial was 30 days.", "The trial was 30 days, and from January it's 14 days."),
        ("The share is 40%.", "The share is 40 percent."),
    ],
)
def test_the_same_words_of_another_person_restate(text: str, said: str) -> None:
    assert restates(text, said, "A")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{A} sent the list.", "I will send the list."),
        ("{B} will send the list.", "I will send the list."),
        ("The customer will send the list.", "I will send the list to the customer."),
        ("{A} will send the list and the bill.", "I will send the list."),
        ("{A} will send the list.", "If I have time, I will send the list."),
        ("{A} will send the list.", "I will send the list if Ben agrees."),
        ("{A} will send the list.", "I will send the list, unless Ben objects."),
        ("{A} will send the list.", "I will not send the list."),
        ("{A} will send the list.", "Maybe I will send the list."),
        ("{A} will send the list.", "I would send the list."),
        ("{A} will send the list.", "Will I send the list?"),
        ("{A} will send the list.", "Ben thinks I will send the list."),
        ("Nobody used it.", "Almost nobody used it."),
        ("Grace may restart it.", "Only Grace may restart it."),
        ("Ben may restart it.", "Grace may restart it, Ben may not."),
        ("They lost 31 and won 12.", "They lost 12 and won 31."),
        ("The budget is 40.", "The budget is 40, sorry, 50."),
        ("They pay 100.", "We pay 100, minus 20 percent."),
        ("The list is wrong.", "The list is not wrong."),
        ("The list is wrong.", "Peter says the list is wrong."),
        ("{A} has tested it. {A} has sent it.", "I've tested it."),
        ("You send the list to her.", "I send the list to you."),
        ("{A} will.", "I will send the list."),
        ("", "I will send the list."),
        (".", "."),
    ],
)
def test_anything_else_does_not_restate(text: str, said: str) -> None:
    assert not restates(text, said, "A")
