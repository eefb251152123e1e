"""`ledger` shows what was paid for and what is missing, and compares orders with the provider's list."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from meeting_pipeline.installation import Installation
from meeting_pipeline.store.tables import LLMCall
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.providers.assemblyai_setup import adapter, ordered, recording
from meeting_pipeline_tests.store.samples import OPTIONS, Journey, bought

KEY = "2025-03-14-weekly-00000001"
SECRET = "https://upload.example/secret-address"


def shop(installation: Installation, number: int = 1) -> Journey:
    """A recording with an order that was collected but not stored, a good answer and an unusable one."""
    store = installation.store
    journey = Journey(store, number=number).accept(needs_order=True).begin(collecting=False)
    order = store.orders.open(journey.key, OPTIONS)
    store.orders.claim(order.id, "w")
    store.orders.uploaded(order.id, "w", SECRET)
    store.orders.ordered(order.id, f"provider-{number}")
    store.orders.finish(order.id, cost_usd=0.5)
    bought(store, journey.key, journey.run_id, text="the words of a meeting")
    bought(store, journey.key, journey.run_id, problem="refused")
    return journey


@pytest.mark.usefixtures("installation")
def test_empty_books_say_so(run: Run) -> None:
    result = run("ledger")
    assert (result.exit_code, result.stdout) == (
        0,
        "No transcription was ordered.\n\nNo language-model call was billed.\n\nTotal: $0.0000\n",
    )


def test_orders_and_answers_are_summed_with_what_could_not_be_used(run: Run, installation: Installation) -> None:
    shop(installation)
    lines = [line.split() for line in run("ledger").stdout.splitlines()]
    assert ["collected", "assemblyai", "1", "$0.5000"] in lines
    assert ["summary", "m-2025", "2", "1", "200", "80", "0", "20", "$0.0200"] in lines
    assert ["summary", "refused", "1", "$0.0100"] in lines
    assert ["Total:", "$0.5200"] in lines
    assert [KEY, "assemblyai", "provider-1,", "$0.5000"] in lines


def test_an_unknown_price_is_told_and_never_added_to_known_ones(run: Run, installation: Installation) -> None:
    shop(installation)
    with installation.store.database.write() as session:
        call = session.scalars(select(LLMCall).where(LLMCall.state == "answered")).first()
        assert call is not None
        call.cost_usd, call.unpriced_calls = 0.0, 1
    text = run("ledger").stdout
    assert "$0.0100 + unknown" in text
    assert "Total: $0.5100, and 1 purchases of unknown price, which are not in it" in text
    found = json.loads(run("ledger", "--json").stdout)
    assert (found["cost_usd"], found["unpriced_purchases"]) == (0.51, 1)
    assert sorted(one["unpriced"] for one in found["answers_by_model"]) == [1]


def test_one_recording_is_shown_purchase_by_purchase(run: Run, installation: Installation) -> None:
    shop(installation)
    shop(installation, 2)
    found = json.loads(run("ledger", KEY, "--json").stdout)
    assert found["recording_id"] == KEY
    assert [order["provider_id"] for order in found["orders"]] == ["provider-1"]
    assert sorted(answer["state"] for answer in found["answers"]) == ["answered", "unusable"]
    assert found["cost_usd"] == 0.52
    text = run("ledger", KEY).stdout
    assert "provider-1" in text
    assert "unusable (refused)" in text
    assert "provider-2" not in text


def test_a_day_can_be_left_out(run: Run, installation: Installation) -> None:
    shop(installation)
    assert json.loads(run("ledger", "--since", "2024-01-01", "--json").stdout)["cost_usd"] == 0.52
    assert json.loads(run("ledger", "--since", "2999-01-01", "--json").stdout)["cost_usd"] == 0
    assert run("ledger", "--since", "yesterday").exit_code == 2


def test_neither_upload_addresses_nor_what_was_said_is_written(run: Run, installation: Installation) -> None:
    shop(installation)
    for arguments in ([], [KEY], ["--json"], [KEY, "--json"]):
        output = run("ledger", *arguments).output
        assert SECRET not in output
        assert "the words of a meeting" not in output


@pytest.mark.usefixtures("installation")
def test_an_unknown_recording_is_one_line(run: Run) -> None:
    result = run("ledger", "2031")
    assert result.exit_code == 2
    assert "There is no recording '2031'" in result.stderr


@pytest.mark.usefixtures("installation")
def test_without_a_key_there_is_nothing_to_compare_with(run: Run) -> None:
    result = run("ledger", "--check")
    assert result.exit_code == 0
    assert "there is nothing to compare with" in result.stdout
    assert json.loads(run("ledger", "--check", "--json").stdout)["check"] is None


def test_check_is_about_all_recordings(run: Run, installation: Installation) -> None:
    shop(installation)
    assert run("ledger", KEY, "--check").exit_code == 2


def linked(installation: Installation, provider_id: str) -> None:
    """A recording of this installation whose order has this id."""
    key = Journey(installation.store).accept(needs_order=True).key
    installation.store.orders.ordered(installation.store.orders.open(key, OPTIONS).id, provider_id)


def test_lists_that_agree_say_so(run: Run, installation: Installation, providers: Providers, tmp_path: Path) -> None:
    linked(installation, ordered(adapter(providers), recording(tmp_path)))
    result = run("ledger", "--check", **providers.environment())
    assert result.exit_code == 0
    assert "assemblyai lists 1 orders" in result.stdout
    assert "Every billed order on this list is known here" in result.stdout


def test_an_order_of_nobody_is_named_and_the_exit_code_says_so(
    run: Run, installation: Installation, providers: Providers, tmp_path: Path
) -> None:
    linked(installation, ordered(adapter(providers), recording(tmp_path)))
    strange = ordered(adapter(providers), recording(tmp_path))
    result = run("ledger", "--check", **providers.environment())
    assert result.exit_code == 1
    assert strange in result.stdout
    assert providers.url not in result.stdout
    found = run("ledger", "--check", "--json", **providers.environment())
    assert found.exit_code == 1
    assert [order["provider_id"] for order in json.loads(found.stdout)["check"]["unlinked"]] == [strange]
    assert providers.url not in found.stdout


@pytest.mark.usefixtures("installation")
def test_a_provider_that_refuses_the_key_is_one_line(run: Run, providers: Providers) -> None:
    result = run("ledger", "--check", **{**providers.environment(), "ASSEMBLYAI_API_KEY": "a-wrong-key"})
    assert result.exit_code == 2
    assert "assemblyai_key_refused" in result.stderr
    assert "a-wrong-key" not in result.output


def test_without_check_nobody_is_asked(run: Run, installation: Installation, providers: Providers) -> None:
    shop(installation)
    assert run("ledger", **providers.environment()).exit_code == 0
    assert providers.ledger()["requests"] == {}
