"""Recipients of minutes: which addresses are accepted, and where submitters may send."""

import pytest
from pydantic import ValidationError

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.mail_addresses import mail_address, outside
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.intake.accept import check_recipients

MAIL = {"MEETING_PIPELINE_MAIL_SERVER": "mail.example.org", "MEETING_PIPELINE_MAIL_FROM": "minutes@example.org"}


@pytest.mark.parametrize("address", ["ann@example.org", "a.b+c@Example.ORG", " o'neil@sub.example.org ", "x@localhost"])
def test_addresses_are_accepted(address: str) -> None:
    name, _, domain = address.strip().partition("@")
    assert mail_address(address) == f"{name}@{domain.lower()}"


@pytest.mark.parametrize(
    "address",
    ["", "ann", "@example.org", "ann@", "a@b@c.org", "Ann <ann@example.org>", "ann@exa mple.org", "a\r\nBcc: b@c.org",
     "a\n@b.org",
     "ann@-x.org", "ann@x-.org", "ann@example..org", ".ann@example.org", "änn@example.org", "ann@bücher.example", "a@[127.0.0.1]",
     "=?utf-8?q?a=0d=0abcc=3ax?=@example.org", "=?unknown-8bit?q?=E9?=@example.org",
     "<ann@example.org>", "x" * 65 + "@example.org", "a@" + "b." * 200 + "org", "a" * 100_000, "a." * 50_000 + "@b.org"],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        mail_address(address)


def test_recipients_are_a_list_or_one_text_each_once_and_at_most_twenty() -> None:
    assert SidecarOptions.model_validate({"mail_to": "a@b.org, c@d.org,a@B.org"}).mail_to == ("a@b.org", "c@d.org")
    assert SidecarOptions.model_validate({"mail_to": ["a@b.org"]}).mail_to == ("a@b.org",)
    for wrong in (["a@b.org", "x"], 3, {"a@b.org": 1}, [f"a{number}@b.org" for number in range(21)]):
        with pytest.raises(ValidationError):
            SidecarOptions.model_validate({"mail_to": wrong})


def test_submitters_may_send_to_the_domains_of_the_operator_only() -> None:
    assert outside(["a@b.org", "c@D.org"], ["B.org"]) == ["d.org"]
    inside, stranger = SidecarOptions(mail_to=("ann@example.org",)), SidecarOptions(mail_to=("eve@evil.example",))
    own = load_settings(MAIL)
    check_recipients(own, inside)
    check_recipients(own, SidecarOptions())
    check_recipients(load_settings({**MAIL, "MEETING_PIPELINE_MAIL_DOMAINS": "evil.example"}), stranger)
    for settings, options in ((own, stranger), (load_settings({}), inside)):
        with pytest.raises(PermanentError) as refused:
            check_recipients(settings, options)
        assert refused.value.code == "mail_to_refused"
        assert "eve" not in refused.value.message


@pytest.mark.parametrize(
    "given",
    [
        {"MEETING_PIPELINE_MAIL_SERVER": "mail.example.org"},
        {"MEETING_PIPELINE_MAIL_TO": "ann@example.org"},
        {**MAIL, "MEETING_PIPELINE_MAIL_USER": "me"},
        {**MAIL, "MEETING_PIPELINE_MAIL_USER": "me", "MEETING_PIPELINE_MAIL_PASSWORD": "s", "MEETING_PIPELINE_MAIL_TLS": "off"},
        {**MAIL, "MEETING_PIPELINE_MAIL_SERVER": "mail.example.org:0"},
        {**MAIL, "MEETING_PIPELINE_MAIL_SERVER": "smtp://mail.example.org"},
        {**MAIL, "MEETING_PIPELINE_MAIL_FROM": "Minutes"},
    ],
)  # fmt: skip
def test_settings_that_cannot_send_or_would_show_the_password_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(PermanentError) as refused:
        load_settings(given)
    assert refused.value.code == "bad_setting"


@pytest.mark.parametrize(
    ("server", "tls", "expected"),
    [
        ("mail.example.org", "starttls", ("mail.example.org", 587)),
        ("mail.example.org", "tls", ("mail.example.org", 465)),
        ("[::1]:2525", "off", ("::1", 2525)),
    ],
)
def test_the_port_follows_from_the_encryption(server: str, tls: str, expected: tuple[str, int]) -> None:
    given = {**MAIL, "MEETING_PIPELINE_MAIL_SERVER": server, "MEETING_PIPELINE_MAIL_TLS": tls}
    assert load_settings(given).mail_host_and_port == expected
