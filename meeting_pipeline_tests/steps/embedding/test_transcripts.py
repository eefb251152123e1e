"""Vectors of what was said: made once for each text, made again when it changes, and gone with the recording."""

from collections.abc import Sequence

import pytest

from meeting_pipeline.domain.errors import StoreUnavailable, WorkerFenced
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.embedder import Embedded
from meeting_pipeline.steps.asking.search import search
from meeting_pipeline.steps.embedding import policies
from meeting_pipeline.steps.embedding.query import WordsOnly, meaning_of
from meeting_pipeline.steps.embedding.transcripts import embed_due, has_due
from meeting_pipeline.steps.operations.index_search import rebuild
from meeting_pipeline.store.ledger.cost_queries import Span
from meeting_pipeline.store.recordings.queries import RecordingFilter
from meeting_pipeline.store.search.values import Meaning, Question
from meeting_pipeline.store.tables import LLMCall
from meeting_pipeline_tests.canaries import in_files
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, OpenWith
from meeting_pipeline_tests.steps.embedding.meaning import (
    MODEL,
    TALKS,
    embed,
    meaning,
    meeting,
    noted,
    rows,
    sent,
)

pytestmark = pytest.mark.services
EMBEDDINGS = "POST /v1/embeddings"


def keys(installation: Installation) -> list[str]:
    return sorted(overview.row.key for overview in installation.store.overviews.page(RecordingFilter(), 50).items)


def calls(installation: Installation) -> list[LLMCall]:
    return [call for call in installation.store.costs.answers(Span()) if call.insight == "embedding"]


def test_each_text_gets_one_vector_and_is_bought_once(opened: Installation, providers: Providers) -> None:
    assert has_due(opened)
    done = embed(opened)
    assert (done.recordings, done.windows, done.stopped) == (3, 3, None)
    assert sorted(texts for [texts] in sent(providers)) == sorted(" ".join(talk) for talk in TALKS.values())
    [key, *_] = keys(opened)
    [row] = rows(opened, key)
    assert (row.model, row.first_segment, row.last_segment, len(row.vector)) == (MODEL, 0, 1, 4 * 256)
    assert not has_due(opened)
    embed(opened, "again")
    assert len(sent(providers)) == 3


def test_what_it_costs_is_in_the_ledger_and_in_the_cost_of_the_recording(
    opened: Installation, providers: Providers
) -> None:
    embed(opened)
    tokens = sum(call["tokens"] for call in providers.ledger()["embedding_calls"])
    assert {call.state for call in calls(opened)} == {"answered"}
    assert sum(call.cost_usd for call in calls(opened)) == pytest.approx(tokens * 0.02 / 1e6)
    assert opened.store.embedding_calls.counted_today() == pytest.approx(tokens * 0.02 / 1e6)
    [kind] = [row for row in opened.store.costs.answers_by_model(Span()) if row.insight == "embedding"]
    assert (kind.model, kind.calls, kind.input_tokens) == (MODEL, 3, tokens)


def test_it_is_off_without_a_model_and_without_a_key(open_with: OpenWith, providers: Providers) -> None:
    environment = meaning(providers)
    for missing in ("OPENAI_API_KEY", "MEETING_PIPELINE_EMBEDDINGS_MODEL"):
        installation = open_with(**{name: value for name, value in environment.items() if name != missing})
        meeting(installation, len(missing), "Hello.")
        assert not has_due(installation)
        assert embed(installation).windows == 0
    assert sent(providers) == []


