"""Certificates and proxies from the environment: read alike for every client; errors name the variable."""

import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.http_environment import transport
from meeting_pipeline.foundation.proxies import is_loopback
from meeting_pipeline.foundation.tls_trust import trusted
from meeting_pipeline_tests.webhooks.certificates import contexts

ADDRESS = "https://api.provider.example"
PROXY = "http://proxy.example:3128"


def proxy_of(url: str, **environment: str) -> str | None:
    found = transport(url, environment).proxy
    return None if found is None else str(found)


def refusal(url: str, **environment: str) -> OperatorError:
    with pytest.raises(OperatorError) as caught:
        transport(url, environment)
    assert caught.value.code == "bad_environment"
    return caught.value


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "api.localhost", "[::1]", "0.0.0.0"])
def test_an_address_on_this_machine_is_not_asked_through_a_proxy(host: str) -> None:
    assert is_loopback(f"http://{host}:8000/v1")
    assert proxy_of(f"http://{host}:8000/v1", HTTP_PROXY="nonsense://", SSL_CERT_FILE="/gone") is None


@pytest.mark.parametrize("url", ["https://provider.example/v1", "http://10.0.0.8:8000/v1", "http://[fd00::1]"])
def test_an_address_elsewhere_may_be(url: str) -> None:
    assert not is_loopback(url)


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY}, PROXY),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"all_proxy": PROXY}, PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        ({"HTTPS_PROXY": f" {PROXY} "}, PROXY),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other:1"}, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        ({"https_proxy": "", "HTTPS_PROXY": "http://other:1"}, None),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({}, None),
    ],
)
def test_the_proxy_of_an_address_is_that_of_its_scheme_else_that_of_all(
    environment: dict[str, str], proxy: str | None
) -> None:
    assert proxy_of(ADDRESS, **environment) == proxy


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("*", ADDRESS),
        ("other.example, *", ADDRESS),
        ("provider.example", ADDRESS),
        (".provider.example", ADDRESS),
        ("*.provider.example", ADDRESS),
        ("API.PROVIDER.EXAMPLE", ADDRESS),
        ("localhost, api.provider.example", ADDRESS),
        ("localhost api.provider.example", ADDRESS),
        ("api.provider.example:443", ADDRESS),
        ("https://api.provider.example", ADDRESS),
        ("10.0.0.0/8", "https://10.1.2.3"),
        ("10.1.2.3", "https://10.1.2.3:8443"),
        ("[fd00::1]", "https://[fd00::1]"),
        ("fd00::1", "https://[fd00::1]"),
        ("[fd00::1]:8443", "https://[fd00::1]:8443"),
        ("fd00::/8", "https://[fd00::1]"),
        ("[fd00::]/8", "https://[fd00::1]"),
    ],
)
def test_no_proxy_is_read_in_every_spelling(listed: str, url: str) -> None:
    assert proxy_of(url, HTTPS_PROXY=PROXY, NO_PROXY=listed) is None
    assert proxy_of(url, HTTPS_PROXY=PROXY, no_proxy=listed) is None


@pytest.mark.parametrize(
    "listed",
    ["", "localhost,[::1]", "[", "[::1", "]", "10.0.0.0/99", "xample", "vider.example", "api.provider.example:80",
     "http://api.provider.example", ",,", "%", "user@host", "https://"],
)  # fmt: skip
def test_an_entry_of_no_proxy_that_is_odd_or_of_others_is_ignored(listed: str) -> None:
    assert proxy_of(ADDRESS, HTTPS_PROXY=PROXY, NO_PROXY=listed) == PROXY


@pytest.mark.parametrize(
    "value",
    ["http://mary:hunter2@proxy:port", "http://mary:hunter2@", "http://mary:hunter2@proxy:99999", "ftp://hunter2@proxy",
     "http://mary:hunter2#x@proxy:1", "http://pro xy:hunter2", "http://hunter2 proxy:1", "http://[::1:1",
     "http://\udcffhunter2:1", "://hunter2"],
)  # fmt: skip
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_is_none_is_named_by_its_variable_and_not_shown(variable: str, value: str) -> None:
    error = refusal(ADDRESS, **{variable: value})
    assert f" {variable} " in error.message
    assert "hunter2" not in f"{error!s}{error.__cause__!r}"


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_names_the_package_that_it_needs(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meeting_pipeline.foundation.proxies.find_spec", lambda _name: None)
    message = refusal(ADDRESS, ALL_PROXY=f"{scheme}://127.0.0.1:1080").message
    assert "ALL_PROXY" in message
    assert "socksio" in message
    monkeypatch.setattr("meeting_pipeline.foundation.proxies.find_spec", lambda _name: object())
    assert proxy_of(ADDRESS, ALL_PROXY=f"{scheme}://127.0.0.1:1080") is not None


def test_no_representation_shows_a_password() -> None:
    assert "hunter2" not in repr(transport(ADDRESS, {"HTTPS_PROXY": "http://mary:hunter2@proxy:1"}))


@pytest.mark.parametrize("content", [None, "folder", b"", b"no certificate", b"\xff\x00"])
def test_a_certificate_file_that_cannot_be_used_is_named_by_its_variable(tmp_path: Path, content: object) -> None:
    file = tmp_path / "bundle.pem"
    if content == "folder":
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    assert "SSL_CERT_FILE" in refusal(ADDRESS, SSL_CERT_FILE=str(file)).message


@pytest.mark.parametrize("kind", ["gone", "file", "empty"])
def test_a_certificate_folder_that_cannot_be_used_is_named_by_its_variable(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "certificates"
    if kind == "file":
        folder.write_text("x")
    elif kind == "empty":
        folder.mkdir()
    assert "SSL_CERT_DIR" in refusal(ADDRESS, SSL_CERT_DIR=str(folder)).message


def test_certificates_matter_to_https_only(tmp_path: Path) -> None:
    assert transport("http://provider.example", {"SSL_CERT_FILE": "/gone"}).tls.get_ca_certs() == []
    assert (
        "SSL_CERT_FILE" in refusal("http://provider.example", SSL_CERT_FILE="/gone", HTTP_PROXY="https://proxy").message
    )
    assert transport("http://provider.example", {"SSL_CERT_FILE": "/gone"}).tls.verify_mode == ssl.CERT_REQUIRED


def test_a_private_authority_is_trusted_beside_the_public_ones(tmp_path: Path) -> None:
    contexts(tmp_path, "receiver.test")
    names = [
        str(found["subject"]) for found in trusted({"SSL_CERT_FILE": str(tmp_path / "authority.pem")}).get_ca_certs()
    ]
    assert any("Test authority" in name for name in names)
    assert len(names) > 50


def test_empty_variables_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, "")
    assert len(trusted().get_ca_certs()) > 50


def test_a_key_log_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "/gone/keys.log")
    with pytest.raises(OperatorError) as caught:
        trusted()
    assert "SSLKEYLOGFILE" in caught.value.message
    assert transport("http://127.0.0.1:1").proxy is None


def test_no_variable_is_read_at_import() -> None:
    words = "import os; os.environ.update(SSL_CERT_FILE='/gone', HTTPS_PROXY='x://')"
    words += "; import meeting_pipeline.foundation.http_environment"
    assert subprocess.run([sys.executable, "-c", words], check=False, timeout=300).returncode == 0
