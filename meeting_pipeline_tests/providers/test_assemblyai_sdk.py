"""Facts about the installed SDK that the adapter rests on."""

import importlib.util
import sys

import pytest


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="there the SDK itself requires pydantic-settings")
def test_pydantic_settings_is_absent_so_the_sdk_uses_its_version_1_models() -> None:
    """The SDK's models are of pydantic v1 exactly while pydantic-settings is not installed.

    Installed by any other package, it would silently turn them into v2 models: stricter ones, which refuse answers
    that are accepted today, and which warn on every call. The choice is to be made on purpose.
    """
    import assemblyai
    import pydantic.v1

    assert importlib.util.find_spec("pydantic_settings") is None
    assert issubclass(assemblyai.Settings, pydantic.v1.BaseSettings)


def test_the_sdk_sends_everything_through_the_public_http_client() -> None:
    """The adapter puts its own HTTP client there; it must notice when a release goes around it."""
    import inspect

    from assemblyai.prerecorded.v2 import client

    source = inspect.getsource(client._TranscriberImpl)
    assert "_http_client" not in source.replace("self._client.http_client", "")
    assert source.count("self._client.http_client") >= 4
