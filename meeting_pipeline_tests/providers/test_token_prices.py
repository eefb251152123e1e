"""What a call costs: by the model and tier that the server names, and unknown rather than another model's."""

import pytest

from meeting_pipeline.providers.openai_replies import Counts
from meeting_pipeline.providers.token_prices import PRICES, price_of, price_of_call
from meeting_pipeline.settings import load_settings

MILLION = Counts(given=1_000_000, made=1_000_000)
"""More input than 272,000 tokens: long context."""
SHORT = Counts(given=100_000, cached=40_000, written=20_000, made=1_000)


def usd(counts: Counts, model: str, tier: str = "", **variables: str) -> float | None:
    price = price_of_call(load_settings(variables), model, tier)
    return price.usd(counts) if price is not None else None


def test_two_models_have_two_prices() -> None:
    assert usd(SHORT, "gpt-6-luna") == pytest.approx(
        (40_000 * 0.10 + 40_000 * 0.01 + 20_000 * 0.125 + 1_000 * 0.5) / 1e6
    )
    assert usd(SHORT, "gpt-6-sol") == pytest.approx((40_000 * 2 + 40_000 * 0.2 + 20_000 * 2.5 + 1_000 * 10) / 1e6)


@pytest.mark.parametrize("model", ["served-model", "gpt-6", "gpt-6-luna-turbo", "ft:gpt-6-luna:me", "llama3.1:8b", ""])
def test_an_unknown_model_has_no_price(model: str) -> None:
    assert usd(SHORT, model) is None


def test_a_snapshot_has_the_price_of_its_model() -> None:
    assert usd(SHORT, "gpt-6-luna-2026-08-20") == usd(SHORT, "gpt-6-luna")
    assert usd(SHORT, "gpt-6-luna-2026") is None


@pytest.mark.parametrize(
    ("tier", "factor"), [("", 1.0), ("auto", 1.0), ("default", 1.0), ("flex", 0.5), ("priority", None)]
)
def test_a_tier_has_its_own_price_or_none(tier: str, factor: float | None) -> None:
    whole = usd(SHORT, "gpt-6-luna")
    assert whole is not None
    found = usd(SHORT, "gpt-6-luna", tier)
    assert found == (None if factor is None else pytest.approx(whole * factor))


def test_long_requests_cost_more_as_a_whole() -> None:
    assert usd(MILLION, "gpt-6-luna") == pytest.approx(0.10 * 2 + 0.50 * 1.5)


def test_a_setting_adds_models_and_tiers_and_replaces_prices() -> None:
    prices = (
        "other/model:8b=1/0.5/2@2026-11-20,gpt-6-luna priority=0.2/0.02/1/0.3@2026-11-20,gpt-6-sol=3/0.3/12@2026-11-20"
    )
    plain = Counts(given=1_000_000)
    assert usd(plain, "other/model:8b", OPENAI_PRICES=prices) == pytest.approx(1.0)
    assert usd(plain, "gpt-6-luna", "priority", OPENAI_PRICES=prices) == pytest.approx(0.2)
    assert usd(Counts(given=1_000, written=1_000), "gpt-6-luna", "priority", OPENAI_PRICES=prices) == pytest.approx(
        0.0003
    )
    assert usd(plain, "gpt-6-sol", OPENAI_PRICES=prices) == pytest.approx(3.0)
    assert usd(plain, "gpt-6-luna", "ultrafast", OPENAI_PRICES=prices) is None


def test_the_price_of_the_configured_model_is_that_of_its_calls_whatever_the_server_calls_it() -> None:
    own = {"OPENAI_MODEL": "my-model", "OPENAI_USD_PER_MILLION": "4,1,8"}
    assert usd(Counts(given=1_000_000), "my-model", **own) == pytest.approx(4.0)
    assert usd(Counts(given=1_000_000), "my-model-q4.gguf", **own) == pytest.approx(4.0)
    assert usd(SHORT, "gpt-6-sol", **own) == usd(SHORT, "gpt-6-sol")
    settings = load_settings(own)
    assert price_of(settings, "another-model") is None


def test_every_listed_price_has_a_date_and_is_cheaper_from_the_cache() -> None:
    for price in PRICES.values():
        assert price.as_of is not None
        assert price.cached < price.given <= price.written
        assert price.as_of.isoformat() in price.line()
