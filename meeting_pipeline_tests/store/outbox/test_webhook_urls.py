"""Webhook URLs: how they are shown without credentials, identified and matched."""

import pytest

from meeting_pipeline.store.outbox.webhook_urls import host_of, is_endpoint, shown_url, target_of


@pytest.mark.parametrize(
    ("url", "shown", "host"),
    [
        ("https://cms.example.org/hook", "https://cms.example.org/hook", "cms.example.org"),
        ("https://CMS.example.org.:8443/a?token=secret", "https://CMS.example.org.:8443/a?...", "cms.example.org"),
        ("https://user:secret@cms.example.org/a#secret", "https://cms.example.org/a", "cms.example.org"),
        ("http://[::1]:9000/", "http://[::1]:9000/", "::1"),
        ("https://hooks.slack.com/services/T1/B2/secret", "https://hooks.slack.com/...", "hooks.slack.com"),
        (
            "https://a.webhook.office.com./webhookb2/secret?x=1",
            "https://a.webhook.office.com./...",
            "a.webhook.office.com",
        ),
        ("http://[secret", "(unreadable URL)", ""),
        ("secret", "(unreadable URL)", ""),
        ("", "(unreadable URL)", ""),
    ],
)
def test_what_is_shown_of_a_url_holds_no_credential(url: str, shown: str, host: str) -> None:
    assert (shown_url(url), host_of(url)) == (shown, host)


def test_two_texts_are_two_endpoints() -> None:
    assert target_of("http://a/") == target_of("http://a/") != target_of("http://a/?")
    assert len(target_of("http://\ud800/")) == 64


@pytest.mark.parametrize(
    "wanted",
    [
        "https://cms.example.org:8443/hook?token=1",
        "https://cms.example.org:8443/hook?...",
        "https://cms.example.org:8443/hook",
        "cms.example.org",
        "CMS.example.org:8443",
    ],
)
def test_a_person_names_an_endpoint_by_url_shown_url_host_or_host_and_port(wanted: str) -> None:
    assert is_endpoint("https://cms.example.org:8443/hook?token=1", wanted)


@pytest.mark.parametrize("wanted", ["", "example.org", "https://cms.example.org", "cms.example.org:443", "/hook"])
def test_a_part_of_a_name_is_no_endpoint(wanted: str) -> None:
    assert not is_endpoint("https://cms.example.org:8443/hook?token=1", wanted)
