"""What transcription in parts costs: prices that are known or not, and the daily limit, which is checked before each part."""

from datetime import timedelta

import pytest

from meeting_pipeline.domain.errors import BadAnswer, OperatorError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.providers.parts import policies as part_policies
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.steps.transcription import parts as buying
from meeting_pipeline.steps.transcription.choice import provider_for, with_second_choice
from meeting_pipeline.steps.transcription.collect import obtain
from meeting_pipeline.steps.transcription.obtained import Obtained
from meeting_pipeline.steps.transcription.order import order_due
from meeting_pipeline.store.ledger.spending import Spent, spent_today
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, OpenWith, accepted
from meeting_pipeline_tests.sounds import conversation
from meeting_pipeline_tests.steps.journeys import begun, collected, completed

MODEL = "whisper-1"
LIMIT = "MEETING_PIPELINE_MAX_USD_PER_DAY"
PRICE = "OPENAI_TRANSCRIPTION_USD_PER_HOUR"
SECONDS = 24
PART_USD = 3.6 * 8 / 3600


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Parts of ten seconds, early on a day: no test crosses midnight UTC accidentally."""
    monkeypatch.setattr(buying, "longest_part_ms", lambda limits: 10_000)
    monkeypatch.setattr(part_policies, "SHORTEST_PART_MS", 2_000)
    tomorrow = (clock() + timedelta(days=1)).replace(hour=1, minute=0, second=0, microsecond=0)
    clock.ahead += tomorrow - clock()


@pytest.fixture(scope="session")
def talk() -> bytes:
    """One voice without a pause: three parts."""
    from meeting_pipeline.media.encoding import encoded

    return encoded(conversation([(0, float(SECONDS))]), "mp3")


def opened(open_with: OpenWith, providers: Providers, **more: str) -> Installation:
    providers.settings(extra_models=[MODEL])
    return open_with(**providers.speech_environment(OPENAI_TRANSCRIPTION_MODEL=MODEL, **more))


def spent(installation: Installation) -> Spent:
    context = installation.store.context
    with context.database.read() as session:
        return spent_today(session, context.now())


def billed(providers: Providers) -> int:
    return sum(call["billed"] for call in providers.ledger()["speech_calls"])


def test_each_part_counts_for_the_day_on_which_its_answer_came(
    open_with: OpenWith, providers: Providers, talk: bytes, clock: Clock
) -> None:
    installation = opened(open_with, providers, **{PRICE: "3.6"})
    row = accepted(installation, "talk.mp3", talk)
    collected(installation, row)
    assert spent(installation).usd == pytest.approx(3.6 * SECONDS / 3600)
    completed(installation, row)
    before = spent(installation).usd
    delete_recording(installation, row.key, deleted_by="test")
    assert spent(installation).usd == pytest.approx(before), "deleting gives nothing back"
    clock.advance(24 * 3600)
    assert spent(installation).usd == 0.0


def test_the_limit_stops_an_automatic_run_between_two_parts_and_the_next_day_goes_on(
    open_with: OpenWith, providers: Providers, talk: bytes, clock: Clock
) -> None:
    installation = opened(open_with, providers, **{PRICE: "3.6", LIMIT: str(PART_USD / 2)})
    row = accepted(installation, "talk.mp3", talk)
    with pytest.raises(OperatorError) as caught:
        collected(installation, row)
    assert (caught.value.code, caught.value.outage) == ("daily_limit_reached", True)
    assert billed(providers) == 1
    assert installation.store.lifecycle.collect_later(row.key, "run-1", caught.value) is not None
    installation.store.leases.end("run-1")
    outages = installation.store.outages.open()
    assert installation.store.lifecycle.request_runs(50, outages) == [], "it would only meet the limit again"
    clock.advance(24 * 3600)
    with pytest.raises(OperatorError):
        collected(installation, row, "run-2")
    assert billed(providers) == 2, "another part, within the limit of another day"


def test_a_person_buys_all_parts_beyond_the_limit(open_with: OpenWith, providers: Providers, talk: bytes) -> None:
    installation = opened(open_with, providers, **{PRICE: "3.6", LIMIT: "0"})
    row = accepted(installation, "talk.mp3", talk)
    assert isinstance(collected(installation, row, requested_by_user=True), Obtained)
    assert billed(providers) == 3


def test_a_price_that_nobody_knows_is_counted_as_unknown_and_never_as_nothing(
    open_with: OpenWith, providers: Providers, talk: bytes
) -> None:
    installation = opened(open_with, providers)
    row = accepted(installation, "talk.mp3", talk)
    found = collected(installation, row)
    assert isinstance(found, Obtained)
    assert (found.cost_usd, found.unpriced) == (0.0, True)
    [order] = installation.store.orders.list()
    assert (order.state, order.cost_usd, order.unpriced) == ("collected", 0.0, 1)
    assert (spent(installation).usd, spent(installation).unpriced) == (0.0, 3)


def test_with_a_limit_a_server_of_unknown_price_is_not_asked(
    open_with: OpenWith, providers: Providers, talk: bytes
) -> None:
    installation = opened(open_with, providers, **{LIMIT: "5"})
    row = accepted(installation, "talk.mp3", talk)
    with pytest.raises(OperatorError) as caught:
        collected(installation, row)
    assert (caught.value.code, billed(providers)) == ("unknown_price", 0)
    [order] = installation.store.orders.list()
    assert order.state == "new", "it binds the recording to no provider"


def test_what_unusable_answers_cost_stays_on_the_bill_when_the_rest_is_planned_anew(
    open_with: OpenWith, providers: Providers, talk: bytes
) -> None:
    installation = opened(open_with, providers, **{PRICE: "3.6"})
    row = accepted(installation, "talk.mp3", talk)
    run = begun(installation, row)
    providers.settings(speech={"raw": {"text": None}})
    with pytest.raises(BadAnswer):
        obtain(installation, row.key, run, requested_by_user=False)
    providers.settings(speech={"max_seconds": 6})
    found = obtain(installation, row.key, run, requested_by_user=False)
    assert isinstance(found, Obtained)
    [order] = installation.store.orders.list()
    assert order.cost_usd == pytest.approx(found.cost_usd) == pytest.approx(spent(installation).usd)
    assert found.cost_usd == pytest.approx(3.6 * SECONDS / 3600 + PART_USD, rel=0.2)
    assert found.cost_usd > 3.6 * SECONDS / 3600


def test_a_run_that_died_before_it_closed_its_order_is_closed_by_the_next(
    open_with: OpenWith, providers: Providers, talk: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = opened(open_with, providers, **{PRICE: "3.6"})
    row = accepted(installation, "talk.mp3", talk)
    with monkeypatch.context() as patch:
        patch.setattr(type(installation.store.orders), "finish", lambda *_, **__: None)
        collected(installation, row)
    [order] = installation.store.orders.list()
    assert order.state == "ordering"
    again = obtain(installation, row.key, "run-1", requested_by_user=False)
    assert isinstance(again, Obtained)
    [order] = installation.store.orders.list()
    assert (again.reused, order.state, billed(providers)) == (True, "collected", 3)
    assert order.cost_usd == pytest.approx(3.6 * SECONDS / 3600)


def test_the_daily_limit_is_no_outage_that_a_second_choice_stands_in_for(
    open_with: OpenWith, providers: Providers
) -> None:
    installation = open_with(**providers.environment(), MEETING_PIPELINE_TRANSCRIPTION_SECOND="offline", **{LIMIT: "0"})
    row = accepted(installation)
    assert installation.store.outages.holding("assemblyai", Service.ORDERS) is not None
    assert order_due(installation, "intake").placed == 0
    assert provider_for(installation, row).name == "assemblyai"
    assert not any(outage.is_passed for outage in with_second_choice(installation, installation.store.outages.open()))
    assert installation.store.recordings.get(row.key).stage == Stage.ORDERING


def test_what_the_settings_say_of_personal_data_holds_during_an_outage_too(
    open_with: OpenWith, providers: Providers, talk: bytes
) -> None:
    installation = open_with(
        **providers.environment(), MEETING_PIPELINE_TRANSCRIPTION_SECOND="offline", ASSEMBLYAI_REDACT_PII="text"
    )
    down = OperatorError("assemblyai_key_refused", "The key is refused.", "Correct it.")
    installation.store.outages.failed("assemblyai", Service.TRANSCRIPTION, down, None)
    row = accepted(installation)
    assert provider_for(installation, row).name == "assemblyai"
    plain = accepted(installation, "plain.mp3", talk, redact_pii="off")
    assert provider_for(installation, plain).name == "offline"
