"""Both SDKs reach their provider through a private certificate authority and through a proxy that requires a password."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from meeting_pipeline.domain.errors import OperatorError, PipelineError, ProviderUnavailable
from meeting_pipeline.providers import openai_api
from meeting_pipeline.providers.assemblyai import AssemblyAI
from meeting_pipeline.providers.openai import OpenAIAnalyst
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.providers.assemblyai_setup import MODELS
from meeting_pipeline_tests.providers.between import connect_proxy, tls_endpoint
from meeting_pipeline_tests.webhooks.certificates import contexts

NAME = "provider.test"
PASSWORD = "p@ss/w:rd%?#"
QUOTED = "p%40ss%2Fw%3Ard%25%3F%23"
Check = Callable[[Providers, str], str]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


def assemblyai(providers: Providers, url: str) -> str:
    speech = AssemblyAI(api_key=providers.assemblyai_key, base_url=url, speech_models=MODELS)
    try:
        return speech.check()
    finally:
        speech.close()


def openai(providers: Providers, url: str) -> str:
    settings = {"OPENAI_API_KEY": providers.openai_key, "OPENAI_BASE_URL": f"{url}/v1"}
    analyst = OpenAIAnalyst(load_settings(settings))
    try:
        return analyst.check()
    finally:
        analyst.close()


def failure(check: Check, providers: Providers, url: str) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        check(providers, url)
    return caught.value


both = pytest.mark.parametrize("check", [assemblyai, openai])


@pytest.fixture
def secured(providers: Providers, tmp_path: Path) -> Iterator[int]:
    """The port of the loopback providers behind TLS; a private authority has issued the certificate, for ``NAME``."""
    server, _ = contexts(tmp_path, NAME)
    with tls_endpoint(server, urlsplit(providers.url).port or 0) as port:
        yield port


@both
def test_a_private_authority_is_trusted_through_ssl_cert_file(
    providers: Providers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Check
) -> None:
    server, _ = contexts(tmp_path, "localhost")
    with tls_endpoint(server, urlsplit(providers.url).port or 0) as port:
        distrusted = failure(check, providers, f"https://localhost:{port}")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert check(providers, f"https://localhost:{port}")
    assert isinstance(distrusted, ProviderUnavailable)
    assert "does not trust" in distrusted.message
    assert "SSL_CERT_FILE" in distrusted.advice


@both
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_with_a_password_leads_to_the_provider(
    providers: Providers, secured: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Check, variable: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with connect_proxy(secured, user="mary", password=PASSWORD) as proxy:
        monkeypatch.setenv(variable, f"http://mary:{QUOTED}@127.0.0.1:{proxy.port}")
        assert check(providers, f"https://{NAME}")
    assert {address for address, _ in proxy.asked} == {f"{NAME}:443"}


@both
def test_a_proxy_that_refuses_the_password_is_named_and_no_password_is_shown(
    providers: Providers, secured: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: Check
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with connect_proxy(secured, user="mary", password=PASSWORD) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://mary:hunter2@127.0.0.1:{proxy.port}")
        error = failure(check, providers, f"https://{NAME}")
    assert (type(error), error.code) == (OperatorError, "proxy_refused")
    assert "hunter2" not in f"{error!s}{error.__cause__!r}"


@both
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "/gone/hunter2.pem"),
        ("SSL_CERT_DIR", "/gone/hunter2"),
        ("SSLKEYLOGFILE", "/gone/hunter2.log"),
        ("HTTPS_PROXY", "http://mary:hunter2@proxy:port"),
        ("ALL_PROXY", "ftp://mary:hunter2@proxy"),
    ],
)
def test_what_keeps_a_client_from_being_made_is_one_error_and_a_provider_on_loopback_does_not_care(
    providers: Providers, monkeypatch: pytest.MonkeyPatch, check: Check, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    error = failure(check, providers, f"https://{NAME}")
    assert (type(error), error.code) == (OperatorError, "bad_environment")
    assert variable in error.message
    assert "hunter2" not in f"{error!s}"
    assert check(providers, providers.url)


def test_a_key_that_no_header_can_hold_is_an_operators_error(providers: Providers) -> None:
    for key in ("sk-key\n", "schlüssel"):
        analyst = OpenAIAnalyst(load_settings({"OPENAI_API_KEY": key, "OPENAI_BASE_URL": providers.openai_url}))
        with pytest.raises(OperatorError) as caught:
            analyst.check()
        assert caught.value.code == "openai_key_refused"


def test_variables_of_the_sdk_reach_neither_requests_nor_logs(
    providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging

    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "of-another\nprogram")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer of-another\nX-Odd: schlüssel\nnonsense")
    settings: dict[str, Any] = {"OPENAI_API_KEY": providers.openai_key, "OPENAI_BASE_URL": providers.openai_url}
    logging.getLogger("openai").setLevel(logging.DEBUG)  # as OPENAI_LOG=debug does
    with openai_api._client(load_settings(settings)) as client:
        assert client.models.list().data
        assert "another" not in str({name: str(value) for name, value in client.default_headers.items()})
    assert logging.getLogger("openai").getEffectiveLevel() == logging.WARNING
