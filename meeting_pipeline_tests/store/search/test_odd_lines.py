"""Whatever was said is found by its own words, in every language's configuration, and no query is an error."""

from typing import Final

import pytest

from meeting_pipeline.domain.search_queries import read_query
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Journey, transcript

ODD: Final = (
    "NEAR( the report",
    "the of and",
    "to be or not to be",
    "x_withheld k_title",
    "50.5 percent of 1/2",
    "C++ and C#",
    "don't O'Brien's",
    "foo@bar.com or http://x.y/z?q=1",
    "-dash --option",
    "a:* & !b | <-> (c)",
    "\\ back\\slash 'quote",
    "会議室 の 予算",
    "会",
    "ภาษาไทย นะ",
    "한국어 회의",
    "العربية والميزانية",
    "שָׁלוֹם עולם",
    "हिन्दी बैठक",
    "x² ª ½ ① ﬁn ㎏",
    "İstanbul ISPARTA",
    "straße STRASSE ŉ ǆ",
    "\U0001d41a\U0001d41b fancy",
    "ё ежик",
    "Ωmega ὈΔΥΣΣΕΎΣ",
    "é e\u0301 ê",
    "a" * 150 + " long",
    "1234567890123456789012345 -5",
    "3.14e10 0x1F v1.2.3",
    "user_name snake_case __init__",
    "running ran runs",
    "Häuser Haus",
    "café résumé naïve",
    "N'est-ce pas l'été",
    "﷽ ㍿",
    "10km 5kg 3rd 2nd",
    "e-mail co-op",
    "und oder die",
    "le la les",
    "1st 1.st 1,000",
    "😀 smile 😀",
    "ﾊﾝｶｸ カタカナ",
    "ⅷ ⁵",
)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_line_is_found_by_its_own_words(store: Store, language: str) -> None:
    journey = Journey(store).accept().begin()
    said = transcript(*ODD).model_copy(update={"language": language})
    store.results.store_transcript(journey.key, journey.run_id, said, input_hash="t", cost_usd=0.0)
    lost = []
    for text in ODD:
        for asked in (text, f'"{text}"', text.upper()):
            if not read_query(asked):
                continue  # nothing to look for: it has neither a letter nor a digit
            found = store.search.find(Question(asked), limit=5, lines=100)
            if text not in [hit.text for meeting in found.meetings for hit in meeting.hits]:
                lost.append((language, asked))
    assert lost == []
