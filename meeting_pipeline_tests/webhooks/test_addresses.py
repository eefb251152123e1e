"""Webhook URLs at submission."""

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.webhooks.addresses import check_url, parse_target

REFUSED = (
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://017700000001/",
    "http://0/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://169.254.169.254/latest/meta-data",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1%25eth0]/",
    "http://100.100.100.200/",
    "http://127.0.0.1./",
    "http://127%2e0%2e0%2e1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://1.2.3.4.5/",
    "http://256.256.256.256/",
    "http://user:password@example.com/",
    "http://@example.com/",
    "http://example.com\\@127.0.0.1/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "//example.com/",
    "example.com/hook",
    "http:",
    "http:/x",
    "http:///x",
    "http://",
    "",
    "http://example.com:0/",
    "http://example.com:70000/",
    "http://example.com:22/",
    "http://exa mple.com/",
    "http://-a.example/",
    "http://a..example/",
    "http://example.com\r\nX: y/",
    "http://\ud800.example/",
    f"http://{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 63}/",
)


@pytest.mark.parametrize("url", REFUSED)
def test_an_unusable_or_internal_url_is_refused_at_submission(url: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_url(url, ())

    assert caught.value.code == "webhook_url_refused"
    assert caught.value.message.startswith("The webhook URL is refused: ")
    assert "password" not in caught.value.message.replace("user name or password", "")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://example.com",
        "https://example.com:443/a?b=c#d",
        "http://EXAMPLE.com.:80/",
        "https://bücher.example/ü",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
        "https://intern_name.example/",
        "https://1e100.example/",
    ],
)
def test_a_public_url_is_accepted_without_asking_a_name_server(url: str) -> None:
    check_url(url, ())


def test_an_allowed_address_may_use_any_port_and_an_allowed_pair_only_its_own() -> None:
    check_url("http://127.0.0.1:9000/", ("127.0.0.1",))
    check_url("http://127.0.0.1:9000/", ("127.0.0.1:9000",))
    check_url("http://[::1]:9000/", ("[::1]:9000",))
    check_url("http://[::1]:9000/", ("::1",))
    check_url("http://10.1.2.3:9000/", ("10.1.0.0/16",))
    with pytest.raises(PermanentError):
        check_url("http://127.0.0.1:9001/", ("127.0.0.1:9000",))
    with pytest.raises(PermanentError):
        check_url("http://10.2.2.3/", ("10.1.0.0/16",))


def test_an_odd_spelling_of_an_allowed_address_is_that_address() -> None:
    check_url("http://2130706433:9000/", ("127.0.0.1:9000",))


def test_an_allowed_name_is_matched_whole_and_without_regard_to_case() -> None:
    check_url("http://cms.internal:8080/", ("CMS.internal:8080",))
    check_url("http://CMS.internal.:1234/", ("cms.internal",))
    for url in ("http://evil-cms.internal:8080/", "http://cms.internal.evil.example:8080/", "http://cms.internal:81/"):
        with pytest.raises(PermanentError):
            check_url(url, ("cms.internal:8080",))


def test_an_unusual_port_of_a_name_waits_for_the_dial_when_a_network_is_allowed() -> None:
    check_url("http://cms.corp.example:8080/", ("10.0.0.0/8",))


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://169.254.169.254/", "169.254.169.254"),
        ("http://169.254.169.254/", "169.254.0.0/16"),
        ("http://169.254.169.254:80/", "0.0.0.0/0"),
        ("http://100.100.100.200/", "100.64.0.0/10"),
        ("http://[fe80::1]/", "fe80::/10"),
        ("http://[64:ff9b::a9fe:a9fe]/", "64:ff9b::/96"),
        ("http://0.0.0.0:9000/", "0.0.0.0:9000"),
    ],
)
def test_metadata_and_link_local_are_refused_even_when_allowed(url: str, allow: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_url(url, (allow,))

    assert caught.value.code == "webhook_url_refused"


@pytest.mark.parametrize(
    "entry", ["*", "*.example", "http://a", "a:b", "a:0", "a:70000", "10.0.0.1/8", "1.2.3", "", "a b"]
)
def test_an_odd_entry_of_the_setting_is_named(entry: str) -> None:
    with pytest.raises(PermanentError) as caught:
        check_url("https://example.com/", (entry,))

    assert caught.value.code == "bad_setting"


def test_host_and_port_survive_being_taken_apart() -> None:
    assert parse_target("https://Example.com./a%20b?c=d#e").path == b"/a%20b?c=d"
    assert parse_target("https://example.com:443/").host_header == "example.com"
    assert parse_target("http://example.com:443/").host_header == "example.com:443"
    assert parse_target("http://[2606:4700::1]:81/").host_header == "[2606:4700::1]:81"
