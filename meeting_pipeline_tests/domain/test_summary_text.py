"""The text of a summary follows its sentences, and keeps the words around them."""

import pytest

from meeting_pipeline.domain.insight_results import Summary, SummarySentence
from meeting_pipeline.domain.summary_text import text_with
from meeting_pipeline.domain.verdicts import Verdict


def summary(text: str, *sentences: str, withheld: str = "") -> Summary:
    every = [SummarySentence(text=one, verdict=Verdict.VERIFIED) for one in sentences]
    every += [SummarySentence(text=withheld, verdict=Verdict.UNVERIFIED)] if withheld else []
    return Summary(short_summary=text, topics=(), sentences=tuple(every))


DRAFT = summary("Key sentences, chosen by rule: {A}: We start … {B}: We end.", "{A}: We start", "{B}: We end")


@pytest.mark.parametrize(
    ("made", "facts", "text"),
    [
        (DRAFT, ["{A}: We start", "{B}: We end"], DRAFT.short_summary),
        (DRAFT, ["{B}: We end"], "Key sentences, chosen by rule: {B}: We end."),
        (DRAFT, [], ""),
        (summary("One. Two.", "One.", "Two."), ["Two."], "Two."),
        (summary("One. Two.", "One.", "Two.", withheld="Three."), ["One.", "Two."], "One. Two."),
        (summary("One. Two.", "One.", "Two.", withheld="Three."), ["One.", "Two.", "Three."], "One. Two. Three."),
        (summary("Chosen: A one.", "A one", withheld="B two"), ["A one", "B two"], "Chosen: A one … B two."),
        (summary("Other words.", "One.", "Two."), ["Two."], "Two."),
        (summary("An old text."), [], "An old text."),
    ],
)
def test_it_is_built_from_the_published_sentences(made: Summary, facts: list[str], text: str) -> None:
    assert text_with(made, facts) == text
