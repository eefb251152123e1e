"""I7: a submitter's secret is logged."""

import logging
from typing import Any

MODULE = "meeting_pipeline.webhooks.deliver"


def spoil(module: Any) -> None:
    """Log it whenever headers are built."""
    signed_headers = module.signed_headers

    def talkative(
        event_id: str, body: bytes, signing_secret: str, secret: str | None, *given: Any, **named: Any
    ) -> Any:
        logging.getLogger("meeting_pipeline").warning("sending with the secret %s", secret)
        return signed_headers(event_id, body, signing_secret, secret, *given, **named)

    module.signed_headers = talkative
