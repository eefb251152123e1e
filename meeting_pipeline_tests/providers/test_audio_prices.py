"""What an hour of audio costs: by model and add-ons, and unknown where a part is."""

import pytest

from meeting_pipeline.providers.audio_prices import HourPrice, hour_price
from meeting_pipeline.settings import load_settings


def price(*models: str, add_ons: tuple[str, ...] = (), **variables: str) -> HourPrice:
    return hour_price(load_settings(variables), models, add_ons)


def test_each_model_has_its_price_and_before_it_is_known_the_dearest_counts() -> None:
    assert price("universal-2").usd == pytest.approx(0.15)
    assert price("universal-3-5-pro").usd == pytest.approx(0.21)
    assert price("universal-2", "universal-3-5-pro").usd == pytest.approx(0.21)


def test_add_ons_are_added() -> None:
    found = price("universal-2", add_ons=("speaker_labels",))
    assert found.usd == pytest.approx(0.17)
    assert found.known
    assert "2026-10-07" in found.line()


def test_an_unknown_part_is_named_and_never_counted_as_free() -> None:
    found = price("universal-2", add_ons=("speaker_labels", "keyterms_prompt"))
    assert found.usd == pytest.approx(0.17)
    assert (found.known, found.unknown) == (False, ("keyterms_prompt",))
    assert "unknown" in found.line()
    assert price("universal-9").unknown == ("universal-9",)
    assert price("universal-9").usd == 0.0


def test_a_setting_adds_to_the_table_or_gives_the_whole_price() -> None:
    given = {"ASSEMBLYAI_PRICES": "keyterms_prompt=0.05@2026-11-20,universal-2=0.10@2026-11-20"}
    found = price("universal-2", add_ons=("keyterms_prompt",), **given)
    assert found.usd == pytest.approx(0.15)
    assert found.known
    whole = price("universal-9", add_ons=("x",), ASSEMBLYAI_USD_PER_HOUR="0.3")
    assert (whole.usd, whole.known) == (0.3, True)
