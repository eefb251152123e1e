"""The hook of an installation: its address, its secret, and that it changes nothing about an order."""

import pytest

from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.transcription.completion_hooks import hook_for, secrets_of_hooks
from meeting_pipeline.steps.transcription.order import OrderReport, order_due
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import OpenWith, accepted

PUBLIC = "MEETING_PIPELINE_API_PUBLIC_URL"
KEY = "MEETING_PIPELINE_ENCRYPTION_KEY"
ONE, OTHER = "Zm9yIHRlc3RzIG9ubHk6IHRoZSBmaXJzdCBvZiB0d28h", "Zm9yIHRlc3RzIG9ubHk6IHRoZSBzZWNvbmQgb2YgdHdv"
PLACE = "https://meetings.example.org/base"


@pytest.mark.parametrize("slash", ["", "/"])
def test_its_address_is_below_the_public_address_of_the_service(slash: str) -> None:
    hook = hook_for(load_settings({PUBLIC: PLACE + slash, KEY: ONE}), "assemblyai")
    assert hook is not None
    assert hook.url == f"{PLACE}/v1/providers/assemblyai/finished"


@pytest.mark.parametrize("provider", ["offline", "imported", "nobody"])
def test_a_provider_that_calls_none_is_given_none(provider: str) -> None:
    settings = load_settings({PUBLIC: PLACE, KEY: ONE})
    assert hook_for(settings, provider) is None
    assert provider not in secrets_of_hooks(settings)


def test_without_a_public_address_there_is_none_and_the_address_of_the_ui_is_no_substitute() -> None:
    assert hook_for(load_settings({"MEETING_PIPELINE_PUBLIC_URL": PLACE, KEY: ONE}), "assemblyai") is None


def test_its_secret_stays_the_same_and_is_that_of_the_installation() -> None:
    def secret(key: str, place: str = PLACE) -> str:
        settings = load_settings({PUBLIC: place, KEY: key})
        hook = hook_for(settings, "assemblyai")
        assert hook is not None
        assert secrets_of_hooks(settings)["assemblyai"] == hook.secret
        return hook.secret

    assert secret(ONE) == secret(ONE, "https://elsewhere.example.org")
    assert secret(ONE) != secret(OTHER)
    assert ONE not in secret(ONE)
    assert len(secret(ONE)) >= 43, "256 bits"


def test_an_address_that_is_set_changed_or_removed_buys_nothing_twice(
    open_with: OpenWith, providers: Providers
) -> None:
    places = [{}, {PUBLIC: "http://127.0.0.1:9/one"}, {PUBLIC: "http://127.0.0.1:9/two"}, {}]
    hashes = set()
    for place in places:
        installation = open_with(**providers.environment(), **place)
        row = accepted(installation)
        order_due(installation, "worker")
        [order] = installation.store.orders.list([row.key])
        hashes.add(order.options_hash)
        assert order.state == "ordered"
        # As after a crash that lost the answer: the order is looked for, and found.
        with installation.store.database.write() as session:
            stored = session.merge(order)
            stored.state, stored.provider_id = "ordering", None
            recording = session.merge(installation.store.recordings.get(row.key))
            recording.stage, recording.due_at = Stage.ORDERING, installation.store.context.now()
        assert order_due(installation, "next worker") == OrderReport(placed=1)
    assert len(hashes) == 1
    assert len(providers.ledger()["orders"]) == 1


def test_an_order_is_placed_with_the_hook(open_with: OpenWith, providers: Providers) -> None:
    installation = open_with(**providers.environment(), **{PUBLIC: "http://127.0.0.1:9"})
    accepted(installation)
    order_due(installation, "worker")
    [order] = providers.ledger()["orders"]
    assert order["config"]["webhook_url"] == "http://127.0.0.1:9/v1/providers/assemblyai/finished"
    secret = secrets_of_hooks(installation.settings)["assemblyai"]
    assert order["config"]["webhook_auth_header_value"] == secret
    [stored] = installation.store.orders.list()
    assert secret not in str(stored.options)
