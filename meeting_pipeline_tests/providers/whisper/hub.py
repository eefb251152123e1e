"""A hub on 127.0.0.1 that serves a small model, and misbehaves on request."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from meeting_pipeline.providers.whisper.catalog import ModelFile, PublishedModel

CONTENT = {
    "config.json": b"{}",
    "model.bin": bytes(range(256)) * 4000,
    "tokenizer.json": b"[1]",
    "vocabulary.txt": b"a\nb\n",
}
MODEL = PublishedModel(
    "toy",
    "Somebody/toy",
    "0123abc",
    tuple(ModelFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items()),
    "for tests",
)


@dataclass
class Hub:
    """Behaviour per file name, each used once and in order; what was asked, as path and Range header."""

    url: str = ""
    cut: dict[str, list[int]] = field(default_factory=dict)
    instead: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, list[int]] = field(default_factory=dict)
    redirect: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def hub() -> Iterator[Hub]:
    """Serve ``CONTENT`` below the paths of the real hub, and below ``/storage/``."""
    found = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[1]
            given = self.headers.get("range")
            found.asked.append((self.path, given))
            if found.status.get(name):
                self.send_response(found.status[name].pop(0))
                self.end_headers()
                return
            if name in found.redirect and not self.path.startswith("/storage/"):
                self.send_response(302)
                self.send_header("location", found.redirect[name])
                self.end_headers()
                return
            data = found.instead.get(name, CONTENT[name])
            start = int(given.removeprefix("bytes=").rstrip("-")) if given and found.ranges else 0
            if given and found.ranges and start >= len(data):
                self.send_response(416)
                self.end_headers()
                return
            self.send_response(206 if given and found.ranges else 200)
            if given and found.ranges:
                self.send_header("content-range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.send_header("content-length", str(len(data) - start))
            self.end_headers()
            cuts = found.cut.get(name)
            self.wfile.write(data[start : start + cuts.pop(0)] if cuts else data[start:])

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
