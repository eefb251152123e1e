"""Opens a bucket with ``obstore``, an optional library: the address, the endpoint, timeouts and repetitions of requests.

Must not go here: requests (``objects.py``, ``inbox_bucket.py``).
"""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from meeting_pipeline.domain.errors import StorageRefused
from meeting_pipeline.files import policies
from meeting_pipeline.files.object_errors import typed_errors

_ENDPOINT: Final = {"gs": "base_url"}
"""How the library calls an endpoint, where it does not call it so."""


def open_bucket(url: str, endpoint: str | None) -> Any:
    """A client of the library for what is under this address. Connects to nothing.

    Raises: StorageRefused ``storage_refused`` if the address or the environment's key cannot be used.
    """
    try:
        from obstore.store import from_url
    except ImportError as error:
        raise StorageRefused(
            "storage_refused",
            "A bucket is set, but the library for object storage is not installed.",
            "Install it: pip install 'meeting-pipeline[object-storage]'.",
        ) from error

    insecure = endpoint is not None and urlsplit(endpoint).scheme == "http"
    with typed_errors():
        return from_url(
            url,
            config={_ENDPOINT.get(urlsplit(url).scheme, "endpoint"): endpoint} if endpoint else None,
            client_options={
                "allow_http": insecure,
                "connect_timeout": timedelta(seconds=policies.CONNECT_SECONDS),
                "timeout": timedelta(seconds=policies.REQUEST_SECONDS),
            },
            retry_config={
                "max_retries": policies.REQUEST_RETRIES,
                "retry_timeout": timedelta(seconds=policies.RETRY_SECONDS),
            },
        )
