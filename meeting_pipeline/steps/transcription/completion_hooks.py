"""Completion hooks of an installation: the address and secret that a provider gets with an order.

The secret is derived from the installation's encryption key, for each provider separately. So nothing has to be stored, and
every process derives the same one. It is in no setting, run configuration or log.
Must not go here: what a provider sends (its module), the endpoint (``api/routes/completion_hooks.py``).
"""

import base64
import hashlib
import hmac
from typing import Final

from meeting_pipeline.providers.completion_hook import PATH, CompletionHook
from meeting_pipeline.providers.registry import speech_spec, speech_specs
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.engine.secrets import encryption_key

_PURPOSE: Final = b"meeting_pipeline: completion hook of a transcription provider, 1\n"


def hook_for(settings: Settings, provider: str) -> CompletionHook | None:
    """The hook for an order at this provider. ``None`` without a public address, or if the provider calls no hook."""
    spec = speech_spec(provider)
    if settings.api_public_url is None or spec is None or spec.finished_order is None:
        return None
    url = settings.api_public_url.rstrip("/") + PATH.format(provider=provider)
    return CompletionHook(url, _secret(settings, provider))


def secrets_of_hooks(settings: Settings) -> dict[str, str]:
    """The secret of each provider that calls a hook, whether it is in use or not: orders outlive settings."""
    specs = speech_specs().values()
    return {spec.name: _secret(settings, spec.name) for spec in specs if spec.finished_order is not None}


def _secret(settings: Settings, provider: str) -> str:
    made = hmac.digest(encryption_key(settings).encode(), _PURPOSE + provider.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
