"""The e-mail with the minutes: the mail server, and who gets it.

Belongs here: fields of ``Settings`` on this subject, and what follows from them. Must not go here: reading them
(``loading.py``), their variables (``variables.py``).
"""

from typing import Literal

from pydantic import Field, SecretStr

from meeting_pipeline.domain.mail_addresses import MailAddress, MailAddresses, domain_of
from meeting_pipeline.domain.mail_rules import MailRules
from meeting_pipeline.settings.field_types import (
    MailHost,
    Words,
    split_host,
)
from meeting_pipeline.settings.subject import SubjectSettings


class MailSettings(SubjectSettings):
    """The e-mail with the minutes: the mail server, and who gets it."""

    mail_server: MailHost | None = Field(
        default=None,
        description="Mail server (SMTP) that sends the minutes of each completed meeting: `host` or `host:port`. Without a port: "
        "587, or 465 with `MEETING_PIPELINE_MAIL_TLS=tls`. Unset: no mail is sent.",
    )
    mail_tls: Literal["starttls", "tls", "off"] = Field(
        default="starttls",
        description="`starttls`: nothing is sent before the connection is encrypted. `tls`: encrypted from the start. "
        "`off`: not encrypted; a password is then sent only to a server on this machine.",
    )
    mail_user: str | None = Field(
        default=None, min_length=1, description="User name for signing in to the mail server."
    )
    mail_password: SecretStr | None = Field(default=None, description="Password for it.")
    mail_from: MailAddress | None = Field(default=None, description="Sender of mails: an address; needed to send any.")
    mail_to: MailAddresses = Field(default=(), description="Addresses that get the minutes of every meeting.")
    mail_domains: Words = Field(
        default=(),
        description="Domains to which submissions may have minutes sent with `mail_to`. None: those of "
        "`MEETING_PIPELINE_MAIL_FROM` and `MEETING_PIPELINE_MAIL_TO`.",
    )
    mail_when: Literal["first", "every"] = Field(
        default="first",
        description="`first`: everybody gets the minutes of a meeting once. `every`: they also get them whenever they "
        "change.",
    )
    mail_attach: Literal["none", "markdown", "docx"] = Field(
        default="none", description="Attaches the minutes as a file: `markdown` or `docx`."
    )

    @property
    def mail_host_and_port(self) -> tuple[str, int]:
        """Host and port of the mail server; an empty host if there is none."""
        host, port = split_host(self.mail_server or "")
        return host, port or (465 if self.mail_tls == "tls" else 587)

    @property
    def mail_rules(self) -> MailRules | None:
        """Who gets the minutes by e-mail; ``None`` while mails are turned off."""
        return MailRules(self.mail_to, self.mail_when == "every") if self.mail_server is not None else None

    @property
    def mail_allowed_domains(self) -> frozenset[str]:
        """Domains to which submissions may have minutes sent."""
        own = [*self.mail_to, *([self.mail_from] if self.mail_from else [])]
        return frozenset(domain.lower() for domain in self.mail_domains or [domain_of(one) for one in own])
