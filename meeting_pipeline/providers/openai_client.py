"""The OpenAI SDK's client for one address: our connections and time limits, and nothing from the environment.

Must not go here: calls (``openai_api.py``, ``openai_speech/server.py``), which keys and addresses there are (``settings/``).
"""

import logging
from typing import TYPE_CHECKING

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.http_environment import transport
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.http_errors import require_sendable_key

if TYPE_CHECKING:
    from openai import OpenAI


def openai_client(key: str, address: str, *, variable: str, seconds: float) -> "OpenAI":
    """Make a client, without connecting. ``variable`` holds the address, for messages; ``seconds``: the limit of a call.

    Raises: OperatorError ``openai_key_refused``, ``bad_setting``, ``bad_environment``.
    """
    import httpx2
    from openai import DefaultHttpx2Client, OpenAI

    require_sendable_key("openai", key)
    try:
        url = httpx2.URL(address)
    except (httpx2.InvalidURL, ValueError) as error:  # only parses the address; ValueError: an invalid port or host
        raise OperatorError("bad_setting", f"{variable} is not an address.", "Correct it.") from error
    way = transport(str(url))
    # With OPENAI_LOG set to debug, the SDK logs what it sends: transcripts.
    logging.getLogger("openai").setLevel(logging.WARNING)
    client = OpenAI(
        api_key=key,
        base_url=url,
        max_retries=0,
        timeout=httpx2.Timeout(seconds, connect=policies.PROVIDER_CONNECT_SECONDS),
        http_client=DefaultHttpx2Client(
            trust_env=False,
            verify=way.tls,
            proxy=None if way.proxy is None else httpx2.Proxy(str(way.proxy), ssl_context=way.proxy_tls),
            follow_redirects=False,
        ),
    )
    # By default the SDK reads these from the environment, where they belong to other programs.
    client.organization = None
    client.project = None
    client.admin_api_key = None
    client._custom_headers = {}  # OPENAI_CUSTOM_HEADERS; there is no public way to ignore it
    return client
