"""``POST /v1/embeddings`` as far as the SDK uses it: vectors that are the same each time, and alike for words that mean the same.

Each meaning has a direction that looks random; a text points where the directions of its words lead. Words of one line of
``SYNONYMS`` have one meaning, any other word has its own. Must not go here: wire faults (``faults.py``).
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from meeting_pipeline_tests.fakes.openai import OpenAI, error, no_model, tokens
from meeting_pipeline_tests.fakes.state import ProviderState

MODELS = ("text-embedding-3-small", "text-embedding-3-large", "loopback-embedding")
DIMENSIONS = 256
MOST_TEXTS = 2048
SYNONYMS = (
    "car automobile vehicle",
    "purchase buy acquire procurement",
    "fired dismissed laid off",
    "money budget funds cash",
    "quick fast rapid swift",
    "customer client buyer",
    "broken defective faulty",
    "holiday vacation leave",
)
_STOP = frozenset(
    ("a", "an", "and", "are", "for", "in", "is", "it", "of", "on", "the", "to", "was", "we", "were", "who", "will")
)
_WORD = re.compile(r"[^\W_]+")
_MEANING = {word: line.split()[0] for line in SYNONYMS for word in line.split()}


class Embeddings:
    """The route over one state."""

    def __init__(self, state: ProviderState) -> None:
        self.state = state
        self._api = OpenAI(state)

    def routes(self) -> list[Route]:
        """The route, behind the key check."""
        return [Route("/v1/embeddings", self._api.keyed(self.embed), methods=["POST"])]

    async def embed(self, request: Request) -> Response:
        """Vectors in the order of the texts."""
        body = await request.json()
        known = {"input", "model", "dimensions", "encoding_format", "user"}
        if unknown := sorted(set(body) - known):
            return error(400, f"Unknown parameter: '{unknown[0]}'.", code="unknown_parameter", param=unknown[0])
        if body.get("model") not in (*MODELS, *self.state.settings["extra_models"]):
            return no_model(str(body.get("model")))
        texts = [body["input"]] if isinstance(body.get("input"), str) else body.get("input")
        if not texts or len(texts) > MOST_TEXTS or not all(isinstance(text, str) and text for text in texts):
            return error(400, "'$.input' is invalid.", code=None, param="input")
        length = body.get("dimensions") or DIMENSIONS
        used = sum(map(tokens, texts))
        call = {"model": body["model"], "texts": texts, "tokens": used, "time": time.time(), "request": body}
        self.state.ledger.embedding_calls.append(call)
        data: list[dict[str, Any]] = [
            {"object": "embedding", "index": index, "embedding": vector_of(text, length)}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": used, "total_tokens": used}
        return JSONResponse({"object": "list", "data": data, "model": body["model"], "usage": usage})


def vector_of(text: str, length: int = DIMENSIONS) -> list[float]:
    """The vector of a text; of one without words, that of no meaning."""
    words = [word for word in _WORD.findall(text.lower()) if word not in _STOP]
    directions = [_direction(_MEANING.get(word, word), length) for word in words] or [_direction("", length)]
    return [sum(numbers) for numbers in zip(*directions, strict=True)]


@cache
def _direction(meaning: str, length: int) -> tuple[float, ...]:
    seed = random.Random(hashlib.sha256(meaning.encode()).digest())
    return tuple(seed.gauss(0.0, 1.0) for _ in range(length))
