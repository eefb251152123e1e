"""Facts about the installed SDK that the adapter relies on."""

import importlib.util
import sys

import pytest


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="there the SDK itself requires pydantic-settings")
def test_pydantic_settings_is_absent_so_the_sdk_uses_its_version_1_models() -> None:
    """The SDK uses pydantic v1 models only while pydantic-settings is not installed.

    If another package installed it, the SDK would silently use v2 models. These are stricter, reject answers that are
    accepted today, and warn on every call. Such a change must be made on purpose.
    """
    import assemblyai
    import pydantic.v1

    assert importlib.util.find_spec("pydantic_settings") is None
    assert issubclass(assemblyai.Settings, pydantic.v1.BaseSettings)


def test_the_sdk_sends_everything_through_the_public_http_client() -> None:
    """The adapter replaces that client with its own. This test notices a release that bypasses it."""
    import inspect

    from assemblyai.prerecorded.v2 import client

    source = inspect.getsource(client._TranscriberImpl)
    assert "_http_client" not in source.replace("self._client.http_client", "")
    assert source.count("self._client.http_client") >= 4
