"""Both databases give the same answers: meetings, their order, lines, places of the words, and pages, for generated searches.

In a language without a stemmer: of others, PostgreSQL also finds inflected forms.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock, Journey, action_items, decisions, render, speakers, transcript

pytestmark = pytest.mark.postgres
WORDS = [
    *(
        "cena",
        "e-mail",
        "email",
        "follow-up",
        "followup",
        "1,500",
        "1500",
        "1.500",
        "3:15",
        "15.3.",
        "2026-11-29",
        "50%",
    ),
    *(
        "Łódź",
        "Lodz",
        "straße",
        "STRASSE",
        "naïve",
        "O'Brien",
        "l\u2019été",
        "don't",
        "e\u0301te\u0301",
        "\u202eabc",
        "a",
        "I",
    ),
    *("https://x.example/a?b=1", "jan@x.example", "camelCase", "snake_case", "x_withheld", "k_title", "C++", "č.p."),
    *("AND", "OR", "NOT", "NEAR", "price", "list", "price-list", "\u05e9\u05b8\u05dc\u05d5\u05b9\u05dd", "\U0001f600"),
    *("\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u4f1a\u8bae"),
    *("\u4f1a\u8bae\u5ba4", "\u0e44\u0e17\u0e22"),
]
NAMES = ("Ada Berg", "Žofie Nová", "Jean-Luc O'Brien", "李雷", "Speaker")
MEETINGS, LINES, QUESTIONS = 9, 8, 250


@pytest.fixture
def stores(memory_folder: Path, migrated_sqlite: Path, request: pytest.FixtureRequest) -> Iterator[list[Store]]:
    """Two stores with the same meetings, one on each database."""
    path = memory_folder / "meetings.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    empty = request.getfixturevalue("empty_shared")
    urls = [f"sqlite:///{path}", str(request.getfixturevalue("postgres_shared_url"))]
    made = [Store(StoreContext(Database(url), Cipher(Fernet.generate_key().decode()), Clock()), render) for url in urls]
    for store in made:
        fill(store, random.Random(3))
    yield made
    for store in made:
        store.close()
    empty()


def fill(store: Store, seed: random.Random) -> None:
    for number in range(1, MEETINGS + 1):
        title = f"{said(seed, 2)} ÜBER {number}"
        day = date(2025, 1, 1) + timedelta(days=seed.randrange(30))
        journey = Journey(store, number=number).accept(title=title, meeting_date=day).begin()
        talk = transcript(*[said(seed, 6) for _ in range(LINES)]).model_copy(update={"language": "cs"})
        store.results.store_transcript(journey.key, journey.run_id, talk, input_hash="t", cost_usd=0.0)
        journey.answer(action_items(said(seed, 4)), decisions(said(seed, 4)), speakers(seed.choice(NAMES)))


def said(seed: random.Random, words: int) -> str:
    return " ".join(seed.choices(WORDS, k=words))


def asked(seed: random.Random) -> Question:
    """A search as people type it."""
    words = seed.choices(WORDS, k=seed.choice((1, 1, 1, 2, 3)))
    text = seed.choice(
        (" ".join(words), f'"{" ".join(words)}"', f'{words[0]} "{words[-1]}', f"-{words[0]}*", words[0][:3])
    )
    question = Question(text, typing=seed.random() < 0.3, unverified=seed.random() < 0.2)
    name = seed.choice(NAMES)
    day = date(2025, 1, 1) + timedelta(days=seed.randrange(30))
    filters: list[dict[str, Any]] = [
        {"speaker": name[:3]}, {"person": name}, {"kind": seed.choice(list(LineKind))}, {"status": "open"}, {"since": day},
        {"until": day}, {"title": seed.choice(("über", "E-MAIL", "%", "ł", str(seed.randrange(9))))},
    ]  # fmt: skip
    for one in seed.sample(filters, seed.choice((0, 0, 1, 2))):
        question = replace(question, **one)
    return question


def answers(store: Store, question: Question) -> Any:
    """All pages: meetings in their order, with their lines; or the code of the refusal."""
    found, after = list[Any](), None
    try:
        while True:
            page = store.search.find(question, limit=2, lines=20, after=after)
            found += [(one.key, one.title, one.matches, round(one.score, 9), one.hits) for one in page.meetings]
            after = page.after
            if after is None:
                return found
    except PermanentError as error:
        return error.code


def test_both_databases_answer_alike(stores: list[Store]) -> None:
    seed = random.Random(11)
    something = 0
    for _ in range(QUESTIONS):
        question = asked(seed)
        first, second = (answers(store, question) for store in stores)
        assert first == second, question
        something += bool(first) and isinstance(first, list)
    assert something > QUESTIONS // 4
