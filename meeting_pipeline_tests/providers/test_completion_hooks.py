"""What a provider is given to report finished orders, and what it reports."""

import logging
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.domain.errors import ProviderRefused
from meeting_pipeline.providers.assemblyai_parsing import finished_order
from meeting_pipeline.providers.completion_hook import HEADER, CompletionHook, can_be_called
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.providers.assemblyai_setup import CREATE, adapter, recording

HOOK = CompletionHook("http://127.0.0.1:9/v1/providers/assemblyai/finished", "s3cret-of-the-hook")
AT_HOME = "http://127.0.0.1:8000"
ABROAD = "https://api.assemblyai.com"


@pytest.mark.parametrize(
    ("url", "provider", "callable_"),
    [
        ("https://meetings.example.org/base", ABROAD, True),
        ("https://8.8.8.8", ABROAD, True),
        ("http://meetings.example.org", ABROAD, False),
        ("https://meetings", ABROAD, False),
        ("https://10.0.0.7", ABROAD, False),
        ("https://[fd00::1]", ABROAD, False),
        ("https://[broken", ABROAD, False),
        ("https://user:word@meetings.example.org", ABROAD, False),
        ("https://localhost:3001", ABROAD, False),
        ("http://127.0.0.1:3001", ABROAD, False),
        ("http://127.0.0.1:3001", AT_HOME, True),
    ],
)
def test_a_provider_is_given_only_an_address_that_it_may_reach(url: str, provider: str, callable_: bool) -> None:
    assert can_be_called(url, provider) is callable_


def test_a_hook_does_not_show_its_secret() -> None:
    assert HOOK.secret not in repr(HOOK)


def placed(providers: Providers, folder: Path, hook: CompletionHook | None) -> list[dict[str, Any]]:
    """The configurations of the orders at the provider, after one was placed with this hook."""
    speech = adapter(providers)
    options = speech.options(language=None, keyterms=(), speakers_expected=None)
    speech.order(speech.upload(recording(folder)), options, hook)
    return [order["config"] for order in providers.ledger()["orders"]]


def test_an_order_carries_address_header_and_secret(providers: Providers, tmp_path: Path) -> None:
    [config] = placed(providers, tmp_path, HOOK)
    assert config["webhook_url"] == HOOK.url
    assert (config["webhook_auth_header_name"], config["webhook_auth_header_value"]) == (HEADER, HOOK.secret)


@pytest.mark.parametrize("hook", [None, CompletionHook("https://10.0.0.7/v1/x", "s")], ids=["none", "unreachable"])
def test_an_order_without_a_hook_that_can_be_called_mentions_none(
    providers: Providers, tmp_path: Path, hook: CompletionHook | None
) -> None:
    [config] = placed(providers, tmp_path, hook)
    assert not [name for name in config if name.startswith("webhook")]


def test_an_order_that_is_refused_is_placed_without_its_hook(
    providers: Providers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    providers.fault(CREATE, "status", status=400, message="webhook_url is not valid")
    with caplog.at_level(logging.DEBUG):
        [config] = placed(providers, tmp_path, HOOK)
    assert "webhook_url" not in config
    assert "MEETING_PIPELINE_API_PUBLIC_URL" in caplog.text
    assert HOOK.secret not in caplog.text


def test_an_order_that_is_refused_without_its_hook_too_is_refused(providers: Providers, tmp_path: Path) -> None:
    providers.fault(CREATE, "status", status=400, message="no such thing", times=2)
    with pytest.raises(ProviderRefused):
        placed(providers, tmp_path, HOOK)
    assert providers.ledger()["orders"] == []


@pytest.mark.parametrize(
    ("body", "order_id"),
    [
        ({"transcript_id": "5552493-16d8-42d8-8feb-c2a16b56f6e8", "status": "completed"}, "5552493-16d8-42d8-8feb-c2a16b56f6e8"),
        ({"transcript_id": "a", "status": "error", "new": [1]}, "a"),
        ({"transcript_id": "a"}, "a"),
        ({"transcript_id": ""}, None),
        ({"transcript_id": "a" * 101}, None),
        ({"transcript_id": "a/../b"}, None),
        ({"transcript_id": "a\n"}, None),
        ({"transcript_id": 7}, None),
        ({"transcript_id": None}, None),
        ({"id": "a"}, None),
        (["transcript_id"], None),
        ("a", None),
        (None, None),
    ],
)  # fmt: skip
def test_only_an_id_is_read_from_what_assemblyai_sends(body: object, order_id: str | None) -> None:
    assert finished_order(body) == order_id
