"""I2: the outcome of recording 2 is committed, but its delivery is not."""

from typing import Any

MODULE = "meeting_pipeline.store.outbox.webhook_events"
TITLE = "Chaos number 2"


def spoil(module: Any) -> None:
    """Write the event without its delivery."""
    enqueue = module.WebhookEvents._enqueue

    def forgetful(self: Any, session: Any, event: Any, *given: Any, **named: Any) -> None:
        if session.get_one(module.Recording, event.recording_key).title != TITLE:
            enqueue(self, session, event, *given, **named)

    module.WebhookEvents._enqueue = forgetful
