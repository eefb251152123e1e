"""The embeddings endpoint through the real SDK: vectors in order, answers that are none, errors that name the right settings."""

import math
from typing import Any

import pytest

from meeting_pipeline.domain.errors import OperatorError, PipelineError, ProviderUnavailable
from meeting_pipeline.providers import openai_embeddings
from meeting_pipeline.providers.embedding_setup import embedding_price, is_on, why_off
from meeting_pipeline.providers.openai_embeddings import OpenAIEmbeddings
from meeting_pipeline.providers.openai_errors import AnswerLost, parsed
from meeting_pipeline.settings import Settings
from meeting_pipeline_tests.fakes.control import Providers

pytestmark = pytest.mark.services


def settings(providers: Providers, **more: Any) -> Settings:
    given = {
        "openai_api_key": providers.openai_key,
        "openai_base_url": providers.openai_url,
        "embeddings_model": "text-embedding-3-small",
    }
    return Settings.model_validate({**given, **more})


@pytest.fixture
def embedder(providers: Providers) -> Any:
    found = OpenAIEmbeddings(settings(providers))
    yield found
    found.close()


def test_vectors_come_in_the_order_of_the_texts_and_have_length_one(embedder: OpenAIEmbeddings) -> None:
    found = embedder.embed(["a car", "a garden", "an automobile"])
    car, garden, automobile = found.vectors
    assert all(math.isclose(math.hypot(*vector), 1.0) for vector in found.vectors)

    def alike(one: tuple[float, ...], other: tuple[float, ...]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert alike(car, automobile) > 0.99 > 0.5 > alike(car, garden)
    assert found.usage.input_tokens > 0
    assert found.usage.cost_usd == pytest.approx(found.usage.input_tokens * 0.02 / 1e6)


def test_dimensions_are_sent_only_if_they_are_set(providers: Providers, embedder: OpenAIEmbeddings) -> None:
    embedder.embed(["x"])
    shorter = OpenAIEmbeddings(settings(providers, embeddings_dimensions=64))
    assert len(shorter.embed(["x"]).vectors[0]) == 64
    shorter.close()
    assert ["dimensions" in call["request"] for call in providers.ledger()["embedding_calls"]] == [False, True]
    assert (embedder.vectors, shorter.vectors) == ("text-embedding-3-small", "text-embedding-3-small/64")


@pytest.mark.parametrize(
    "data",
    [
        None, [], "x", [{"index": 0}], [{"index": 0, "embedding": []}], [{"index": 0, "embedding": [0.0, 0.0]}],
        [{"index": 0, "embedding": [1.0, None]}], [{"index": 0, "embedding": [1.0, math.inf]}],
        [{"index": 0, "embedding": [10**400, 1]}], [{"index": 0, "embedding": [math.nan, 1.0]}],
        [{"index": 0, "embedding": [5e-324, 5e-324]}], [{"index": 5, "embedding": [1.0]}], [{"index": 0, "embedding": "AAAA"}],
        [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}],
    ],
)  # fmt: skip
def test_an_answer_that_has_not_one_vector_for_each_text_is_refused(data: Any) -> None:
    with pytest.raises(PipelineError) as caught:
        openai_embeddings._vectors({"data": data}, 1, None)
    assert caught.value.code == "invalid_answer"


@pytest.mark.parametrize(
    ("fault", "code", "advice"),
    [
        ({"kind": "status", "status": 503}, "provider_unavailable", ""),
        ({"kind": "status", "status": 429}, "provider_busy", ""),
        ({"kind": "status", "status": 401}, "openai_key_refused", "MEETING_PIPELINE_EMBEDDINGS_API_KEY"),
        ({"kind": "status", "status": 404}, "openai_model_unknown", "MEETING_PIPELINE_EMBEDDINGS_MODEL"),
        ({"kind": "html"}, "provider_unavailable", ""),
        ({"kind": "reset"}, "provider_unavailable", ""),
    ],
)
def test_errors_are_typed_and_name_the_settings_of_this_server(
    providers: Providers, embedder: OpenAIEmbeddings, fault: dict[str, Any], code: str, advice: str
) -> None:
    providers.fault("POST /v1/embeddings", **fault)
    with pytest.raises((ProviderUnavailable, OperatorError)) as caught:
        embedder.embed(["what was said in secret"])
    assert caught.value.code == code
    assert advice in caught.value.advice
    assert "secret" not in str(caught.value)


def test_a_server_of_ones_own_needs_no_key_and_costs_nothing(providers: Providers) -> None:
    own = settings(providers, embeddings_base_url="http://127.0.0.1:9/v1")
    assert is_on(own)
    assert embedding_price(own).usd == 0.0
    openai = settings(providers, embeddings_base_url="https://api.openai.com/v1")
    assert not is_on(openai)
    assert "MEETING_PIPELINE_EMBEDDINGS_API_KEY is not set" in why_off(openai)


def test_the_price_of_a_model_that_is_not_listed_is_unknown(providers: Providers) -> None:
    unknown = settings(providers, embeddings_model="loopback-embedding")
    assert embedding_price(unknown).usd is None
    embedder = OpenAIEmbeddings(unknown)
    assert embedder.expected_usd(["x"]) is None
    assert embedder.embed(["x"]).usage.unpriced_calls == 1
    embedder.close()
    assert embedding_price(settings(providers, embeddings_usd_per_million=0.5)).usd == 0.5


def test_large_numbers_have_a_direction_too() -> None:
    [vector] = openai_embeddings._vectors({"data": [{"embedding": [3e200, 10**200 * 4]}]}, 1, None)
    assert vector == pytest.approx((0.6, 0.8))


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"data": ' + b"9" * 5_000 + b"}", b'{"data": [', b"\xff{}", b""])
def test_what_cannot_be_read_is_an_answer_that_was_lost(body: bytes) -> None:
    with pytest.raises(AnswerLost) as caught:
        parsed(body)
    assert caught.value.code == "provider_unavailable"
