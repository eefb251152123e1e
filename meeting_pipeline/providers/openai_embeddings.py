"""Vectors of texts by an OpenAI-compatible embeddings endpoint, through the real SDK.

Must not go here: which address, key and price (``embedding_setup.py``), which texts (``domain/embedding_windows.py``).
"""

import math
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import BadAnswer, OperatorError, PipelineError
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.insights.splitting import estimate_tokens
from meeting_pipeline.providers import policies
from meeting_pipeline.providers.embedder import Embedded
from meeting_pipeline.providers.embedding_setup import address_of, embedding_price, key_of, vectors_of
from meeting_pipeline.providers.http_errors import limited
from meeting_pipeline.providers.openai_client import openai_client
from meeting_pipeline.providers.openai_errors import parsed, translated
from meeting_pipeline.settings import VARIABLES, Settings

if TYPE_CHECKING:
    from openai import OpenAI

T = TypeVar("T")
_MODEL: Final = VARIABLES["embeddings_model"]
_ADDRESS: Final = VARIABLES["embeddings_base_url"]
_KEY: Final = VARIABLES["embeddings_api_key"]
_ADVICE: Final = {
    "openai_key_refused": f"Correct {_KEY} (unset: OPENAI_API_KEY).",
    "openai_model_unknown": f"Correct {_MODEL} or {_ADDRESS} (unset: OPENAI_BASE_URL).",
    "openai_address_wrong": f"Set {_ADDRESS} to the final address; what was said is not sent on to where a redirect points.",
    "openai_no_credit": "Add credit or raise the limit; it continues automatically.",
}
_LONGEST: Final = 8192
"""Dimensions of a vector; the largest models have half as many."""


class OpenAIEmbeddings:
    """Adapter of the port ``Embedder``. Thread-safe. Opens no connection before the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: OpenAI | None = None
        self._price = embedding_price(settings)
        self.model = settings.embeddings_model or ""
        self.vectors = vectors_of(settings)

    def expected_usd(self, texts: Sequence[str]) -> float | None:
        """What a call with these texts is expected to cost; ``None`` if the price is unknown."""
        return self._price.of(sum(map(estimate_tokens, texts)))

    def embed(self, texts: Sequence[str], *, seconds: float = shared_policies.CALL_SECONDS) -> Embedded:
        """Make one call. Raises: ProviderUnavailable, ProviderRefused, OperatorError; see ``Embedded.problem``."""
        from openai import omit

        dimensions = self._settings.embeddings_dimensions

        def call(client: "OpenAI") -> Any:
            raw = client.embeddings.with_raw_response.create(
                model=self.model,
                input=list(texts),
                dimensions=omit if dimensions is None else dimensions,
                encoding_format="float",  # every compatible server knows it
                timeout=seconds,
            )
            return parsed(raw.content)

        body = self._guarded(call, seconds)
        usage = self._usage(body, texts)
        try:
            return Embedded(_vectors(body, len(texts), dimensions), usage)
        except BadAnswer as problem:
            return Embedded((), usage, problem)

    def check(self) -> str:
        """For ``doctor``: one call for a word, which costs next to nothing. Raises the same errors as ``embed``."""
        found = self.embed(["hello"], seconds=policies.PROVIDER_READ_SECONDS)
        if found.problem is not None:
            raise found.problem
        return f"{self.model} answers with vectors of {len(found.vectors[0])} dimensions; {self._price.line()}."

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _usage(self, body: Any, texts: Sequence[str]) -> Usage:
        """What the server counted, or an estimate if it counts nothing."""
        given = body.get("usage") if isinstance(body, dict) else None
        counted = given.get("prompt_tokens") if isinstance(given, dict) else None
        if not isinstance(counted, int) or isinstance(counted, bool) or not 0 < counted < 2**31:
            counted = sum(map(estimate_tokens, texts))
        usd = self._price.of(counted)
        return Usage(calls=1, input_tokens=counted, cost_usd=usd or 0.0, unpriced_calls=1 if usd is None else 0)

    def _guarded(self, call: "Callable[[OpenAI], T]", seconds: float) -> T:
        client = self._connected()
        try:
            return limited(seconds, lambda: call(client))
        except Exception as error:  # noqa: BLE001 - what is not the SDK's is raised again by translated()
            # ``from None``: the SDK's exceptions contain the server's text, which can echo the key or what was said.
            raise _with_own_advice(translated(error, self.model), self.model) from None

    def _connected(self) -> "OpenAI":
        key = key_of(self._settings)
        if key is None:
            raise OperatorError("openai_key_missing", f"{_KEY} is not set, nor is a key for its address.", "Set it.")
        with self._lock:
            if self._client is None:
                self._client = openai_client(
                    key.get_secret_value(), address_of(self._settings), variable=_ADDRESS,
                    seconds=shared_policies.CALL_SECONDS,
                )  # fmt: skip
            return self._client


def _with_own_advice(error: PipelineError, model: str) -> PipelineError:
    """The error with the settings of this server, where it would name those of the language model."""
    advice = _ADVICE.get(error.code)
    if advice is None or not isinstance(error, OperatorError):
        return error
    message = error.message.replace("The OpenAI account", "The account at the embeddings server")
    if error.code == "openai_model_unknown":
        message = f"The embeddings server does not serve the model {model} to this key."
    return OperatorError(error.code, message.replace("OPENAI_BASE_URL", "the embeddings server"), advice)


def _vectors(body: Any, count: int, dimensions: int | None) -> tuple[tuple[float, ...], ...]:
    """The vectors in the order of the texts, each of length 1. Raises: BadAnswer."""
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list) or len(data) != count:
        raise _bad("does not have one vector for each text")
    found: dict[int, tuple[float, ...]] = {}
    for place, one in enumerate(data):
        given = one.get("embedding") if isinstance(one, dict) else None
        index = one.get("index", place) if isinstance(one, dict) else None
        if not isinstance(given, list) or not isinstance(index, int) or not 0 <= index < count:
            raise _bad("has another shape")
        found[index] = _unit(given)
    lengths = {len(vector) for vector in found.values()}
    if len(found) != count or len(lengths) != 1 or (dimensions is not None and lengths != {dimensions}):
        raise _bad("has vectors of a different length than requested")
    return tuple(found[index] for index in range(count))


def _unit(given: list[Any]) -> tuple[float, ...]:
    if not 0 < len(given) <= _LONGEST or not all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in given
    ):
        raise _bad("has something in it that is not a vector")
    try:
        length = math.hypot(*given)  # squares of large numbers would overflow
    except OverflowError:  # an integer beyond all floats
        length = math.inf
    if not sys.float_info.min <= length < math.inf:  # below, a quotient has lost its digits; NaN is neither
        raise _bad("has a vector without a direction")
    return tuple(one / length for one in given)


def _bad(what: str) -> BadAnswer:
    return BadAnswer(
        "invalid_answer", f"The answer of the embeddings server {what}.", f"Check {_MODEL} and {_ADDRESS}."
    )