def test_the_key_of_the_language_model_goes_to_its_own_address_only(open_with: OpenWith, providers: Providers) -> None:
    elsewhere = {**meaning(providers), "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    installation = open_with(**elsewhere, MEETING_PIPELINE_EMBEDDINGS_BASE_URL=providers.openai_url)
    meeting(installation, 1)
    assert embed(installation).stopped == "openai_key_refused"
    own = open_with(
        **elsewhere,
        MEETING_PIPELINE_EMBEDDINGS_BASE_URL=providers.openai_url,
        MEETING_PIPELINE_EMBEDDINGS_API_KEY=providers.openai_key,
    )
    own.store.vector_sets.note_all()
    assert embed(own, "own").recordings == 1


def test_a_corrected_word_is_in_no_vector_from_then_on(opened: Installation, providers: Providers) -> None:
    embed(opened)
    key = next(key for key in keys(opened) if "automobile" in str(opened.store.records.get(key).transcript))
    opened.store.segment_edits.correct(key, 0, "Grace", text="The bicycle was acquired last week.")
    assert rows(opened, key) == []
    assert noted(opened, key).signs is None
    embed(opened, "again")
    assert sent(providers)[3:] == [["The bicycle was acquired last week. It is swift."]]
    assert noted(opened, key).signs is not None


def test_a_name_changes_no_vector(opened: Installation, providers: Providers) -> None:
    embed(opened)
    [key, *_] = keys(opened)
    before = [row.vector for row in rows(opened, key)]
    opened.store.speaker_edits.rename(key, "A", "Grace", "Grace")
    opened.store.recording_edits.change(key, {"title": "Another title"}, "Grace")
    assert not has_due(opened)
    assert [row.vector for row in rows(opened, key)] == before


def test_a_transcript_that_changes_while_its_vectors_are_made_gets_none_of_them(
    opened: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = opened.embedder
    assert embedder is not None
    real, changed = embedder.embed, list[str]()

    def embed_and_change(texts: list[str], **more: float) -> object:
        found = real(texts, **more)
        for key in keys(opened):
            if not changed and " ".join(texts).startswith(opened.store.records.get(key).transcript.segments[0].text):  # type: ignore[union-attr]
                opened.store.segment_edits.correct(key, 0, "Grace", text="Something else.")
                changed.append(key)
        return found

    monkeypatch.setattr(embedder, "embed", embed_and_change)
    embed(opened)
    [key] = changed
    assert sum("Something else." in text for texts in sent(providers) for text in texts) == 1
    [row] = rows(opened, key)
    assert len(calls(opened)) == 4, "the call in vain is in the ledger"
    assert row.digest != ""


def test_vectors_of_another_model_are_not_used_and_made_again(
    opened: Installation, open_with: OpenWith, providers: Providers
) -> None:
    embed(opened)
    other = open_with(**meaning(providers, MEETING_PIPELINE_EMBEDDINGS_MODEL="text-embedding-3-large"))
    assert has_due(other)
    assert embed(other, "other").recordings == 3
    assert {row.model for key in keys(other) for row in rows(other, key)} == {"text-embedding-3-large"}
    shorter = open_with(**meaning(providers, MEETING_PIPELINE_EMBEDDINGS_DIMENSIONS="64"))
    embed(shorter, "shorter")
    assert {len(row.vector) for key in keys(other) for row in rows(other, key)} == {4 * 64}


def test_a_long_meeting_is_bought_in_batches_and_one_that_died_between_them_goes_on(
    open_with: OpenWith, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "WINDOWS_PER_CALL", 2)
    installation = open_with(**meaning(providers))
    key = meeting(installation, 1, *(f"Line {number} " + "says something more " * 20 for number in range(12)))
    providers.fault(EMBEDDINGS, "status", status=500, words="Line 5 ")
    assert embed(installation).stopped == "provider_unavailable"
    assert len(rows(installation, key)) == 2
    assert noted(installation, key).signs is None, "it is found once it has all of them"
    installation.store.vector_sets.note_all()
    assert embed(installation, "again").recordings == 1
    everything = [text for texts in sent(providers) for text in texts]
    assert len(everything) == len(set(everything)) == len(rows(installation, key))


def test_a_server_that_is_away_is_tried_later_and_later_and_not_for_each_recording(
    opened: Installation, providers: Providers, clock: Clock
) -> None:
    providers.fault(EMBEDDINGS, "status", status=503, times=2)
    assert embed(opened).stopped == "provider_unavailable"
    assert not has_due(opened)
    assert sum(noted(opened, key).failures for key in keys(opened)) == 1
    clock.advance(61)
    assert embed(opened, "second").stopped == "provider_unavailable"
    clock.advance(61)
    assert not has_due(opened), "twice as long"
    clock.advance(60)
    assert embed(opened, "third").recordings == 3
    assert len(calls(opened)) == 3
    assert {call.state for call in calls(opened)} == {"answered"}


def test_a_day_has_a_limit(open_with: OpenWith, providers: Providers, clock: Clock) -> None:
    installation = open_with(**meaning(providers, MEETING_PIPELINE_EMBEDDINGS_USD_PER_DAY="0.0000003"))
    meeting(installation, 1)
    meeting(installation, 2)
    done = embed(installation)
    assert done.stopped == "daily_limit_reached"
    assert done.windows < 2
    assert not has_due(installation)
    clock.advance(24 * 3600)
    assert has_due(installation)


def test_the_limit_of_the_installation_cannot_be_kept_with_an_unknown_price(
    open_with: OpenWith, providers: Providers
) -> None:
    unknown = {"MEETING_PIPELINE_EMBEDDINGS_MODEL": "loopback-embedding", "MEETING_PIPELINE_MAX_USD_PER_DAY": "5"}
    installation = open_with(**meaning(providers, **unknown))
    meeting(installation, 1)
    assert embed(installation).stopped == "daily_limit_reached"
    assert sent(providers) == []
    priced = open_with(**meaning(providers, **unknown, MEETING_PIPELINE_EMBEDDINGS_USD_PER_MILLION="0.1"))
    priced.store.vector_sets.note_all()
    assert embed(priced, "priced").recordings == 1


def places_of(installation: Installation, *words: str) -> set[str]:
    """Columns of the database with one of these words."""
    database = f"{installation.settings.database_file.name}:"
    found = in_files(installation.settings.home, words)
    return {one.place.removeprefix(database) for one in found if one.place.startswith(database)}


def test_nothing_of_a_deleted_recording_is_left(opened: Installation) -> None:
    embed(opened)
    [key, *others] = keys(opened)
    opened.store.deletions.delete(key, "ops")
    assert places_of(opened, key)
    assert not [place for place in places_of(opened, key) if place.startswith(("search_", "paid_"))]
    assert all(rows(opened, other) for other in others)


def test_no_word_is_in_the_tables_of_vectors_and_of_paid_calls(opened: Installation) -> None:
    embed(opened)
    search(opened, Question("purchase zimtkanarie"), limit=10, lines=3)
    words = ("automobile", "defective", "vacation", "zimtkanarie")
    places = places_of(opened, *words)
    assert places
    assert not [place for place in places if place.startswith(("search_vector", "paid_"))]


def test_a_worker_that_was_declared_lost_buys_nothing(opened: Installation, providers: Providers) -> None:
    with pytest.raises(WorkerFenced):
        embed_due(opened, "never begun")
    assert sent(providers) == []


def test_rebuilding_the_index_makes_what_is_missing_and_nothing_twice(
    opened: Installation, providers: Providers
) -> None:
    embed(opened)
    rebuild(opened, lambda done, total: None)
    assert embed(opened, "again").recordings == 3
    assert len(sent(providers)) == 3


def test_a_server_with_vectors_of_other_lengths_on_each_call_is_not_paid_for_ever(
    open_with: OpenWith, providers: Providers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "WINDOWS_PER_CALL", 1)
    installation = open_with(**meaning(providers))
    key = meeting(installation, 1, *(f"Line {number} " + "says something more " * 20 for number in range(12)))
    embedder, calls_made = installation.embedder, 0
    assert embedder is not None

    def unlike(texts: Sequence[str], **_: object) -> Embedded:
        nonlocal calls_made
        calls_made += 1
        return Embedded(tuple((1.0, *[0.0] * (7 + calls_made)) for _ in texts), Usage(calls=1))

    monkeypatch.setattr(embedder, "embed", unlike)
    for attempt in range(20):
        embed(installation, f"run-{attempt}")
        clock.advance(4_000)
    assert noted(installation, key).due_at is None
    assert noted(installation, key).error_code == "invalid_answer"
    assert noted(installation, key).failures == 8


@pytest.mark.parametrize("method", ["begin_query", "answered_query"])
def test_a_search_answers_by_words_while_its_call_cannot_be_noted(
    opened: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreUnavailable("disk_full", "The disk is full.", "Free space.")

    with monkeypatch.context() as filled:
        filled.setattr(type(opened.store.embedding_calls), method, full)
        assert meaning_of(opened, "car") == WordsOnly("The cost of a vector cannot be recorded [disk_full].")
    bought = len(sent(providers))
    assert bought == (1 if method == "answered_query" else 0)
    found = meaning_of(opened, "car")
    assert isinstance(found, Meaning) == bool(bought), (
        "what was bought is remembered, and nothing else asked for a while"
    )
    assert len(sent(providers)) == bought


def test_bytes_of_a_terminal_that_are_no_text_are_searched_for_too(opened: Installation, providers: Providers) -> None:
    assert isinstance(meaning_of(opened, "car\udcff"), Meaning)
    assert sent(providers) == [["car?"]]
