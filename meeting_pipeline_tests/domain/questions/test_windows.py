"""Which window of a meeting is best for a question."""

from collections.abc import Sequence
from datetime import date

from meeting_pipeline.domain.questions.line_matching import LineMatch
from meeting_pipeline.domain.questions.reading import read_question
from meeting_pipeline.domain.questions.window_sums import WINDOW_SEGMENTS, WindowSums
from meeting_pipeline.domain.questions.windows import MeetingLines, Windows
from meeting_pipeline.domain.search_lines import Line, LineKind

TODAY = date(2026, 3, 2)


def lines(*said: tuple[str, str], others: Sequence[Line] = ()) -> MeetingLines:
    """A meeting in which these people say these lines."""
    names, texts = zip(*said, strict=True)
    return MeetingLines(range(len(said)), texts, names, range(0, len(said) * 1000, 1000), others)


FILLER = [("Cy Moe", f"Something else {'again ' * 40}is number {at}.") for at in range(40)]


def best_lines(question: str, *said: tuple[str, str]) -> list[str]:
    """What is said in the best window."""
    meeting = lines(*said)
    (window,) = Windows(read_question(question, TODAY), [meeting]).of(0, 1)
    return list(meeting.texts[window.first : window.last + 1])


def test_what_a_person_of_the_question_says_comes_before_what_calls_that_person() -> None:
    says = [("Ada Berg", f"My view of the tariff is number {at} {'now ' * 20}.") for at in range(4)]
    calls = [("Cy Moe", f"Ada Berg, the tariff, {'please ' * 100}."), *FILLER] * 8
    best = best_lines("What does Ada Berg think of the tariff?", *calls, *says, *FILLER)
    assert says[1][1] in best


def test_the_name_of_nobody_who_speaks_is_a_word_as_any_other() -> None:
    mentions = ("Cy Moe", f"Dee Fox wants another tariff {'now ' * 100}.")
    other = ("Cy Moe", f"That tariff, the tariff, tariffs {'now ' * 100}.")
    best = best_lines("What does Dee Fox think of the tariff?", other, *FILLER, mentions, *FILLER)
    assert mentions[1] in best


def test_what_came_out_of_a_window_counts_for_it() -> None:
    said = [
        *FILLER,
        ("Ada Berg", f"The tariff is dear {'now ' * 100}."),
        *FILLER,
        ("Ada Berg", f"The tariff is up {'now ' * 100}."),
    ]
    for place in (40, 81):
        decision = Line(0, LineKind.DECISION, "The tariff is raised.", segment_id=place)
        (window,) = Windows(read_question("What about the tariff?", TODAY), [lines(*said, others=[decision])]).of(0, 1)
        assert window.first <= place <= window.last


def test_windows_are_as_many_segments_as_fit_and_at_least_one() -> None:
    for words, last in (
        ([50, 50, 20, 1], 2),
        ([50, 50, 21, 1], 1),
        ([500, 1], 0),
        ([1] * 30, WINDOW_SEGMENTS - 1),
        ([7], 0),
    ):
        sums = WindowSums([LineMatch(count, {0: 1.0}) for count in words], 1)
        assert (sums.firsts[0], sums.lasts[0]) == (0, last)
        assert sums.of_windows()[0, 0] == last + 1
        assert sums.of_windows(1)[0, 0] == min(last + 2, len(words))


def test_words_side_by_side_as_in_the_question_come_before_the_same_words_apart() -> None:
    apart = ("Cy Moe", f"The user likes it and the interface too {'now ' * 100}.")
    together = ("Cy Moe", f"It is the user interface that likes it too {'now ' * 100}.")
    assert best_lines("What of the user interface?", *FILLER, apart, *FILLER, together, *FILLER) == [together[1]]


def test_what_the_talk_was_about_counts_less_than_what_is_looked_for() -> None:
    about = ("Cy Moe", f"The tariff, that tariff, tariffs {'now ' * 100}.")
    said = ("Cy Moe", f"A cable of that sort {'now ' * 100}.")
    question = "What about the cable when discussing the tariff?"
    assert best_lines(question, *FILLER, about, *FILLER, said, *FILLER) == [said[1]]
