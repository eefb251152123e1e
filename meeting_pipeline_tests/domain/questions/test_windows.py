"""Which window of a meeting is best for a question."""

from datetime import date

from meeting_pipeline.domain.questions.reading import read_question
from meeting_pipeline.domain.questions.windows import MeetingLines, Windows
from meeting_pipeline.domain.search_lines import Line, LineKind

TODAY = date(2026, 3, 2)


def lines(*said: tuple[str, str]) -> MeetingLines:
    """A meeting in which these people say these lines."""
    return MeetingLines(
        [
            Line(at, LineKind.TRANSCRIPT, text, (name,), segment_id=at, start_ms=at * 1000, end_ms=at * 1000 + 900)
            for at, (name, text) in enumerate(said)
        ],
        [],
    )


FILLER = [("Cy Moe", f"Something else {'again ' * 40}is number {at}.") for at in range(40)]


def best_lines(question: str, *said: tuple[str, str]) -> list[str]:
    """What is said in the best window."""
    meeting = lines(*said)
    (window,) = Windows(read_question(question, TODAY), [meeting]).of(0, 1)
    return [line.text for line in meeting.segments[window.first : window.last + 1]]


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
