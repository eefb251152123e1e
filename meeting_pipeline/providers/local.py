"""Shared by providers that work on this machine: nothing is uploaded, ordered or waited for.

Must not go here: how a transcript is made (``imported/``, ``offline/``).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from meeting_pipeline.domain.errors import ProviderRefused
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.providers.completion_hook import CompletionHook
from meeting_pipeline.providers.ports import Audio, ListedOrders, Pending, Ready, Rejected, Unknown


class LocalProvider:
    """The ordering half of ``SpeechToText``, for providers whose ``collect`` does the work itself."""

    remote = False

    def upload(self, audio: Audio) -> str:
        """Never called for a local provider. Raises: ProviderRefused ``not_remote``."""
        raise _not_remote()

    def order(self, upload_url: str, options: TranscriptionOptions, hook: CompletionHook | None = None) -> str:
        """Never called for a local provider. Raises: ProviderRefused ``not_remote``."""
        raise _not_remote()

    def find_order(self, upload_url: str, since: datetime) -> str | None:
        """A local provider has no orders."""
        return None

    def list_orders(self, since: datetime) -> ListedOrders:
        """A local provider has no orders."""
        return ListedOrders((), complete=True)

    def poll(self, order_ids: Iterable[str]) -> Mapping[str, Pending | Ready | Rejected | Unknown]:
        """A local provider has no orders."""
        return {}

    def forget(self, order_id: str) -> None:
        """Do nothing: a local provider stores nothing."""


def _not_remote() -> ProviderRefused:
    return ProviderRefused("not_remote", "This provider works on this machine; nothing is uploaded or ordered.")
