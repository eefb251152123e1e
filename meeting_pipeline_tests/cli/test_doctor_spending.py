"""What ``doctor`` says of prices and of the daily limit."""

from meeting_pipeline.cli.checkup.findings import Level
from meeting_pipeline.cli.checkup.spending import limit, prices
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith

LIMIT = "MEETING_PIPELINE_MAX_USD_PER_DAY"


def test_known_prices_are_shown_with_their_date(open_with: OpenWith, providers: Providers) -> None:
    found = list(prices(open_with(**providers.environment()).settings))
    assert [one.level for one in found] == [Level.OK, Level.OK]
    assert "2026-10-07" in str(found[0])
    assert "2026-11-01" in str(found[1])


def test_an_unknown_price_is_a_warning_that_names_the_setting(open_with: OpenWith, providers: Providers) -> None:
    environment = providers.environment() | {"OPENAI_MODEL": "gpt-4.1", "ASSEMBLYAI_SPEECH_MODELS": "universal-9"}
    speech, model = prices(open_with(**environment).settings)
    assert (speech.level, model.level) == (Level.WARN, Level.WARN)
    assert "universal-9" in str(speech)
    assert "ASSEMBLYAI_PRICES" in str(speech)
    assert "gpt-4.1" in str(model)
    assert "OPENAI_PRICES" in str(model)


def test_without_paid_providers_or_a_limit_nothing_is_said(open_with: OpenWith) -> None:
    settings = open_with().settings
    assert [*prices(settings), *limit(settings)] == []


def test_a_limit_says_what_was_spent_and_what_it_holds(open_with: OpenWith, providers: Providers) -> None:
    [below] = limit(open_with(**providers.environment(), **{LIMIT: "5"}).settings)
    assert (below.level, "of 5.00 USD" in str(below)) == (Level.OK, True)
    [held] = limit(open_with(**providers.environment(), **{LIMIT: "0"}).settings)
    assert (held.level, "is reached" in str(held)) == (Level.WARN, True)
