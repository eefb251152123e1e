"""What the installation shows to others: the UI, the HTTP service, webhooks, links, and what is published.

Belongs here: fields of ``Settings`` on this subject, and what follows from them. Must not go here: reading them
(``loading.py``), their variables (``variables.py``).
"""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from meeting_pipeline.settings.field_types import (
    TimeZone,
    WebAddress,
    Words,
)
from meeting_pipeline.settings.subject import SubjectSettings


class ServingSettings(SubjectSettings):
    """What the installation shows to others: the UI, the HTTP service, webhooks, links, and what is published."""

    encryption_key: SecretStr | None = Field(
        default=None,
        description="Fernet key for webhook secrets at rest. Unset: generated at the first start, below the home.",
    )
    webhook_signing_secret: SecretStr | None = Field(
        default=None,
        description="`whsec_...` that signs webhooks. Unset: generated at the first start, below the home.",
    )
    webhook_allow: Words = Field(
        default=(),
        description="Private addresses to which webhooks may be sent and from which recordings may be fetched: `host:port`, "
        "hosts or CIDR networks.",
    )
    public_url: WebAddress | None = Field(
        default=None,
        description="Address of the UI: for links in webhooks, and the host name it serves behind a proxy. Unset: the one on "
        "127.0.0.1.",
    )
    timezone: TimeZone = Field(
        default=None,
        description="Default time zone of meetings, such as `Europe/Berlin`. Unset: the machine's.",
    )
    ui_port: int = Field(
        default=3000, ge=0, le=65535, description="Port of the Dagster UI on 127.0.0.1 (0: any free port)."
    )
    api_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address on which the HTTP service listens; any other than the default requires an API key.",
    )
    api_port: int = Field(default=3001, ge=0, le=65535, description="Port of the HTTP service (0: any free port).")
    api_public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+[^?#\s]*$",
        description="Address of the HTTP service as clients see it behind a proxy; its path is the base path of links. "
        "An address beyond this machine requires an API key. See [below](#notes).",
    )
    api_rate_limit: int = Field(
        default=6000,
        ge=0,
        le=1_000_000,
        description="Requests a minute to the HTTP API from one API key, or from one address without a valid key; more get 429. "
        "Health checks and live events are not limited. `0`: no limit.",
    )
    ui_previews: Literal["on", "off"] = Field(
        default="on",
        description="`off`: Dagster stores no titles, names, quotes or previews, only numbers and links to the page; keys of "
        "new recordings contain no word of the title.",
    )
    share_days: int = Field(
        default=30,
        ge=1,
        le=366,
        description="Days after which a link to a shared meeting expires, unless it is created with a different time.",
    )
    commitment_webhooks: Literal["on", "off"] = Field(
        default="off",
        description="`on`: when a commitment changes, the submitters of the meeting that changed it get `commitment.changed`.",
    )
    unverified: Literal["withhold", "mark"] = Field(
        default="withhold",
        description="Claims that the words of the meeting do not confirm, in webhooks, API, exports and the register: "
        "`withhold` leaves them out; `mark` includes them with verdict and reasons.",
    )

    @property
    def mark_unverified(self) -> bool:
        """Whether unverified claims are delivered, with their verdict."""
        return self.unverified == "mark"

    @property
    def ui_url(self) -> str:
        """Address of the Dagster UI, for links."""
        return (self.public_url or f"http://127.0.0.1:{self.ui_port}").rstrip("/")

    @property
    def api_url(self) -> str:
        """Address of the HTTP service, for links."""
        return (self.api_public_url or f"http://127.0.0.1:{self.api_port}").rstrip("/")

    @property
    def api_base_path(self) -> str:
        """The base path of the HTTP service's links: empty, or a path without a trailing slash."""
        return urlsplit(self.api_public_url or "").path.rstrip("/")
